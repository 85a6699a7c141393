"""What is stuck on its way to people: for the gauges, for `shezhu doctor`, and for the staff who can ring them up."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, distinct, func, select
from sqlalchemy.orm import Session

from models import reach
from models.messages import HELD, PLANNED, UNSURE, Outbox
from models.people import User


@dataclass(frozen=True)
class State:
    """`oldest`: seconds the oldest due message has waited. Counts are of people, of messages, and by reason."""

    oldest: float
    unreachable: int
    unsure: int
    held: dict[str, int]
    shut: dict[str, datetime]


def state(db: Session, now: datetime) -> State:
    """How sending goes: for the gauges and for `shezhu doctor`."""
    waiting = and_(Outbox.status == PLANNED, Outbox.send_at <= now)
    first = db.scalar(select(func.min(Outbox.send_at)).where(waiting))
    why = select(Outbox.outcome, func.count()).where(Outbox.status == HELD).group_by(Outbox.outcome)
    people = select(func.count(distinct(Outbox.user_id))).where(Outbox.status == HELD)
    unsure = select(func.count()).where(Outbox.status == UNSURE)
    return State(
        oldest=max(0.0, (now - first).total_seconds()) if first else 0.0,
        unreachable=db.scalar(people) or 0,
        unsure=db.scalar(unsure) or 0,
        held={outcome or "": count for outcome, count in db.execute(why)},
        shut=reach.shut_now(db, now),
    )


def unreachable(db: Session, *, town_id: int | None = None, limit: int = 100) -> list[tuple[User, str]]:
    """People for whom messages are held, and why; for staff of a town, or of the city."""
    query = select(User, func.max(Outbox.outcome)).join(Outbox, Outbox.user_id == User.id).where(Outbox.status == HELD)
    if town_id is not None:
        query = query.where(User.town_id == town_id)
    return [(user, why or "") for user, why in db.execute(query.group_by(User.id).limit(limit))]
