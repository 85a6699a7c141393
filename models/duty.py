"""Whose duty a case is: the staff and mediators of a place, whom to alarm, and who may see it."""

from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, false, or_, select, true
from sqlalchemy.orm import Session

from models import people, place
from models.organization import ACTIVE, Organization
from models.people import Role, User
from models.place import Community, Town
from models.record import Recorded


@dataclass(frozen=True)
class Duty:
    """`level` is community, town, city or nobody; `organizations` are those of the category in the community."""

    level: str
    users: list[User]
    organizations: list[Organization]


def community_in(db: Session, words: str | None) -> Community | None:
    """The one community whose name (or, failing that, another name of it) occurs in the words; None when unclear."""
    if not words:
        return None
    known = place.communities(db)
    for names in (lambda row: [row.name], lambda row: row.aliases):
        found = [row for row in known if any(name in words for name in names(row))]
        if found:
            return found[0] if len(found) == 1 else None
    return None


def town_in(db: Session, words: str | None) -> Town | None:
    """The one town whose name occurs in the words, or that is all they say; None when unclear."""
    said = (words or "").strip()
    found = [row for row in place.towns(db) if row.name in said or said in row.aliases]
    return found[0] if len(found) == 1 else None


def responsible(db: Session, community: Community | None, town_id: int | None, category: str) -> Duty:
    """The community's workers and leaders of its organisations of the category; else the town; else the city."""
    if community is not None:
        organizations = _organizations(db, community.id, category)
        leaders = _leaders(db, [row.id for row in organizations])
        users = [*people.staff(db, Role.WORKER, community_id=community.id), *leaders]
        if users:
            return Duty("community", users, organizations)
    if town_id and (users := people.staff(db, Role.TOWN, town_id=town_id)):
        return Duty("town", users, [])
    users = people.staff(db, Role.CITY)
    return Duty("city" if users else "nobody", users, [])


def alarmed(db: Session, community: Community | None, town_id: int | None, category: str) -> list[User]:
    """Danger: everybody of the community and the town; with neither known, the city and all towns."""
    local = responsible(db, community, town_id, category) if community else None
    users = local.users if local and local.level == "community" else []
    if town_id:
        users = [*users, *people.staff(db, Role.TOWN, town_id=town_id)]
    if not users:
        users = [*people.staff(db, Role.CITY), *people.staff(db, Role.TOWN)]
    return list({user.id: user for user in users}.values())


def covers(user: User, table: Any, category: str) -> ColumnElement[bool]:
    """The cases of a person's duty: those of their area; a leader's only with an organisation of the category."""
    match user.role:
        case Role.CITY:
            return true()
        case Role.TOWN:  # also what nobody could place yet: the towns were alarmed
            area = table.community_id.in_(select(Community.id).where(Community.town_id == user.town_id))
            return or_(area, table.town_id == user.town_id, and_(table.community_id.is_(None), table.town_id.is_(None)))
        case Role.WORKER:
            return cast(ColumnElement[bool], table.community_id == user.community_id)
        case Role.LEADER:
            ours = select(Organization.id).where(
                Organization.id == user.organization_id, Organization.category == category
            )
            return and_(table.community_id == user.community_id, ours.exists())
    return false()


def seen_by(user: User, table: Any, category: str) -> ColumnElement[bool]:
    """Their own reports, and the cases of their duty."""
    return or_(table.created_by == user.id, covers(user, table, category))


def serves(db: Session, user: User, category: str) -> bool:
    """Whether cases of the category are this person's work: staff, and leaders of an organisation of it."""
    organization = db.get(Organization, user.organization_id) if user.organization_id else None
    ours = organization is not None and organization.category == category
    return user.role >= Role.WORKER or (user.role == Role.LEADER and ours)


def on_duty(db: Session, user: User, row: Recorded, category: str) -> bool:
    """Whether the case is this person's duty: they may act on it and, below the city, see who it concerns."""
    table = type(row)
    return db.scalar(select(table.id).where(table.id == row.id, covers(user, table, category))) is not None


def _organizations(db: Session, community_id: int, category: str) -> list[Organization]:
    query = select(Organization).where(
        Organization.community_id == community_id, Organization.category == category, Organization.status == ACTIVE
    )
    return list(db.scalars(query.order_by(Organization.id)))


def _leaders(db: Session, organization_ids: list[int]) -> list[User]:
    query = select(User).where(User.role == Role.LEADER, User.followed, User.organization_id.in_(organization_ids))
    return list(db.scalars(query.order_by(User.id)))
