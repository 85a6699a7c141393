"""When a hazard's handlers are reminded: the day before the deadline, after it, and at the reinspection."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from handlers import cases, words
from handlers.safety_words import skill, what
from handlers.skill import (
    Nudge,
    Turn,
)
from models import safety
from models.base import Session
from models.safety import UNDER_WAY, Hazard


def plan_reminders(turn: Turn, row: Hazard) -> None:
    """The day before the deadline, and the day of the reinspection."""
    due: list[tuple[str, datetime, str]] = []
    if row.status in UNDER_WAY and row.due_on:
        text = skill.text("remind_before", no=row.no, what=what(row))
        due.append(("before", words.at_hour(row.due_on - timedelta(days=1), 9), text))
    if row.status == "rectified" and row.recheck_on:
        text = skill.text("remind_recheck", no=row.no, what=what(row))
        due.append(("recheck", words.at_hour(row.recheck_on, 9), text))
    cases.remind(turn, row, due)


@skill.remind
def deadline(db: Session, day: date) -> Iterator[Nudge]:
    """The deadline for putting it right: on its day, and every week after."""
    morning = words.at_hour(day, 9)
    for row in safety.pressing(db, day):
        assert row.due_on is not None
        over = (day - row.due_on).days
        text = skill.text("remind_over" if over else "remind_due", no=row.no, what=what(row), over=over)
        for user in safety.handlers_of(db, row):
            key = f"safety:{row.no}:deadline:{day}:{user.id}"
            yield Nudge(user.id, key, text, "safety", morning, morning + timedelta(days=2), row.no)
