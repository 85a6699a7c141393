"""`shezhu chat`: talk to the bot in the terminal through the same dialogue engine as the callback."""

import sys
import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from bot.app import Parts, build
from bot.commands import console, opening
from bot.demo import load
from bot.push import Mailbox
from handlers import words
from handlers.skill import Message
from models import organization, people
from models.base import Session
from models.people import Role
from models.when import SHANGHAI

CHANNEL = "chat"
QUIT = ("/quit", "/exit")
BINDING = ("role", "name", "community_id", "town_id", "organization_id")


def chat(role: str) -> None:
    """Answers one message a line until the input ends."""
    config = console.configured()
    with opening.said_plainly(config):
        parts = build(config)
    try:
        furnish(parts)
        openid = f"{CHANNEL}-{role}"
        parts.database.run(lambda db: bind(db, openid, Role.named(role)))
        if sys.stdin.isatty():
            console.note("chat_hello", role=words.load("words")["roles"][role])
        for line in typed():
            if not talk(parts, openid, line):
                break
    finally:
        parts.close()


def furnish(parts: Parts) -> None:
    """An empty embedded database gets the demo data, and it is said; elsewhere nothing is made up."""
    count = parts.database.run(organization.count)
    if count:
        return
    if not parts.database.embedded:
        raise console.Failure("empty_database")
    load.load(parts.database)
    console.note("demo_loaded", organizations=parts.database.run(organization.count))


def bind(db: Session, openid: str, role: Role) -> None:
    """The person at the terminal stands where the demo's person of that role stands, or somebody real of that role."""
    now = datetime.now(SHANGHAI)
    user = people.get(db, CHANNEL, openid) or people.add(db, CHANNEL, openid, now)
    model = people.get(db, load.CHANNEL, f"demo-{role.name.lower()}") or next(iter(people.staff(db, role)), None)
    if model is not None:
        for column in BINDING:
            setattr(user, column, getattr(model, column))
    user.role = role


def typed() -> Iterator[str]:
    """The lines said; asked for with a prompt and line editing where somebody sits there."""
    if not sys.stdin.isatty():
        for number, raw in enumerate(sys.stdin.buffer):
            line = raw.decode(errors="replace").strip()
            yield line.removeprefix("\ufeff") if number == 0 else line
        return
    import readline

    readline.parse_and_bind("set enable-bracketed-paste on")
    while True:
        try:
            yield input(console.text("chat_prompt")).strip()
        except EOFError:
            return


def talk(parts: Parts, openid: str, line: str) -> bool:
    """Answers one line; False when it ends the talk."""
    if line in QUIT:
        return False
    said = kind_of(line)
    if said is None:
        console.note("chat_unknown")
    elif line:
        reply = parts.dialogue.answer(message(openid, said))
        print(reply or console.text("chat_nothing"), end="\n\n", flush=True)
        for pushed in Mailbox(parts.database).take(CHANNEL, openid, datetime.now(SHANGHAI)):
            print(console.text("chat_pushed", text=pushed), end="\n\n", flush=True)
    return True


def kind_of(line: str) -> dict[str, Any] | None:
    """The fields of the message a line stands for; None for a command that is not known."""
    if not line.startswith("/"):
        return {"kind": "text", "text": line}
    command, _, rest = line[1:].partition(" ")
    match command:
        case "photo":
            return {"kind": "image", "media_id": rest.strip() or uuid.uuid4().hex}
        case "location":
            return {"kind": "location", "text": rest.strip(), "latitude": 31.4589, "longitude": 121.1306}
        case "click":
            return {"kind": "event", "event": "click", "event_key": rest.strip()}
    return None


def message(openid: str, said: dict[str, Any]) -> Message:
    return Message(
        key=f"{CHANNEL}:{uuid.uuid4().hex}", channel=CHANNEL, openid=openid, at=datetime.now(SHANGHAI), **said
    )
