"""Records of every kind as rows of one shape, for exports: who, where, when, state, and the slots of the contract."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Date, LargeBinary, Select, select

from models import audit, tables
from models.base import Base, Database, Session, unseal
from models.messages import FAILED, Inbox, Outbox
from models.organization import Organization
from models.people import Role, User
from models.place import Community, Town
from models.record import Recorded
from models.reminder import OWN
from models.when import SHANGHAI

assert tables
# Contract 5: kind -> the letters of its receipt numbers; those without a number of their own have none.
CODES: Mapping[str, str | None] = {
    "activity": "HD",
    "filing": "BA",
    "organization": None,
    "dispute": "JF",
    "safety": "PA",
    "disclosure": "GK",
    "training": "PX",
    "project": "XM",
    "match": "GX",
    "points": "JB",
    "care": "GA",
    "deliberation": "YS",
    "convention": None,
    "incubation": "FH",
    "party": "DJ",
    "award": "PS",
    "finance": "SZ",
    "venue": "CD",
    "reminder": None,
    "message": None,
}
SHARED = ("no", "created_at", "created_by", "community", "town", "status")
SLOTS = (  # contract 4.2, in its order
    "organization",
    "organization_id",
    "organization_name",
    "organization_type",
    "title",
    "start",
    "end",
    "repeat",
    "period",
    "place",
    "building",
    "headcount",
    "volunteers",
    "households",
    "hours",
    "money",
    "person",
    "phone",
    "id_number",
    "filing_no",
    "ticket_no",
    "dispute_type",
    "hazard_type",
    "target_group",
    "disclosure_topic",
    "decision",
    "reason",
    "direction",
)
# column -> slot, where a table says it more shortly
RENAMED: Mapping[str, Mapping[str, str]] = {
    "disclosure": {"topic": "disclosure_topic"},
    "filing": {"name": "organization", "category": "organization_type", "head": "person"},
}
HIDDEN = ("id", "user_id", "key", "signature", "digest", "leased_until")  # inner workings, and keys that hold an openid
PERSONAL = frozenset(
    {"person", "parties", "phone", "id_number", "head", "text", "note", "content", "outcome", "changes"}
)
# What would be personal elsewhere is public here by its nature.
OPEN = {"activity": {"outcome"}, "disclosure": {"content"}, "organization": {"note"}}
# The wishes of one person for themselves: opened for nobody, whatever their duty.
PRIVATE = {"reminders": "title", "outbox": "text"}
PAGE = 500  # rows of one transaction: an export never keeps the writers waiting


class UnknownKind(KeyError):
    """No such kind of record."""


@dataclass(frozen=True)
class Source:
    """One table of a kind: exported name -> attribute; which attribute dates a row and names who made it."""

    kind: str
    table: type[Base]
    columns: Mapping[str, str]
    at: str
    by: str | None = "created_by"
    status: str = "status"
    no: str = "no"
    stated: Mapping[str | None, str] = field(default_factory=dict)  # stored state -> the word for it, "*" for any other


@dataclass(frozen=True)
class Wanted:
    """Which rows: days of `created_at` (both ends count), a community. For a `reader` all is opened, and audited."""

    since: date | None = None
    until: date | None = None
    community_id: int | None = None
    reader: User | None = None


def columns(kind: str) -> list[str]:
    """The keys of every row of this kind, in their order. Raises UnknownKind."""
    named = [name for source in sources(kind) for name in source.columns]
    slots = [slot for slot in SLOTS if slot in named]
    return [*SHARED, *slots, *dict.fromkeys(name for name in named if name not in slots)]


def rows(database: Database, kind: str, wanted: Wanted) -> Iterator[dict[str, Any]]:
    """Oldest first, page by page. Personal data are masked without a `wanted.reader`; an openid is never among them."""
    shape = dict.fromkeys(columns(kind))
    for source in sources(kind):
        for page in _pages(database, source, wanted):
            yield from (shape | row for _, row in page)


def _pages(database: Database, source: Source, wanted: Wanted) -> Iterator[list[tuple[int, dict[str, Any]]]]:
    after, size = 0, PAGE
    while size == PAGE:
        page = database.run(partial(_page, source=source, wanted=wanted, after=after))
        yield page
        size, after = len(page), page[-1][0] if page else after


def sources(kind: str) -> list[Source]:
    """The tables of a kind; none where nothing of the kind can be recorded yet."""
    if kind not in CODES:
        raise UnknownKind(kind)
    recorded = [_recorded(kind, table) for table in _tables(kind)]
    special = {"organization": _organizations, "reminder": _reminders, "message": _messages}
    return [*recorded, special[kind]()] if kind in special else recorded


def _tables(kind: str) -> list[type[Base]]:
    found: list[type[Base]] = [mapper.class_ for mapper in Base.registry.mappers]
    return sorted(
        (table for table in found if issubclass(table, Recorded) and _belongs(table, kind)),
        key=lambda table: table.__name__,
    )


def _belongs(table: type[Any], kind: str) -> bool:
    if table.__module__ == f"models.{kind}":
        return True
    prefix = getattr(table, "PREFIX", None) or getattr(sys.modules[table.__module__], "PREFIX", None)
    return CODES[kind] is not None and prefix == CODES[kind]


def _recorded(kind: str, table: type[Base]) -> Source:
    return Source(kind, table, _columns_of(kind, table, {*SHARED, "community_id"}), at="created_at")


def _columns_of(kind: str, table: type[Base], without: set[str]) -> dict[str, str]:
    """Every column that says something, under its slot's name; with an organisation also its full name."""
    said: Mapping[str, str] = getattr(table, "RECORD_SLOTS", {})  # slot -> column
    names = {**RENAMED.get(kind, {}), **{column: slot for slot, column in said.items()}}
    attributes = [
        attribute.key for attribute in table.__mapper__.column_attrs if attribute.key not in {*without, *HIDDEN}
    ]
    inner = [key for key in attributes if key.endswith("_id") and key != "organization_id"]
    found = {names.get(key, key): key for key in attributes if key not in inner}
    if "organization_id" in found:
        found = {"organization": found.get("organization", ""), **found, "organization_name": ""}
    return found


