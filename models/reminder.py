"""Reminders people set for themselves: what of, when first, how often, and which occurrence is planned last."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from dateutil.rrule import rrulestr
from sqlalchemy import LargeBinary, String, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models import messages, push
from models.base import Base, Instant, seal, unseal
from models.due import OWN as OWN
from models.errors import Refused
from models.messages import WAITING, Outbox
from models.people import User
from models.record import Recorded, note, number
from models.when import SHANGHAI, When

PREFIX = "TX"
PLANNED, PAUSED, DONE, CANCELLED = "planned", "paused", "done", "cancelled"
MOST = 50  # open reminders of one person
AHEAD = timedelta(days=2)  # a sweep plans to the end of the next day, so an early hour is never missed
KEPT = timedelta(days=3)  # a reminder that could not be told is still worth telling so long
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
OFTEN = ("SECONDLY", "MINUTELY", "HOURLY")


class Reminder(Recorded, Base):
    """One wish to be reminded, seen by nobody but its owner. `due` is the last occurrence planned so far."""

    __tablename__ = "reminders"
    title: Mapped[bytes] = mapped_column(LargeBinary)
    start: Mapped[str] = mapped_column(String(16))
    repeat: Mapped[str | None] = mapped_column(String(120))
    due: Mapped[datetime] = mapped_column(Instant, index=True)


@dataclass(frozen=True)
class Coming:
    """Something a person will be told: `no` for a reminder of their own."""

    at: datetime
    text: str
    kind: str
    no: str | None = None
    repeat: str | None = None
    outbox_id: int | None = None


# -- when it falls due ------------------------------------------------------------------------------------------------


def occurrences(start: When, repeat: str | None, after: datetime) -> Iterator[datetime]:
    """Instants later than `after`, soonest first, as RFC 5545 has it; 29 to 31 mean the end of a shorter month."""
    first = start.at()
    if repeat is None:
        yield from [first] if first > after else []
        return
    rule = rrulestr(_computable(repeat, start), dtstart=first.replace(tzinfo=None))
    floor = after.astimezone(SHANGHAI).replace(tzinfo=None)
    for moment in rule.xafter(floor):
        yield moment.replace(tzinfo=SHANGHAI)


def _computable(repeat: str, start: When) -> str:
    """The rule as people mean it: until the end of its last day, and every month, also the short ones."""
    rule = re.sub(r"(UNTIL=\d{8})(?![\dT])", r"\1T235959", completed(repeat, start))
    late = re.search(r"BYMONTHDAY=(29|30|31)(?![\d,])", rule)
    if late is None:
        return rule
    days = ",".join(str(day) for day in range(28, int(late[1]) + 1))
    return rule.replace(late[0], f"BYMONTHDAY={days};BYSETPOS=-1")


def completed(repeat: str, start: When) -> str:
    """A rule that names no day falls on the one it begins on."""
    freq, day = repeat.split(";")[0].removeprefix("FREQ="), start.day
    if "BY" in repeat:
        return repeat
    match freq:
        case "WEEKLY":
            return f"{repeat};BYDAY={WEEKDAYS[day.weekday()]}"
        case "MONTHLY":
            return f"{repeat};BYMONTHDAY={day.day}"
        case "YEARLY":
            return f"{repeat};BYMONTH={day.month};BYMONTHDAY={day.day}"
    return repeat


def shifted(repeat: str | None, start: When) -> str | None:
    """The rule on the day it is moved to; one of several days stays as it is."""
    if repeat is None:
        return None
    day = start.day
    places = {"BYMONTHDAY": day.day, "BYMONTH": day.month, "BYDAY": WEEKDAYS[day.weekday()]}
    parts = [part.split("=", 1) for part in repeat.split(";")]
    return ";".join(f"{key}={places[key] if key in places and ',' not in value else value}" for key, value in parts)


def vague(repeat: str | None, start: When | None) -> bool:
    """Whether a rule leaves open on which day (每月, 每周 without one) or in which month (每季度末)."""
    if repeat is None or start is not None or repeat.startswith(("FREQ=DAILY", *(f"FREQ={freq}" for freq in OFTEN))):
        return False
    return "BY" not in repeat or repeat.startswith("FREQ=MONTHLY;INTERVAL")


def next_of(row: Reminder, now: datetime) -> datetime | None:
    return next(occurrences(When(row.start), row.repeat, now), None)


def not_after(row: Reminder, at: datetime) -> datetime:
    """Told late, but never together with the next one."""
    return min(at + KEPT, next(occurrences(When(row.start), row.repeat, at), at + KEPT))


# -- set, moved, stopped ----------------------------------------------------------------------------------------------


def add(db: Session, user: User, now: datetime, *, title: str, start: When, repeat: str | None) -> Reminder:
    """Stores one. Refuses what is past, what repeats within a day, the very same again, and more than 50."""
    due = _first(start, repeat, now)
    mine = own(db, user)
    if len(mine) >= MOST:
        raise Refused("too_many", count=MOST)
    for row in mine:
        if (row.start, row.repeat, unseal(db, row.title)) == (start, repeat, title):
            raise Refused("known", title=title)
    row = Reminder(
        no=number(db, PREFIX, now),
        status=PLANNED,
        created_at=now,
        created_by=user.id,
        community_id=user.community_id,
        title=seal(db, title),
        start=str(start),
        repeat=repeat,
        due=due,
    )
    db.add(row)
    note(db, row.no, now, user.id, "set")
    return row


def _first(start: When, repeat: str | None, now: datetime) -> datetime:
    if repeat and repeat.split(";")[0].removeprefix("FREQ=") in OFTEN:
        raise Refused("too_often", ask="repeat")
    try:
        due = next(occurrences(start, repeat, now), None)
    except (ValueError, KeyError):
        raise Refused("rule_unknown", ask="repeat") from None
    if due is None:
        raise Refused("past", ask="start", when=start)
    return due


def move(db: Session, user: User, now: datetime, row: Reminder, start: When, repeat: str | None) -> None:
    row.due = _first(start, repeat, now)
    row.start, row.repeat, row.status = str(start), repeat, PLANNED
    note(db, row.no, now, user.id, "changed")


def cancel(db: Session, user: User, now: datetime, row: Reminder) -> None:
    """Called off, with all that was planned of it."""
    row.status = CANCELLED
    messages.withdraw(db, row.no)
    note(db, row.no, now, user.id, "cancelled")


def own(db: Session, user: User, *, no: str | None = None) -> list[Reminder]:
    """A person's open reminders, soonest first; nobody else may ask for them."""
    query = select(Reminder).where(Reminder.created_by == user.id, Reminder.status.in_((PLANNED, PAUSED)))
    if no:
        query = query.where(Reminder.no == no)
    return list(db.scalars(query.order_by(Reminder.due, Reminder.id)))


