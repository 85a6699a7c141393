"""What answers about party contacts are made of: what a sentence tells beyond its slots, the cycle, one contact."""

import re
from typing import Any

from handlers import words
from handlers.skill import Role, Skill, Turn, When
from models import audit
from models.party import Contact
from models.place import Community, Town
from models.policy import Rule, rule

skill = Skill("party")  # its words: party.yaml, beside this file


def found(pattern: str, text: str) -> str | None:
    """What a pattern of the YAML finds: the first of its groups that fits, else all of it."""
    hit = re.search(skill.words["patterns"][pattern], text)
    if hit is None:
        return None
    told = next((group for group in hit.groups() if group), hit.group())
    return told.strip(skill.words["around"])


def town_of(turn: Turn, community_id: int | None) -> Town | None:
    community = turn.db.get(Community, community_id) if community_id else None
    return turn.db.get(Town, community.town_id) if community else None


def cycle(settings: Any, town: Town | None) -> Rule | None:
    """How many days may lie between two contacts: each town's own matter, unknown until it is set."""
    return rule(settings, "party_contact_days", town.name if town else None)


def when(turn: Turn, start: str) -> str:
    return words.in_year(When(start), words.moment(When(start)), turn.now.year)


def opened(turn: Turn, row: Contact) -> dict[str, str | None]:
    """Who and what was said, for those on duty, each reading written down; the city sees that there is something."""
    names = ("person", "raised", "text")
    if turn.role == Role.CITY:
        return {name: skill.words["kept_back"] if getattr(row, name) else None for name in names}
    told = {name: audit.reveal(turn.db, turn.user, turn.now, row.no, name, getattr(row, name)) for name in names}
    return told | {"audited": skill.words["audited"]}


def facts_of(turn: Turn, row: Contact) -> dict[str, Any]:
    """One contact in words, without what is sealed."""
    return {
        "name": row.organization,
        "when": when(turn, row.start),
        "place": row.place,
        "headcount": row.headcount,
        "state": skill.words["states"][row.status],
        "settled": words.day_name(When(f"{row.settled_on}")) if row.settled_on else None,
    }
