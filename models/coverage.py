"""Coverage: which organisations have at least one of something in a year and which have none, place by place."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import organization
from models.organization import ACTIVE, Line, Organization
from models.people import Role, User
from models.place import Community, Town

GRACE = 3  # days after its date on which a yearly reminder is still sent, should nobody have looked on the day itself


@dataclass(frozen=True)
class Coverage:
    """The living organisations of a place (all there are now), parted by whether they have one."""

    having: list[Line]
    without: list[Line]

    @property
    def total(self) -> int:
        return len(self.having) + len(self.without)

    @property
    def percent(self) -> float:
        """Of 100, to one decimal; 0 where there is no organisation."""
        return round(100 * len(self.having) / self.total, 1) if self.total else 0.0


def coverage(
    db: Session, having: Collection[int], *, community_id: int | None = None, town_id: int | None = None
) -> Coverage:
    """Of a community, else of a town, else of all; `having` are ids of organisations anywhere."""
    known = organization.living(db, community_id=community_id, town_id=town_id)
    return Coverage([row for row in known if row.id in having], [row for row in known if row.id not in having])


def by_town(db: Session, having: Collection[int]) -> list[tuple[str, int, int]]:
    """(town, organisations that have one, all of its organisations), in the order of the towns."""
    query = (
        select(Town.name, Organization.id)
        .join(Community, Community.town_id == Town.id)
        .join(Organization, Organization.community_id == Community.id)
        .where(Organization.status == ACTIVE)
        .order_by(Town.id)
    )
    counts: dict[str, list[int]] = {}
    for town, key in db.execute(query):
        counted = counts.setdefault(town, [0, 0])
        counted[0] += key in having
        counted[1] += 1
    return [(town, have, total) for town, (have, total) in counts.items()]


def of_year(year: int, today: date) -> tuple[date, date]:
    """The days that count: from 1 January to today, or to the end of a year that is over."""
    return date(year, 1, 1), max(min(today, date(year, 12, 31)), date(year, 1, 1))


def leaders_without(db: Session, having: Collection[int]) -> list[tuple[User, Organization]]:
    """Whoever speaks for a living organisation that has none."""
    query = (
        select(User, Organization)
        .join(Organization, User.organization_id == Organization.id)
        .where(User.role == Role.LEADER, User.followed, Organization.status == ACTIVE)
    )
    rows = db.execute(query.order_by(Organization.id, User.id))
    return [(user, organizer) for user, organizer in rows if organizer.id not in having]


def dates_due(days: Iterable[str], today: date) -> list[date]:
    """Which of the yearly dates (`09-01`) are due today or were within the days of grace."""
    found = [date.fromisoformat(f"{today.year}-{day}") for day in days]
    return [day for day in found if day <= today <= day + timedelta(days=GRACE)]


def answers_for(db: Session, user: User, organizer: Organization) -> bool:
    """Leaders answer for their own organisation, staff for all of their community, town or city."""
    match user.role:
        case Role.CITY:
            return True
        case Role.TOWN:
            community = db.get(Community, organizer.community_id)
            return community is not None and community.town_id == user.town_id
        case Role.WORKER:
            return organizer.community_id == user.community_id
    return organizer.id == user.organization_id
