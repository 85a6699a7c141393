"""Incubation (孵化): applied for, accepted, moved in under an agreement, assessed halfway, left; the subsidy paid."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, ForeignKey, Index, LargeBinary, String, case, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models import people
from models.base import Base, Instant
from models.errors import Refused
from models.organization import Organization
from models.people import Role, User
from models.place import Community
from models.record import Recorded, note, number, typed
from models.visible import visible_to

PREFIX = "FH"
SUBMITTED, RETURNED, ACCEPTED, WITHDRAWN = "submitted", "returned", "accepted", "withdrawn"
INCUBATING, ASSESSED, GRADUATED, LEFT = "incubating", "assessed", "graduated", "left"
BEFORE = (SUBMITTED, RETURNED, ACCEPTED)  # not inside yet: the applicant may take it back
INSIDE = (INCUBATING, ASSESSED)
OPEN = (*BEFORE, *INSIDE)
# What staff can do: the states it can be done in, and the state it leads to (None: the same).
STEPS: Mapping[str, tuple[tuple[str, ...], str | None]] = {
    "accept": ((SUBMITTED,), ACCEPTED),
    "enter": ((ACCEPTED,), INCUBATING),
    "return": ((SUBMITTED, ACCEPTED), RETURNED),
    "passed": (INSIDE, ASSESSED),
    "failed": (INSIDE, ASSESSED),
    "graduate": (INSIDE, GRADUATED),
    "leave": (INSIDE, LEFT),
    "paid": (INSIDE, None),
    "midterm": (INSIDE, None),
    "until": (INSIDE, None),
    "papers": (INSIDE, None),
    "decline": (INSIDE, None),
}

EXPLAINED = ("return", "failed", "leave", "decline")  # steps whose reason the applicant is told


class Incubation(Recorded, Base):
    """One organisation's way through an incubation base; `since` is when it came to its present state.

    `start` is the day wished for, `needs` what it applies for; `asked` names a request from inside that nobody has
    answered yet; `papers_on` is the day by which papers for the subsidy have to be in; `money` yuan in `batches`.
    """

    RECORD_SLOTS: ClassVar[dict[str, str]] = {"reason": "needs", "end": "until_on"}
    __tablename__ = "incubations"
    __table_args__ = (Index("ix_incubations_community_status", "community_id", "status"),)
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organizations.id"), index=True)
    organization: Mapped[str] = mapped_column(String(80))
    place: Mapped[str | None] = mapped_column(String(80))
    start: Mapped[str | None] = mapped_column(String(16))
    needs: Mapped[str | None] = mapped_column(String(400))
    person: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone: Mapped[bytes | None] = mapped_column(LargeBinary)
    since: Mapped[datetime] = mapped_column(Instant)
    answer: Mapped[str | None] = mapped_column(String(400))
    asked: Mapped[str | None] = mapped_column(String(16))
    entered_on: Mapped[date | None]
    midterm_on: Mapped[date | None]
    assessment: Mapped[str | None] = mapped_column(String(8))
    until_on: Mapped[date | None]
    left_on: Mapped[date | None]
    papers_on: Mapped[date | None]
    money: Mapped[float | None]
    batches: Mapped[int] = mapped_column(default=0)


# -- the organisation's side ------------------------------------------------------------------------------------


def apply(
    db: Session, user: User, now: datetime, community: Community, target: Organization | None, facts: dict[str, Any]
) -> Incubation:
    """Hands an application in; one that was sent back goes the same road again under its number.

    Refuses somebody else's organisation, and a second application while one is open.
    """
    may_speak_for(db, user, community.id, target)
    if target:
        db.refresh(target, with_for_update=True)  # one application at a time, also between processes
    row = in_hand(db, community.id, target, facts["organization"])
    if row and row.status != RETURNED:
        raise Refused(
            "applied_already" if row.status in BEFORE else "inside_already", known=row.no, name=row.organization
        )
    again = row is not None
    if row is None:
        row = Incubation(
            no=number(db, PREFIX, now), created_at=now, created_by=user.id, community_id=community.id, batches=0
        )
        row.organization_id = target.id if target else None
        db.add(row)
    for column, value in facts.items():
        setattr(row, column, value if value is not None or not again else getattr(row, column))
    _to(db, row, SUBMITTED, now, user, "resubmitted" if again else "submitted")
    return row


def may_speak_for(db: Session, user: User, community_id: int | None, target: Organization | None) -> None:
    """The organisation's own people, the workers of its community, its town, the city; refuses everybody else."""
    there = target.community_id if target else community_id
    own = target is not None and user.organization_id == target.id
    worker = user.role == Role.WORKER and user.community_id == there
    if not (own or worker or _over(db, user, there)):
        raise Refused("not_yours", name=target.name if target else None)


