"""When a message is due: quiet hours, the hour of a person's digest, and who is rung up at all."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import ColumnElement, Integer, and_, bindparam, func, or_, true

from models.base import Instant
from models.messages import PLANNED, ROUTINE, SENDING, URGENT, Outbox
from models.people import User
from models.when import SHANGHAI

DUSK = timedelta(minutes=30)
GROUP = "group"  # the channel of groups, each of which has a row among the people
OWN = "own"  # the kind of reminders people set for themselves
MAILBOX, DEMO = ("chat", "demo"), "demo-"  # people who come to fetch what is there for them


@dataclass(frozen=True)
class Hours:
    """The local clock as far as sending cares: is it quiet, and which hour is a digest's own."""

    now: datetime
    quiet_from: time = time(21, 30)
    quiet_until: time = time(7, 30)
    digest: int = 8

    @property
    def quiet(self) -> bool:
        clock = self.now.astimezone(SHANGHAI).time()
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= clock < self.quiet_until
        return clock >= self.quiet_from or clock < self.quiet_until

    @property
    def hour(self) -> int:
        return self.now.astimezone(SHANGHAI).hour

    @property
    def values(self) -> dict[str, object]:
        dawn = self.dawn or self.now
        days = {"tomorrow": self.tomorrow, "dawn": dawn, "dusk": self.dusk}
        return {"now": self.now, "hour": self.hour, "digest": self.digest, **days}

    @property
    def dusk(self) -> datetime:
        """Half an hour before the last quiet hours began: what was asked for since then was asked for in the night."""
        local = self.now.astimezone(SHANGHAI)
        began = datetime.combine(local.date(), self.quiet_from, SHANGHAI)
        return (began if began <= local else began - timedelta(days=1)) - DUSK

    @property
    def dawn(self) -> datetime | None:
        """When the coming quiet hours end, if they begin within half an hour."""
        local = self.now.astimezone(SHANGHAI)
        soon = Hours(self.now + DUSK, self.quiet_from, self.quiet_until)
        if self.quiet or not soon.quiet:
            return None
        ends = datetime.combine(local.date(), self.quiet_until, SHANGHAI)
        return ends if ends > local else ends + timedelta(days=1)

    @property
    def tomorrow(self) -> datetime:
        return datetime.combine(self.now.astimezone(SHANGHAI).date() + timedelta(days=1), time(0), SHANGHAI)


def pulls(user: User) -> bool:
    """Whether this person fetches messages (terminal, demo page) instead of being rung up."""
    return user.channel in MAILBOX or user.openid.startswith(DEMO)


def fetching() -> ColumnElement[bool]:
    return or_(User.channel.in_(MAILBOX), User.openid.startswith(DEMO))


def due(quiet: bool) -> ColumnElement[bool]:
    """Urgent at once; the rest outside quiet hours; routine matters of a day together at the person's hour.

    Nothing is lost for waiting: what would expire before the person's hour goes at its own time, and what would expire
    in the quiet hours goes shortly before them. The minute somebody asked to be reminded at is not quiet for that
    reminder, unless it is hours late. Filled with `Hours.values`.
    """
    now, tomorrow = bindparam("now", type_=Instant), bindparam("tomorrow", type_=Instant)
    hour, dawn = bindparam("hour", type_=Integer), bindparam("dawn", type_=Instant)
    own = func.coalesce(User.digest_hour, bindparam("digest", type_=Integer))
    arrived, patient = Outbox.send_at <= now, Outbox.urgency >= ROUTINE
    digest = and_(own == hour, Outbox.send_at < tomorrow)
    routine = and_(patient, or_(and_(own <= hour, or_(arrived, digest)), and_(arrived, Outbox.not_after <= tomorrow)))
    chosen = and_(User.digest_hour.is_not(None), own == hour)  # an hour somebody chose is not quiet to them
    wanted = and_(Outbox.kind == OWN, Outbox.send_at >= bindparam("dusk", type_=Instant))
    calm = or_(and_(chosen, patient), wanted) if quiet else true()
    doomed = and_(Outbox.send_at < dawn, Outbox.not_after <= dawn)  # `dawn` is set only shortly before quiet hours
    awake = or_(routine, and_(~patient, arrived), doomed)
    timely = or_(and_(Outbox.urgency == URGENT, arrived), and_(Outbox.urgency > URGENT, calm, awake))
    again = or_(Outbox.retry_at.is_(None), Outbox.retry_at <= now)
    return or_(and_(Outbox.status == PLANNED, again, timely), orphaned())


def orphaned() -> ColumnElement[bool]:
    """Calls that somebody began and did not live to record."""
    return and_(Outbox.status == SENDING, Outbox.leased_until <= bindparam("now", type_=Instant))
