"""Sending, as the database sees it: who is due, who sends to whom, what became of it, what waits for a next word."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Integer, Select, and_, bindparam, distinct, func, or_, select, true, update
from sqlalchemy.orm import Session

from models.base import Instant, insert_new, unseal
from models.due import DEMO as DEMO
from models.due import MAILBOX as MAILBOX
from models.due import Hours as Hours
from models.due import due, fetching
from models.messages import DROPPED, HELD, PLANNED, SENDING, SENT, UNSURE, URGENT, WAITING, Outbox
from models.people import User
from models.reach import Reach
from models.when import SHANGHAI

LATE = "late"  # an answer that came after the platform's five seconds; never a digest's matter
ALL = "all"  # muting this mutes everything that is not urgent
EXPIRED, MUTED, GREETED = "expired", "muted", "greeted"


@dataclass(frozen=True)
class Letter:
    """One row of the outbox, opened."""

    id: int
    key: str
    kind: str
    text: str
    urgency: int
    send_at: datetime
    attempts: int
    bundle: str | None
    channel: str | None
    template: str | None
    started_at: datetime | None
    outcome: str | None


@cache
def _people(quiet: bool) -> Select[int]:
    free = or_(Reach.leased_until.is_(None), Reach.leased_until <= bindparam("now", type_=Instant))
    return (
        select(Outbox.user_id)
        .join(User, User.id == Outbox.user_id)
        .outerjoin(Reach, Reach.user_id == Outbox.user_id)
        .where(due(quiet), free, ~fetching())
        .group_by(Outbox.user_id)
        .order_by(func.min(Outbox.urgency), func.min(Outbox.send_at))
    )


@cache
def _mail(quiet: bool) -> Select[Outbox, User]:
    mine = Outbox.user_id == bindparam("user_id", type_=Integer)
    query = select(Outbox, User).join(User, User.id == Outbox.user_id).where(mine, due(quiet))
    return query.order_by(Outbox.urgency, Outbox.send_at, Outbox.id).with_for_update(of=Outbox)


def lease(db: Session, hours: Hours, *, holder: str, seconds: int, limit: int, shut: Sequence[str] = ()) -> list[int]:
    """Up to `limit` people with something to send, most urgent first, held by `holder`; nobody is held twice.

    People of the channels in `shut` are left alone.
    """
    now = hours.now
    free = or_(Reach.leased_until.is_(None), Reach.leased_until <= now)
    # Twice as many as wanted: a rival may be taking the first ones at this moment.
    query = _people(hours.quiet).where(User.channel.not_in(shut)).limit(limit * 2)
    wanted = list(db.scalars(query, hours.values))
    known = set(db.scalars(select(Reach.user_id).where(Reach.user_id.in_(wanted))))
    for user_id in wanted:
        if user_id not in known:
            insert_new(db, Reach, user_id=user_id)
    locked = select(Reach.user_id).where(Reach.user_id.in_(wanted), free).with_for_update(skip_locked=True)
    mine = set(db.scalars(locked))
    taken = [user_id for user_id in wanted if user_id in mine][:limit]
    db.execute(
        update(Reach)
        .where(Reach.user_id.in_(taken))
        .values(leased_until=now + timedelta(seconds=seconds), holder=holder)
    )
    return taken


def sent_today(db: Session, channel: str, now: datetime) -> int:
    """Messages, not rows: a digest counts once."""
    midnight = datetime.combine(now.astimezone(SHANGHAI).date(), time(0), SHANGHAI)
    query = select(func.count(distinct(Outbox.bundle))).where(Outbox.channel == channel, Outbox.started_at >= midnight)
    return db.scalar(query) or 0


def release(db: Session, user_id: int, holder: str) -> None:
    db.execute(
        update(Reach).where(Reach.user_id == user_id, Reach.holder == holder).values(leased_until=None, holder=None)
    )


def mail(db: Session, user_id: int, hours: Hours) -> tuple[User | None, list[Letter]]:
    """The person and what they are to be told now, most urgent first; nobody when that is nothing.

    Rows with a bundle are calls somebody began and did not live to record. All rows are locked, so that nothing is
    withdrawn before the call.
    """
    rows = db.execute(_mail(hours.quiet), {**hours.values, "user_id": user_id}).all()
    return (rows[0][1] if rows else None), _letters(db, [row[0] for row in rows])


def _letters(db: Session, rows: Iterable[Outbox]) -> list[Letter]:
    return [
        Letter(
            id=row.id,
            key=row.key,
            kind=row.kind,
            text=unseal(db, row.text) or "",
            urgency=row.urgency,
            send_at=row.send_at,
            attempts=row.attempts,
            bundle=row.bundle,
            channel=row.channel,
            template=row.template,
            started_at=row.started_at,
            outcome=row.outcome,
        )
        for row in rows
    ]


def begin(db: Session, ids: Sequence[int], channel: str, template: str, now: datetime, seconds: int) -> str:
    """Marks rows read by `mail` as being sent, before the call and for all to see; the name of the bundle."""
    bundle = secrets.token_hex(16)
    values = {"status": SENDING, "channel": channel, "template": template, "bundle": bundle, "started_at": now}
    db.execute(update(Outbox).where(Outbox.id.in_(ids)).values(**values, **_attempt(now, seconds)))
    return bundle


def again(db: Session, bundle: str, now: datetime, seconds: int) -> None:
    """A call that may have been carried out is made once more, under its own id."""
    db.execute(update(Outbox).where(Outbox.bundle == bundle).values(**_attempt(now, seconds)))


def _attempt(now: datetime, seconds: int) -> dict[str, Any]:
    return {"attempts": Outbox.attempts + 1, "leased_until": now + timedelta(seconds=seconds)}


def put_off(db: Session, bundle: str, until: datetime) -> None:
    """A call whose fate is unknown, on a guarded channel: made once more then, under its own id."""
    db.execute(update(Outbox).where(Outbox.bundle == bundle, Outbox.status == SENDING).values(leased_until=until))


def finish(db: Session, bundle: str, status: str, outcome: str, now: datetime, **more: Any) -> int:
    """What became of a call; nothing if an event or another worker has settled it already. How many rows."""
    values: dict[str, Any] = {"status": status, "outcome": outcome, "leased_until": None, **more}
    if status == SENT:
        values["sent_at"] = now
    if status in WAITING:
        values |= {"channel": None, "template": None, "bundle": None, "started_at": None}
    changed = db.execute(update(Outbox).where(Outbox.bundle == bundle, Outbox.status == SENDING).values(values))
    return int(changed.rowcount)  # type: ignore[attr-defined]


def settled(db: Session, user_id: int, msgid: str, template: str = "") -> str | None:
    """The bundle the platform speaks of when it reports how a notice ended; None for one we do not know.

    The report may overtake our own record of the call: then it is the notice this person is being sent.
    """
    ours = Outbox.user_id == user_id
    known = db.execute(select(Outbox.bundle).where(ours, Outbox.msgid == msgid).limit(1)).first() if msgid else None
    if known is not None:
        return known[0]
    # Subscription notices may have got no id when they were sent, so a sent one may be meant as well.
    same, open_to = (Outbox.template == template, (SENDING, SENT, UNSURE)) if template else (true(), (SENDING, UNSURE))
    noticed = select(Outbox.bundle).where(ours, same, Outbox.template != "", Outbox.msgid.is_(None))
    return db.scalar(noticed.where(Outbox.status.in_(open_to)).order_by(Outbox.started_at.desc()).limit(1))


def report(db: Session, bundle: str, status: str, outcome: str, now: datetime, **more: Any) -> None:
    """The platform's last word on a call, whatever we thought before."""
    known = Outbox.bundle == bundle
    db.execute(update(Outbox).where(known, Outbox.status.in_((SENT, UNSURE))).values(status=SENDING))
    finish(db, bundle, status, outcome, now, **more)


