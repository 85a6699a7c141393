"""What every part of a conversation works with: who may do what, the turn, where the talk stands, and the words."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from bot.state import State
from handlers import words
from handlers.skill import Action, Reply, Skill, Turn
from nlp.types import Understanding

Understand = Callable[[str, str | None], Understanding]  # (text, expecting)

RECENT = timedelta(hours=24)  # how long 改成… and 撤销 still mean the last record
FOLLOWING = timedelta(hours=1)  # how long a bare sentence or photo still belongs to it
ANSWER = "dialog.answer"  # what the understanding calls an answer to the question asked
LIKELY = 0.5  # below it the guess of a wish counts for nothing against the question asked
SURE = 0.8  # above it a question asked inside a form is a question, not an answer
MOSTLY = 0.8  # of a sentence: what dates, numbers and names cover of one that is nothing else


class Talk:
    """One message of one person being answered; `state` is changed, the database is left to the handlers."""

    def __init__(
        self, actions: Mapping[str, Action], skills: list[Skill], turn: Turn, state: State, understand: Understand
    ):
        self.actions = actions
        self.skills = {skill.name: skill for skill in skills}
        self.turn = turn
        self.state = state
        self.understand = understand
        self.words = words.load("words")

    def say(self, key: str, **values: Any) -> Reply:
        return Reply(words.sentence(self.words["reply"][key], values))

    def name(self, intent: str) -> str:
        action = self.actions[intent]
        return str(action.skill.words["offers"].get(action.verb, {}).get("name") or action.skill.words["name"])

    def offered(self, intent: str) -> bool:
        action = self.actions.get(intent)
        return (
            action is not None
            and action.needs <= self.turn.role
            and action.verb in action.skill.words.get("offers", {})
        )

    def example(self, intent: str) -> str:
        action = self.actions[intent]
        offer = action.skill.words["offers"][action.verb]
        return words.sentence(self.words["offer"], offer)

    def heard(self, action: Action, said: Understanding) -> dict[str, Any]:
        return {**action.form.heard(said.text), **said.slots}
