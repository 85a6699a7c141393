"""Activities of community social organisations: planned, moved, called off, held and reported."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from dateutil.rrule import rrulestr
from sqlalchemy import ForeignKey, Index, LargeBinary, String, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models import disclosure, points
from models.base import Base
from models.errors import Refused
from models.people import Role, User
from models.place import Community
from models.record import Recorded, note, number, typed
from models.visible import visible_to
from models.when import SHANGHAI, When

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
    open_only: bool = False,
    limit: int = 8,
) -> list[Activity]:
    """Activities the person may speak of, nearest first; every named fact narrows."""
    query = select(Activity).where(visible_to(user, Activity), Activity.status != CANCELLED)
    if ticket_no:
        return list(db.scalars(query.where(typed(Activity, ticket_no))))
    if open_only:
        query = query.where(Activity.status == PLANNED)
    if organization_id:
        query = query.where(Activity.organization_id == organization_id)
    if day:
        query = query.where(or_(Activity.start.startswith(day[:10]), Activity.repeat.is_not(None)))
    if title:
        query = query.where(
            or_(
                Activity.title.contains(title, autoescape=True),
                func.instr(title, Activity.title) > 0 if _sqlite(db) else func.strpos(title, Activity.title) > 0,
            )
        )
    rows = db.scalars(query.order_by(Activity.id.desc()))
    wanted = date.fromisoformat(day[:10]) if day else None
    return [row for row in rows if wanted is None or next_time(row, wanted).day == wanted][:limit]


def public(
    db: Session,
    *,
    since: str,
    until: str | None = None,
    community_id: int | None = None,
    town_id: int | None = None,
    organization_id: int | None = None,
    title: str | None = None,
    limit: int = 40,
) -> list[Activity]:
    """What anybody may see from the day `since` to before `until`, soonest first; a series by its next day."""
    query = select(Activity).where(
        Activity.status != CANCELLED, or_(Activity.start >= since, Activity.repeat.is_not(None))
    )
    if community_id:
        query = query.where(Activity.community_id == community_id)
    if town_id:
        query = query.where(Activity.community_id.in_(select(Community.id).where(Community.town_id == town_id)))
    if organization_id:
        query = query.where(Activity.organization_id == organization_id)
    if until:
        query = query.where(Activity.start < until)
    if title:
        query = query.where(Activity.title.contains(title, autoescape=True))
    first = date.fromisoformat(since[:10])
    coming = ((next_time(row, first), row) for row in db.scalars(query.order_by(Activity.start, Activity.id)))
    within = [(at, row) for at, row in coming if at >= since and (until is None or at < until)]
    return [row for _, row in sorted(within, key=lambda pair: pair[0])][:limit]


def numbered(db: Session, no: str) -> Activity | None:
    """The activity of a receipt number, also where its check character was left out."""
    return db.scalars(select(Activity).where(typed(Activity, no))).one_or_none()


def series(db: Session) -> list[Activity]:
    """What comes again and again."""
    return list(db.scalars(select(Activity).where(Activity.status == PLANNED, Activity.repeat.is_not(None))))


def next_time(activity: Activity, since: date) -> When:
    """When it takes place first on or after a day: for a series by its rule, else (or when it has ended) its start."""
    start = When(activity.start)
    if not activity.repeat or start.day >= since:
        return start
    found = rrulestr(activity.repeat, dtstart=_midnight(start.day)).after(_midnight(since), inc=True)
    return When(found.date().isoformat() + activity.start[10:]) if found else start


def _last_time(activity: Activity, until: date) -> When:
    """The latest day of a series on or before `until`, with its hour."""
    start = When(activity.start)
    found = rrulestr(activity.repeat or "", dtstart=_midnight(start.day)).before(_midnight(until), inc=True)
    return When(found.date().isoformat() + activity.start[10:]) if found else start


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def change(db: Session, user: User, now: datetime, activity: Activity, facts: dict[str, Any]) -> None:
    """Changes what is named and nothing else."""
    _check(user, activity)
    for column, value in facts.items():
        setattr(activity, column, value)
    note(db, activity.no, now, user.id, "changed", "、".join(facts))


def cancel(db: Session, user: User, now: datetime, activity: Activity, reason: str | None) -> None:
    """Calls it off; what was published from it and the hours drafted for it are taken back."""
    _check(user, activity)
    activity.status = CANCELLED
    disclosure.withdraw(db, activity.no)
    points.withdraw(db, activity.no)
    note(db, activity.no, now, user.id, "cancelled", reason)


def report(
    db: Session,
    user: User,
    now: datetime,
    activity: Activity,
    facts: dict[str, Any],
    held: Callable[[Activity], str] | None = None,
) -> None:
    """How it went, into every ledger it touches: the activity, the volunteer-hours draft, the disclosure entry.

    Reporting again corrects all of them. `held` words what everybody may read; without it the outcome is shown.
    """
    _check(user, activity)
    for column, value in facts.items():
        if value is not None:
            setattr(activity, column, value)
    activity.status = REPORTED
    note(db, activity.no, now, user.id, "reported", facts.get("outcome"))
    _draft_hours(db, user, now, activity)
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
        content=held(activity) if held else activity.outcome,
    )


def _draft_hours(db: Session, user: User, now: datetime, activity: Activity) -> None:
    if not activity.volunteers:
        points.withdraw(db, activity.no)
        return
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


def one_day_of(db: Session, user: User, now: datetime, series: Activity, day: When | None) -> Activity:
    """A series goes on; the day reported on (the latest unless said) gets a record of its own, once."""
    start = day or _last_time(series, now.astimezone(SHANGHAI).date())
    start = When(start[:10] + series.start[10:])
    same = select(Activity).where(
        Activity.community_id == series.community_id,
        Activity.title == series.title,
        Activity.start == start,
        Activity.repeat.is_(None),
        Activity.status != CANCELLED,
    )
    if known := db.scalars(same.limit(1)).one_or_none():
        return known
    row = Activity(
        no=number(db, PREFIX, now),
        status=PLANNED,
        created_at=now,
        created_by=user.id,
        community_id=series.community_id,
        organization_id=series.organization_id,
        organization=series.organization,
        title=series.title,
        place=series.place,
        building=series.building,
        start=str(start),
    )
    db.add(row)
    note(db, row.no, now, user.id, "registered", series.no)
    return row


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


def may_change(user: User, activity: Activity) -> bool:
    """Whoever registered it, whoever speaks for its organisation, and staff."""
    own = activity.organization_id is not None and activity.organization_id == user.organization_id
    return own or user.role >= Role.WORKER or activity.created_by == user.id


def _check(user: User, activity: Activity) -> None:
    if not may_change(user, activity):
        raise Refused("not_yours", title=activity.title)


def _sqlite(db: Session) -> bool:
    return db.get_bind().dialect.name == "sqlite"
