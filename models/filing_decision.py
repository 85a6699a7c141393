"""Deciding about filings: who may, returned, refused or passed on, and the final yes that the directory follows."""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import disclosure, organization
from models.errors import Refused
from models.filing import (
    APPLY,
    CANCEL,
    CITY,
    COMMUNITY,
    FILED,
    REJECT,
    REJECTED,
    RETURNED,
    TOWN,
    UNDER_REVIEW,
    Filing,
    move,
)
from models.organization import DISSOLVED, Organization
from models.people import Role, User
from models.settings import DIRECTORY, Setting, directory_changed

CERTIFICATE = "证书"
FACTS = ("name", "category", "head", "phone", "place", "members")  # what an application hands to the directory


def may_decide(user: User, row: Filing, decision: str) -> None:
    """Refuses whoever does not hold the application now; a community may pass on or return, the end is the town's."""
    step = {Role.WORKER: (COMMUNITY,), Role.TOWN: (COMMUNITY, TOWN), Role.CITY: UNDER_REVIEW}.get(Role(user.role), ())
    if row.status not in UNDER_REVIEW:
        raise Refused("nothing_to_decide", name=row.name, no=row.no)
    if row.status not in step:
        raise Refused("not_at_yours", name=row.name, no=row.no)
    if decision == REJECT and user.role < Role.TOWN:
        raise Refused("reject_is_the_towns", name=row.name)


def ends(user: User, row: Filing) -> bool:
    """Whether an approval now is the final one."""
    return row.status in (TOWN, CITY) or user.role >= Role.TOWN


def send_back(db: Session, user: User, now: datetime, row: Filing, reason: str, days: int | None) -> None:
    """Returned for correction; `days` to correct, where a setting says so."""
    row.reason = reason
    row.due_on = now.date() + timedelta(days=days) if days else None
    move(db, row, RETURNED, now, user, "returned", reason)


def reject(db: Session, user: User, now: datetime, row: Filing, reason: str) -> None:
    row.reason = reason
    move(db, row, REJECTED, now, user, "rejected", reason)


def pass_on(db: Session, user: User, now: datetime, row: Filing) -> None:
    """The community agrees; the town decides."""
    move(db, row, TOWN, now, user, "community_approved")


def approve(
    db: Session, user: User, now: datetime, row: Filing, *, filing_no: str | None = None, expires_on: date | None = None
) -> Organization:
    """The final yes: the directory follows, and for a new certificate so does the public list."""
    if filing_no and (holder := organization.by_number(db, filing_no)) and holder.id != row.organization_id:
        raise Refused("number_taken", ask="filing_no", filing_no=filing_no, name=holder.name)
    target = _into_directory(db, row)
    row.organization_id = target.id
    row.filing_no = filing_no or target.filing_no
    if row.kind == APPLY or row.changes.get("renew"):
        target.filing_no, target.issued_on, target.expires_on = row.filing_no, now.date(), expires_on
    row.issued_on, row.expires_on = target.issued_on, target.expires_on
    move(db, row, FILED, now, user, "filed")
    directory_changed(db)
    if row.kind != CANCEL:
        disclosure.publish(
            db,
            user.id,
            now,
            topic=CERTIFICATE,
            title=" ".join(part for part in (target.management + CERTIFICATE, target.filing_no) if part),
            community_id=target.community_id,
            organization_id=target.id,
            source_no=row.no,
        )
    return target


def _into_directory(db: Session, row: Filing) -> Organization:
    if row.kind == APPLY:
        return _enter(db, row)
    target = db.get(Organization, row.organization_id)
    assert target is not None
    if row.kind == CANCEL:
        target.status = DISSOLVED
        return target
    for column, value in row.changes.items():
        if column in FACTS and column != "phone":
            setattr(target, column, value)
    if "name" in row.changes and row.name != target.name:
        target.aliases = [*target.aliases, row.name]
    target.phone, target.note = row.phone or target.phone, row.changes.get("scope") or target.note
    return target


def _enter(db: Session, row: Filing) -> Organization:
    """A new line of the directory, or the old one of a team the community merely knew."""
    target = db.get(Organization, row.organization_id) if row.organization_id else None
    if target is None:
        target = Organization(community_id=row.community_id, aliases=[])
        db.add(target)
    for column in FACTS:
        if (value := getattr(row, column)) is not None:
            setattr(target, column, value)
    target.management, target.note = row.management, row.scope or target.note
    db.flush()
    return target


def taken_numbers(db: Session) -> list[str]:
    """Every certificate number given so far."""
    query = select(Organization.filing_no).where(Organization.filing_no.is_not(None))
    return [no for no in db.scalars(query) if no]


def next_number(db: Session, pattern: str, year: int, **names: str) -> str:
    """The lowest number of `pattern` ({year}, {serial}, {town}, {community}) above all that were given in it."""
    db.execute(select(Setting).where(Setting.name == DIRECTORY).with_for_update())  # one approval at a time counts on
    taken = set(taken_numbers(db))
    serial = 1
    while (given := pattern.format(year=year, serial=serial, **names)) in taken:
        serial += 1
    return given
