"""Information disclosure (信息公开): what an organisation shows to everybody, by topic and period."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, and_, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base
from models.errors import Refused
from models.organization import ACTIVE, Organization
from models.people import Role, User
from models.place import Community
from models.record import Recorded, note, number, typed

PREFIX = "GK"
INCOME, EXPENSE = "income", "expense"
PHONE = re.compile(r"(?<!\d)(1\d{2})[ -]?\d{4}[ -]?(\d{4})(?!\d)")
ID_NUMBER = re.compile(r"(?<!\d)(\d{4})\d{10,11}(\d{2}[\dXx])(?!\d)")
TOPICS = ("章程", "负责人", "收支", "捐赠", "活动", "项目", "证书", "年度报告")
PUBLISHED, WITHDRAWN = "published", "withdrawn"


class Disclosure(Recorded, Base):
    """One published item; `source_no` is the record it was made from, `period` as in the contract."""

    __tablename__ = "disclosures"
    __table_args__ = (Index("ix_disclosures_organization", "organization_id", "topic", "published_on"),)
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organizations.id"))
    topic: Mapped[str] = mapped_column(String(8))
    title: Mapped[str] = mapped_column(String(120))
    period: Mapped[str | None] = mapped_column(String(24))
    money: Mapped[float | None]
    direction: Mapped[str | None] = mapped_column(String(8))
    content: Mapped[str | None] = mapped_column(String(2000))
    published_on: Mapped[date]
    source_no: Mapped[str | None] = mapped_column(String(24), unique=True)


def publish(
    db: Session,
    user_id: int,
    now: datetime,
    *,
    topic: str,
    title: str,
    community_id: int | None,
    organization_id: int | None = None,
    source_no: str | None = None,
    **facts: Any,
) -> Disclosure:
    """Publishes an item; one made from a record (`source_no`) is corrected rather than doubled."""
    row = db.scalars(select(Disclosure).where(Disclosure.source_no == source_no)).one_or_none() if source_no else None
    if row is None:
        row = Disclosure(
            no=number(db, PREFIX, now),
            status=PUBLISHED,
            created_at=now,
            created_by=user_id,
            community_id=community_id,
            organization_id=organization_id,
            topic=topic,
            source_no=source_no,
            published_on=now.date(),
        )
        db.add(row)
    row.title = title
    for column, value in facts.items():
        setattr(row, column, masked(value) if column == "content" else value)
    return row


def refuse_twice(db: Session, facts: Mapping[str, Any], entries: Iterable[tuple[str | None, float | None]]) -> None:
    """Refuses an amount that the organisation shows already for the same topic, period and direction."""
    for direction, money in entries:
        same = select(Disclosure).where(
            Disclosure.organization_id == facts["organization_id"],
            Disclosure.topic == facts["topic"],
            Disclosure.period == facts["period"],
            Disclosure.direction == direction,
            Disclosure.money == money,
            Disclosure.status == PUBLISHED,
        )
        if money is not None and (known := db.scalars(same.limit(1)).one_or_none()):
            raise Refused("shown_already", title=known.title, known=known.no)


def withdraw(db: Session, source_no: str) -> None:
    """Takes back what was published from a record that was called off."""
    for row in db.scalars(select(Disclosure).where(Disclosure.source_no == source_no)):
        row.status = WITHDRAWN


def masked(text: str | None) -> str | None:
    """What goes public without the phone and ID numbers somebody wrote into it."""
    if text is None:
        return None
    return PHONE.sub(r"\1****\2", ID_NUMBER.sub(r"\1***********\2", text))


def may_publish(user: User, target: Organization | None) -> None:
    """Leaders speak for their own organisation, staff for those of their place; refuses everybody else."""
    if target is None:
        if user.role < Role.WORKER:
            raise Refused("which_organization")
        return
    own = user.organization_id == target.id
    staff = user.role == Role.WORKER and user.community_id == target.community_id
    if not own and not staff and user.role < Role.TOWN:
        raise Refused("not_yours", name=target.name)


def take_back(db: Session, user: User, now: datetime, row: Disclosure) -> None:
    """Withdraws one item; what shows a record of its own goes with that record only."""
    _may_take_back(db, user, row)
    row.status = WITHDRAWN
    note(db, row.no, now, user.id, "withdrawn")


def _may_take_back(db: Session, user: User, row: Disclosure) -> None:
    if row.created_by != user.id:
        may_publish(user, db.get(Organization, row.organization_id) if row.organization_id else None)
    if row.status == WITHDRAWN:
        raise Refused("withdrawn_already", no=row.no)


def public(
    db: Session,
    *,
    organization_id: int | None = None,
    community_id: int | None = None,
    town_id: int | None = None,
    topic: str | None = None,
    limit: int = 400,
) -> list[Disclosure]:
    """What everybody may see, newest first."""
    query = select(Disclosure).where(Disclosure.status == PUBLISHED)
    if organization_id:
        query = query.where(Disclosure.organization_id == organization_id)
    if community_id:
        query = query.where(Disclosure.community_id == community_id)
    if town_id:
        query = query.where(Disclosure.community_id.in_(select(Community.id).where(Community.town_id == town_id)))
    if topic:
        query = query.where(Disclosure.topic == topic)
    return list(db.scalars(query.order_by(Disclosure.published_on.desc(), Disclosure.id.desc()).limit(limit)))


def numbered(db: Session, no: str) -> Disclosure | None:
    return db.scalars(select(Disclosure).where(typed(Disclosure, no))).one_or_none()


def made_together(db: Session, row: Disclosure) -> list[Disclosure]:
    """What was published in one go with an item, itself included: income and expense of one sentence."""
    query = select(Disclosure).where(
        Disclosure.created_at == row.created_at,
        Disclosure.created_by == row.created_by,
        Disclosure.organization_id == row.organization_id,
        Disclosure.topic == row.topic,
        Disclosure.status == row.status,
        Disclosure.source_no.is_(None),
    )
    return list(db.scalars(query.order_by(Disclosure.id))) or [row]


def amend(
    db: Session, user: User, now: datetime, row: Disclosure, figures: dict[str | None, float], period: str | None
) -> list[Disclosure]:
    """Puts right the amounts by direction (None: of the only entry) and the period of what was published together.

    Words whose figures are no longer true go; a direction not told before becomes an entry of its own.
    """
    _may_take_back(db, user, row)
    if row.source_no:
        raise Refused("change_what", title=row.title)
    rows = made_together(db, row)
    for direction, money in figures.items():
        meant = [one for one in rows if direction in (None, one.direction) and one.money is not None]
        if len(meant) > 1 or (not meant and direction is None):
            raise Refused("change_what", title=row.title)
        if not meant:
            more = publish(
                db,
                user.id,
                now,
                topic=row.topic,
                title=row.title,
                community_id=row.community_id,
                organization_id=row.organization_id,
                period=row.period,
                direction=direction,
                money=money,
            )
            rows.append(more)
        for one in meant:
            one.money = money
    for one in rows:
        one.content = None if figures else one.content
        one.period = period or one.period
        note(db, one.no, now, user.id, "changed")
    return rows


def latest_of(db: Session, user: User) -> Disclosure | None:
    """What this person published last and did not take back."""
    own = select(Disclosure).where(
        Disclosure.created_by == user.id, Disclosure.status == PUBLISHED, Disclosure.source_no.is_(None)
    )
    return db.scalars(own.order_by(Disclosure.id.desc()).limit(1)).one_or_none()


@dataclass(frozen=True)
class Money:
    """Sums in yuan of what was published, and how many entries made them."""

    income: float
    expense: float
    incomes: int
    expenses: int

    @property
    def balance(self) -> float:
        return round(self.income - self.expense, 2)


def sums(rows: Iterable[Disclosure]) -> Money:
    """Adds up the entries that name an amount and a direction."""
    told = [(row.direction, row.money) for row in rows if row.money is not None]
    income = [money for direction, money in told if direction == INCOME]
    expense = [money for direction, money in told if direction == EXPENSE]
    return Money(round(sum(income), 2), round(sum(expense), 2), len(income), len(expense))


def silent(db: Session, topic: str, first: date, last: date, period: str) -> list[Organization]:
    """Living organisations that showed nothing on a topic for the days `first` to `last` (`period` in the contract)."""
    spoken = select(Disclosure.organization_id).where(
        Disclosure.status == PUBLISHED,
        Disclosure.topic == topic,
        Disclosure.organization_id.is_not(None),
        or_(
            Disclosure.period.in_(
                [period, str(first.year), *(f"{first.year}-{first.month + n:02d}" for n in range(3))]
            ),
            and_(Disclosure.period.is_(None), Disclosure.published_on.between(first, last)),
        ),
    )
    query = select(Organization).where(Organization.status == ACTIVE, Organization.id.not_in(spoken))
    return list(db.scalars(query.order_by(Organization.id)))
