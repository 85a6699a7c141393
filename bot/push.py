"""The push planner: which channel may carry a message to a person now, in what words; and who fetches their own."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import yaml

from bot.config import Config
from handlers import words
from models import people, push
from models.base import Database, Session
from models.due import GROUP
from models.messages import ROUTINE, SOON, URGENT
from models.push import Letter
from models.reach import Standing
from models.when import SHANGHAI

CUSTOM, TEMPLATE, SUBSCRIPTION, APP = "custom", "template", "subscription", "app"
ALONE = {"wecom": (APP,), GROUP: (GROUP,)}  # accounts with a single channel
# What costs least comes first; the urgent does not wait for a template's result.
ORDER = {
    URGENT: (CUSTOM, SUBSCRIPTION, TEMPLATE),
    SOON: (CUSTOM, TEMPLATE, SUBSCRIPTION),
    ROUTINE: (CUSTOM, TEMPLATE, SUBSCRIPTION),
}
GUARDED = frozenset({TEMPLATE, APP})  # the platform knows our id of a message and refuses a second sending
DIGEST, DEFAULT = "digest", "default"
# Longest value of a notice's keyword, by its type; longer ones are cut or refused by the platform.
KEYWORDS = {"thing": 20, "keyword": 20, "const": 20, "character_string": 32, "number": 32, "letter": 32, "symbol": 5,
            "phrase": 5, "name": 10, "phone_number": 17, "car_number": 8}  # fmt: skip
MINUTE = "%Y-%m-%d %H:%M"


@dataclass(frozen=True)
class Way:
    """A channel that may be used now; `template` for the notices."""

    channel: str
    template: str = ""


@dataclass(frozen=True)
class Wait:
    """Every way that is left is closed until then."""

    until: datetime


@dataclass(frozen=True)
class Hold:
    """No way at all; the message greets the person at their next word."""

    why: str


@dataclass(frozen=True)
class Parcel:
    """One call: what a channel needs to carry it."""

    openid: str
    text: str
    bundle: str
    template: str = ""
    data: Mapping[str, str] | None = None
    page: str = ""


@cache
def vocabulary() -> Mapping[str, str]:
    """The words beside this file."""
    with Path(__file__).with_suffix(".yaml").open(encoding="utf-8") as file:
        return dict(yaml.safe_load(file))


def choose(
    channel: str,
    letter: Letter,
    standing: Standing,
    shut: Mapping[str, datetime],
    config: Config,
    carriers: Container[str],
) -> Way | Wait | Hold:
    """The cheapest of our `carriers` that may tell a person of `channel` this now. `shut` are closed gates."""
    if standing.blocked:
        return Hold(standing.blocked)
    names = [name for name in order(channel, letter.urgency) if name in carriers]
    ways = [way for name in names if (way := _way(name, letter, standing, config))]
    open_ways = [way for way in ways if not _gates(way, shut)]
    if open_ways:
        return open_ways[0]
    if ways:
        return Wait(min(max(_gates(way, shut)) for way in ways))
    return Hold("no channel")


def order(channel: str, urgency: int) -> tuple[str, ...]:
    return ALONE.get(channel) or ORDER[urgency]


def account(channel: str) -> str:
    """Whose gate closes when nothing of a channel goes any more."""
    return next((owner for owner, channels in ALONE.items() if channel in channels), "wechat")


def _gates(way: Way, shut: Mapping[str, datetime]) -> list[datetime]:
    names = (way.channel, f"template:{way.template}")
    return [shut[name] for name in names if name in shut]


def _way(name: str, letter: Letter, standing: Standing, config: Config) -> Way | None:
    """The channel if this person and this deployment have it; the last messages of a window are the urgent's."""
    match name:
        case "custom":
            reserve = 0 if letter.urgency == URGENT else config.push.reserve
            return Way(CUSTOM) if standing.window > reserve else None
        case "subscription":
            template = _template(config.wechat.subscriptions, letter.kind)
            return Way(SUBSCRIPTION, template) if template in standing.credits else None
        case "template":
            template = _template(config.wechat.templates, letter.kind)
            return Way(TEMPLATE, template) if template else None
    return Way(name)


def _template(known: Mapping[str, str], kind: str) -> str:
    return known.get(kind) or known.get(DEFAULT, "")


def together(letters: Sequence[Letter], way: Way, limit: int) -> list[Letter]:
    """Which letters, the first at least, travel in one message: all that is not urgent and fits in `limit` bytes."""
    first = letters[0]
    if first.urgency == URGENT or way.channel in (TEMPLATE, SUBSCRIPTION):
        return [first]
    taken = [first]
    for letter in letters[1:]:
        if len(spoken([*taken, letter]).encode()) <= limit:
            taken.append(letter)
    return taken


def spoken(letters: Sequence[Letter]) -> str:
    """One letter as it is, several as a numbered digest."""
    if len(letters) == 1:
        return letters[0].text
    lines = words.numbered(letter.text for letter in letters)
    return vocabulary()["digest"].format(count=len(letters), lines=lines)


def fit(text: str, limit: int) -> str:
    """The text, cut between characters so that it and the sign of the cut fit in `limit` bytes."""
    if len(text.encode()) <= limit:
        return text
    room = limit - len(vocabulary()["cut"].encode())
    return text.encode()[:room].decode(errors="ignore") + vocabulary()["cut"]


def keywords(letter: Letter, fields: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """A notice's data: what the deployment wrote for this kind, filled and cut to each keyword's limit.

    A pattern may use {head} (the first line), {text} and {time} (when it falls due).
    """
    patterns = fields.get(letter.kind) or fields.get(DEFAULT) or {"thing1": "{head}", "time2": "{time}"}
    head = letter.text.split("\n", 1)[0]
    known = {
        "head": head,
        "text": letter.text.replace("\n", " "),
        "time": letter.send_at.astimezone(SHANGHAI).strftime(MINUTE),
    }
    return {
        name: _short(pattern.format(**known), KEYWORDS.get(name.rstrip("0123456789")))
        for name, pattern in patterns.items()
    }


def _short(value: str, limit: int | None) -> str:
    return value if limit is None or len(value) <= limit else value[: limit - 1] + "…"


class Mailbox:
    """For people who fetch what is there for them: the terminal and the demo page."""

    def __init__(self, database: Database):
        self._database = database

    def take(self, channel: str, openid: str, now: datetime) -> list[str]:
        """What has come since the last look; each message is handed out once."""

        def fetch(db: Session) -> list[str]:
            user = people.get(db, channel, openid)
            if user is None:
                return []
            return [letter.text for letter in push.collect(db, user, now, channel="mailbox", limit=20)]

        return self._database.run(fetch)
