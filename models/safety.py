"""Hazards from report to reinspection, and the safety work of patrols, inspections, talks and drills."""

from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, Index, LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models import case, duty, points
from models.base import Base, unseal
from models.errors import Refused
from models.people import Role, User
from models.record import Recorded, note, number

PREFIX = "PA"
CATEGORY = "平安建设"
TYPES = ("消防", "燃气", "用电", "房屋高空", "道路设施", "治安", "水域防汛", "环境卫生", "特殊人群", "其他")
OTHER = "其他"
FROM_PEOPLE, FROM_PATROL = "群众上报", "网格员巡查"
OPEN, WORKING, RECTIFIED, CLOSED = "open", "working", "rectified", "closed"
TRANSFERRED, WITHDRAWN, DONE = "transferred", "withdrawn", "done"
UNDER_WAY = (OPEN, WORKING)
STEPS = {
    "progress": WORKING,
    "rectified": RECTIFIED,
    "closed": CLOSED,
    "reopened": WORKING,
    "transferred": TRANSFERRED,
    "withdrawn": WITHDRAWN,
}


class Hazard(Recorded, Base):
    """One hazard or incident; `severity` is high, middle or low; `due_on` the last day for putting it right.

    `text`, `person` and `phone` are sealed. `start` is when it was seen; `recheck_on` when it is looked at again.
    """

    __tablename__ = "hazards"
    __table_args__ = (Index("ix_hazards_community_status", "community_id", "status"),)
    RECORD_SLOTS: ClassVar[dict[str, str]] = {"end": "due_on"}
    SEALED: ClassVar[tuple[str, ...]] = ("text", "person", "phone", "outcome")
    town_id: Mapped[int | None] = mapped_column(ForeignKey("towns.id"), index=True)
    hazard_type: Mapped[str] = mapped_column(String(8))
    severity: Mapped[str] = mapped_column(String(8), default="middle")
    source: Mapped[str] = mapped_column(String(8), default=FROM_PEOPLE)
    place: Mapped[str | None] = mapped_column(String(120))
    building: Mapped[str | None] = mapped_column(String(40))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    start: Mapped[str | None] = mapped_column(String(16))
    headcount: Mapped[int | None]
    households: Mapped[int | None]
    text: Mapped[bytes | None] = mapped_column(LargeBinary)
    person: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone: Mapped[bytes | None] = mapped_column(LargeBinary)
    anonymous: Mapped[bool] = mapped_column(default=False)
    quiet: Mapped[bool] = mapped_column(default=False)
    urgent: Mapped[bool] = mapped_column(default=False)
    due_on: Mapped[date | None] = mapped_column(index=True)
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    outcome: Mapped[bytes | None] = mapped_column(LargeBinary)
    money: Mapped[float | None]
    rectified_on: Mapped[date | None]
    recheck_on: Mapped[date | None]
    ended_on: Mapped[date | None]


class SafetyWork(Recorded, Base):
    """One patrol, inspection, talk or drill (`work`); `headcount` is who went out, or who was reached."""

    __tablename__ = "safety_work"
    __table_args__ = (Index("ix_safety_work_community_start", "community_id", "start"),)
    RECORD_SLOTS: ClassVar[dict[str, str]] = {}
    SEALED: ClassVar[tuple[str, ...]] = ("text",)
    work: Mapped[str] = mapped_column(String(8))
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organizations.id"))
    organization: Mapped[str | None] = mapped_column(String(80))
    start: Mapped[str | None] = mapped_column(String(16))
    end: Mapped[str | None] = mapped_column(String(16))
    period: Mapped[str | None] = mapped_column(String(24))
    repeat: Mapped[str | None] = mapped_column(String(80))
    hours: Mapped[float | None]
    place: Mapped[str | None] = mapped_column(String(120))
    building: Mapped[str | None] = mapped_column(String(40))
    headcount: Mapped[int | None]
    volunteers: Mapped[int | None]
    households: Mapped[int | None]
    checked: Mapped[int | None]
    found: Mapped[int | None]
    fixed: Mapped[int | None]
    person: Mapped[str | None] = mapped_column(String(40))
    text: Mapped[bytes | None] = mapped_column(LargeBinary)


def report(db: Session, user: User, now: datetime, facts: dict[str, Any], *, days: int | None = None) -> Hazard:
    """Stores a hazard to be put right in `days`. Refuses the same words of the same person on one day."""
    row = Hazard(no=number(db, PREFIX, now), status=OPEN, created_at=now, created_by=user.id, **facts)
    if not row.urgent and (known := case.said_today(db, user, now, Hazard, unseal(db, row.text))):
        raise Refused("duplicate", known=known.no)
    row.hazard_type = row.hazard_type if row.hazard_type in TYPES else OTHER
    row.source = FROM_PATROL if user.role >= Role.WORKER else FROM_PEOPLE
    row.due_on = now.date() + timedelta(days=days) if days is not None else None
    db.add(row)
    db.flush()
    note(db, row.no, now, user.id, "reported")
    return row


