"""Where each person's talk stands: one sealed row a person, locked while a message of theirs is answered."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, and_, bindparam, exists, func, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, Instant, rows, seal, unseal
from models.messages import HELD, PLANNED, Outbox
from models.organization import Organization
from models.people import User, add, get
from models.place import Community, Town


class Conversation(Base):
    """`state` is sealed JSON written by the dialogue engine; it carries its own version."""

    __tablename__ = "conversations"
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    state: Mapped[bytes | None] = mapped_column(LargeBinary)
    updated_at: Mapped[datetime] = mapped_column(Instant)


HERE = or_(Outbox.status == HELD, and_(Outbox.status == PLANNED, Outbox.send_at <= bindparam("now")))
# With the person comes where they belong, which nearly every answer looks at. Their own row is locked too: PostgreSQL
# reads a row that it does not lock as it was before the wait, and so would miss a role that the last message gave.
LOCK = (
    select(User, Conversation.state, exists().where(Outbox.user_id == User.id, HERE), Community, Town, Organization)
    .join(Conversation, Conversation.user_id == User.id)
    .outerjoin(Community, Community.id == User.community_id)
    .outerjoin(Town, Town.id == func.coalesce(Community.town_id, User.town_id))
    .outerjoin(Organization, Organization.id == User.organization_id)
    .where(User.channel == bindparam("channel"), User.openid == bindparam("openid"))
    .with_for_update(of=(Conversation, User), key_share=True)
)
WRITE = update(rows(Conversation)).where(rows(Conversation).c.user_id == bindparam("person"))


@dataclass(frozen=True)
class Held:
    """A person, where their talk stands, and whether something waits to be told to them.

    `places` are their community, town and organisation: as long as they are held, the session need not ask for them.
    """

    user: User
    state: str | None
    waits: bool
    places: tuple[Community | None, Town | None, Organization | None]


def lock(db: Session, channel: str, openid: str, now: datetime) -> Held:
    """The person's talk, held until the transaction ends: their messages are answered one by one."""
    who = {"channel": channel, "openid": openid, "now": now}
    found = db.execute(LOCK, who).one_or_none()
    if found is None:
        _open(db, channel, openid, now)
        found = db.execute(LOCK, who).one()
    user, state, waits, community, town, organization = found
    return Held(user, unseal(db, state), waits, (community, town, organization))


def _open(db: Session, channel: str, openid: str, now: datetime) -> None:
    """The first word of a person."""
    user = get(db, channel, openid) or add(db, channel, openid, now)
    db.add(Conversation(user_id=user.id, updated_at=now))
    db.flush()


def write(db: Session, user: User, state: str, now: datetime) -> None:
    """Keeps where the talk stands now."""
    db.connection().execute(WRITE, {"person": user.id, "state": seal(db, state), "updated_at": now})