def settle(db: Session, ids: Sequence[int], status: str, outcome: str, retry_at: datetime | None = None) -> None:
    """What is decided without a call: held, dropped, put off."""
    values = {"status": status, "outcome": outcome, "retry_at": retry_at}
    db.execute(update(Outbox).where(Outbox.id.in_(ids), Outbox.status.in_(WAITING)).values(values))


def expire(db: Session, now: datetime) -> int:
    """Drops what came too late to be of use; how many."""
    late = and_(Outbox.status.in_(WAITING), Outbox.not_after <= now)
    gone = db.execute(update(Outbox).where(late).values(status=DROPPED, outcome=EXPIRED))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def free(db: Session, user_id: int) -> None:
    """Something that can carry messages to this person has come up: what was held is tried again."""
    db.execute(update(Outbox).where(Outbox.user_id == user_id, Outbox.status == HELD).values(status=PLANNED))


def collect(db: Session, user: User, now: datetime, *, channel: str, limit: int) -> list[Letter]:
    """Takes what is held or due for somebody who is here now, and marks it sent in this transaction."""
    here = or_(Outbox.status == HELD, and_(Outbox.status == PLANNED, Outbox.send_at <= now))
    fresh = or_(Outbox.not_after.is_(None), Outbox.not_after > now)
    query = (
        select(Outbox).where(Outbox.user_id == user.id, here, fresh).order_by(Outbox.urgency, Outbox.send_at, Outbox.id)
    )
    rows = list(db.scalars(query.limit(limit).with_for_update(skip_locked=True)))
    kept = [row for row in rows if not mutes(user, row.kind, row.urgency)]
    for row in rows:
        told = row in kept
        row.status, row.outcome = (SENT, GREETED) if told else (DROPPED, MUTED)
        row.sent_at, row.channel = (now, channel) if told else (None, None)
    return _letters(db, kept)


def greetings(db: Session, user: User, now: datetime, limit: int = 3) -> list[str]:
    """What waited for this person's next word, marked as told; part of the transaction that answers them.

    What is beyond `limit` follows by itself: their word has opened the window again.
    """
    told = [letter.text for letter in collect(db, user, now, channel="reply", limit=limit)]
    free(db, user.id)
    return told


# -- what people choose -----------------------------------------------------------------------------------------------


def mutes(user: User, kind: str, urgency: int) -> bool:
    """Whether the person wants to hear nothing of this kind; what is urgent, and answers to them, are always told."""
    return urgency != URGENT and kind != LATE and (kind in user.mutes or ALL in user.mutes)


def mute(user: User, kind: str = ALL) -> None:
    user.mutes = sorted({*user.mutes, kind})


def unmute(user: User, kind: str = ALL) -> None:
    """Hears of this kind again; of everything with `all`."""
    user.mutes = [] if kind == ALL else [muted for muted in user.mutes if muted not in (kind, ALL)]


def choose_hour(user: User, hour: int | None) -> None:
    """The hour of the daily digest, 0 to 23; None for the deployment's own."""
    if hour is not None and not 0 <= hour <= 23:
        raise ValueError("an hour is 0 to 23")
    user.digest_hour = hour
