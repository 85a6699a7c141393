"""Activities of community social organisations: planned, moved, called off, held and reported; and who signed up."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models import disclosure, points
from models.base import Base, insert_new
from models.errors import Refused
from models.people import Role, User
from models.record import Recorded, note, number
from models.visible import visible_to
from models.when import When

PREFIX = "HD"
PLANNED, REPORTED, CANCELLED = "planned", "reported", "cancelled"
TOPIC = "活动"


class Activity(Recorded, Base):
    """One activity or one series (`repeat` is an RFC 5545 rule). `start`/`end` are local values of the contract."""

    __tablename__ = "activities"
    __table_args__ = (Index("ix_activities_community_start", "community_id", "start"),)
    title: Mapped[str] = mapped_column(String(120))
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organizations.id"), index=True)
    organization: Mapped[str | None] = mapped_column(String(80))
    place: Mapped[str | None] = mapped_column(String(120))
    building: Mapped[str | None] = mapped_column(String(40))
    start: Mapped[str] = mapped_column(String(16))
    end: Mapped[str | None] = mapped_column(String(16))
    repeat: Mapped[str | None] = mapped_column(String(80))
    headcount: Mapped[int | None]
    volunteers: Mapped[int | None]
    hours: Mapped[float | None]
    attended: Mapped[int | None]
    outcome: Mapped[str | None] = mapped_column(String(1000))
    money: Mapped[float | None]
    person: Mapped[str | None] = mapped_column(String(40))
    phone: Mapped[bytes | None] = mapped_column(LargeBinary)


class Signup(Base):
    """One person (and whom they bring) for one activity."""

    __tablename__ = "signups"
    __table_args__ = (Index("ix_signups_once", "activity_id", "user_id", unique=True),)
    id: Mapped[int] = mapped_column(primary_key=True)
    activity_id: Mapped[int] = mapped_column(ForeignKey("activities.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    headcount: Mapped[int] = mapped_column(default=1)


def register(db: Session, user: User, now: datetime, community_id: int, facts: dict[str, Any]) -> Activity:
    """Stores an activity. Refuses the very same one (title, start, community) a second time."""
    same = select(Activity).where(
        Activity.community_id == community_id,
        Activity.start == facts["start"],
        Activity.title == facts["title"],
        Activity.status != CANCELLED,
    )
    if known := db.scalars(same.limit(1)).one_or_none():
        raise Refused("duplicate", known=known.no, title=known.title, start=When(known.start))
    row = Activity(
        no=number(db, PREFIX, now),
        status=PLANNED,
        created_at=now,
        created_by=user.id,
        community_id=community_id,
        **facts,
    )
    db.add(row)
    note(db, row.no, now, user.id, "registered")
    return row


def of_the_year(db: Session, organization_id: int, year: int) -> int:
    """How many activities the organisation has in `year`, called-off ones left out."""
    query = select(func.count()).where(
        Activity.organization_id == organization_id, Activity.status != CANCELLED, Activity.start.startswith(str(year))
    )
    return db.scalar(query) or 0


def matching(
    db: Session,
    user: User,
    *,
    ticket_no: str | None = None,
    title: str | None = None,
    organization_id: int | None = None,
    day: str | None = None,
    since: str | None = None,
    until: str | None = None,
    open_only: bool = False,
    limit: int = 8,
) -> list[Activity]:
    """Activities the person may speak of, nearest first; every named fact narrows."""
    query = select(Activity).where(visible_to(user, Activity), Activity.status != CANCELLED)
    if ticket_no:
        return list(db.scalars(query.where(Activity.no == ticket_no)))
    if open_only:
        query = query.where(Activity.status == PLANNED)
    if organization_id:
        query = query.where(Activity.organization_id == organization_id)
    if day:
        query = query.where(Activity.start.startswith(day[:10]))
    if since:
        query = query.where(or_(Activity.start >= since, Activity.repeat.is_not(None)))
    if until:
        query = query.where(Activity.start < until)
    if title:
        query = query.where(
            or_(
                Activity.title.contains(title, autoescape=True),
                func.instr(title, Activity.title) > 0 if _sqlite(db) else func.strpos(title, Activity.title) > 0,
            )
        )
    order = Activity.start.asc() if since else Activity.id.desc()
    return list(db.scalars(query.order_by(order).limit(limit)))


def public(
    db: Session,
    *,
    community_id: int | None,
    town_id: int | None = None,
    since: str | None = None,
    until: str | None = None,
    organization_id: int | None = None,
    title: str | None = None,
    limit: int = 40,
) -> list[Activity]:
    """What anybody may see of a community's activities, soonest first."""
    query = select(Activity).where(Activity.status != CANCELLED)
    if community_id:
        query = query.where(Activity.community_id == community_id)
    if organization_id:
        query = query.where(Activity.organization_id == organization_id)
    if since:
        query = query.where(Activity.start >= since)
    if until:
        query = query.where(Activity.start < until)
    if title:
        query = query.where(Activity.title.contains(title, autoescape=True))
    return list(db.scalars(query.order_by(Activity.start).limit(limit)))