def _organizations() -> Source:
    shown = {
        "organization": "name",
        "organization_id": "id",
        "organization_type": "category",
        "place": "place",
        "person": "head",
        "phone": "phone",
        "filing_no": "filing_no",
        "aliases": "aliases",
        "management": "management",
        "members": "members",
        "credit_code": "credit_code",
        "issued_on": "issued_on",
        "expires_on": "expires_on",
        "note": "note",
    }
    return Source("organization", Organization, shown, at="issued_on", by=None, no="filing_no")


def _reminders() -> Source:
    """What is planned to be told, beside the reminders people set for themselves."""
    shown = {
        "ticket_no": "source",
        "start": "send_at",
        "kind": "kind",
        "text": "text",
        "channel": "channel",
        "outcome": "outcome",
    }
    return Source("reminder", Outbox, {**shown, "sent_at": "sent_at"}, at="send_at", by="user_id", no="id")


def _messages() -> Source:
    shown = {"kind": "kind", "intent": "intent", "text": "body", "reply": "reply"}
    return Source(
        "message",
        Inbox,
        shown,
        at="at",
        by="user_id",
        status="intent",
        no="id",
        stated={FAILED: FAILED, "*": "answered"},
    )


# -- one page -----------------------------------------------------------------------------------------------------


def _page(db: Session, source: Source, wanted: Wanted, after: int) -> list[tuple[int, dict[str, Any]]]:
    records = list(db.scalars(_query(source, wanted, after)))
    around = _around(db, source, records)
    page = [(record.id, _row(db, source, wanted, record, around)) for record in records]
    if wanted.reader:
        now = datetime.now(SHANGHAI)
        for _, row in page:
            audit.read(db, wanted.reader, now, str(row["no"])[:24], "export")
    return page


def _query(source: Source, wanted: Wanted, after: int) -> Select[Any]:
    table: Any = source.table
    query = select(table).where(table.id > after, *_days(getattr(table, source.at), wanted))
    if wanted.community_id and hasattr(table, "community_id"):
        query = query.where(table.community_id == wanted.community_id)
    elif wanted.community_id and source.by:
        there = select(User.id).where(User.community_id == wanted.community_id)
        query = query.where(getattr(table, source.by).in_(there))
    return query.order_by(table.id).limit(PAGE)


