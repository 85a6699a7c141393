"""What lies before one community or town: the place of a group, and what of each kind concerns it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from models import activity, disclosure, filing, place, training
from models.activity import Activity
from models.dispute import UNDER_WAY, Dispute
from models.filing import Filing
from models.organization import Organization
from models.safety import Hazard
from models.training import Training
from models.when import When

CASES: tuple[type[Any], ...] = (Dispute, Hazard)


@dataclass(frozen=True)
class Place:
    """A community, or with `community_id` None a whole town; `communities` are the ids inside it."""

    name: str
    town_id: int
    community_id: int | None
    communities: frozenset[int]


def place_named(db: Session, community: str, town: str) -> Place | None:
    """The one community of that name (in the town, where one is named), or the town where no community is."""
    if community:
        found = place.community_named(db, community, town or None)
        return Place(found.name, found.town_id, found.id, frozenset({found.id})) if found else None
    whole = place.town_named(db, town)
    if whole is None:
        return None
    return Place(whole.name, whole.id, None, frozenset(row.id for row in place.communities(db, whole.id)))


def activities(db: Session, here: Place, day: date) -> list[tuple[When, Activity]]:
    """What takes place on a day, soonest first."""
    until = (day + timedelta(days=1)).isoformat()
    town_id = None if here.community_id else here.town_id
    rows = activity.public(db, since=day.isoformat(), until=until, community_id=here.community_id, town_id=town_id)
    return sorted(((activity.next_time(row, day), row) for row in rows), key=lambda pair: pair[0])


def trainings(db: Session, here: Place, days: Sequence[date]) -> list[tuple[When, Training]]:
    """What begins on one of the days and is meant for this place: its own, its town's, the city's."""
    found = [(at, row) for row, at in training.starting_on(db, days) if not row.internal and _meant(row, here)]
    return sorted(found, key=lambda pair: (pair[0], pair[1].id))


def _meant(row: Training, here: Place) -> bool:
    return row.community_id in here.communities if row.community_id else row.town_id in (None, here.town_id)


def corrections(db: Session, here: Place, days: Sequence[date]) -> list[Filing]:
    """Returned applications whose time to correct ends on one of the days."""
    return [row for row in filing.corrections_due(db, days) if row.community_id in here.communities]


def certificates(db: Session, here: Place, days: Sequence[date]) -> list[Organization]:
    """Organisations whose certificate ends on one of the days."""
    return [row for row in filing.expiring(db, days) if row.community_id in here.communities]


def unshown(db: Session, here: Place, topic: str, first: date, last: date, period: str) -> list[Organization]:
    """Organisations that have not shown a topic for those days."""
    return [row for row in disclosure.silent(db, topic, first, last, period) if row.community_id in here.communities]


def open_cases(db: Session, here: Place, until: date) -> dict[str, int]:
    """How many disputes and hazards are under way, and how many of both are due by `until` or overdue."""
    counts = {"due": 0}
    for table in CASES:
        at = or_(table.community_id.in_(here.communities), table.town_id == here.town_id)
        mine = table.community_id == here.community_id if here.community_id else at
        under_way = select(func.count()).select_from(table).where(mine, table.status.in_(UNDER_WAY))
        counts[table.__tablename__] = db.scalar(under_way) or 0
        counts["due"] += db.scalar(under_way.where(table.due_on <= until)) or 0
    return counts