def log(db: Session, user: User, now: datetime, community_id: int, facts: dict[str, Any]) -> SafetyWork:
    """Stores safety work; its volunteers become a draft of volunteer hours. Refuses the same patrol twice."""
    same = select(SafetyWork).where(
        SafetyWork.created_by == user.id,
        SafetyWork.community_id == community_id,
        SafetyWork.work == facts["work"],
        SafetyWork.start == facts["start"],
        SafetyWork.place == facts.get("place"),
        SafetyWork.checked == facts.get("checked"),
        SafetyWork.headcount == facts.get("headcount"),
        SafetyWork.status != WITHDRAWN,
    )
    if known := db.scalars(same.limit(1)).one_or_none():
        raise Refused("duplicate", known=known.no)
    row = SafetyWork(
        no=number(db, PREFIX, now), status=DONE, created_at=now, created_by=user.id, community_id=community_id, **facts
    )
    db.add(row)
    note(db, row.no, now, user.id, "logged")
    _draft_hours(db, user, now, row)
    return row


def get(db: Session, user: User, no: str) -> Hazard | None:
    """The hazard, if this person may see it."""
    return case.get(db, user, Hazard, CATEGORY, no)


def matching(db: Session, user: User, **narrowed: Any) -> list[Hazard]:
    """What a person may see, the most pressing first; narrowed as `case.matching` is."""
    return case.matching(db, user, Hazard, CATEGORY, UNDER_WAY, **narrowed)


def crying(db: Session, user: User, now: datetime) -> Hazard | None:
    """The urgent report the same person made within the last half hour."""
    found: Hazard | None = case.crying(db, user, now, Hazard)
    return found


def handlers_of(db: Session, row: Hazard) -> list[User]:
    """Who is to be told about it: whoever took it over, else everybody whose duty it is."""
    return case.handlers_of(db, row, CATEGORY)


def get_work(db: Session, user: User, no: str) -> SafetyWork | None:
    """The safety work, if this person may see it."""
    return db.scalars(
        select(SafetyWork).where(SafetyWork.no == no, duty.seen_by(user, SafetyWork, CATEGORY))
    ).one_or_none()


def amend(db: Session, user: User, now: datetime, row: SafetyWork, facts: dict[str, Any]) -> None:
    """Puts right what is named and nothing else; only whoever recorded it may."""
    if row.created_by != user.id:
        raise Refused("not_yours", no=row.no)
    for column, value in facts.items():
        if value is not None:
            setattr(row, column, value)
    _draft_hours(db, user, now, row)
    note(db, row.no, now, user.id, "changed", "、".join(name for name, value in facts.items() if value is not None))


def work(db: Session, user: User, since: str, until: str | None = None, limit: int = 50) -> list[SafetyWork]:
    """Safety work a person may see, newest first; `since`/`until` are days of the work."""
    query = select(SafetyWork).where(
        duty.seen_by(user, SafetyWork, CATEGORY), SafetyWork.status == DONE, SafetyWork.start >= since
    )
    if until:
        query = query.where(SafetyWork.start < until)
    return list(db.scalars(query.order_by(SafetyWork.start.desc(), SafetyWork.id.desc()).limit(limit)))


def update(db: Session, user: User, now: datetime, row: Hazard, step: str, facts: dict[str, Any]) -> None:
    """One step: progress, rectified, closed (reinspected), reopened, transferred, withdrawn or supplement.

    Staff on duty take any step; the reporter adds to the report or withdraws it.
    """
    case.change(db, user, row, CATEGORY, step, facts)
    row.status = STEPS.get(step, row.status)
    if step == "rectified":
        row.rectified_on = now.date()
    row.ended_on = now.date() if row.status in (CLOSED, TRANSFERRED, WITHDRAWN) else None
    note(db, row.no, now, user.id, step, unseal(db, facts.get("outcome")))


def pressing(db: Session, day: date) -> list[Hazard]:
    """Hazards under way whose deadline is `day`, or was passed a whole number of weeks before."""
    query = select(Hazard).where(Hazard.status.in_(UNDER_WAY), Hazard.due_on <= day).order_by(Hazard.id)
    return [row for row in db.scalars(query) if row.due_on and (day - row.due_on).days % 7 == 0]


def _draft_hours(db: Session, user: User, now: datetime, row: SafetyWork) -> None:
    """The volunteer hours of the work follow what is known of it, and go with it."""
    if row.status == WITHDRAWN:
        points.withdraw(db, row.no)
    elif row.volunteers:
        points.draft(
            db,
            user.id,
            now,
            activity_no=row.no,
            community_id=row.community_id,
            organization_id=row.organization_id,
            volunteers=row.volunteers,
            hours=row.hours,
            start=row.start,
        )
