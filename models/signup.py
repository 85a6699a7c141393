"""Sign-ups: who comes to an activity, with how many, and who does not come after all."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.activity import PLANNED, Activity
from models.base import Base, insert_new
from models.errors import Refused
from models.people import User
from models.record import typed
from models.when import When


class Signup(Base):
    """One person (and whom they bring) for one activity."""

    __tablename__ = "signups"
    __table_args__ = (Index("ix_signups_once", "activity_id", "user_id", unique=True),)
    id: Mapped[int] = mapped_column(primary_key=True)
    activity_id: Mapped[int] = mapped_column(ForeignKey("activities.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    headcount: Mapped[int] = mapped_column(default=1)


def join(db: Session, user: User, activity: Activity, headcount: int | None, now: datetime) -> int:
    """Signs up; how many are coming now. A second sign-up with a number of people replaces the first one's."""
    past = activity.repeat is None and When(activity.end or activity.start).over() < now
    if past or activity.status != PLANNED:
        raise Refused("over", title=activity.title)
    if insert_new(db, Signup, activity_id=activity.id, user_id=user.id, headcount=headcount or 1) is None:
        if headcount is None:
            raise Refused("joined_already", title=activity.title)
        own = Signup.activity_id == activity.id, Signup.user_id == user.id
        db.execute(update(Signup).where(*own).values(headcount=headcount))
    return coming(db, activity)


def coming(db: Session, activity: Activity) -> int:
    """How many people signed up, with whom they bring."""
    return db.scalar(select(func.sum(Signup.headcount)).where(Signup.activity_id == activity.id)) or 0


def leave(db: Session, user: User, activity: Activity) -> None:
    db.execute(delete(Signup).where(Signup.activity_id == activity.id, Signup.user_id == user.id))


def joined_by(
    db: Session, user: User, now: datetime, *, ticket_no: str | None = None, title: str | None = None
) -> list[Activity]:
    """What this person signed up for and what is not over."""
    query = (
        select(Activity)
        .join(Signup, Signup.activity_id == Activity.id)
        .where(Signup.user_id == user.id, Activity.status == PLANNED)
    )
    if ticket_no:
        query = query.where(typed(Activity, ticket_no))
    if title:
        query = query.where(Activity.title.contains(title, autoescape=True))
    rows = db.scalars(query.order_by(Activity.start))
    return [row for row in rows if row.repeat or When(row.end or row.start).over() >= now]


def signed_up(db: Session, activity: Activity) -> list[int]:
    """Users who signed up, for telling them of a change."""
    return list(db.scalars(select(Signup.user_id).where(Signup.activity_id == activity.id)))
