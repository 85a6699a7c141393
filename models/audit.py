"""Who read which personal data of which record when: opening it and writing that down are one step."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, Instant, unseal
from models.people import Role, User

SHOWN = 100  # lines of one listing unless more are asked for


class PersonalRead(Base):
    """One reading: `what` names the field (person, phone, text …), never its content."""

    __tablename__ = "personal_reads"
    __table_args__ = (Index("ix_personal_reads_record", "record_no", "at"), Index("ix_personal_reads_at", "at"))
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    role: Mapped[int]
    record_no: Mapped[str] = mapped_column(String(24))
    what: Mapped[str] = mapped_column(String(24))


def reveal(db: Session, user: User, now: datetime, no: str, what: str, sealed: bytes | None) -> str | None:
    """Opens personal data for somebody whose duty it is (the caller has checked) and writes down that it was read."""
    if sealed is None:
        return None
    read(db, user, now, no, what)
    return unseal(db, sealed)


def read(db: Session, user: User, now: datetime, no: str, what: str) -> None:
    """Writes down one reading, where the data was opened elsewhere (a page, an export)."""
    db.add(PersonalRead(at=now, user_id=user.id, role=user.role, record_no=no, what=what))


def reads(
    db: Session, user: User, *, no: str | None = None, reader: int | None = None, since: datetime | None = None,
    until: datetime | None = None, limit: int = SHOWN,
) -> list[PersonalRead]:  # fmt: skip
    """Readings, newest first: the city sees all, everybody else their own."""
    query = select(PersonalRead)
    if user.role < Role.CITY:
        query = query.where(PersonalRead.user_id == user.id)
    if no:
        query = query.where(PersonalRead.record_no == no)
    if reader:
        query = query.where(PersonalRead.user_id == reader)
    if since:
        query = query.where(PersonalRead.at >= since)
    if until:
        query = query.where(PersonalRead.at < until)
    return list(db.scalars(query.order_by(PersonalRead.id.desc()).limit(limit)))
