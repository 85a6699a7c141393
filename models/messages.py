"""The inbox (every message once, with its reply) and the outbox (every push once, with its fate)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, bindparam, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, Instant, insert_new, rows, seal, unseal

# What became of a push.
PLANNED, SENT, DROPPED, HELD = "planned", "sent", "dropped", "held"
SENDING, UNSURE = "sending", "unsure"  # a call is under way; a call was, and nobody knows what became of it
WAITING = (PLANNED, HELD)
FAILED = "failed"  # the intent noted for a message whose turn failed
URGENT, SOON, ROUTINE = 0, 1, 2
HURRY = "hurry"  # what a session remembers of an urgent plan


class Inbox(Base):
    """One delivered message: `key` is the platform's identity of it, `digest` what it said."""

    __tablename__ = "inbox"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    signature: Mapped[str | None] = mapped_column(String(120), unique=True)
    digest: Mapped[str] = mapped_column(String(64))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    intent: Mapped[str | None] = mapped_column(String(24))
    reply: Mapped[bytes | None] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(Instant)


SETTLE = update(rows(Inbox)).where(rows(Inbox).c.id == bindparam("claimed"))  # sets the columns it is given


class Outbox(Base):
    """One thing to tell one person. `key` makes a second plan harmless; `source` is the record it speaks of.

    Rows told in one message share a `bundle`, which is also the message's id towards the platform; `msgid` is the
    platform's. `leased_until` is when a call must be over, `retry_at` when a failed one may be tried again.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_due", "status", "send_at"),
        Index("ix_outbox_source", "source"),
        Index("ix_outbox_started", "channel", "started_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    kind: Mapped[str] = mapped_column(String(24))
    source: Mapped[str | None] = mapped_column(String(24))
    text: Mapped[bytes] = mapped_column(LargeBinary)
    urgency: Mapped[int] = mapped_column(default=ROUTINE)
    send_at: Mapped[datetime] = mapped_column(Instant)
    not_after: Mapped[datetime | None] = mapped_column(Instant)
    status: Mapped[str] = mapped_column(String(8), default=PLANNED)
    attempts: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None] = mapped_column(Instant)
    channel: Mapped[str | None] = mapped_column(String(12))
    outcome: Mapped[str | None] = mapped_column(String(80))
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    retry_at: Mapped[datetime | None] = mapped_column(Instant)
    bundle: Mapped[str | None] = mapped_column(String(32), index=True)
    msgid: Mapped[str | None] = mapped_column(String(32), index=True)
    template: Mapped[str | None] = mapped_column(String(64))


class Forged(Exception):
    """The same identity or the same signature came with different words."""


@dataclass(frozen=True)
class Claim:
    """`id` of a row that is ours to answer, or the `reply` that was given before."""

    id: int | None
    reply: str | None


def claim(
    db: Session, *, key: str, signature: str | None, digest: str, kind: str, body: str | None, at: datetime
) -> Claim:
    """Takes the message, or finds what was answered. Waits while another process answers it. Raises Forged."""
    row = insert_new(db, Inbox, key=key, signature=signature, digest=digest, kind=kind, body=seal(db, body), at=at)
    if row is not None:
        return Claim(row, None)
    before = db.scalars(select(Inbox).where(Inbox.key == key)).one_or_none()
    if before is None or before.digest != digest:
        raise Forged(key)
    return Claim(None, unseal(db, before.reply) or "")


def settle(db: Session, claimed: int, user_id: int, reply: str, intent: str | None) -> None:
    """Stores what the message was answered, beside it."""
    answered = {"claimed": claimed, "user_id": user_id, "reply": seal(db, reply), "intent": intent}
    db.connection().execute(SETTLE, answered)


def answered(db: Session, key: str) -> str | None:
    """What a message was answered; None while nothing is committed."""
    row = db.scalars(select(Inbox).where(Inbox.key == key)).one_or_none()
    return None if row is None else unseal(db, row.reply) or ""


def plan(
    db: Session,
    user_id: int,
    *,
    key: str,
    kind: str,
    text: str,
    send_at: datetime,
    urgency: int = ROUTINE,
    not_after: datetime | None = None,
    source: str | None = None,
) -> bool:
    """Plans one push; False when its key was planned before."""
    row = insert_new(
        db,
        Outbox,
        key=key,
        user_id=user_id,
        kind=kind,
        text=seal(db, text),
        send_at=send_at,
        urgency=urgency,
        not_after=not_after,
        source=source,
        status=PLANNED,
        attempts=0,
    )
    if row is not None and urgency == URGENT:
        db.info[HURRY] = True
    return row is not None


def hurried(db: Session) -> bool:
    """Whether this transaction planned something urgent: whoever sends should look as soon as it is committed."""
    return bool(db.info.get(HURRY))


WITHDRAW = delete(rows(Outbox)).where(rows(Outbox).c.source == bindparam("record"), rows(Outbox).c.status.in_(WAITING))


def withdraw(db: Session, source: str) -> int:
    """Takes back what was planned about a record and has not been sent; how many."""
    return db.connection().execute(WITHDRAW, {"record": source}).rowcount
