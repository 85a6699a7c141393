"""How people can be reached: the platform's window, subscription credits, who cannot be reached and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, UniqueConstraint, distinct, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, Instant, insert_new, unseal
from models.messages import SENDING, SENT, UNSURE, Inbox, Outbox
from models.people import User

CUSTOM = "custom"  # customer-service messages, the only channel with a window
TOUCHES = frozenset({"click", "scan", "subscribe", "scancode_push", "scancode_waitmsg"})
INVALID, UNFOLLOWED, REFUSES = "invalid", "unfollowed", "refuses"


LONGEST = 64  # characters of a template's id


class Reach(Base):
    """One person as a receiver. The one who sends to them holds the lease, so their messages leave in order."""

    __tablename__ = "reach"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), unique=True)
    leased_until: Mapped[datetime | None] = mapped_column(Instant)
    holder: Mapped[str | None] = mapped_column(String(32))
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    blocked: Mapped[str | None] = mapped_column(String(16))
    blocked_at: Mapped[datetime | None] = mapped_column(Instant)


class Credit(Base):
    """How often a person may still be told something by one subscription template."""

    __tablename__ = "credits"
    __table_args__ = (UniqueConstraint("user_id", "template_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    template_id: Mapped[str] = mapped_column(String(64))
    left: Mapped[int] = mapped_column(default=0)


class Gate(Base):
    """A channel or template the platform closed to us, until when and why."""

    __tablename__ = "gates"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    until: Mapped[datetime] = mapped_column(Instant)
    why: Mapped[str] = mapped_column(String(80))


@dataclass(frozen=True)
class Window:
    """The platform's rule: `messages` within `hours` of a sentence, `touches` within `seconds` of a tap."""

    hours: int = 48
    messages: int = 5
    seconds: int = 60
    touches: int = 3


@dataclass(frozen=True)
class Standing:
    """What may reach a person now: messages left in the window, acceptances left by template."""

    window: int = 0
    credits: Mapping[str, int] = field(default_factory=dict)
    blocked: str | None = None


def standing(db: Session, user: User, now: datetime, rule: Window) -> Standing:
    """Derived from what they said to us and what was sent since."""
    reach = db.scalars(select(Reach).where(Reach.user_id == user.id)).one_or_none()
    closed = reach.closed_at if reach else None
    left = _left(db, user.id, _said(db, user.id, now - timedelta(hours=rule.hours)), rule.messages, closed)
    if left < rule.touches:  # the windows do not add up, the wider one counts
        tapped = _touched(db, user.id, now - timedelta(seconds=rule.seconds))
        left = max(left, _left(db, user.id, tapped, rule.touches, closed))
    return Standing(left, _credits(db, user.id), _blocked(db, user, reach))


def _left(db: Session, user_id: int, since: datetime | None, limit: int, closed: datetime | None) -> int:
    """Messages left in the window that opened at `since`, unless the platform has closed it."""
    if since is None or (closed is not None and closed >= since):
        return 0
    return max(0, limit - _sent_since(db, user_id, since))


def _said(db: Session, user_id: int, since: datetime) -> datetime | None:
    query = select(func.max(Inbox.at)).where(Inbox.user_id == user_id, Inbox.kind != "event", Inbox.at > since)
    return db.scalar(query)


def _touched(db: Session, user_id: int, since: datetime) -> datetime | None:
    query = select(Inbox).where(Inbox.user_id == user_id, Inbox.kind == "event", Inbox.at > since)
    taps = db.scalars(query.order_by(Inbox.at.desc()).limit(10))
    return next((tap.at for tap in taps if unseal(db, tap.body) in TOUCHES), None)


def _sent_since(db: Session, user_id: int, at: datetime) -> int:
    query = select(func.count(distinct(Outbox.bundle))).where(
        Outbox.user_id == user_id,
        Outbox.channel == CUSTOM,
        Outbox.status.in_((SENDING, SENT, UNSURE)),
        Outbox.started_at >= at,
    )
    return db.scalar(query) or 0


def _credits(db: Session, user_id: int) -> dict[str, int]:
    rows = db.scalars(select(Credit).where(Credit.user_id == user_id, Credit.left > 0))
    return {row.template_id: row.left for row in rows}


def _blocked(db: Session, user: User, reach: Reach | None) -> str | None:
    """Whoever writes to us again can be reached again, whatever the platform said before."""
    if not user.followed:
        return UNFOLLOWED
    if reach is None or reach.blocked is None or reach.blocked_at is None:
        return None
    since = db.scalar(select(func.max(Inbox.at)).where(Inbox.user_id == user.id, Inbox.kind != "event"))
    return None if since is not None and since > reach.blocked_at else reach.blocked


def of(db: Session, user_id: int) -> Reach:
    """The person's row, made when it is not there."""
    insert_new(db, Reach, user_id=user_id)
    return db.scalars(select(Reach).where(Reach.user_id == user_id)).one()


def block(db: Session, user_id: int, why: str, now: datetime) -> None:
    row = of(db, user_id)
    row.blocked, row.blocked_at = why, now


def unblock(db: Session, user_id: int) -> None:
    row = of(db, user_id)
    row.blocked = row.blocked_at = None


def window_closed(db: Session, user_id: int, now: datetime) -> None:
    """The platform counts differently from us, and the platform is right: nothing more until they write again."""
    of(db, user_id).closed_at = now


def earn(db: Session, user_id: int, template_id: str) -> None:
    """One acceptance of a subscription template."""
    if len(template_id) > LONGEST:
        return  # no template of the platform is called so
    insert_new(db, Credit, user_id=user_id, template_id=template_id, left=0)
    _add(db, user_id, template_id, 1)


def spend(db: Session, user_id: int, template_id: str) -> None:
    """One notice is about to leave."""
    _add(db, user_id, template_id, -1)


def give_back(db: Session, user_id: int, template_id: str) -> None:
    """It was refused, and nothing used up."""
    _add(db, user_id, template_id, 1)


def _add(db: Session, user_id: int, template_id: str, by: int) -> None:
    mine = (Credit.user_id == user_id, Credit.template_id == template_id)
    db.execute(update(Credit).where(*mine).values(left=Credit.left + by))


def void(db: Session, user_id: int, template_id: str) -> None:
    """Refused by the person, or used up as the platform counts."""
    db.execute(update(Credit).where(Credit.user_id == user_id, Credit.template_id == template_id).values(left=0))


def shut(db: Session, name: str, until: datetime, why: str) -> None:
    """Closes a gate; one that is closed longer already stays so."""
    if insert_new(db, Gate, name=name, until=until, why=why) is None:
        db.execute(update(Gate).where(Gate.name == name, Gate.until < until).values(until=until, why=why))


def open_gate(db: Session, name: str) -> None:
    db.execute(Gate.__table__.delete().where(Gate.name == name))  # type: ignore[attr-defined]


def shut_now(db: Session, now: datetime) -> dict[str, datetime]:
    """Gates that are closed, and until when."""
    return {gate.name: gate.until for gate in db.scalars(select(Gate).where(Gate.until > now))}
