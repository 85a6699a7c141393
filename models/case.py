"""What disputes and hazards have in common as rows: who may see and change one, which are alike, whom it is for."""

from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from models import duty
from models.base import unseal
from models.errors import Refused
from models.people import User
from models.place import Community
from models.record import Recorded, note
from models.when import When

AGAIN = timedelta(minutes=30)  # a second cry for help within it speaks of the same danger
TRANSFERRED, WITHDRAWN = "transferred", "withdrawn"
BODY = 15  # characters of a number without its check character, which people leave out

Case = TypeVar("Case", bound=Recorded)


def numbered(table: type[Recorded], no: str) -> ColumnElement[bool]:
    """The record of this number; its check character may be missing."""
    return or_(table.no == no, table.no.like(f"{no}_")) if len(no) == BODY else table.no == no


def get(db: Session, user: User, table: type[Case], category: str, no: str) -> Case | None:
    """The case, if this person may see it."""
    return db.scalars(select(table).where(numbered(table, no), duty.seen_by(user, table, category))).one_or_none()


def matching(
    db: Session,
    user: User,
    table: Any,
    category: str,
    under_way: tuple[str, ...],
    *,
    statuses: tuple[str, ...] = (),
    community_id: int | None = None,
    since: str | None = None,
    until: str | None = None,
    limit: int = 50,
) -> list[Any]:
    """What a person may see: under way first, the most pressing on top; `since`/`until` are days of the report."""
    query = select(table).where(duty.seen_by(user, table, category))
    if statuses:
        query = query.where(table.status.in_(statuses))
    if community_id:
        query = query.where(table.community_id == community_id)
    if since:
        query = query.where(table.created_at >= When(since).at())
    if until:
        query = query.where(table.created_at < When(until).at())
    ended = table.status.not_in(under_way)
    return list(db.scalars(query.order_by(ended, table.urgent.desc(), table.due_on, table.id.desc()).limit(limit)))


def change(db: Session, user: User, row: Any, category: str, step: str, facts: dict[str, Any]) -> None:
    """Writes down what is known now, and who took the case on.

    Staff on duty take any step; the reporter adds to the report or withdraws it.
    """
    staff = duty.on_duty(db, user, row, category)
    if not staff and row.created_by != user.id:
        raise Refused("not_yours", no=row.no)
    if not staff and step not in ("withdrawn", "supplement"):
        raise Refused("staff_only", no=row.no)
    learn(row, facts)
    if staff and step != "supplement":
        row.officer_id = user.id if row.status == TRANSFERRED else row.officer_id or user.id


def learn(row: Any, facts: dict[str, Any]) -> None:
    """What is known better now replaces what was known."""
    for column, value in facts.items():
        if value is not None:
            setattr(row, column, value)


def supplement(db: Session, user: User, now: datetime, row: Any, facts: dict[str, Any], words: str | None) -> None:
    """More about a report just made."""
    learn(row, facts)
    note(db, row.no, now, user.id, "supplement", words)


def crying(db: Session, user: User, now: datetime, table: Any) -> Any:
    """The urgent report the same person made within the last half hour; None without one."""
    query = select(table).where(table.created_by == user.id, table.urgent, table.created_at >= now - AGAIN)
    return db.scalars(query.order_by(table.id.desc()).limit(1)).one_or_none()


def said_today(db: Session, user: User, now: datetime, table: Any, words: str | None) -> Any:
    """What the same person reported in the same words within a day, and did not take back."""
    query = select(table).where(
        table.created_by == user.id, table.created_at >= now - timedelta(days=1), table.status != WITHDRAWN
    )
    rows = db.scalars(query.order_by(table.id.desc()).limit(5))
    return next((row for row in rows if words and unseal(db, row.text) == words), None)


def handlers_of(db: Session, row: Any, category: str) -> list[User]:
    """Who is to be told about it: whoever took it over, else everybody whose duty it is."""
    officer = db.get(User, row.officer_id) if row.officer_id else None
    if officer:
        return [officer]
    community = db.get(Community, row.community_id) if row.community_id else None
    return duty.responsible(db, community, row.town_id, category).users