def _days(column: Any, wanted: Wanted) -> list[ColumnElement[bool]]:
    whole = isinstance(column.type, Date)
    bounds: list[ColumnElement[bool]] = []
    if wanted.since:
        bounds.append(column >= (wanted.since if whole else _midnight(wanted.since)))
    if wanted.until:
        bounds.append(column <= wanted.until if whole else column < _midnight(wanted.until + timedelta(days=1)))
    return bounds


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), SHANGHAI)


@dataclass(frozen=True)
class Around:
    """Whom and what the rows of a page speak of, by id."""

    makers: Mapping[int, User]
    communities: Mapping[int, Community]
    towns: Mapping[int, Town]
    organizers: Mapping[int, Organization]

    def place(self, record: Any, maker: User | None) -> tuple[str | None, str | None]:
        """(community, town): the record's own, else where its maker is at home."""
        at = record if hasattr(record, "community_id") else maker
        community = self.communities.get(getattr(at, "community_id", None) or 0)
        town = self.towns.get(community.town_id if community else getattr(at, "town_id", None) or 0)
        return community.name if community else None, town.name if town else None


def _around(db: Session, source: Source, records: list[Any]) -> Around:
    """One query a table and page."""
    makers = _by_id(db, User, {getattr(record, source.by) for record in records} if source.by else set())
    places = {getattr(one, "community_id", None) for one in (*records, *makers.values())}
    organizers = {getattr(record, "organization_id", None) for record in records}
    towns = {town.id: town for town in db.scalars(select(Town))}
    return Around(makers, _by_id(db, Community, places), towns, _by_id(db, Organization, organizers))


def _by_id(db: Session, table: Any, ids: set[Any]) -> dict[int, Any]:
    return {row.id: row for row in db.scalars(select(table).where(table.id.in_(ids - {None})))}


def _row(db: Session, source: Source, wanted: Wanted, record: Any, around: Around) -> dict[str, Any]:
    maker = around.makers.get(getattr(record, source.by) or 0) if source.by else None
    organizer = around.organizers.get(getattr(record, "organization_id", None) or 0)
    state = getattr(record, source.status)
    community, town = around.place(record, maker)
    row = {
        "no": _text(getattr(record, source.no)),
        "created_at": _plain(getattr(record, source.at)),
        "created_by": None if getattr(record, "anonymous", False) else signed(db, maker),
        "community": community,
        "town": town,
        "status": source.stated.get(state, source.stated.get("*", state)),
    }
    for name, attribute in source.columns.items():
        row[name] = _value(db, source, wanted, record, name, attribute) if attribute else None
    if organizer:
        row |= {"organization_name": organizer.name, "organization": row["organization"] or organizer.name}
    return row


def _value(db: Session, source: Source, wanted: Wanted, record: Any, name: str, attribute: str) -> Any:
    value = getattr(record, attribute)
    sealed = isinstance(source.table.__mapper__.columns[attribute].type, LargeBinary)
    if sealed:
        value = unseal(db, value)
    if private(record, attribute):
        return masked(name, value)
    hidden = sealed or (name in PERSONAL and name not in OPEN.get(source.kind, ()))
    return masked(name, value) if hidden and not wanted.reader else _plain(value)


def private(record: Any, attribute: str) -> bool:
    """What somebody wants to be reminded of: the title they gave it, and the push that will say it."""
    return PRIVATE.get(record.__tablename__) == attribute and getattr(record, "kind", OWN) == OWN


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _plain(value: Any) -> Any:
    """What JSON can hold."""
    if isinstance(value, datetime | date):
        return value.isoformat(timespec="seconds") if isinstance(value, datetime) else value.isoformat()
    return value


def signed(db: Session, maker: User | None) -> str | None:
    """Role and masked name: `worker 陆**`."""
    if maker is None:
        return None
    name = masked("person", unseal(db, maker.name))
    return f"{Role(maker.role).name.lower()} {name or ''}".strip()


def masked(name: str, value: Any) -> Any:
    """Enough to tell one from the other: the family name, the ends of a phone number; nothing of anything else."""
    if value in (None, "", [], {}):
        return None
    text = str(value)
    if name in ("person", "head", "name"):
        return text[0] + "*" * max(1, min(len(text) - 1, 2))
    if name == "phone":
        return f"{text[:3]}****{text[-4:]}" if len(text) > 8 else "****" + text[-2:]
    return "***"


__all__ = ["CODES", "SHARED", "SLOTS", "UnknownKind", "Wanted", "columns", "masked", "rows", "signed", "sources"]
