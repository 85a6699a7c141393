"""Who learns of a stay in a base and when: whoever is on duty, whoever applied, and all of them before a day comes."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from handlers import words
from handlers.incubation_words import day, progress, setting, skill, town_of
from handlers.skill import Nudge, Role, Turn
from models import incubation, people
from models.incubation import Incubation
from models.people import User

MORNING = 9


def tell_duty(turn: Turn, row: Incubation, key: str, **values: Any) -> None:
    """The town's staff, and of a new application the city's too."""
    told = incubation.on_duty(turn.db, row)
    if key == "came_in":
        told = list({user.id: user for user in [*told, *people.staff(turn.db, Role.CITY)]}.values())
    tell(turn, row, told, key, **values)


def tell_applicants(turn: Turn, row: Incubation, key: str, **values: Any) -> None:
    tell(turn, row, incubation.applicants(turn.db, row), key, **values)


def tell(turn: Turn, row: Incubation, users: list[User], key: str, **values: Any) -> None:
    """The same news to each but the sender, once a message; it outlives the reminders of the record."""
    text = skill.text(key, **progress(turn, row), **values)
    for user in users:
        if user.id != turn.user.id:
            unique = f"incubation:{row.no}:{key}:{user.id}:{turn.now:%Y%m%d%H%M%S}"
            turn.notify(user, text, key=unique, kind="incubation", source=f"{row.no}:told")


def plan_reminders(turn: Turn, row: Incubation) -> None:
    """The days of the agreement that are still to come, in place of whatever was planned before."""
    inside = row.status in incubation.INSIDE
    turn.remind(list(due(turn, row)) if inside else [], source=row.no)


def due(turn: Turn, row: Incubation) -> Iterator[Nudge]:
    """Ahead of the assessment, the end of the agreement and the papers for the subsidy, by the settings' days."""
    ours, theirs = incubation.on_duty(turn.db, row), incubation.applicants(turn.db, row)
    everybody = list({user.id: user for user in [*theirs, *ours]}.values())
    yield from ahead(turn, row, "midterm", None if row.assessment else row.midterm_on, everybody)
    yield from ahead(turn, row, "until", row.until_on, everybody)
    yield from ahead(turn, row, "papers", row.papers_on, theirs)


def ahead(turn: Turn, row: Incubation, what: str, on: date | None, users: list[User]) -> Iterator[Nudge]:
    found = setting(turn, f"incubation_{what}_days", town_of(turn, row.community_id))
    if on is None or found is None:
        return
    for days in found.value if isinstance(found.value, list) else [found.value]:
        at = words.at_hour(on - timedelta(days=int(days)), MORNING)
        text = skill.text(f"remind_{what}", name=row.organization, no=row.no, day=day(on), left=days)
        for user in users:
            key = f"incubation:{row.no}:{what}:{on}:{days}:{user.id}"
            yield Nudge(user.id, key, text, "incubation", at, words.at_hour(on, 23), row.no)