def in_hand(db: Session, community_id: int | None, target: Organization | None, name: str) -> Incubation | None:
    """The organisation's open application or stay; there is one at most."""
    same = Incubation.organization_id == target.id if target else Incubation.organization == name
    query = select(Incubation).where(same, Incubation.status.in_(OPEN))
    if target is None:
        query = query.where(Incubation.community_id == community_id)
    return db.scalars(query.limit(1)).one_or_none()


def amend(db: Session, user: User, now: datetime, row: Incubation, facts: dict[str, Any]) -> None:
    """The applicant corrects what was handed in, until it is accepted."""
    _may_change(user, row)
    if row.status not in (SUBMITTED, RETURNED):
        raise Refused("accepted_already", name=row.organization, no=row.no)
    for column, value in facts.items():
        setattr(row, column, value)
    note(db, row.no, now, user.id, "amended", "、".join(facts))
    db.flush()


def withdraw(db: Session, user: User, now: datetime, row: Incubation, reason: str | None = None) -> None:
    """Taken back by those who handed it in, as long as the organisation has not moved in."""
    _may_change(user, row)
    if row.status not in BEFORE:
        raise Refused("inside_already" if row.status in INSIDE else "over", known=row.no, name=row.organization)
    _to(db, row, WITHDRAWN, now, user, "withdrawn", reason)


def request(db: Session, user: User, now: datetime, row: Incubation, what: str, words: str | None) -> None:
    """Something asked for from inside: to be assessed, to stay longer, the subsidy, to leave."""
    may_speak_for(
        db, user, row.community_id, db.get(Organization, row.organization_id) if row.organization_id else None
    )
    if row.status not in INSIDE:
        raise Refused("not_inside", name=row.organization, known=row.no)
    row.asked = what
    note(db, row.no, now, user.id, "asked", words)
    db.flush()


def _may_change(user: User, row: Incubation) -> None:
    own = row.created_by == user.id or (row.organization_id and row.organization_id == user.organization_id)
    if not own and not (user.role == Role.WORKER and user.community_id == row.community_id):
        raise Refused("not_yours", name=row.organization)


# -- the staff's side -------------------------------------------------------------------------------------------


def possible(db: Session, user: User, row: Incubation) -> list[str]:
    """What this person can do about it now; nothing for whoever is not on duty."""
    if not _over(db, user, row.community_id):
        return []
    return [
        step
        for step, (states, _) in STEPS.items()
        if row.status in states and (step != "decline" or row.asked is not None)
    ]


def take(
    db: Session, user: User, now: datetime, row: Incubation, step: str, words: str | None = None, **facts: Any
) -> None:
    """One step by those on duty: dated, on the timeline, with what is known now; it answers an open request."""
    db.refresh(row, with_for_update=True)  # two of the staff may answer at once: the second sees what the first did
    if step not in possible(db, user, row):
        raise Refused("not_now", name=row.organization, no=row.no)
    for column, value in facts.items():
        setattr(row, column, value)
    row.asked, row.answer = None, words if step in EXPLAINED else None
    _to(db, row, STEPS[step][1] or row.status, now, user, step, words)


def pay(db: Session, user: User, now: datetime, row: Incubation, money: float) -> None:
    """One more batch of the subsidy arrived."""
    db.refresh(row, with_for_update=True)
    take(db, user, now, row, "paid", f"{money:g}", money=(row.money or 0) + money, batches=row.batches + 1)


