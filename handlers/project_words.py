"""What answers about service projects are made of: whose one is, from when to when, how far, which one is meant."""

import re
from typing import Any, NoReturn

from handlers import words
from handlers.skill import Organization, Refused, Skill, Turn, When
from handlers.yearly import inclusive
from models import project, record
from models.period import period_bounds
from models.project import Project

skill = Skill("project")  # its words: project.yaml, beside this file
UNTOLD = "?"  # the choice of somebody who cannot say
CHOICES = 8


def shown(row: Project) -> str | None:
    """From when to when: a whole year by its name, the years told where there are two."""
    if not row.start:
        return skill.text("until", end=words.moment(When(row.end))) if row.end else None
    if row.end and (row.start[5:], row.end[5:]) == ("01-01", "12-31") and row.start[:4] == row.end[:4]:
        return words.period(row.start[:4])
    start, end = When(row.start), When(row.end) if row.end else None
    if end is None or end.day.year == start.day.year:
        return words.span(start, end)
    years = [words.in_year(day, words.day_name(day), 0) for day in (start, end)]
    return skill.text("from_to", start=years[0], end=years[1])


def days_of(period: str | None) -> dict[str, str]:
    """First and last day of a period, as columns; nothing where none was told."""
    since, until = period_bounds(period) if period and period != UNTOLD else (None, None)
    if not since or not until:
        return {}
    first, last = inclusive(since, until)
    return {"start": str(first), "end": str(last)}


def stage(text: str | None) -> str | None:
    """Whether a sentence tells of a project that goes on (`progress`) or is over (`done`)."""
    table: dict[str, str] = skill.words["stages"]
    return next((name for name, pattern in table.items() if re.search(pattern, text or "")), None)


def team_of(turn: Turn, row: Project) -> str | None:
    found = turn.db.get(Organization, row.organization_id) if row.organization_id else None
    return found.name if found else row.organization


def line(turn: Turn, row: Project, *more: str | None) -> str:
    return words.joined(row.title, team_of(turn, row), shown(row), *more)


def state(row: Project) -> str:
    return str(skill.words["states"][row.status])


def figures(row: Project) -> dict[str, Any]:
    """Whom it serves, how many, at what cost."""
    return {
        "targets": row.target_group or None,
        "place": row.place,
        "headcount": row.headcount,
        "households": row.households,
        "volunteers": row.volunteers,
        "money": row.money,
        "spent": row.spent,
    }


def facts_of(turn: Turn, row: Project) -> dict[str, Any]:
    """What may be said of a project to anybody."""
    moved = [step for step in record.timeline(turn.db, row.no) if step.what == "progress"]
    told = words.day_name(When.of(moved[-1].at)) if moved else None
    common = {"no": row.no, "title": row.title, "team": team_of(turn, row), "when": shown(row), "moved": told}
    return common | figures(row)


def published(row: Project) -> str:
    """What everybody may read of one that is done: figures alone, since a person's own words may name neighbours."""
    return skill.text("published", when=shown(row), **figures(row))


def choose(turn: Turn, found: list[Project]) -> NoReturn:
    """Asks which of several is meant, by number."""
    choices = [(row.no, line(turn, row)) for row in found[:CHOICES]]
    raise Refused("which", ask="ticket_no", choices=choices)


def latest(turn: Turn) -> str | None:
    """The number of the project this person made last."""
    return turn.last if turn.last and turn.last.startswith(project.PREFIX) else None
