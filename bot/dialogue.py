"""The one road of every message: claim it, hear it, do it, store the reply; committed before the reply leaves."""

import hashlib
import json
from collections.abc import Callable
from typing import Any, TypeVar

from bot import arrivals, hearing
from bot.directory import Directory
from bot.state import State
from bot.talk import Talk
from handlers import SKILLS, actions, words
from handlers.skill import Message, Reply, Turn
from models import conversation, messages, push
from models.base import Database, Session
from nlp.types import Understanding
from nlp.understand import Understander

Result = TypeVar("Result")
LIMIT = 2048  # bytes of one WeChat text reply


class Dialogue:
    """Answers messages of any channel; safe to call from many threads and processes."""

    def __init__(
        self,
        database: Database,
        understander: Understander,
        directory: Directory,
        context: Callable[[], dict[str, Any]],
        greets: int = 3,
    ):
        """`hurry` is called when something urgent has been committed; whoever sends puts themselves there."""
        self.database = database
        self.understander = understander
        self.directory = directory
        self.context = context
        self.greets = greets
        self.hurry: Callable[[], None] = lambda: None
        self.actions = actions()

    def answer(self, message: Message) -> str:
        """The reply text, empty where none is due; the same message again gets the same reply. Raises Forged."""
        return self._committed(lambda db: self._answer(db, message))

    def keep_failed(self, message: Message, apology: str) -> None:
        """Stores a message whose turn failed, with the apology it got, so that nothing said is lost."""

        def keep(db: Session) -> None:
            claimed = self._claim(db, message)
            if claimed.id is not None:
                user = conversation.lock(db, message.channel, message.openid, message.at).user
                messages.settle(db, claimed.id, user.id, apology, messages.FAILED)

        self.database.run(keep)

    def follow_up(self, message: Message, reply: str) -> None:
        """The answer came after the budget: it leaves by the push queue, once."""

        def plan(db: Session) -> None:
            user = conversation.lock(db, message.channel, message.openid, message.at).user
            messages.plan(
                db,
                user.id,
                key=f"late:{message.key}"[:120],
                kind="late",
                text=reply,
                send_at=message.at,
                urgency=messages.URGENT,
            )

        self._committed(plan)

    def _committed(self, work: Callable[[Session], Result]) -> Result:
        """Does the work; wakes the sender afterwards, when what it planned is there for all to see."""
        result, urgent = self.database.run(lambda db: (work(db), messages.hurried(db)))
        if urgent:
            self.hurry()
        return result

    def _claim(self, db: Session, message: Message) -> messages.Claim:
        said = message.text or message.event
        return messages.claim(
            db,
            key=message.key,
            signature=message.signature,
            digest=digest(message),
            kind=message.kind,
            body=said,
            at=message.at,
        )

    def _answer(self, db: Session, message: Message) -> str:
        claim = self._claim(db, message)
        if claim.id is None:
            return claim.reply or ""
        held = conversation.lock(db, message.channel, message.openid, message.at)
        user, state = held.user, State.read(held.state)
        turn = Turn(db, user, message.at, message, skills=SKILLS, **self.context())
        talk = Talk(self.actions, SKILLS, turn, state, self._understand(turn))
        waits = held.waits and message.kind != "event"
        waited = push.greetings(db, user, message.at, self.greets) if waits else []
        heard = self.hear(talk).text
        urgent = turn.said is not None and turn.said.danger
        reply, state.rest = split("\n\n".join([heard, *waited] if urgent else [*waited, heard]), state.rest, LIMIT)
        conversation.write(db, user, state.write(), message.at)
        messages.settle(db, claim.id, user.id, reply, turn.said.intent if turn.said else None)
        return reply

    def hear(self, talk: Talk) -> Reply:
        message = talk.turn.message
        match message.kind:
            case "event":
                return arrivals.event(talk)
            case "location":
                return arrivals.location(talk)
            case "link":
                return arrivals.link(talk)
            case "image" | "video":
                return arrivals.media(talk)
            case "voice" if not message.text:
                return arrivals.media(talk)
        return hearing.sentence(talk) if message.text.strip() else talk.say("empty")

    def _understand(self, turn: Turn) -> Callable[[str, str | None], Understanding]:
        def understand(text: str, expecting: str | None) -> Understanding:
            directory = self.directory.current(turn.db)
            return self.understander.understand(
                text,
                turn.now.replace(tzinfo=None),
                directory.vocabulary,
                expecting=expecting,
                community=directory.community(turn.user.community_id),
                role=turn.role.name.lower(),
            )

        return understand


def digest(message: Message) -> str:
    """What was said, whatever the envelope: a retry has the same, a forgery has not."""
    said = [
        message.kind,
        message.openid,
        message.text,
        message.media_id,
        message.latitude,
        message.longitude,
        message.event,
        message.event_key,
    ]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def split(text: str, rest: str, limit: int) -> tuple[str, str]:
    """(what fits into `limit` bytes, what 继续 will bring); cut between lines where possible, never in a character."""
    if len(text.encode()) <= limit:
        return text, rest if not text else ""
    invitation = "\n" + words.load("words")["reply"]["continued"]
    room = limit - len(invitation.encode())
    head = text.encode()[:room].decode(errors="ignore")
    if (line := head.rfind("\n")) > len(head) // 2:
        head = head[:line]
    return head + invitation, text[len(head) :].lstrip("\n")