def change(db: Session, user: User, now: datetime, activity: Activity, facts: dict[str, Any]) -> None:
    """Changes what is named and nothing else; one that was reported keeps its time."""
    _may_change(user, activity)
    if activity.status == REPORTED and "start" in facts:
        raise Refused("reported_already", title=activity.title)
    for column, value in facts.items():
        setattr(activity, column, value)
    note(db, activity.no, now, user.id, "changed", "、".join(facts))


def cancel(db: Session, user: User, now: datetime, activity: Activity, reason: str | None) -> None:
    """Calls it off; what was published from it is taken back."""
    _may_change(user, activity)
    activity.status = CANCELLED
    disclosure.withdraw(db, activity.no)
    note(db, activity.no, now, user.id, "cancelled", reason)


def report(db: Session, user: User, now: datetime, activity: Activity, facts: dict[str, Any]) -> None:
    """How it went, into every ledger it touches: the activity, the volunteer-hours draft, the disclosure entry."""
    for column, value in facts.items():
        if value is not None:
            setattr(activity, column, value)
    activity.status = REPORTED
    note(db, activity.no, now, user.id, "reported", facts.get("outcome"))
    if activity.volunteers:
        points.draft(
            db,
            user.id,
            now,
            activity_no=activity.no,
            community_id=activity.community_id,
            organization_id=activity.organization_id,
            volunteers=activity.volunteers,
            hours=activity.hours,
            start=activity.start,
        )
    disclosure.publish(
        db,
        user.id,
        now,
        topic=TOPIC,
        title=activity.title,
        community_id=activity.community_id,
        organization_id=activity.organization_id,
        source_no=activity.no,
        period=activity.start[:7],
        content=activity.outcome,
    )


def join(db: Session, user: User, activity: Activity, headcount: int, now: datetime) -> int:
    """Signs up; how many are coming now. Refuses what is over, and a second sign-up."""
    if activity.repeat is None and When(activity.end or activity.start).over() < now:
        raise Refused("over", title=activity.title)
    if insert_new(db, Signup, activity_id=activity.id, user_id=user.id, headcount=headcount) is None:
        raise Refused("joined_already", title=activity.title)
    return db.scalar(select(func.sum(Signup.headcount)).where(Signup.activity_id == activity.id)) or 0


def signed_up(db: Session, activity: Activity) -> list[int]:
    """Users who signed up, for telling them of a change."""
    return list(db.scalars(select(Signup.user_id).where(Signup.activity_id == activity.id)))


def unreported(db: Session, before: datetime) -> list[Activity]:
    """One-time activities of the last 7 days that nobody reported."""
    floor = (before - timedelta(days=7)).strftime("%Y-%m-%d")
    query = select(Activity).where(
        Activity.status == PLANNED,
        Activity.repeat.is_(None),
        Activity.start >= floor,
        Activity.start < before.strftime("%Y-%m-%d"),
    )
    return list(db.scalars(query.order_by(Activity.id)))


def _may_change(user: User, activity: Activity) -> None:
    if user.role < Role.WORKER and activity.created_by != user.id and activity.organization_id != user.organization_id:
        raise Refused("not_yours", title=activity.title)


def _sqlite(db: Session) -> bool:
    return db.get_bind().dialect.name == "sqlite"
