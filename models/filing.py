"""Filings (备案) and registrations (登记): applied for, changed, dissolved; reviewed step by step."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models import organization, people
from models.base import Base, Instant
from models.errors import Refused
from models.organization import DISSOLVED, Organization
from models.people import Role, User
from models.place import Community
from models.record import Recorded, note, number
from models.visible import visible_to

PREFIX = "BA"
APPLY, CHANGE, CANCEL = "apply", "change", "cancel"
DRAFT, COMMUNITY, TOWN, CITY = "draft", "submitted", "town_review", "city_review"
RETURNED, FILED, REJECTED, WITHDRAWN = "returned", "filed", "rejected", "withdrawn"
UNDER_REVIEW = (COMMUNITY, TOWN, CITY)
OPEN = (DRAFT, RETURNED, *UNDER_REVIEW)
APPROVE, RETURN, REJECT = "approve", "return", "reject"
REGISTERED, ON_FILE = "登记", "备案"


class Filing(Recorded, Base):
    """One application: `kind` is apply, change or cancel; `since` is when it came to its present step.

    `changes` (kind change) maps columns of the organisation to their new values, and may ask for a renewed or replaced
    certificate; `missing` names materials not handed in yet; `phone` and `id_number` are sealed.
    """

    RECORD_SLOTS: ClassVar[dict[str, str]] = {
        "organization": "name", "organization_type": "category", "person": "head", "headcount": "members",
    }  # fmt: skip
    __tablename__ = "filings"
    __table_args__ = (Index("ix_filings_community_status", "community_id", "status"),)
    kind: Mapped[str] = mapped_column(String(8))
    management: Mapped[str] = mapped_column(String(8))
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organizations.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    category: Mapped[str | None] = mapped_column(String(8))
    head: Mapped[str | None] = mapped_column(String(40))
    phone: Mapped[bytes | None] = mapped_column(LargeBinary)
    id_number: Mapped[bytes | None] = mapped_column(LargeBinary)
    place: Mapped[str | None] = mapped_column(String(80))
    members: Mapped[int | None]
    area: Mapped[str | None] = mapped_column(String(80))
    scope: Mapped[str | None] = mapped_column(String(400))
    money: Mapped[float | None]
    charter: Mapped[bool | None]
    missing: Mapped[list[str]] = mapped_column(JSON, default=list)
    changes: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    reason: Mapped[str | None] = mapped_column(String(400))
    since: Mapped[datetime] = mapped_column(Instant)
    due_on: Mapped[date | None]
    filing_no: Mapped[str | None] = mapped_column(String(40), index=True)
    issued_on: Mapped[date | None]
    expires_on: Mapped[date | None]


# -- handing in -------------------------------------------------------------------------------------------------


def apply(db: Session, user: User, now: datetime, community: Community, facts: dict[str, Any]) -> Filing:
    """A new organisation asks to be filed or registered; the same name in hand again by the same person is corrected.

    Refuses a name that a filed organisation of the community bears already, and one that somebody else applied for.
    """
    known = _same_name(db, community, facts["name"], facts.pop("organization_id", None))
    row = _in_hand(db, community, facts["name"])
    if row and row.created_by != user.id and row.status != DRAFT:
        raise Refused("in_hand", known=row.no, name=row.name)
    if row and row.status in UNDER_REVIEW:
        raise Refused("applied_already", known=row.no, name=row.name)
    if row is None:
        row = _new(db, user, now, APPLY, community.id, facts["name"], organization_id=known.id if known else None)
    for column, value in facts.items():
        setattr(row, column, value)
    if row.missing:
        move(db, row, DRAFT, now, user, "drafted")
    else:
        submit(db, user, now, row)
    return row


def _same_name(db: Session, community: Community, name: str, organization_id: int | None) -> Organization | None:
    """The organisation of the directory that applies; refuses one that has its certificate, or a name already taken."""
    close = organization.alike(db, community, name)
    key = organization_id or next((row.id for ratio, row in close if ratio == 1.0), None)
    same = db.get(Organization, key) if key else None
    if same and same.management in (ON_FILE, REGISTERED):
        raise Refused("filed_already", ask="organization", name=same.name, filing_no=same.filing_no)
    return same


def _in_hand(db: Session, community: Community, name: str) -> Filing | None:
    query = select(Filing).where(
        Filing.community_id == community.id, Filing.name == name, Filing.kind == APPLY, Filing.status.in_(OPEN)
    )
    return db.scalars(query.limit(1)).one_or_none()


def ask(
    db: Session,
    user: User,
    now: datetime,
    kind: str,
    target: Organization,
    *,
    changes: dict[str, Any],
    reason: str | None,
) -> Filing:
    """A change, or the dissolution (`kind` cancel), of an organisation that is on file; one of a kind at a time.

    A further change joins the one that its first reviewer has not decided yet.
    """
    _may_speak_for(user, target)
    if target.management not in (ON_FILE, REGISTERED):
        raise Refused("not_filed", name=target.name)
    pending = select(Filing).where(Filing.organization_id == target.id, Filing.kind == kind, Filing.status.in_(OPEN))
    row = db.scalars(pending.limit(1)).one_or_none()
    more = row is not None and kind == CHANGE and row.created_by == user.id and row.status == first_step(db, user, row)
    if row and row.status in UNDER_REVIEW and not more:
        raise Refused("applied_already", known=row.no, name=target.name)
    phone = changes.pop("phone", None)
    row = row or _new(db, user, now, kind, target.community_id, target.name, organization_id=target.id)
    row.management, row.changes, row.reason = target.management, {**(row.changes or {}), **changes}, reason
    row.phone, row.head, row.category = phone or row.phone, target.head, target.category
    if more:
        note(db, row.no, now, user.id, "amended", "、".join(changes))
    else:
        submit(db, user, now, row)
    return row


def _may_speak_for(user: User, target: Organization) -> None:
    own = user.organization_id == target.id
    staff = user.role >= Role.TOWN or (user.role == Role.WORKER and user.community_id == target.community_id)
    if not own and not staff:
        raise Refused("not_yours", name=target.name)


def _new(db: Session, user: User, now: datetime, kind: str, community_id: int, name: str, **facts: Any) -> Filing:
    row = Filing(
        no=number(db, PREFIX, now),
        status=DRAFT,
        created_at=now,
        created_by=user.id,
        community_id=community_id,
        kind=kind,
        name=name,
        management=ON_FILE,
        missing=[],
        changes={},
        since=now,
        **facts,
    )
    db.add(row)
    return row


def submit(db: Session, user: User, now: datetime, row: Filing) -> None:
    """Hands it to whoever reviews first; a returned or drafted one goes the same road again."""
    if row.status not in (DRAFT, RETURNED):
        raise Refused("applied_already", known=row.no, name=row.name)
    again, row.due_on, row.missing = row.status == RETURNED, None, []
    row.reason = None if again else row.reason
    move(db, row, first_step(db, user, row), now, user, "resubmitted" if again else "submitted")


def first_step(db: Session, user: User, row: Filing) -> str:
    """Registration is the city's; a filing goes through its community, unless staff hands it in or nobody is bound."""
    if row.management == REGISTERED:
        return CITY
    if user.role >= Role.WORKER or not people.staff(db, Role.WORKER, community_id=row.community_id):
        return TOWN
    return COMMUNITY


