"""What anybody may read on the residents' pages: plain values of public columns, never a phone, a party or a door."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select

from models.activity import CANCELLED, PLANNED, Activity
from models.base import Session
from models.disclosure import EXPENSE, INCOME, PUBLISHED, TOPICS, Disclosure, Money
from models.dispute import PREFIX as DISPUTE
from models.organization import ACTIVE, Organization, bare_number
from models.place import Community, Town
from models.safety import PREFIX as SAFETY
from models.when import SHANGHAI, When

DEMO = "演示数据"  # how the directory file marks invented organisations, in 备注
PAST = 10  # planned activities that are over and that nobody reported, at most

HIDDEN = "****"
WIDE_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
NUMBERS = re.compile(
    r"(?<![\d.])(?:"
    r"\d(?:[ -]?\d){13,18}[\dXx]"  # identity and bank cards
    r"|1[3-9](?:[ .-]?\d){9}"  # mobile phones
    r"|0\d{2,3}[ -]?\d{7,8}|[58]\d{7}(?!\d*元)"  # landlines, with and without the area code
    r")(?![\dXx])"
)
COUNT = r"[\d一二三四五六七八九十]+\s*"
DOOR = re.compile(rf"({COUNT}(?:号楼|幢|栋|座|楼))\s*{COUNT}单元\s*\d{{3,4}}\s*室?")
FLAT = re.compile(r"幢.*室")  # a normalised door (contract 4.2) that is somebody's home


@dataclass(frozen=True)
class Quarter:
    """One community in the list of a town."""

    id: int
    name: str
    kind: str
    count: int


@dataclass(frozen=True)
class Borough:
    """One town with its communities."""

    name: str
    communities: list[Quarter]

    @property
    def count(self) -> int:
        return sum(community.count for community in self.communities)


@dataclass(frozen=True)
class Home:
    """One community, and whom its town names for questions."""

    id: int
    name: str
    kind: str
    former: list[str]
    town: str
    contact: str | None


@dataclass(frozen=True)
class Entry:
    """One organisation as the register (名录) has it."""

    id: int
    name: str
    aliases: list[str]
    category: str | None
    management: str
    head: str | None
    place: str | None
    members: int | None
    filing_no: str | None
    credit_code: str | None
    issued_on: date | None
    expires_on: date | None
    remark: str | None
    status: str
    community_id: int
    community: str
    town: str
    contact: str | None

    @property
    def note(self) -> str | None:
        """The remark without the mark of demo data."""
        return masked((self.remark or "").replace(DEMO, "").strip("；;，, ")) or None

    @property
    def demo(self) -> bool:
        return DEMO in (self.remark or "")

    @property
    def living(self) -> bool:
        return self.status == ACTIVE


@dataclass(frozen=True)
class Event:
    """One activity; `attended` and `volunteers` are known once it was reported."""

    title: str
    start: When
    end: When | None
    repeat: str | None
    place: str | None
    organization_id: int | None
    organization: str | None


@dataclass(frozen=True)
class Item:
    """One published item of disclosure; the last three come from the activity it reports."""

    organization_id: int | None
    topic: str
    title: str
    period: str | None
    money: float | None
    direction: str | None
    content: str | None
    published_on: date
    start: When | None
    attended: int | None
    volunteers: int | None

    @property
    def year(self) -> int:
        told = (self.start or self.period or "")[:4]
        return int(told) if told.isdecimal() else self.published_on.year


@dataclass(frozen=True)
class Section:
    """What was shown on one topic in one year, and the sums in yuan of the entries that name an amount."""

    topic: str
    items: list[Item]

    @property
    def money(self) -> Money:
        income = [item.money for item in self.items if item.money is not None and item.direction == INCOME]
        expense = [item.money for item in self.items if item.money is not None and item.direction == EXPENSE]
        return Money(round(sum(income), 2), round(sum(expense), 2), len(income), len(expense))


def masked(text: str | None) -> str | None:
    """Free text as anybody may read it: phones, card numbers and the doors of homes are taken out."""
    if text is None:
        return None
    return DOOR.sub(r"\1", NUMBERS.sub(HIDDEN, text.translate(WIDE_DIGITS)))


# -- places -----------------------------------------------------------------------------------------------------


def boroughs(db: Session) -> list[Borough]:
    """Every town with its communities and how many living organisations each has."""
    living = and_(Organization.community_id == Community.id, Organization.status == ACTIVE)
    query = (
        select(Town.name, Community.id, Community.name, Community.kind, func.count(Organization.id))
        .select_from(Community)
        .join(Town, Community.town_id == Town.id)
        .outerjoin(Organization, living)
        .group_by(Town.id, Town.name, Community.id, Community.name, Community.kind)
        .order_by(Town.id, Community.id)
    )
    found: dict[str, list[Quarter]] = {}
    for town, community_id, name, kind, count in db.execute(query):
        found.setdefault(town, []).append(Quarter(community_id, name, kind, count))
    return [Borough(name, communities) for name, communities in found.items()]


def home(db: Session, community_id: int) -> Home | None:
    query = select(Community.id, Community.name, Community.kind, Community.aliases, Town.name, Town.contact)
    row = db.execute(query.join(Town, Community.town_id == Town.id).where(Community.id == community_id)).one_or_none()
    return Home(*row) if row else None


# -- organisations ----------------------------------------------------------------------------------------------


def register(db: Session, *, community_id: int | None = None) -> list[Entry]:
    """The living organisations of a community, else of the whole city, in the order of the register."""
    query = _entries().where(Organization.status == ACTIVE).order_by(Community.id, Organization.id)
    return [Entry(*row) for row in db.execute(query.where(Community.id == community_id) if community_id else query)]


def entry(db: Session, organization_id: int) -> Entry | None:
    """One organisation, a dissolved one too: its papers stay public."""
    row = db.execute(_entries().where(Organization.id == organization_id)).one_or_none()
    return Entry(*row) if row else None


def demo(db: Session) -> bool:
    """Whether the register holds invented organisations."""
    return db.scalar(select(Organization.id).where(Organization.note.contains(DEMO)).limit(1)) is not None


def _entries() -> Select[*tuple[Any, ...]]:
    """The public columns, in the order of Entry; the sealed ones are never read."""
    own = Organization
    columns = (own.id, own.name, own.aliases, own.category, own.management, own.head, own.place, own.members)
    papers = (own.filing_no, own.credit_code, own.issued_on, own.expires_on, own.note, own.status)
    where = (Community.id, Community.name, Town.name, Town.contact)
    query = select(*columns, *papers, *where)
    return query.join(Community, own.community_id == Community.id).join(Town, Community.town_id == Town.id)


def terms(query: str, known: Iterable[Entry]) -> list[str]:
    """The words of a search; the name of a place is one of its own, also where it is written without a space."""
    places = {name for row in known for name in (row.community, row.town) if name in query}
    for name in sorted(places, key=len, reverse=True):
        query = query.replace(name, f" {name} ")
    return query.split()


def search(known: Iterable[Entry], wanted: Sequence[tuple[str, Sequence[str]]]) -> list[Entry]:
    """Entries that answer every (word, signs of the need it speaks of), best first."""
    scored = [(_score(row, wanted), row) for row in known]
    return [row for score, row in sorted(scored, key=lambda pair: -pair[0]) if score or not wanted]


def _score(row: Entry, wanted: Sequence[tuple[str, Sequence[str]]]) -> int:
    names = "\n".join((row.name, *row.aliases))
    facts = (row.category, row.management, row.community, row.town, row.place, row.note)
    told = "\n".join(fact for fact in facts if fact)
    numbers = {bare_number(row.filing_no), row.credit_code}
    scores = []
    for word, signs in wanted:
        named = 8 * (word in names) + 4 * (word in told) + 8 * (bare_number(word) in numbers - {""})
        scores.append(named + any(sign in names for sign in signs) * 3 + any(sign in told for sign in signs) * 2)
    return sum(scores) if all(scores) else 0


# -- activities and disclosure ----------------------------------------------------------------------------------


def coming(
    db: Session,
    now: datetime,
    *,
    community_id: int | None = None,
    organization_id: int | None = None,
    limit: int = 20,
) -> list[Event]:
    """What is not over yet, soonest first; a series stays until the day its rule ends."""
    today = now.astimezone(SHANGHAI).date().isoformat()
    query = _events(community_id, organization_id).where(
        or_(Activity.start >= today, Activity.end >= today, Activity.repeat.is_not(None))
    )
    rows = [_event(row) for row in db.execute(query.order_by(Activity.start))]
    return [row for row in rows if _ahead(row, now)][:limit]


def unreported(db: Session, now: datetime, organization_id: int) -> list[Event]:
    """What was planned, is over, and of which nothing was told; newest first."""
    query = _events(None, organization_id).where(Activity.repeat.is_(None)).order_by(Activity.start.desc())
    rows = [_event(row) for row in db.execute(query.limit(PAST * 2))]
    return [row for row in rows if not _ahead(row, now)][:PAST]


def _events(community_id: int | None, organization_id: int | None) -> Select[*tuple[Any, ...]]:
    columns = (Activity.title, Activity.start, Activity.end, Activity.repeat, Activity.place, Activity.building)
    query = select(*columns, Activity.organization_id, Activity.organization).where(Activity.status == PLANNED)
    if community_id:
        query = query.where(Activity.community_id == community_id)
    return query.where(Activity.organization_id == organization_id) if organization_id else query


def _event(row: Sequence[Any]) -> Event:
    title, start, end, repeat, place, building, organization_id, organization = row
    return Event(
        title=masked(title) or "",
        start=When(start),
        end=When(end) if end else None,
        repeat=repeat,
        place=None if building and FLAT.search(building) else masked(place),
        organization_id=organization_id,
        organization=masked(organization),
    )


def _ahead(event: Event, now: datetime) -> bool:
    if event.repeat is None:
        return (event.end or event.start).over() > now
    ends = re.search(r"UNTIL=(\d{8})", event.repeat)
    return ends is None or ends[1] >= now.astimezone(SHANGHAI).strftime("%Y%m%d")


def shown(
    db: Session, *, community_id: int | None = None, organization_id: int | None = None, limit: int = 3000
) -> list[Item]:
    """Published items, newest first. What came of a dispute or a hazard never gets here, whoever published it."""
    columns = (Disclosure.organization_id, Disclosure.topic, Disclosure.title, Disclosure.period, Disclosure.money)
    more = (Disclosure.direction, Disclosure.content, Disclosure.published_on)
    of_activity = (Activity.start, Activity.attended, Activity.volunteers)
    query = (
        select(*columns, *more, *of_activity)
        .outerjoin(Activity, and_(Activity.no == Disclosure.source_no, Activity.status != CANCELLED))
        .where(Disclosure.status == PUBLISHED)
        .where(or_(Disclosure.source_no.is_(None), Disclosure.source_no.not_like(f"{DISPUTE}%")))
        .where(or_(Disclosure.source_no.is_(None), Disclosure.source_no.not_like(f"{SAFETY}%")))
        .order_by(Disclosure.published_on.desc(), Disclosure.id.desc())
    )
    if community_id:
        query = query.where(Disclosure.community_id == community_id)
    if organization_id:
        query = query.where(Disclosure.organization_id == organization_id)
    return [_item(row) for row in db.execute(query.limit(limit))]


def _item(row: Sequence[Any]) -> Item:
    organization_id, topic, title, period, money, direction, content, published_on, start, attended, volunteers = row
    return Item(
        organization_id=organization_id,
        topic=topic,
        title=masked(title) or "",
        period=period,
        money=money,
        direction=direction,
        content=masked(content),
        published_on=published_on,
        start=When(start) if start else None,
        attended=attended,
        volunteers=volunteers,
    )


def by_year(items: Sequence[Item]) -> list[tuple[int, list[Section]]]:
    """(year, its sections in the order of the topics), the newest year first."""
    years = sorted({item.year for item in items}, reverse=True)
    return [(year, _sections([item for item in items if item.year == year])) for year in years]


def _sections(items: Sequence[Item]) -> list[Section]:
    found = [Section(topic, [item for item in items if item.topic == topic]) for topic in TOPICS]
    return [section for section in found if section.items]
