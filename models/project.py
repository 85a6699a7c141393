"""Service projects of organisations (服务项目): who does what for whom, from when to when; at least one a year."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, LargeBinary, String, and_, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models import disclosure
from models.base import Base
from models.errors import Refused
from models.people import Role, User
from models.place import Community
from models.record import Recorded, note, number, typed
from models.visible import visible_to
from models.when import When

PREFIX = "XM"
RUNNING, DONE, CANCELLED = "running", "done", "cancelled"
TOPIC = "项目"


class Project(Recorded, Base):
    """One project. `money` is its budget and `spent` what it cost, in yuan; `headcount`/`households` are to be served.

    `start` and `end` are days of the contract; `target_group` holds its six words. `served` counts at the end.
    """

    __tablename__ = "projects"
    __table_args__ = (Index("ix_projects_organization", "organization_id", "start"),)
    title: Mapped[str] = mapped_column(String(120))
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organizations.id"))
    organization: Mapped[str | None] = mapped_column(String(80))
    target_group: Mapped[list[str]] = mapped_column(JSON, default=list)
    start: Mapped[str | None] = mapped_column(String(16))
    end: Mapped[str | None] = mapped_column(String(16))
    repeat: Mapped[str | None] = mapped_column(String(80))
    place: Mapped[str | None] = mapped_column(String(120))
    headcount: Mapped[int | None]
    households: Mapped[int | None]
    volunteers: Mapped[int | None]
    money: Mapped[float | None]
    spent: Mapped[float | None]
    person: Mapped[str | None] = mapped_column(String(40))
    phone: Mapped[bytes | None] = mapped_column(LargeBinary)


def register(db: Session, user: User, now: datetime, facts: dict[str, Any]) -> Project:
    """Stores a project. Refuses the same one (title, organisation) while it is going on."""
    if known := same(db, facts["title"], facts.get("organization_id"), facts["community_id"]):
        raise Refused("duplicate", known=known.no, title=known.title)
    row = Project(no=number(db, PREFIX, now), status=RUNNING, created_at=now, created_by=user.id, **facts)
    db.add(row)
    note(db, row.no, now, user.id, "registered")
    return row


def same(db: Session, title: str, organization_id: int | None, community_id: int | None) -> Project | None:
    """The running project of that name, of the organisation or, where none is told, of the community."""
    query = select(Project).where(Project.title == title, Project.status == RUNNING)
    query = query.where(
        Project.organization_id == organization_id if organization_id else Project.community_id == community_id
    )
    return db.scalars(query.order_by(Project.id.desc()).limit(1)).one_or_none()


def may_change(user: User, row: Project) -> bool:
    """Whoever registered it, whoever speaks for its organisation, and staff (the query has checked their place)."""
    own = row.organization_id is not None and row.organization_id == user.organization_id
    return own or row.created_by == user.id or user.role >= Role.WORKER


def change(db: Session, user: User, now: datetime, row: Project, facts: dict[str, Any]) -> None:
    """Changes what is named and nothing else."""
    for column, value in facts.items():
        setattr(row, column, value)
    note(db, row.no, now, user.id, "changed", "、".join(facts))


def progress(db: Session, user: User, now: datetime, row: Project, facts: dict[str, Any], told: str | None) -> None:
    """How far it is: figures are put right, the person's own words stay on its timeline (sealed)."""
    for column, value in facts.items():
        setattr(row, column, value)
    note(db, row.no, now, user.id, "progress", told)


def finish(
    db: Session, user: User, now: datetime, row: Project, facts: dict[str, Any], told: str | None, content: str
) -> None:
    """It is done: `content`, figures alone, is shown to everybody."""
    progress(db, user, now, row, facts, told)
    row.status = DONE
    row.end = row.end or now.strftime("%Y-%m-%d")
    shown = disclosure.publish(
        db,
        user.id,
        now,
        topic=TOPIC,
        title=row.title,
        community_id=row.community_id,
        organization_id=row.organization_id,
        source_no=row.no,
        period=row.end[:4],
        content=content,
    )
    shown.status = disclosure.PUBLISHED  # also one that was taken back when the project went on after all


