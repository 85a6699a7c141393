"""A talk for handler tests: what was understood is given, everything else is the real engine on a real database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from bot import hearing
from bot.state import State
from bot.talk import Talk
from handlers.skill import Message, Skill, Turn
from models.base import Session, unseal
from models.messages import Outbox
from models.people import User
from nlp.types import Understanding


@dataclass
class Told:
    """Says sentences as people of the test town; `text` is spoken, intent and slots are how it was understood."""

    db: Session
    skills: list[Skill]
    now: datetime
    settings: Mapping[str, Any] = field(default_factory=dict)
    states: dict[str, State] = field(default_factory=dict)

    def user(self, who: str) -> User:
        return self.db.scalars(select(User).where(User.openid == who)).one()

    def state(self, who: str) -> State:
        return self.states.setdefault(who, State())

    def say(self, who: str, text: str, intent: str = "none", **slots: Any) -> str:
        message = Message(f"{who}:{text}", "wechat", who, self.now, "text", text=text)
        turn = Turn(self.db, self.user(who), self.now, message, settings=self.settings, skills=self.skills)
        actions = {action.intent: action for skill in self.skills for action in skill.actions.values()}

        def understand(said: str, _expecting: str | None) -> Understanding:
            return Understanding(said, intent, 1.0, slots, False, (), (), ())

        reply = hearing.sentence(Talk(actions, self.skills, turn, self.state(who), understand)).text
        self.states[who] = State.read(self.state(who).write())
        self.db.flush()
        return reply

    def sent_to(self, who: str) -> list[str]:
        """What was planned to be told to this person, oldest first."""
        rows = self.db.scalars(select(Outbox).where(Outbox.user_id == self.user(who).id).order_by(Outbox.id))
        return [unseal(self.db, row.text) or "" for row in rows]
