"""Training of organisations' leaders and staff (能力培训): held or planned, who was there, at least once a year."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, LargeBinary, String, and_, func, or_, select
from sqlalchemy.orm import Mapped, Session, column_property, mapped_column

from models.base import Base, insert_new
from models.errors import Refused
from models.organization import Organization
from models.people import Role, User
from models.record import Recorded, note, number, typed
from models.reminder import occurrences
from models.visible import visible_to
from models.when import SHANGHAI, When

PREFIX = "PX"
TOPICS = ("党的建设", "培育发展", "能力建设", "日常运作")  # 太仓《实施意见》优化人才培养
PLANNED, CANCELLED = "planned", "cancelled"
NAMED, JOINED = "named", "joined"  # how an organisation came to a training: told of it, or signed up


class Attendance(Base):
    """An organisation that was at a training, or signed up and did not take it back."""

    __tablename__ = "training_organizations"
    __table_args__ = (Index("ix_training_organizations_once", "training_id", "organization_id", unique=True),)
    id: Mapped[int] = mapped_column(primary_key=True)
    training_id: Mapped[int] = mapped_column(ForeignKey("trainings.id"))
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"), index=True)
    how: Mapped[str] = mapped_column(String(8))


class Training(Recorded, Base):
    """One training. Without a community it is the town's, without a town the city's; `internal` is for one team alone.

    `start`/`end` are local values of the contract, `repeat` an RFC 5545 rule, `topics` of TOPICS, `hours` 学时.
    """

    __tablename__ = "trainings"
    __table_args__ = (Index("ix_trainings_town_start", "town_id", "start"),)
    title: Mapped[str] = mapped_column(String(120))
    town_id: Mapped[int | None] = mapped_column(ForeignKey("towns.id"))
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organizations.id"), index=True)
    organization: Mapped[str | None] = mapped_column(String(120))
    topics: Mapped[list[str]] = mapped_column(JSON, default=list)
    start: Mapped[str] = mapped_column(String(16))
    end: Mapped[str | None] = mapped_column(String(16))
    repeat: Mapped[str | None] = mapped_column(String(80))
    place: Mapped[str | None] = mapped_column(String(120))
    headcount: Mapped[int | None]
    hours: Mapped[float | None]
    money: Mapped[float | None]
    person: Mapped[str | None] = mapped_column(String(40))
    phone: Mapped[bytes | None] = mapped_column(LargeBinary)
    internal: Mapped[bool] = mapped_column(default=False)


# For exports: every organisation that counts as having been there, by name.
Training.attended_by = column_property(
    select(func.aggregate_strings(Organization.name, "、"))
    .where(Attendance.training_id == Training.id, Attendance.organization_id == Organization.id)
    .correlate(Training)
    .scalar_subquery(),
    deferred=True,
)


def register(
    db: Session, user: User, now: datetime, facts: dict[str, Any], organizations: Collection[int] = ()
) -> tuple[Training, bool]:
    """Stores a training; the same one told again (title, day, place) only gains organisations. (row, whether new)."""
    if known := _same(db, facts):
        if not attend(db, known, organizations):
            raise Refused("duplicate", known=known.no, title=known.title, start=When(known.start))
        note(db, known.no, now, user.id, "attended")
        return known, False
    row = Training(no=number(db, PREFIX, now), status=PLANNED, created_at=now, created_by=user.id, **facts)
    db.add(row)
    db.flush()
    attend(db, row, organizations)
    note(db, row.no, now, user.id, "registered")
    return row, True


def _same(db: Session, facts: dict[str, Any]) -> Training | None:
    place = Training.community_id.is_not_distinct_from(facts.get("community_id"))
    query = select(Training).where(
        Training.title == facts["title"],
        Training.start.startswith(facts["start"][:10]),
        Training.status != CANCELLED,
        place,
        Training.town_id.is_not_distinct_from(facts.get("town_id")),
    )
    return db.scalars(query.limit(1)).one_or_none()


def attend(db: Session, row: Training, organizations: Collection[int], how: str = NAMED) -> int:
    """These organisations were there, or will be; how many of them are new to it."""
    facts = ({"training_id": row.id, "organization_id": key, "how": how} for key in organizations)
    return sum(insert_new(db, Attendance, **one) is not None for one in facts)


def attending(db: Session, row: Training) -> list[Organization]:
    query = select(Organization).join(Attendance, Attendance.organization_id == Organization.id)
    return list(db.scalars(query.where(Attendance.training_id == row.id).order_by(Organization.id)))


def trained(db: Session, first: date, last: date) -> set[int]:
    """Organisations that were at a training which began on one of these days; what was called off does not count."""
    query = (
        select(Attendance.organization_id)
        .join(Training, Training.id == Attendance.training_id)
        .where(Training.status != CANCELLED, _between(first, last))
    )
    return set(db.scalars(query))


def of_organization(db: Session, organization_id: int, first: date, last: date) -> list[Training]:
    """The trainings of an organisation that began on one of these days, in their order."""
    query = (
        select(Training)
        .join(Attendance, Training.id == Attendance.training_id)
        .where(Attendance.organization_id == organization_id, Training.status != CANCELLED, _between(first, last))
    )
    return list(db.scalars(query.order_by(Training.start, Training.id)))


def _between(first: date, last: date) -> ColumnElement[bool]:
    after = (last + timedelta(days=1)).isoformat()
    return and_(Training.start >= first.isoformat(), Training.start < after)


# -- announced ------------------------------------------------------------------------------------------------------


def coming(
    db: Session,
    user: User,
    *,
    since: str,
    until: str | None = None,
    community_id: int | None = None,
    town_id: int | None = None,
    limit: int = 40,
) -> list[Training]:
    """What is announced to a place (else to all) from the day `since` to before `until`, soonest first.

    A town's training is for its communities, the city's for all; a team's own is shown to the team and to staff.
    """
    query = select(Training).where(Training.status != CANCELLED, _open_to(user))
    if community_id:
        query = query.where(or_(Training.community_id == community_id, Training.community_id.is_(None)))
    if town_id:
        query = query.where(or_(Training.town_id == town_id, Training.town_id.is_(None)))
    ends = func.coalesce(Training.end, Training.start)
    rows = db.scalars(query.where(or_(ends >= since, Training.repeat.is_not(None))).order_by(Training.id))
    dated = ((next_time(row, date.fromisoformat(since[:10])), row) for row in rows)
    within = [(at, row) for at, row in dated if at and (until is None or at < until)]
    return [row for _, row in sorted(within, key=lambda pair: pair[0])][:limit]


def _open_to(user: User) -> ColumnElement[bool]:
    own = Training.created_by == user.id
    team = Training.organization_id == user.organization_id if user.organization_id else own
    return or_(Training.internal.is_(False), team, visible_to(user, Training) if user.role >= Role.WORKER else own)


def _called(db: Session, title: str) -> ColumnElement[bool]:
    """The name is part of what was said, or what was said of the name."""
    within = func.instr if db.get_bind().dialect.name == "sqlite" else func.strpos
    return or_(Training.title.contains(title, autoescape=True), within(title, Training.title) > 0)


def next_time(row: Training, since: date) -> When | None:
    """When it begins, or what of a series comes first on or after a day; None for a series that has ended."""
    start = When(row.start)
    if not row.repeat or start.day >= since:
        return start
    before = datetime.combine(since, time(0), SHANGHAI) - timedelta(seconds=1)
    found = next(occurrences(start, row.repeat, before), None)
    return When(f"{found.date()}{row.start[10:]}") if found else None


def over(row: Training, now: datetime) -> bool:
    return row.repeat is None and When(row.end or row.start).over() < now


def numbered(db: Session, no: str) -> Training | None:
    return db.scalars(select(Training).where(typed(Training, no))).one_or_none()


def starting_on(db: Session, days: Collection[date]) -> list[tuple[Training, When]]:
    """What begins, or goes on, on one of these days."""
    still = or_(Training.start >= min(days, default=date.max).isoformat(), Training.repeat.is_not(None))
    rows = db.scalars(select(Training).where(Training.status == PLANNED, still).order_by(Training.id))
    return [(row, at) for row in rows for day in days if (at := next_time(row, day)) and at.day == day]


# -- changed and called off -----------------------------------------------------------------------------------------


def matching(db: Session, user: User, *, ticket_no: str | None = None, title: str | None = None) -> list[Training]:
    """What a person may change, the latest first: by number, else by name, else all that is planned."""
    query = select(Training).where(Training.status != CANCELLED, _changeable(user))
    if ticket_no:
        query = query.where(typed(Training, ticket_no))
    elif title:
        query = query.where(_called(db, title))
    return list(db.scalars(query.order_by(Training.id.desc()).limit(8)))


def _changeable(user: User) -> ColumnElement[bool]:
    """Their own; staff also those of their place."""
    own = Training.created_by == user.id
    if user.role == Role.TOWN:
        return or_(own, visible_to(user, Training), Training.town_id == user.town_id)
    return or_(own, visible_to(user, Training)) if user.role >= Role.WORKER else own


def change(db: Session, user: User, now: datetime, row: Training, facts: dict[str, Any]) -> None:
    """Changes what is named and nothing else."""
    for column, value in facts.items():
        setattr(row, column, value)
    note(db, row.no, now, user.id, "changed", "、".join(facts))


def cancel(db: Session, user: User, now: datetime, row: Training) -> None:
    """Calls it off: it counts for nobody any more."""
    row.status = CANCELLED
    note(db, row.no, now, user.id, "cancelled")
