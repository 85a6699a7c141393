"""How organisations are spoken of: one by one, in a list, and whom to ask."""

from datetime import date

from handlers.skill import Organization, Refused, Reply, Skill, Turn
from models.organization import Line
from models.place import Community, Town

skill = Skill("organization")  # its words: organization.yaml, beside this file
LINES = 8


def home(turn: Turn, found: Organization) -> tuple[str | None, str | None]:
    """(community, town) of an organisation, by name."""
    community = turn.db.get(Community, found.community_id)
    town = turn.db.get(Town, community.town_id) if community else None
    return (community.name if community else None), (town.name if town else None)


def day(value: date) -> str:
    return skill.text("date", year=value.year, month=value.month, day=value.day)


def contact(turn: Turn, found: Organization | None = None) -> str | None:
    """Whom to ask: the town of the organisation, else the sender's own."""
    if found is None:
        town = turn.town()
        return town.contact if town else None
    community = turn.db.get(Community, found.community_id)
    town = turn.db.get(Town, community.town_id) if community else None
    return town.contact if town else None


def spoken_of(table: str, text: str) -> bool:
    return any(sign in text for sign in skill.words[table])


def several(found: list[Line], place_name: str | None, key: str = "list") -> Reply:
    """A numbered list to pick from."""
    choices = [(str(row.id), line(row)) for row in found[:LINES]]
    left = len(found) - LINES
    more = skill.text("more", count=left) if left > 0 else None
    raise Refused(key, ask="pick", choices=choices, count=len(found), where=place_name, more=more)


def line(row: Line) -> str:
    parts = [skill.text(key, category=row.category, place=row.place) for key in ("line_kind", "line_place")]
    return row.name + "".join(parts)
