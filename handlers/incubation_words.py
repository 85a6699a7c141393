"""What answers about incubation are made of: where one stands, what a sentence means, the base it goes to."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from handlers import words
from handlers.skill import Refused, Role, Skill, Turn, When
from models import incubation
from models.incubation import Incubation
from models.place import Community, Town
from models.policy import Rule, rule

skill = Skill("incubation")  # its words: incubation.yaml, beside this file


def phrase(key: str, **values: Any) -> str:
    """A piece of a sentence: `phrases.<key>` of the YAML, filled."""
    return words.sentence(skill.words["phrases"][key], values)


def listed(table: str, text: str) -> str | None:
    """The first entry of a table {name: [signs]} of the YAML one of whose signs is in the text."""
    entries: Mapping[str, list[str]] = skill.words[table]
    return next((name for name, signs in entries.items() if any(sign in text for sign in signs)), None)


def town_of(turn: Turn, community_id: int | None) -> Town | None:
    community = turn.db.get(Community, community_id) if community_id else None
    return turn.db.get(Town, community.town_id) if community else None


def setting(turn: Turn, name: str, town: Town | None) -> Rule | None:
    return rule(turn.settings, name, town.name if town else None)


def base_of(turn: Turn, community: Community, said: str | None) -> str | None:
    """The base: the only one set, the one of several that is named or picked; as it was said where none is set."""
    found = setting(turn, "incubation_bases", turn.db.get(Town, community.town_id))
    if found is None:
        return said
    known = [found.value] if isinstance(found.value, str) else [str(name) for name in found.value]
    named = [name for name in known if said and (said in name or name in said)]
    if len(known) > 1 and len(named) != 1:
        raise Refused("which_base", ask="place", choices=[(name, name) for name in known])
    return (named or known)[0]


def day(value: date | None) -> str | None:
    return words.in_year(When(f"{value}"), words.day_name(When(f"{value}")), 0) if value else None


def left(turn: Turn, value: date | None) -> int | None:
    """Days until then; None for what is past."""
    days = (value - turn.now.date()).days if value else -1
    return days if days >= 0 else None


def dated(turn: Turn, value: date | None) -> str | None:
    """A day of the agreement, with the days until then."""
    days = left(turn, value)
    return phrase("ahead", day=day(value), left=days) if days is not None else day(value)


def progress(turn: Turn, row: Incubation) -> dict[str, Any]:
    """Where it stands in words: the step, who holds it, since how many days, what comes next, its dates."""
    town = town_of(turn, row.community_id)
    step = skill.words["states"][row.status]
    days = (turn.now.date() - row.since.date()).days
    held, inside = row.status in incubation.OPEN, row.status in incubation.INSIDE
    names = {"town": town.name if town else skill.words["the_city"], "base": row.place or skill.words["the_base"]}
    return {
        "no": row.no,
        "name": row.organization,
        "step": step["name"],
        "since": phrase("on", day=day(row.since.date()))
        if not held
        else phrase("days", days=days)
        if days
        else phrase("today"),
        "holder": step["holder"].format(**names) if "holder" in step else None,
        "next": step["next"].format(**names),
        "place": row.place,
        "wished": words.moment(When(row.start)) if row.start and row.status in incubation.BEFORE else None,
        "needs": row.needs if row.status in incubation.BEFORE else None,
        "asked": skill.words["wishes"][row.asked] if row.asked else None,
        "answer": row.answer if row.status == incubation.RETURNED else None,
        "entered": day(row.entered_on),
        "midterm": dated(turn, row.midterm_on) if inside and not row.assessment else None,
        "assessment": skill.words["assessments"].get(row.assessment),
        "until": dated(turn, row.until_on) if inside else None,
        "papers": dated(turn, row.papers_on) if inside and left(turn, row.papers_on) is not None else None,
        "money": row.money,
        "batches": row.batches or None,
        "contact": town.contact if town and held and turn.role < Role.TOWN else None,
        **names,
    }


def line(row: Incubation, turn: Turn) -> str:
    """One of several: whose, where it stands, since when, and what it asks for."""
    told = progress(turn, row)
    return words.joined(told["name"], told["step"], told["since"], phrase("wants", asked=told["asked"]) or None)
