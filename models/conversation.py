"""Where each person's talk stands: one sealed row a person, locked while a message of theirs is answered."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, Instant, seal, unseal
from models.people import User, add, get


class Conversation(Base):
    """`state` is sealed JSON written by the dialogue engine; it carries its own version."""

    __tablename__ = "conversations"
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    state: Mapped[bytes | None] = mapped_column(LargeBinary)
    updated_at: Mapped[datetime] = mapped_column(Instant)


def lock(db: Session, channel: str, openid: str, now: datetime) -> tuple[User, Conversation]:
    """The person and their talk, held until the transaction ends: messages of one person are answered one by one."""
    query = (
        select(User, Conversation)
        .join(Conversation, Conversation.user_id == User.id)
        .where(User.channel == channel, User.openid == openid)
        .with_for_update(of=Conversation)
    )
    found = db.execute(query).one_or_none()
    if found is None:
        open_conversation(db, channel, openid, now)
        found = db.execute(query).one()
    return found[0], found[1]


def open_conversation(db: Session, channel: str, openid: str, now: datetime) -> None:
    """The first word of a person."""
    user = get(db, channel, openid) or add(db, channel, openid, now)
    db.add(Conversation(user_id=user.id, updated_at=now))
    db.flush()


def read(db: Session, conversation: Conversation) -> str | None:
    return unseal(db, conversation.state)


def write(db: Session, conversation: Conversation, state: str, now: datetime) -> None:
    conversation.state = seal(db, state)
    conversation.updated_at = now
