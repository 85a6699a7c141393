"""What is stuck on its way to people: for the gauges, for `shezhu doctor`, and for the staff who can ring them up."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, distinct, false, func, or_, select, true
from sqlalchemy.orm import Session

from models import reach
from models.due import GROUP, fetching
from models.messages import DROPPED, HELD, PLANNED, UNSURE, Outbox
from models.organization import ACTIVE, Organization
from models.people import Role, User
from models.place import Community, Town
from models.push import EXPIRED, MUTED

RECENT = timedelta(days=7)  # what was given up longer ago is nobody's task any more
MOST = 100  # people of one answer
# Why somebody was not told, what is hardest to mend first: the account is gone, they left, they refuse, it failed, the
# fate is unknown, nothing can carry it now, it came too late, they wished so.
WHYS = ("invalid", "unfollowed", "refuses", "failed", "unsure", "silent", "expired", "muted")
HELD_FOR = {"no channel": "silent", "failed:user block": "refuses"}


@dataclass(frozen=True)
class State:
    """`oldest`: seconds the oldest due message has waited. Counts are of people, of messages, and by reason."""

    oldest: float
    unreachable: int
    unsure: int
    held: dict[str, int]
    shut: dict[str, datetime]


@dataclass(frozen=True)
class Untold:
    """Somebody who was not told `count` things of these kinds, the first of them due at `since`; why, of WHYS."""

    user: User
    why: str
    count: int
    kinds: list[str]
    since: datetime


@dataclass(frozen=True)
class Lying:
    """One message that did not arrive: its row, what it is about, since when, why, and how often it was tried."""

    id: int
    kind: str
    since: datetime
    why: str
    attempts: int


def state(db: Session, now: datetime) -> State:
    """How sending goes: for the gauges and for `shezhu doctor`."""
    waiting = and_(Outbox.status == PLANNED, Outbox.send_at <= now)
    first = db.scalar(select(func.min(Outbox.send_at)).where(waiting))
    held = select(Outbox.outcome, func.count()).where(Outbox.status == HELD).group_by(Outbox.outcome)
    people = select(func.count(distinct(Outbox.user_id))).where(Outbox.status == HELD)
    unsure = select(func.count()).where(Outbox.status == UNSURE)
    whys: Counter[str] = Counter()
    for outcome, count in db.execute(held):
        whys[why(HELD, outcome)] += count
    return State(
        oldest=max(0.0, (now - first).total_seconds()) if first else 0.0,
        unreachable=db.scalar(people) or 0,
        unsure=db.scalar(unsure) or 0,
        held=dict(whys),
        shut=reach.shut_now(db, now),
    )


def why(status: str, outcome: str | None) -> str:
    """One of WHYS for a row that is held, unsure or dropped."""
    if status == UNSURE:
        return "unsure"
    if status == DROPPED:
        return outcome or ""
    return HELD_FOR.get(outcome or "") or next((one for one in WHYS[:3] if (outcome or "").startswith(one)), "failed")


def lost(now: datetime) -> ColumnElement[bool]:
    """Rows that are held, or were given up lately."""
    given_up = or_(Outbox.status == UNSURE, and_(Outbox.status == DROPPED, Outbox.outcome.in_((MUTED, EXPIRED))))
    return and_(or_(Outbox.status == HELD, and_(given_up, Outbox.send_at > now - RECENT)), ~fetching())


def longest(db: Session, now: datetime, limit: int = 5) -> list[Lying]:
    """What lies the longest, whoever it is for."""
    query = select(Outbox).join(User, User.id == Outbox.user_id).where(lost(now), Outbox.status != DROPPED)
    rows = db.scalars(query.order_by(Outbox.send_at, Outbox.id).limit(limit))
    return [Lying(row.id, row.kind, row.send_at, why(row.status, row.outcome), row.attempts) for row in rows]


# -- for staff --------------------------------------------------------------------------------------------------------


def untold(db: Session, asker: User, now: datetime) -> list[Untold]:
    """People of a worker's community or a town whom something did not reach, what is hardest to mend first."""
    query = select(User, Outbox).select_from(User).join(Outbox, Outbox.user_id == User.id)
    found: dict[int, list[tuple[User, Outbox]]] = {}
    query = query.where(lost(now), User.channel != GROUP, _theirs(asker)).order_by(Outbox.send_at, Outbox.id)
    for user, row in db.execute(query):
        found.setdefault(user.id, []).append((user, row))
    told = [_untold(letters) for letters in list(found.values())[:MOST]]
    return sorted(told, key=lambda one: (WHYS.index(one.why), one.since))


def _untold(letters: list[tuple[User, Outbox]]) -> Untold:
    """By the worst reason of all; only what is due to that reason is counted."""
    whys = [why(row.status, row.outcome) for _, row in letters]
    worst = min(whys, key=WHYS.index)
    rows = [row for (_, row), one in zip(letters, whys, strict=True) if one == worst]
    return Untold(letters[0][0], worst, len(rows), _distinct(row.kind for row in rows), rows[0].send_at)


def _distinct(kinds: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(kinds))


def _theirs(asker: User) -> ColumnElement[bool]:
    match asker.role:
        case Role.WORKER:
            return User.community_id == asker.community_id
        case Role.TOWN:
            inside = select(Community.id).where(Community.town_id == asker.town_id)
            return or_(User.town_id == asker.town_id, User.community_id.in_(inside))
        case Role.CITY:
            return true()
    return false()


def untold_by_town(db: Session, now: datetime) -> list[tuple[str | None, int]]:
    """(town, how many of its people something did not reach), most first; None, at the end, where no town is known."""
    town_id = func.coalesce(User.town_id, Community.town_id)
    query = select(Town.name, func.count(distinct(User.id))).select_from(User)
    query = query.join(Outbox, Outbox.user_id == User.id).outerjoin(Community, Community.id == User.community_id)
    query = query.outerjoin(Town, Town.id == town_id).where(lost(now), User.channel != GROUP)
    counted = db.execute(query.group_by(Town.name))
    pairs = [(town, count) for town, count in counted]
    return sorted(pairs, key=lambda pair: (pair[0] is None, -pair[1], pair[0] or ""))


def voiceless(db: Session, asker: User) -> list[str]:
    """Living organisations of a worker's community or a town for which nobody is bound: no reminder has an address."""
    bound = select(User.id).where(User.role == Role.LEADER, User.followed, User.organization_id == Organization.id)
    query = select(Organization.name).where(Organization.status == ACTIVE, ~bound.exists())
    if asker.role == Role.WORKER:
        query = query.where(Organization.community_id == asker.community_id)
    else:
        query = query.join(Community).where(Community.town_id == asker.town_id)
    return list(db.scalars(query.order_by(Organization.id)))
