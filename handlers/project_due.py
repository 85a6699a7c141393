"""Reminders of service projects: before one ends, and to organisations that have none this year."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from handlers import words, yearly
from handlers.project_words import skill
from handlers.skill import Nudge, When
from models import filing, project
from models.policy import rule

MORNING = 9
AHEAD = (7,)  # days before the end of a project; the setting project_end_days overrides it
DATES = ("06-30", "09-30", "11-30")  # for who has none yet; the setting project_missing_dates overrides it
LASTING = timedelta(days=7)


@skill.remind
def ending(db: Any, today: date) -> Iterator[Nudge]:
    """Before the last day, to whoever registered it and whoever speaks for its organisation."""
    found = rule(db.info.get("settings", {}), "project_end_days")
    ahead = [int(days) for days in found.value] if found else list(AHEAD)
    at = words.at_hour(today, MORNING)
    for row in project.ending(db, [today + timedelta(days=days) for days in ahead]):
        last = project.last_day(row)
        leaders = filing.leaders(db, row.organization_id) if row.organization_id else []
        people = {row.created_by or 0, *(user.id for user in leaders)} - {0}
        for user_id in sorted(people) if last else ():
            text = skill.text("remind_end", title=row.title, end=words.day_name(When(str(last))))
            yield Nudge(user_id, f"project:{row.no}:{last}:{user_id}", text, "project", at, at + LASTING, row.no)


@skill.remind
def without(db: Any, today: date) -> Iterator[Nudge]:
    return yearly.none_yet(db, skill, today, DATES, project.with_project)
