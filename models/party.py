"""Contacts (定期联系) of party branches with organisations: who was met when, what was raised, what is still open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, Index, LargeBinary, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models import organization, people
from models.base import Base
from models.errors import Refused
from models.organization import Line, Organization
from models.people import Role, User
from models.place import Community
from models.record import Recorded, note, number, typed
from models.visible import visible_to
from models.when import When

PREFIX = "DJ"
RECORDED, OPEN, SETTLED, WITHDRAWN = "recorded", "open", "settled", "withdrawn"


class Contact(Recorded, Base):
    """One contact. `open` while something raised has not been dealt with; who, what and whose words are sealed."""

    RECORD_SLOTS: ClassVar[dict[str, str]] = {"reason": "raised"}
    __tablename__ = "contacts"
    __table_args__ = (Index("ix_contacts_organization_start", "organization_id", "start"),)
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organizations.id"))
    organization: Mapped[str] = mapped_column(String(80))
    start: Mapped[str] = mapped_column(String(16))
    place: Mapped[str | None] = mapped_column(String(80))
    headcount: Mapped[int | None]
    hours: Mapped[float | None]
    person: Mapped[bytes | None] = mapped_column(LargeBinary)
    text: Mapped[bytes | None] = mapped_column(LargeBinary)
    raised: Mapped[bytes | None] = mapped_column(LargeBinary)
    settled_on: Mapped[date | None]


@dataclass(frozen=True)
class Due:
    """One organisation's next contact: its last one (None: never), the day it is due, how many days are left."""

    name: str
    last: date | None
    on: date
    left: int


# -- recording --------------------------------------------------------------------------------------------------


def record(
    db: Session, user: User, now: datetime, community: Community, target: Organization | None, facts: dict[str, Any]
) -> Contact:
    """Stores a contact that took place. Refuses another place's organisation, a day to come, and the same one twice."""
    may_record(user, community)
    start = When(facts["start"])
    if start.day > now.date():
        raise Refused("still_to_come", ask="start", when=start)
    if same := known(db, user, community, facts["organization"], start):
        raise Refused("duplicate", known=same.no, name=same.organization, when=start)
    row = Contact(
        no=number(db, PREFIX, now),
        status=OPEN if facts.get("raised") else RECORDED,
        created_at=now,
        created_by=user.id,
        community_id=community.id,
        organization_id=target.id if target else None,
        **facts,
    )
    db.add(row)
    note(db, row.no, now, user.id, "recorded")
    db.flush()
    return row


def known(db: Session, user: User, community: Community, name: str, start: When) -> Contact | None:
    """What this person recorded of the same organisation, day and hour; a day alone is any hour of it."""
    query = select(Contact).where(
        Contact.community_id == community.id,
        Contact.organization == name,
        Contact.start.startswith(start[:10]),
        Contact.created_by == user.id,
        Contact.status != WITHDRAWN,
    )
    return next((row for row in db.scalars(query) if row.start == start or len(start) == 10), None)


def may_record(user: User, community: Community) -> None:
    """Workers in their community, the town's staff in their town, the city; refuses everybody else."""
    own = user.role == Role.WORKER and user.community_id == community.id
    if not (own or user.role == Role.CITY or (user.role == Role.TOWN and user.town_id == community.town_id)):
        raise Refused("not_your_place", community=community.name)


def amend(db: Session, user: User, now: datetime, row: Contact, facts: dict[str, Any]) -> None:
    """Corrects what is named; something raised opens it again."""
    start = When(facts.get("start") or row.start)
    if start.day > now.date():
        raise Refused("still_to_come", ask="start", when=start)
    for column, value in facts.items():
        setattr(row, column, value)
    if facts.get("raised"):
        row.status, row.settled_on = OPEN, None
    note(db, row.no, now, user.id, "amended", "、".join(facts))
    db.flush()


def settle(db: Session, user: User, now: datetime, row: Contact, words: str | None) -> None:
    """What was raised has been dealt with."""
    if row.status != OPEN:
        raise Refused("nothing_open", name=row.organization, no=row.no)
    row.status, row.settled_on = SETTLED, now.date()
    note(db, row.no, now, user.id, "settled", words)
    db.flush()


def withdraw(db: Session, user: User, now: datetime, row: Contact) -> None:
    """Recorded by mistake: it stays on the timeline and counts for nothing."""
    row.status = WITHDRAWN
    note(db, row.no, now, user.id, "withdrawn")
    db.flush()


# -- looking up -------------------------------------------------------------------------------------------------


def visible(
    db: Session,
    user: User,
    *,
    no: str | None = None,
    name: str | None = None,
    status: str | None = None,
    community_id: int | None = None,
    town_id: int | None = None,
    limit: int = 50,
) -> list[Contact]:
    """Contacts of a person's place (of one community or town of it), the latest first; nobody below staff sees any."""
    if user.role < Role.WORKER:
        return []
    query = select(Contact).where(visible_to(user, Contact), Contact.status != WITHDRAWN)
    if no:
        query = query.where(typed(Contact, no))
    if name:
        query = query.where(Contact.organization == name)
    if status:
        query = query.where(Contact.status == status)
    if community_id:
        query = query.where(Contact.community_id == community_id)
    if town_id:
        query = query.where(Contact.community_id.in_(select(Community.id).where(Community.town_id == town_id)))
    return list(db.scalars(query.order_by(Contact.start.desc(), Contact.id.desc()).limit(limit)))


def met(db: Session, organization_ids: Sequence[int], until: date | None = None) -> dict[int, date]:
    """The day of the latest contact (before `until`) of each of these organisations that ever had one."""
    query = (
        select(Contact.organization_id, func.max(Contact.start))
        .where(Contact.status != WITHDRAWN, Contact.organization_id.in_(organization_ids))
        .group_by(Contact.organization_id)
    )
    if until:
        query = query.where(Contact.start < until.isoformat())
    return {key: When(start).day for key, start in db.execute(query) if key is not None}


def unmet(db: Session, found: Sequence[Line], since: date, until: date | None = None) -> list[Line]:
    """Those that nobody contacted from a day on (to before `until`)."""
    last = met(db, [line.id for line in found], until)
    return [line for line in found if last.get(line.id, date.min) < since]


def due(db: Session, community_id: int, today: date, every: int, since: date | None) -> list[Due]:
    """Each living organisation's next contact, the most pressing first.

    `every` days after the last one; where there was none, after `since`, the day the cycle came in force. One that was
    never contacted under a cycle of unknown date has no day.
    """
    found = organization.living(db, community_id=community_id)
    last = met(db, [line.id for line in found])
    counted = ((line.name, last.get(line.id), last.get(line.id) or since) for line in found)
    days = [(name, before, start + timedelta(days=every)) for name, before, start in counted if start]
    return sorted((Due(name, before, on, (on - today).days) for name, before, on in days), key=lambda one: one.left)


def workers(db: Session, community_id: int) -> list[User]:
    """Who is reminded: the workers of the community."""
    return people.staff(db, Role.WORKER, community_id=community_id)