def pause(db: Session, user: User) -> int:
    """Takes back what is planned of a person's own reminders and keeps the reminders; how many."""
    rows = [row for row in own(db, user) if row.status == PLANNED]
    for row in rows:
        row.status = PAUSED
        messages.withdraw(db, row.no)
    return len(rows)


def resume(db: Session, user: User, now: datetime) -> list[Reminder]:
    """Those that go on; one whose time went by meanwhile is over."""
    going = []
    for row in own(db, user):
        if row.status == PAUSED:
            due = next_of(row, now)
            row.status, row.due = (PLANNED, due) if due else (DONE, row.due)
            going += [row] if due else []
    return going


def advance(db: Session, day: date) -> Iterator[tuple[Reminder, datetime]]:
    """The following occurrences of what repeats, up to one beyond the next day; what is over is closed."""
    morning = datetime.combine(day, time(0), SHANGHAI)
    horizon = morning + AHEAD
    query = select(Reminder).where(
        Reminder.status == PLANNED, Reminder.due < horizon, or_(Reminder.repeat.is_not(None), Reminder.due < morning)
    )
    for row in db.scalars(query.where(Reminder.created_by.is_not(None)).order_by(Reminder.id)):
        for at in occurrences(When(row.start), row.repeat, max(row.due, morning - timedelta(seconds=1))):
            row.due = at
            yield row, at
            if at >= horizon:
                break
        if row.due < morning:
            row.status = DONE


# -- what is coming, and what is not to come --------------------------------------------------------------------------


def coming(db: Session, user: User, now: datetime) -> list[Coming]:
    """Everything planned for a person, own and automatic, soonest first; what they muted is left out."""
    found = []
    for row in own(db, user):
        at = next_of(row, now) if row.status == PLANNED else None
        if at:
            found.append(Coming(at, unseal(db, row.title) or "", OWN, row.no, row.repeat))
    alive = or_(Outbox.not_after.is_(None), Outbox.not_after > now)
    query = select(Outbox).where(Outbox.user_id == user.id, Outbox.status.in_(WAITING), alive)
    for letter in db.scalars(query.where(Outbox.kind.not_in((OWN, push.LATE)))):
        if not push.mutes(user, letter.kind, letter.urgency):
            text = (unseal(db, letter.text) or "").split("\n", 1)[0]
            found.append(Coming(letter.send_at, text, letter.kind, outbox_id=letter.id))
    return sorted(found, key=lambda one: (one.at, one.no or "", one.outbox_id or 0))


def drop(db: Session, user: User, outbox_id: int) -> None:
    """One automatic reminder this person does not want; the others of its kind go on."""
    row = db.get(Outbox, outbox_id)
    if row is not None and row.user_id == user.id and row.status in WAITING:
        row.status, row.outcome = messages.DROPPED, push.MUTED


def mute(db: Session, user: User, kind: str) -> None:
    """Nothing of this kind any more, or of any with `all`; own reminders rest until they are wanted again."""
    push.mute(user, kind)
    if kind in (OWN, push.ALL):
        pause(db, user)


def unmute(user: User, kind: str, kinds: Iterable[str]) -> None:
    """Hears of this kind again and of no other that is muted. `kinds` are all there are: whoever muted everything and
    takes back one has muted each of the rest.
    """
    if push.ALL in user.mutes and kind != push.ALL:
        user.mutes = sorted({*user.mutes, *kinds} - {push.ALL})
    push.unmute(user, kind)
