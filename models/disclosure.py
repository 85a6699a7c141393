"""Information disclosure (信息公开): what an organisation shows to everybody, by topic and period."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base
from models.record import Recorded, number

PREFIX = "GK"
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
    db: Session, user_id: int, now: datetime, *, topic: str, title: str, community_id: int | None, organization_id: int | None = None,
    source_no: str | None = None, **facts: Any,
) -> Disclosure:
    """Publishes an item; one made from a record (`source_no`) is corrected rather than doubled."""
    row = db.scalars(select(Disclosure).where(Disclosure.source_no == source_no)).one_or_none() if source_no else None
    if row is None:
        row = Disclosure(
            no=number(db, PREFIX, now), status=PUBLISHED, created_at=now, created_by=user_id, community_id=community_id,
            organization_id=organization_id, topic=topic, source_no=source_no, published_on=now.date(),
        )
        db.add(row)
    row.title = title
    for column, value in facts.items():
        setattr(row, column, value)
    return row


def withdraw(db: Session, source_no: str) -> None:
    """Takes back what was published from a record that was called off."""
    for row in db.scalars(select(Disclosure).where(Disclosure.source_no == source_no)):
        row.status = WITHDRAWN
