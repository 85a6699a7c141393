"""What answers about disclosure are made of: signs in a sentence, amounts, days, entries line by line."""

from collections.abc import Mapping
from datetime import date

from handlers import words
from handlers.skill import Organization, Skill, Turn
from models.disclosure import Disclosure
from models.period import period_bounds

skill = Skill("disclosure")  # its words: disclosure.yaml, beside this file
LINES = 6


def sign(table: str, text: str) -> str | None:
    """The first entry of a table {name: [signs]} of the YAML one of whose signs is in the text."""
    entries: Mapping[str, list[str]] = skill.words[table]
    return next((name for name, signs in entries.items() if any(one in text for one in signs)), None)


def overlaps(turn: Turn, row: Disclosure, period: str | None) -> bool:
    """Whether an item's period (else the day it was published) falls into the period asked for."""
    if not period:
        return True
    since, until = period_bounds(period)
    first, after = period_bounds(row.period or row.published_on.isoformat())
    return (first or "") < (until or "") and (after or "") > (since or "")


def lines(rows: list[Disclosure], names: Mapping[int, str] | None = None) -> str:
    told = []
    for row in rows[:LINES]:
        name = (names or {}).get(row.organization_id or 0)
        values = {"name": name, "title": row.title, "money": amount(row), "published": day(row.published_on)}
        parts = ("line_name", "line_title", "line_money", "line_day")
        told.append("".join(skill.text(part, **values, no=row.no) for part in parts))
    more = skill.text("more", count=len(rows) - LINES) if len(rows) > LINES else ""
    return words.numbered(told) + ("\n" + more if more else "")


def amount(row: Disclosure) -> str | None:
    if row.money is None:
        return None
    return skill.text(
        "amount", direction=skill.words["direction_names"].get(row.direction or "none"), money=f"{row.money:.10g}"
    )


def day(value: date) -> str:
    return skill.text("date", year=value.year, month=value.month, day=value.day)


def link(turn: Turn, target: Organization | None) -> str | None:
    return f"{turn.public_url}/o/{target.id}" if turn.public_url and target else None
