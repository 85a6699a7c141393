"""Where to look for organisations: what was named, else the own community, its town, the whole city."""

from dataclasses import dataclass
from typing import Any

from handlers.skill import Form, Role, Turn
from models import organization, place
from models.organization import Line


@dataclass(frozen=True)
class Area:
    """A community, a town, or (neither) the whole city."""

    name: str | None
    community_id: int | None = None
    town_id: int | None = None

    def organizations(self, turn: Turn) -> list[Line]:
        return organization.living(turn.db, community_id=self.community_id, town_id=self.town_id)


class Query(Form):
    organization: str | None = None
    organization_id: str | None = None
    organization_type: str | None = None
    community: str | None = None
    town: str | None = None
    place: str | None = None
    person: str | None = None
    phone: str | None = None
    filing_no: str | None = None
    target_group: list[str] | None = None
    near: list[float] | None = None
    pick: str | None = None
    text: str | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        return {"text": text}


def scope_is_open(turn: Turn) -> bool:
    return turn.user.community_id is None and turn.user.town_id is None and turn.role < Role.CITY


def scope(turn: Turn, form: Query) -> list[Line]:
    return widening(turn, form, wide=True)[-1].organizations(turn)


def nearest(turn: Turn, form: Query) -> list[Line]:
    return widening(turn, form, wide=False)[0].organizations(turn)


def widening(turn: Turn, form: Query, wide: bool) -> list[Area]:
    """Where to look, nearest first: what was named; else the own community, its town, the whole city."""
    named_town = place.town_named(turn.db, form.town) if form.town else None
    community = turn.community(form) if form.community or not form.town else None
    town = named_town or turn.town()
    steps: list[Area] = []
    if community:
        steps.append(Area(community.name, community_id=community.id))
    if town and (named_town or wide or not community):
        steps.append(Area(town.name, town_id=town.id))
    if (wide and not (form.community or form.town)) or not steps:
        steps.append(Area(None))
    return steps


def where(turn: Turn, form: Query) -> str | None:
    community = turn.community(form)
    return form.town or (community.name if community else None)
