"""Where a talk stands, as plain data: the open task, what was parked, what was done last."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

VERSION = 1
PARKED = 3  # older unfinished tasks are let go


class Task(BaseModel):
    """One form being filled; `asked` is the slot of the last question, `choices` its (value, label) answers."""

    model_config = ConfigDict(extra="ignore")
    intent: str
    slots: dict[str, Any] = {}
    asked: str | None = None
    choices: list[tuple[str, str]] = []
    skipped: list[str] = []
    demanded: str | None = None  # the slot a rule asked for; skipping it hands the rule an empty answer
    history: list[str] = []
    confirming: bool = False
    sure: bool = False  # the yes was given; what a rule asked for afterwards needs no second one
    photos: list[dict[str, Any]] = []
    misses: int = 0

    @property
    def expecting(self) -> str | None:
        return "confirm" if self.confirming else self.asked


class Last(BaseModel):
    """The record a person made last: what a following 改成…, photo or place belongs to."""

    no: str
    intent: str
    at: datetime
    urgent: bool = False


class State(BaseModel):
    """Everything a talk remembers between two messages."""

    model_config = ConfigDict(extra="ignore")
    v: int = VERSION
    task: Task | None = None
    parked: list[Task] = []
    queue: list[Task] = []
    last: Last | None = None
    rest: str = ""
    photos: list[dict[str, Any]] = []
    misses: int = 0

    @classmethod
    def read(cls, stored: str | None) -> "State":
        """The stored talk; a newer or unreadable version starts afresh rather than fail."""
        state = cls.model_validate_json(stored) if stored else cls()
        return state if state.v == VERSION else cls()

    def write(self) -> str:
        return self.model_dump_json(exclude_defaults=True)

    def park(self, task: Task) -> None:
        """Lays a form aside."""
        self.parked = [*self.parked, task][-PARKED:]