def reopen(db: Session, user: User, now: datetime, row: Project) -> None:
    """It was not done after all: what was published of it is taken back."""
    row.status = RUNNING
    disclosure.withdraw(db, row.no)
    note(db, row.no, now, user.id, "reopened")


def cancel(db: Session, user: User, now: datetime, row: Project) -> None:
    """Given up: it counts for nobody any more, and what was published of it is taken back."""
    row.status = CANCELLED
    disclosure.withdraw(db, row.no)
    note(db, row.no, now, user.id, "cancelled")


# -- looking up -----------------------------------------------------------------------------------------------------


def in_year(first: date, last: date) -> ColumnElement[bool]:
    """Going on on one of these days: begun by the last of them and not over before the first.

    A project of which no beginning was told begins when it was registered; one without an end ends with that year.
    """
    begins = func.coalesce(Project.start, func.substr(Project.no, 3, 4).concat("-01-01"))
    ends = func.coalesce(Project.end, func.substr(begins, 1, 4).concat("-12-31"))
    return and_(begins < (last + timedelta(days=1)).isoformat(), ends >= first.isoformat())


def with_project(db: Session, first: date, last: date) -> set[int]:
    """Organisations that had a project on one of these days; what was given up does not count."""
    query = select(Project.organization_id).where(
        Project.organization_id.is_not(None), Project.status != CANCELLED, in_year(first, last)
    )
    return {key for key in db.scalars(query) if key}


def public(
    db: Session,
    *,
    organization_id: int | None = None,
    community_id: int | None = None,
    town_id: int | None = None,
    title: str | None = None,
    target: str | None = None,
    days: tuple[date, date] | None = None,
    limit: int = 40,
) -> list[Project]:
    """What anybody may see of a place or an organisation: running ones first, then the latest."""
    query = select(Project).where(Project.status != CANCELLED)
    if organization_id:
        query = query.where(Project.organization_id == organization_id)
    if community_id:
        query = query.where(Project.community_id == community_id)
    if town_id:
        query = query.where(Project.community_id.in_(select(Community.id).where(Community.town_id == town_id)))
    if title:
        query = query.where(_called(db, title))
    if days:
        query = query.where(in_year(*days))
    rows = db.scalars(query.order_by(Project.status.desc(), Project.id.desc()))
    return [row for row in rows if target is None or target in row.target_group][:limit]


def numbered(db: Session, no: str) -> Project | None:
    return db.scalars(select(Project).where(typed(Project, no))).one_or_none()


def changeable(db: Session, user: User, *, ticket_no: str | None = None, title: str | None = None) -> list[Project]:
    """What a person may change and is going on, the latest first: by number, by name, else all."""
    query = select(Project).where(Project.status == RUNNING, visible_to(user, Project))
    if ticket_no:
        query = select(Project).where(Project.status != CANCELLED, visible_to(user, Project), typed(Project, ticket_no))
    elif title:
        query = query.where(_called(db, title))
    return [row for row in db.scalars(query.order_by(Project.id.desc())) if may_change(user, row)][:8]


def ending(db: Session, days: Collection[date]) -> list[Project]:
    """Running projects whose last day is one of these."""
    last = [day.isoformat() for day in days]
    query = select(Project).where(Project.status == RUNNING, func.substr(Project.end, 1, 10).in_(last))
    return list(db.scalars(query.order_by(Project.id)))


def _called(db: Session, title: str) -> ColumnElement[bool]:
    """The name is part of what was said, or what was said of the name."""
    within = func.instr if db.get_bind().dialect.name == "sqlite" else func.strpos
    return or_(Project.title.contains(title, autoescape=True), within(title, Project.title) > 0)


def last_day(row: Project) -> date | None:
    return When(row.end).day if row.end else None
