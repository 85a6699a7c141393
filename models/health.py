"""What went wrong or got stuck, counted for whoever runs the service."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from models.base import Session
from models.messages import FAILED, PLANNED, SENDING, Inbox, Outbox

LATE = timedelta(hours=1)  # a due push older than this means that nobody sends


def stuck(db: Session, now: datetime) -> int:
    """Pushes due for over an hour, still allowed to leave, that nobody has sent."""
    due = (Outbox.status.in_((PLANNED, SENDING)), Outbox.send_at < now - LATE)
    alive = func.coalesce(Outbox.not_after, now) >= now
    return db.scalar(select(func.count()).select_from(Outbox).where(*due, alive)) or 0


def failed(db: Session, since: datetime) -> int:
    """Messages since then whose turn failed; each got an apology instead of an answer."""
    query = select(func.count()).select_from(Inbox).where(Inbox.intent == FAILED, Inbox.at >= since)
    return db.scalar(query) or 0
