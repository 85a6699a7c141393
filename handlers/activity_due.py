"""Reminders of activities: before one begins, for each day of a series, and for the report afterwards."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from handlers import words
from handlers.activity_words import line, shown, skill
from handlers.skill import Nudge, Turn, When
from models import activity
from models.activity import Activity

EVENING = 18  # the hour at which tomorrow's activity is announced


def plan_reminders(turn: Turn, row: Activity) -> None:
    """The evening before and two hours before for whoever registered it; none for what has begun."""
    start = When(row.start)
    due = {"day_before": start.at().replace(hour=EVENING, minute=0) - timedelta(days=1)}
    if start.clock:
        due["soon"] = start.at() - timedelta(hours=2)
    user_id = row.created_by or turn.user.id
    turn.remind([before(row, user_id, name, at, start) for name, at in due.items()], source=row.no)


def before(row: Activity, user_id: int, name: str, at: datetime, start: When) -> Nudge:
    """One reminder; a changed place or hour makes it another one."""
    return Nudge(
        user_id=user_id,
        key=f"activity:{row.no}:{name}:{start}",
        kind="activity",
        send_at=at,
        not_after=start.over(),
        text=skill.text(f"remind_{name}", facts=line(row)),
        source=row.no,
    )


@skill.remind
def series_tomorrow(db: Any, today: date) -> Iterator[Nudge]:
    """The evening before each further day of a series."""
    tomorrow = today + timedelta(days=1)
    for row in activity.series(db):
        start = activity.next_time(row, tomorrow)
        if start.day == tomorrow and start != row.start and row.created_by:
            yield before(row, row.created_by, "day_before", words.at_hour(today, EVENING), start)


@skill.remind
def ask_for_report(db: Any, today: date) -> Iterator[Nudge]:
    """The morning after: how many came, how many hours, photos."""
    morning = words.at_hour(today, 9)
    for row in activity.unreported(db, morning):
        if row.created_by:
            text = skill.text("remind_report", title=row.title, when=shown(row))
            key, until = f"activity:{row.no}:report", morning + timedelta(days=3)
            yield Nudge(row.created_by, key, text, "activity", morning, until, row.no)
