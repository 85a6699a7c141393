"""When mediators are reminded: the next meeting, what was agreed, the visit afterwards, the one-month limit."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from handlers import cases, words
from handlers.dispute_words import skill, upcoming, what
from handlers.skill import Nudge, Turn, When
from models import dispute
from models.base import Session
from models.dispute import UNDER_WAY, Dispute

AHEAD = 7  # days before the limit at which the mediators are reminded


def follow_up_day(turn: Turn, said: When | None) -> date | None:
    """The day of the visit afterwards: as said, else after the days the deployment has set."""
    days = cases.setting(turn, "dispute_follow_up_days")
    return said.day if said else turn.now.date() + timedelta(days=days) if days else None


def plan_reminders(turn: Turn, row: Dispute) -> None:
    """The next meeting (the evening and two hours before), what was agreed (its last day), the visit afterwards."""

    def text(kind: str, **values: Any) -> str:
        return skill.text(f"remind_{kind}", no=row.no, what=what(row), **values)

    due: list[tuple[str, datetime, str]] = []
    if row.status in (*UNDER_WAY, "failed") and (coming := upcoming(turn, row)):
        soon = text("next", next_at=coming)
        due.append(("next", words.at_hour(coming.day - timedelta(days=1), 18), soon))
        due += [("next", coming.at() - timedelta(hours=2), soon)] if coming.clock else []
    if row.status == "settled" and row.agreed_until:
        agreed = When(row.agreed_until)
        due.append(("agreed", words.at_hour(agreed.day, 9), text("agreed", until=agreed)))
    if row.status == "settled" and row.follow_up_on:
        due.append(("follow_up", words.at_hour(row.follow_up_on, 9), text("follow_up")))
    cases.remind(turn, row, due)


@skill.remind
def limit(db: Session, day: date) -> Iterator[Nudge]:
    """The one-month limit: a week before, on its day, and every week after."""
    morning = words.at_hour(day, 9)
    for row in dispute.pressing(db, day, AHEAD):
        assert row.due_on is not None
        left = (row.due_on - day).days
        key = "remind_limit" if left > 0 else "remind_due" if left == 0 else "remind_over"
        text = skill.text(key, no=row.no, what=what(row), left=left, over=-left)
        for user in dispute.handlers_of(db, row):
            yield Nudge(
                user.id,
                f"dispute:{row.no}:limit:{day}:{user.id}",
                text,
                "dispute",
                morning,
                morning + timedelta(days=2),
                row.no,
            )
