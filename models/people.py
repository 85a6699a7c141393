"""Who talks to the bot: people, their roles, and the single-use codes that bind them."""

import secrets
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, cast, delete, literal, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, Instant, seal
from models.errors import Refused
from models.organization import Organization
from models.place import Community, Town

INVITE_DAYS = 30
CODE_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # nothing that reads like something else
GONE = "gone:"  # begins the openid of somebody who was forgotten
ONLY_THEIRS = {  # table -> its column of the person: rows that are about nobody else
    "conversations": "user_id",
    "credits": "user_id",
    "reach": "user_id",
    "reminders": "created_by",
    "signups": "user_id",
    "training_signups": "user_id",
}


class Role(IntEnum):
    """What a person may do; a higher role may do what the lower may, inside its own place."""

    RESIDENT = 0
    LEADER = 1
    WORKER = 2
    TOWN = 3
    CITY = 4

    @classmethod
    def named(cls, name: str) -> "Role":
        return cls[name.upper()]


class User(Base):
    """One person in one channel. `name` is sealed; `mutes` lists reminder kinds switched off."""

    __tablename__ = "users"
    __table_args__ = (Index("ix_users_openid", "channel", "openid", unique=True),)
    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(8))
    openid: Mapped[str] = mapped_column(String(64))
    role: Mapped[int] = mapped_column(default=Role.RESIDENT)
    name: Mapped[bytes | None] = mapped_column(LargeBinary)
    community_id: Mapped[int | None] = mapped_column(ForeignKey("communities.id"))
    town_id: Mapped[int | None] = mapped_column(ForeignKey("towns.id"))
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organizations.id"))
    followed: Mapped[bool] = mapped_column(default=True)
    mutes: Mapped[list[str]] = mapped_column(JSON, default=list)
    digest_hour: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(Instant)
    community: Mapped[Community | None] = relationship(lazy="raise")
    town: Mapped[Town | None] = relationship(lazy="raise")
    organization: Mapped[Organization | None] = relationship(lazy="raise")


class Invite(Base):
    """A binding code: one use, one role, one place or organisation."""

    __tablename__ = "invites"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    role: Mapped[int]
    name: Mapped[bytes | None] = mapped_column(LargeBinary)
    community_id: Mapped[int | None] = mapped_column(ForeignKey("communities.id"))
    town_id: Mapped[int | None] = mapped_column(ForeignKey("towns.id"))
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organizations.id"))
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))


def get(db: Session, channel: str, openid: str) -> User | None:
    return db.scalars(select(User).where(User.channel == channel, User.openid == openid)).one_or_none()


def add(db: Session, channel: str, openid: str, now: datetime, **bound: Any) -> User:
    user = User(channel=channel, openid=openid, created_at=now, role=Role.RESIDENT, followed=True, mutes=[])
    for column, value in bound.items():
        setattr(user, column, value)
    db.add(user)
    db.flush()
    return user


def invite(db: Session, role: Role, now: datetime, name: bytes | None = None, **place: int | None) -> str:
    """A new code, valid 30 days. `place` is one of community_id, town_id, organization_id."""
    code = "".join(secrets.choice(CODE_LETTERS) for _ in range(10))
    db.add(Invite(code=code, role=role, name=name, expires_at=now + timedelta(days=INVITE_DAYS), **place))
    return code


def bind(db: Session, user: User, code: str, now: datetime) -> User:
    """Gives `user` what the code grants. Refuses unknown, used and expired codes; one use even when raced."""
    found = db.scalars(select(Invite).where(Invite.code == code.strip().upper())).one_or_none()
    if found is None:
        raise Refused("code_unknown", ask="code")
    if found.expires_at < now:
        raise Refused("code_expired")
    taken = db.execute(
        update(Invite)
        .where(Invite.id == found.id, or_(Invite.used_by.is_(None), Invite.used_by == user.id))
        .values(used_by=user.id)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise Refused("code_used")
    user.role = found.role
    user.name = found.name or user.name
    user.organization_id = found.organization_id
    organization = db.get(Organization, found.organization_id) if found.organization_id else None
    user.community_id = organization.community_id if organization else found.community_id
    community = db.get(Community, user.community_id) if user.community_id else None
    user.town_id = community.town_id if community else found.town_id
    return user


def staff(db: Session, role: Role, *, community_id: int | None = None, town_id: int | None = None) -> list[User]:
    """People of exactly this role in a place, for routing and notifying."""
    query = select(User).where(User.role == role, User.followed)
    if community_id:
        query = query.where(User.community_id == community_id)
    if town_id:
        query = query.where(User.town_id == town_id)
    return list(db.scalars(query.order_by(User.id)))


def forget(db: Session, user: User) -> None:
    """Deletes what is only about this person; records of public interest stay, and nothing leads from them to anybody.

    What remains of the person is a number: they come back as somebody new.
    """
    tables: dict[str, Any] = {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}
    theirs = select(tables["reminders"].no).where(tables["reminders"].created_by == user.id)
    db.execute(delete(tables["entries"]).where(tables["entries"].record_no.in_(theirs)))
    for name, column in ONLY_THEIRS.items():
        db.execute(delete(tables[name]).where(getattr(tables[name], column) == user.id))
    _forget_words(db, user, tables["inbox"], tables["outbox"])
    _forget_photos(db, user, tables["attachments"])
    db.execute(update(Invite).where(Invite.used_by == user.id).values(name=None))
    leave(user)
    user.name, user.mutes, user.digest_hour, user.followed = None, [], None, False
    user.openid = f"{GONE}{user.id}"


def _forget_words(db: Session, user: User, inbox: Any, outbox: Any) -> None:
    """What was said to and by them; the rows stay, so that nothing is done twice and quotas still add up."""
    said = {"body": None, "reply": None, "digest": "", "key": literal(GONE) + cast(inbox.id, String)}
    db.execute(update(inbox).where(inbox.user_id == user.id).values(said))
    db.execute(delete(outbox).where(outbox.user_id == user.id, outbox.sent_at.is_(None)))
    told = {"text": seal(db, ""), "key": literal(GONE) + cast(outbox.id, String)}
    db.execute(update(outbox).where(outbox.user_id == user.id).values(told))


def _forget_photos(db: Session, user: User, photos: Any) -> None:
    """Those of no record go; those of a record lose their sender."""
    db.execute(delete(photos).where(photos.user_id == user.id, photos.record_no.is_(None)))
    db.execute(update(photos).where(photos.user_id == user.id).values(user_id=None))


def settle(user: User, community: Community) -> None:
    """Where a resident lives, as they say; staff and leaders belong where their code bound them."""
    if user.role == Role.RESIDENT:
        user.community_id, user.town_id = community.id, community.town_id


def leave(user: User) -> None:
    """Back to a resident of nowhere in particular."""
    user.role = Role.RESIDENT
    user.community_id = user.town_id = user.organization_id = None
