"""Disputes and their mediation: fields of GB/T 31000, one step after another until settled, failed or handed on."""

from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, Index, LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models import case
from models.base import Base, unseal
from models.errors import Refused
from models.people import Role, User
from models.record import Recorded, note, number

PREFIX = "JF"
CATEGORY = "纠纷调处"
# The fifteen types of the justice departments' monthly report (domain 2.6).
TYPES = (
    "婚姻家庭", "邻里", "房屋宅基地", "合同", "生产经营", "损害赔偿", "山林土地", "征地拆迁",
    "环境污染", "劳动争议", "消费", "医疗", "道路交通", "物业", "其他",
)  # fmt: skip
OTHER = "其他"
FROM_PEOPLE, FROM_PATROL = "群众上报", "网格员巡查"
OPEN, WORKING, SETTLED, FAILED, TRANSFERRED, WITHDRAWN = (
    "open",
    "working",
    "settled",
    "failed",
    "transferred",
    "withdrawn",
)
UNDER_WAY = (OPEN, WORKING)


class Dispute(Recorded, Base):
    """One dispute; who and what it is about is sealed.

    `start` is when it happened, `due_on` the last day of the mediation limit, `agreed_until` of what was agreed.
    `scale` 01 个体性, 02 一般群体性, 03 重大群体性; `level` 01 特别重大 to 04 一般 (GB/T 31000).
    `anonymous`: staff never learn who reported it. `quiet`: nothing may be sent to the reporter.
    """

    __tablename__ = "disputes"
    __table_args__ = (Index("ix_disputes_community_status", "community_id", "status"),)
    RECORD_SLOTS: ClassVar[dict[str, str]] = {"end": "agreed_until"}
    SEALED: ClassVar[tuple[str, ...]] = ("text", "reason", "person", "phone", "outcome")
    town_id: Mapped[int | None] = mapped_column(ForeignKey("towns.id"), index=True)
    dispute_type: Mapped[str] = mapped_column(String(8))
    source: Mapped[str] = mapped_column(String(8), default=FROM_PEOPLE)
    scale: Mapped[str] = mapped_column(String(2), default="01")
    level: Mapped[str] = mapped_column(String(2), default="04")
    place: Mapped[str | None] = mapped_column(String(120))
    building: Mapped[str | None] = mapped_column(String(40))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    start: Mapped[str | None] = mapped_column(String(16))
    headcount: Mapped[int | None]
    households: Mapped[int | None]
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organizations.id"))
    organization: Mapped[str | None] = mapped_column(String(80))
    text: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason: Mapped[bytes | None] = mapped_column(LargeBinary)
    person: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone: Mapped[bytes | None] = mapped_column(LargeBinary)
    anonymous: Mapped[bool] = mapped_column(default=False)
    quiet: Mapped[bool] = mapped_column(default=False)
    urgent: Mapped[bool] = mapped_column(default=False)
    due_on: Mapped[date | None] = mapped_column(index=True)
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    next_at: Mapped[str | None] = mapped_column(String(16))
    outcome: Mapped[bytes | None] = mapped_column(LargeBinary)
    money: Mapped[float | None]
    hours: Mapped[float | None]
    agreed_until: Mapped[str | None] = mapped_column(String(16))
    follow_up_on: Mapped[date | None]
    ended_on: Mapped[date | None]


def report(db: Session, user: User, now: datetime, facts: dict[str, Any], *, days: int | None = None) -> Dispute:
    """Stores a report; `days` is the mediation limit. Refuses the same words of the same person on the same day."""
    row = Dispute(no=number(db, PREFIX, now), status=OPEN, created_at=now, created_by=user.id, **facts)
    if not row.urgent and (known := case.said_today(db, user, now, Dispute, unseal(db, row.text))):
        raise Refused("duplicate", known=known.no)
    row.dispute_type = row.dispute_type if row.dispute_type in TYPES else OTHER
    row.source = FROM_PATROL if user.role >= Role.WORKER else FROM_PEOPLE
    row.due_on = now.date() + timedelta(days=days) if days else None
    db.add(row)
    db.flush()
    note(db, row.no, now, user.id, "reported")
    return row


def get(db: Session, user: User, no: str) -> Dispute | None:
    """The dispute, if this person may see it."""
    return case.get(db, user, Dispute, CATEGORY, no)


def matching(db: Session, user: User, **narrowed: Any) -> list[Dispute]:
    """What a person may see, the most pressing first; narrowed as `case.matching` is."""
    return case.matching(db, user, Dispute, CATEGORY, UNDER_WAY, **narrowed)


def crying(db: Session, user: User, now: datetime) -> Dispute | None:
    """The urgent report the same person made within the last half hour."""
    found: Dispute | None = case.crying(db, user, now, Dispute)
    return found


def handlers_of(db: Session, row: Dispute) -> list[User]:
    """Who is to be told about it: whoever took it over, else everybody whose duty it is."""
    return case.handlers_of(db, row, CATEGORY)


def update(db: Session, user: User, now: datetime, row: Dispute, step: str, facts: dict[str, Any]) -> None:
    """One step of the mediation: progress, settled, failed, transferred, withdrawn, followed_up or supplement.

    Staff on duty take any step; the reporter adds to the report or withdraws it. An ended dispute takes follow-ups, and
    progress opens it again.
    """
    case.change(db, user, row, CATEGORY, step, facts)
    row.status = {"progress": WORKING, "followed_up": row.status, "supplement": row.status}.get(step, step)
    row.follow_up_on = None if step == "followed_up" else row.follow_up_on
    row.ended_on = None if row.status in UNDER_WAY else row.ended_on or now.date()
    note(db, row.no, now, user.id, step, unseal(db, facts.get("outcome")))


def pressing(db: Session, day: date, ahead: int) -> list[Dispute]:
    """Disputes under way whose limit is `ahead` days off, is reached on `day`, or was passed whole weeks ago."""
    query = select(Dispute).where(Dispute.status.in_(UNDER_WAY), Dispute.due_on <= day + timedelta(days=ahead))
    rows = db.scalars(query.order_by(Dispute.id))
    return [
        row
        for row in rows
        if row.due_on
        and ((row.due_on - day).days in (ahead, 0) or (row.due_on < day and (day - row.due_on).days % 7 == 0))
    ]
