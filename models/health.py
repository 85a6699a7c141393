"""What went wrong or got stuck, counted for whoever runs the service."""

from datetime import datetime, timedelta

from sqlalchemy import and_, func, not_, or_, select

from models.base import Session
from models.messages import FAILED, PLANNED, SENDING, URGENT, Inbox, Outbox
from models.people import User
from models.push import DEMO, MAILBOX

AT_ONCE = timedelta(hours=1)  # urgent pushes wait for nobody's morning
IN_A_DAY = timedelta(hours=26)  # the others wait for the end of quiet hours or for the day's digest


def stuck(db: Session, now: datetime) -> int:
    """Pushes that should have left and may still leave, to people who are rung up rather than come and fetch."""
    late = or_(
        and_(Outbox.urgency == URGENT, Outbox.send_at < now - AT_ONCE),
        Outbox.send_at < now - IN_A_DAY,
    )
    alive = func.coalesce(Outbox.not_after, now) >= now
    fetches = or_(User.channel.in_(MAILBOX), User.openid.startswith(DEMO))
    query = select(func.count()).select_from(Outbox).join(User, Outbox.user_id == User.id)
    return db.scalar(query.where(Outbox.status.in_((PLANNED, SENDING)), late, alive, not_(fetches))) or 0


def failed(db: Session, since: datetime) -> int:
    """Messages since then whose turn failed; each got an apology instead of an answer."""
    query = select(func.count()).select_from(Inbox).where(Inbox.intent == FAILED, Inbox.at >= since)
    return db.scalar(query) or 0
