"""What answers about activities are made of: when one is, which one is meant, how it went."""

import re
from datetime import date, datetime, timedelta
from typing import Any, NoReturn

from handlers import words
from handlers.skill import Refused, Skill, When
from models.activity import REPORTED, Activity

skill = Skill("activity")  # its words: activity.yaml, beside this file


def said(table: str, text: str) -> bool:
    """Whether one of the signs of a table of the YAML is in the text."""
    return any(sign in text for sign in skill.words[table])


def shown(row: Activity) -> str:
    """When it is, as people say it; a series by its rule."""
    start, end = When(row.start), When(row.end) if row.end else None
    named = words.repeated(row.repeat)
    if not named:
        return words.span(start, end)
    last = re.search(r"UNTIL=(\d{8})", row.repeat or "")
    if last:
        named = skill.text(
            "series_until", rule=named, last=words.day_name(When(f"{date.fromisoformat(last.group(1))}"))
        )
    if not start.clock:
        return skill.text("series", rule=named, first=words.span(start, None))
    until = words.load("words")["to"] + words.clock(end) if end and end.clock else ""
    return skill.text("series", rule=named + words.clock(start) + until, first=words.day_name(start))


def days(period: str | None, since: str | None, until: str | None) -> str | None:
    """A period as people count it: a year, quarter or month by its name, anything shorter by its days."""
    if not period or not since or not until:
        return None
    last = When((date.fromisoformat(until) - timedelta(days=1)).isoformat())
    long = last.day - When(since).day >= timedelta(days=27)
    return words.period(period) if long else words.span(When(since), last)


def line(row: Activity, *more: str | None) -> str:
    return words.joined(row.title, shown(row), row.place, *more)


def ended(row: Activity, now: datetime) -> str | None:
    """Said of what is over, reported or not."""
    over = row.repeat is None and When(row.end or row.start).over() < now
    return str(skill.words["ended"]) if over or row.status == REPORTED else None


def choose(found: list[Activity], key: str = "which") -> NoReturn:
    """Asks which of several is meant, by number."""
    raise Refused(key, ask="ticket_no", choices=[(row.no, words.joined(row.title, shown(row))) for row in found])


def held(row: Activity) -> str:
    """How it went, for everybody to read: figures alone, since a person's own words may name neighbours."""
    return skill.text("held", **facts_of(row))


def facts_of(row: Activity) -> dict[str, Any]:
    """What may be said of an activity to anybody."""
    return {
        "no": row.no,
        "title": row.title,
        "when": shown(row),
        "place": row.place,
        "headcount": row.headcount,
        "attended": row.attended,
        "volunteers": row.volunteers,
        "hours": row.hours,
    }
