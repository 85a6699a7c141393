"""What is answered about party contacts: one of them, who has not been met, what is still open."""

from datetime import date, timedelta
from typing import Any

from handlers import words
from handlers.party_due import in_force
from handlers.party_words import cycle, facts_of, opened, skill, town_of
from handlers.skill import Organization, Refused, Reply, Role, Turn, When
from models import organization, party, place
from models.party import Contact
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


def coverage(turn: Turn) -> Reply:
    """How many organisations of the place were met this year, and, where the town has set a cycle, who is over it."""
    since, where = date(turn.now.year, 1, 1), place_of(turn)
    found = organization.living(turn.db, **where[1])
    left = party.unmet(turn.db, found, since)
    return skill.say(
        "coverage",
        where=where[0],
        year=turn.now.year,
        total=len(found),
        met=len(found) - len(left),
        share=round(100 * (len(found) - len(left)) / len(found)) if found else 0,
        unmet=words.numbered(row.name for row in left[:LINES]) or None,
        more=len(left) - LINES if len(left) > LINES else None,
        open=len(party.visible(turn.db, turn.user, status=party.OPEN, limit=1000)) or None,
        **over(turn, where[1]),
    )


def place_of(turn: Turn) -> tuple[str, dict[str, int]]:
    """The name and the scope of whoever asks: their community, their town, the whole city."""
    if turn.role == Role.WORKER and (community := turn.community()):
        return community.name, {"community_id": community.id}
    if turn.role == Role.TOWN and (town := turn.town()):
        return town.name, {"town_id": town.id}
    return skill.words["everywhere"], {}


def over(turn: Turn, where: dict[str, int]) -> dict[str, Any]:
    """How many are past their day, by each town's own cycle; where it is not set, that and whom to ask."""
    if "community_id" in where:
        towns = [town for town in [turn.town()] if town]
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
