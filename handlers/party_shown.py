"""What is answered about party contacts: one of them, who has not been met, what is still open."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from handlers import words, yearly
from handlers.party_due import in_force
from handlers.party_words import cycle, facts_of, opened, skill, town_of
from handlers.skill import Organization, Refused, Reply, Role, Turn, When
from models import organization, party, place
from models.party import Contact
from models.period import period_bounds
from models.place import Community, Town

NAMED = 3  # organisations named beside a count
LINES = 8


def standing(turn: Turn, community: Community, team: Organization | None, row: Contact) -> dict[str, Any]:
    """After a contact: when the next one is due, or whom to ask for the cycle; how many were not met this year."""
    town = town_of(turn, community.id)
    found = cycle(turn.settings, town)
    left = party.unmet(turn.db, organization.living(turn.db, community_id=community.id), date(turn.now.year, 1, 1))
    told: dict[str, Any] = {"unmet": len(left) or None, "unmet_names": some(left), "community": community.name}
    told |= {"all_met": None if left else community.name}
    if found is None:
        return told | {"no_cycle": town.name if town else community.name, "contact": town.contact if town else None}
    following = When(row.start).day + timedelta(days=int(found.value))
    on = words.in_year(When(f"{following}"), words.day_name(When(f"{following}")), turn.now.year)
    return told | {"next": on if team else None, "every": found.value if team else None, "source": found.source}


def some(found: Any) -> str | None:
    """The first names of several, and that there are more."""
    names = words.spoken([row.name for row in found[:NAMED]])
    return names + skill.words["and_more"] if len(found) > NAMED else names or None


def one(turn: Turn, row: Contact) -> Reply:
    """Everything about one; what is open can be closed by number."""
    told = {**facts_of(turn, row), **opened(turn, row), "number": row.no}
    if row.status == party.OPEN:
        raise Refused("one", ask="step", choices=list(skill.words["steps"].items()), **told)
    return skill.say("one", **told)


# -- who has not been met -----------------------------------------------------------------------------------------


def coverage(turn: Turn, form: Any = None) -> Reply:
    """How many organisations of the place were met this year or in a period; how many are late by the town's cycle."""
    scope, (since, until, when) = scope_of(turn, form), days_of(turn, getattr(form, "period", None))
    found = organization.living(turn.db, **scope.narrowed)
    left = party.unmet(turn.db, found, since, until)
    return skill.say(
        "coverage",
        where=scope.name,
        when=when,
        total=len(found),
        met=len(found) - len(left),
        share=round(100 * (len(found) - len(left)) / len(found)) if found else 0,
        unmet=words.numbered(row.name for row in left[:LINES]) or None,
        more=len(left) - LINES if len(left) > LINES else None,
        open=len(open_in(turn, scope)) or None,
        **over(turn, scope.narrowed),
    )


def open_in(turn: Turn, scope: yearly.Around) -> list[Contact]:
    narrowed: dict[str, Any] = dict(scope.narrowed)
    return party.visible(turn.db, turn.user, status=party.OPEN, limit=1000, **narrowed)


def scope_of(turn: Turn, form: Any) -> yearly.Around:
    """The community or town named, where it is the asker's to look after; else their own place."""
    named = yearly.around(turn, getattr(form, "community", None), getattr(form, "town", None))
    return named if yearly.in_duty(turn, named) else yearly.around(turn, None, None)


def days_of(turn: Turn, period: str | None) -> tuple[date, date | None, str]:
    """(first day, day after the last, name) of a period; without one this year so far."""
    since, until = period_bounds(period)
    if since and until:
        return date.fromisoformat(since), date.fromisoformat(until), words.period(period) or ""
    return date(turn.now.year, 1, 1), None, skill.words["this_year"]


def over(turn: Turn, where: Mapping[str, int]) -> dict[str, Any]:
    """How many are past their day, by each town's own cycle; where it is not set, that and whom to ask."""
    if "community_id" in where:
        towns = [town for town in [town_of(turn, where["community_id"])] if town]
    else:
        towns = [town for town in place.towns(turn.db) if where.get("town_id") in (None, town.id)]
    ruled = [(town, found) for town in towns if (found := cycle(turn.settings, town))]
    if not ruled:
        return {
            "no_cycle": towns[0].name if len(towns) == 1 else skill.words["each_town"],
            "contact": contact(turn, towns),
        }
    late = sum(
        due.left < 0
        for town, found in ruled
        for community in place.communities(turn.db, town.id)
        if where.get("community_id") in (None, community.id)
        for due in party.due(turn.db, community.id, turn.now.date(), int(found.value), in_force(found))
    )
    every = ruled[0][1] if len(towns) == 1 else None
    return {"over": late, "every": every.value if every else None, "source": every.source if every else None}


def contact(turn: Turn, towns: list[Town]) -> str | None:
    return towns[0].contact if len(towns) == 1 and turn.role < Role.TOWN else None


# -- what is still open -------------------------------------------------------------------------------------------


def open_ones(turn: Turn) -> Reply:
    """What organisations raised and nobody has dealt with yet, the oldest first."""
    rows = party.visible(turn.db, turn.user, status=party.OPEN)[::-1]
    if not rows:
        return skill.say("all_settled")
    lines = words.numbered(skill.text("open_line", **facts_of(turn, row), number=row.no) for row in rows[:LINES])
    return skill.say("open_list", lines=lines, count=len(rows), more=len(rows) - LINES if len(rows) > LINES else None)
