"""Files people sent: which are still to be fetched from the platform, and where they lie now."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.due import DEMO
from models.people import User
from models.record import Attachment

KEPT = timedelta(days=3)  # the platform forgets afterwards
GONE = ""  # a path that says: it cannot be had any more


def unfetched(db: Session, now: datetime, limit: int) -> list[tuple[int, str]]:
    """(attachment, media id) of what the official account still holds, oldest first."""
    query = (
        select(Attachment.id, Attachment.media_id)
        .join(User, User.id == Attachment.user_id)
        .where(User.channel == "wechat", User.openid.not_like(f"{DEMO}%"))
        .where(Attachment.media_id.is_not(None), Attachment.path.is_(None), Attachment.at > now - KEPT)
    )
    return [(row.id, row.media_id or "") for row in db.execute(query.order_by(Attachment.id).limit(limit))]


def fetched(db: Session, attachment: int, path: str) -> None:
    db.execute(update(Attachment).where(Attachment.id == attachment).values(path=path))