def amend(db: Session, user: User, now: datetime, row: Filing, facts: dict[str, Any]) -> None:
    """The applicant corrects what was handed in, as long as nobody has decided."""
    if row.created_by != user.id and user.role < Role.WORKER:
        raise Refused("not_yours", name=row.name)
    if row.status not in OPEN:
        raise Refused("decided", name=row.name)
    community = db.get(Community, row.community_id)
    if "name" in facts and community:
        _same_name(db, community, facts["name"], None)
    for column, value in facts.items():
        setattr(row, column, value)
    note(db, row.no, now, user.id, "amended", "、".join(facts))
    db.flush()


def withdraw(db: Session, user: User, now: datetime, row: Filing) -> None:
    """The applicant takes it back; what is decided stays decided."""
    if row.created_by != user.id and user.role < Role.WORKER:
        raise Refused("not_yours", name=row.name)
    if row.status not in OPEN:
        raise Refused("decided", name=row.name)
    move(db, row, WITHDRAWN, now, user, "withdrawn")


# -- looking up -------------------------------------------------------------------------------------------------


def visible(db: Session, user: User, *, limit: int = 8, **named: Any) -> list[Filing]:
    """Applications this person may follow, newest first; `named` are columns that must be equal (None: not asked)."""
    query = select(Filing).where(_followed_by(user))
    for column, value in named.items():
        if value is not None:
            query = query.where(getattr(Filing, column) == value)
    return list(db.scalars(query.order_by(Filing.id.desc()).limit(limit)))