def _over(db: Session, user: User, community_id: int | None) -> bool:
    """Whether the place is in this person's charge: the town's staff and the city's."""
    if user.role == Role.TOWN:
        community = db.get(Community, community_id) if community_id else None
        return community is not None and community.town_id == user.town_id
    return user.role == Role.CITY


def _to(
    db: Session, row: Incubation, status: str, now: datetime, user: User, what: str, words: str | None = None
) -> None:
    if row.status != status:
        row.since = now
    row.status = status
    note(db, row.no, now, user.id, what, words)
    db.flush()


# -- looking up -------------------------------------------------------------------------------------------------


def visible(
    db: Session,
    user: User,
    *,
    no: str | None = None,
    organization_id: int | None = None,
    name: str | None = None,
    town_id: int | None = None,
    open_only: bool = False,
    limit: int = 50,
) -> list[Incubation]:
    """What a person may follow, first what waits for an answer, then the longest at its step."""
    query = select(Incubation).where(_followed_by(user))
    if no:
        query = query.where(typed(Incubation, no))
    if organization_id:
        query = query.where(Incubation.organization_id == organization_id)
    if name:
        query = query.where(Incubation.organization == name)
    if town_id:
        query = query.where(_of_town(town_id))
    if open_only:
        query = query.where(Incubation.status.in_(OPEN))
    waits = or_(Incubation.status.in_((SUBMITTED, ACCEPTED)), Incubation.asked.is_not(None))
    ended = Incubation.status.not_in(OPEN)
    order = (ended, case((waits, 0), else_=1), Incubation.since, Incubation.id)
    return list(db.scalars(query.order_by(*order).limit(limit)))


def _followed_by(user: User) -> ColumnElement[bool]:
    """One's own and one's organisation's, for staff those of their place; leaders do not follow their neighbours'."""
    own = or_(Incubation.created_by == user.id, Incubation.organization_id == (user.organization_id or -1))
    return own if user.role <= Role.LEADER else or_(own, visible_to(user, Incubation))


def _of_town(town_id: int) -> ColumnElement[bool]:
    return Incubation.community_id.in_(select(Community.id).where(Community.town_id == town_id))


def figures(db: Session, town_id: int | None, since: str | None = None, until: str | None = None) -> dict[str, Any]:
    """Of a town, else of the city: inside now, waiting, and (in the period, else ever) entered, graduated, left, paid.

    `money` is what those of the place were paid so far; it has no period, because only its sum is kept.
    """
    here = _of_town(town_id) if town_id else Incubation.id.is_not(None)

    def count(*conditions: ColumnElement[bool]) -> int:
        return db.scalar(select(func.count()).where(here, *conditions)) or 0

    def dated(column: Any) -> list[ColumnElement[bool]]:
        first, last = date.fromisoformat(since or "0001-01-01"), date.fromisoformat(until or "9999-12-31")
        return [column >= first, column < last]

    paid = db.execute(select(func.sum(Incubation.money), func.count(Incubation.money)).where(here)).one()
    return {
        "inside": count(Incubation.status.in_(INSIDE)),
        "waiting": count(Incubation.status.in_((SUBMITTED, ACCEPTED))),
        "entered": count(*dated(Incubation.entered_on)),
        "graduated": count(Incubation.status == GRADUATED, *dated(Incubation.left_on)),
        "left": count(Incubation.status == LEFT, *dated(Incubation.left_on)),
        "money": paid[0],
        "paid": paid[1],
    }


def on_duty(db: Session, row: Incubation) -> list[User]:
    """Who takes care of it: the town's staff, else the city's."""
    community = db.get(Community, row.community_id) if row.community_id else None
    town = people.staff(db, Role.TOWN, town_id=community.town_id) if community else []
    return town or people.staff(db, Role.CITY)


def applicants(db: Session, row: Incubation) -> list[User]:
    """Whoever handed it in, and the organisation's own people."""
    query = select(User).where(
        User.role == Role.LEADER, User.followed, User.organization_id == (row.organization_id or -1)
    )
    maker = db.get(User, row.created_by) if row.created_by else None
    found = [maker] if maker and maker.followed else []
    return list({user.id: user for user in [*found, *db.scalars(query.order_by(User.id))]}.values())
