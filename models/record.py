"""What every record shares: a receipt number, who made it where and when, a timeline, and photos."""

import re
import sys
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, LargeBinary, String, insert, select, text
from sqlalchemy.orm import Mapped, Session, declared_attr, mapped_column

from models.base import Base, Instant, rows, seal, unseal
from models.when import SHANGHAI

CHECKS = "0123456789ABCDEFGHJKLMNPQRTUVWX"  # 31 signs, none that reads like another
UNCHECKED = re.compile(r"[A-Z]{2}\d{8}-\d{4,}")


class Counter(Base):
    """The last number given per kind and day."""

    __tablename__ = "counters"
    prefix: Mapped[str] = mapped_column(String(2), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    last: Mapped[int]


class Recorded:
    """Columns of a table of records; a subclass names its two-letter `PREFIX`."""

    PREFIX: str
    id: Mapped[int] = mapped_column(primary_key=True)
    no: Mapped[str] = mapped_column(String(24), unique=True)
    status: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(Instant)

    @declared_attr
    def created_by(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)

    @declared_attr
    def community_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey("communities.id"), index=True)


class Entry(Base):
    """One step in the life of a record: what happened, by whom, in whose words (sealed)."""

    __tablename__ = "entries"
    __table_args__ = (Index("ix_entries_record", "record_no", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    record_no: Mapped[str] = mapped_column(String(24))
    at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    what: Mapped[str] = mapped_column(String(24))
    note: Mapped[bytes | None] = mapped_column(LargeBinary)


class Attachment(Base):
    """A photo, voice or file that belongs to a record; the platform keeps the bytes for three days only."""

    __tablename__ = "attachments"
    id: Mapped[int] = mapped_column(primary_key=True)
    record_no: Mapped[str | None] = mapped_column(String(24), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    kind: Mapped[str] = mapped_column(String(8))
    media_id: Mapped[str | None] = mapped_column(String(200))
    url: Mapped[str | None] = mapped_column(String(400))
    path: Mapped[str | None] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True)
class Step:
    """One line of a timeline, opened."""

    at: datetime
    what: str
    note: str | None
    by: int | None


def number(db: Session, prefix: str, now: datetime) -> str:
    """The next receipt number, `HD20261124-0012K`; unique also between processes; past 9999 a day it grows a digit."""
    day = now.astimezone(SHANGHAI).date()
    last = db.scalar(
        text(
            "INSERT INTO counters (prefix, day, last) VALUES (:prefix, :day, 1) "
            "ON CONFLICT (prefix, day) DO UPDATE SET last = counters.last + 1 RETURNING last"
        ),
        {"prefix": prefix, "day": day},
    )
    body = f"{prefix}{day:%Y%m%d}-{last:04d}"
    return body + check(body)


def check(body: str) -> str:
    """The check character: catches one wrong sign and two neighbours swapped."""
    total = sum((place + 1) * ord(sign) for place, sign in enumerate(body))
    return CHECKS[total % len(CHECKS)]


def typed(table: type[Recorded], no: str) -> ColumnElement[bool]:
    """The record of a number as people type it: in small letters, or without its check character."""
    bare = no.strip().upper()
    return table.no.startswith(bare, autoescape=True) if UNCHECKED.fullmatch(bare) else table.no == bare


def noun_of(no: str) -> str | None:
    """The noun whose records bear numbers like this one: HD… is an activity."""
    modules = (sys.modules[table.__module__] for table in Recorded.__subclasses__())
    return next((m.__name__.rpartition(".")[2] for m in modules if no and getattr(m, "PREFIX", "") == no[:2]), None)


NOTE = insert(rows(Entry))


def note(db: Session, no: str, now: datetime, by: int | None, what: str, words: str | None = None) -> None:
    step = {"record_no": no, "at": now, "by": by, "what": what, "note": seal(db, words)}
    db.connection().execute(NOTE, step)


def timeline(db: Session, no: str) -> list[Step]:
    rows = db.scalars(select(Entry).where(Entry.record_no == no).order_by(Entry.id))
    return [Step(row.at, row.what, unseal(db, row.note), row.by) for row in rows]


def attach(db: Session, no: str, user_id: int, photos: list[dict[str, Any]], now: datetime) -> None:
    """Joins photos (`kind`, `media_id`, `url`) to a record."""
    db.add_all(Attachment(record_no=no, user_id=user_id, at=now, **photo) for photo in photos)


def attachments(db: Session, no: str) -> list[Attachment]:
    return list(db.scalars(select(Attachment).where(Attachment.record_no == no).order_by(Attachment.id)))