def _followed_by(user: User) -> Any:
    """One's own and one's organisation's, for staff those of their place; leaders do not follow their neighbours'."""
    own = or_(Filing.created_by == user.id, Filing.organization_id == (user.organization_id or -1))
    return own if user.role <= Role.LEADER else or_(own, visible_to(user, Filing))


def waiting(db: Session, user: User, limit: int = 20) -> list[Filing]:
    """What waits for this person's review, the longest wait first."""
    step = {Role.WORKER: COMMUNITY, Role.TOWN: TOWN, Role.CITY: CITY}.get(Role(user.role))
    query = select(Filing).where(visible_to(user, Filing), Filing.status == step).order_by(Filing.since, Filing.id)
    return list(db.scalars(query.limit(limit))) if step else []


def holders(db: Session, row: Filing) -> list[User]:
    """Who has to act on it now, among staff."""
    if row.status == COMMUNITY:
        return people.staff(db, Role.WORKER, community_id=row.community_id)
    if row.status == CITY:
        return people.staff(db, Role.CITY)
    community = db.get(Community, row.community_id)
    return people.staff(db, Role.TOWN, town_id=community.town_id) if row.status == TOWN and community else []


def applicant(db: Session, row: Filing) -> User | None:
    return db.get(User, row.created_by) if row.created_by else None


def leaders(db: Session, organization_id: int) -> list[User]:
    """The people bound to an organisation."""
    query = select(User).where(User.organization_id == organization_id, User.role == Role.LEADER, User.followed)
    return list(db.scalars(query.order_by(User.id)))


# -- falling due ------------------------------------------------------------------------------------------------


def corrections_due(db: Session, days: Sequence[date]) -> list[Filing]:
    """Returned applications whose time to correct ends on one of `days`."""
    return list(
        db.scalars(select(Filing).where(Filing.status == RETURNED, Filing.due_on.in_(days)).order_by(Filing.id))
    )


def waiting_since(db: Session, before: datetime) -> list[Filing]:
    """Applications that have lain at their present step since before an instant."""
    query = select(Filing).where(Filing.status.in_(UNDER_REVIEW), Filing.since < before).order_by(Filing.id)
    return list(db.scalars(query))


def expiring(db: Session, days: Sequence[date]) -> list[Organization]:
    """Living organisations whose certificate ends on one of `days`."""
    query = select(Organization).where(Organization.status != DISSOLVED, Organization.expires_on.in_(days))
    return list(db.scalars(query.order_by(Organization.id)))


def move(db: Session, row: Filing, status: str, now: datetime, user: User, what: str, words: str | None = None) -> None:
    """One step of the way, dated and on the timeline."""
    row.status, row.since = status, now
    note(db, row.no, now, user.id, what, words)
    db.flush()
