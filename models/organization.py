"""Community social organisations as the directory (名录) knows them."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from typing import NamedTuple

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base
from models.place import Community, Town

CATEGORIES = ("公益慈善", "居民互助", "文体科教", "纠纷调处", "平安建设", "特色")
MANAGEMENT = ("登记", "备案", "社区管理")
ACTIVE, DISSOLVED = "active", "dissolved"


class Organization(Base):
    """One organisation; the head's phone is personal data and sealed."""

    __tablename__ = "organizations"
    __table_args__ = (Index("ix_organizations_name", "community_id", "name", unique=True),)
    id: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("communities.id"))
    name: Mapped[str] = mapped_column(String(80))
    aliases: Mapped[list[str]] = mapped_column(JSON, default=list)
    category: Mapped[str | None] = mapped_column(String(8))
    management: Mapped[str] = mapped_column(String(8), default="社区管理")
    head: Mapped[str | None] = mapped_column(String(40))
    phone: Mapped[bytes | None] = mapped_column(LargeBinary)
    place: Mapped[str | None] = mapped_column(String(80))
    members: Mapped[int | None]
    filing_no: Mapped[str | None] = mapped_column(String(40))
    credit_code: Mapped[str | None] = mapped_column(String(18))
    issued_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    note: Mapped[str | None] = mapped_column(String(400))
    status: Mapped[str] = mapped_column(String(12), default=ACTIVE)
    community: Mapped[Community] = relationship(lazy="raise")


@dataclass(frozen=True)
class Named:
    """What the name index needs of one organisation."""

    id: int
    name: str
    aliases: list[str]
    community: str
    town: str


def named(db: Session) -> list[Named]:
    """Every living organisation with its community and town, for building the vocabulary."""
    query = (
        select(Organization.id, Organization.name, Organization.aliases, Community.name, Town.name)
        .join(Community, Organization.community_id == Community.id)
        .join(Town, Community.town_id == Town.id)
        .where(Organization.status == ACTIVE)
        .order_by(Organization.id)
    )
    return [Named(*row) for row in db.execute(query)]


def find(
    db: Session,
    *,
    community_id: int | None = None,
    town_id: int | None = None,
    category: str | None = None,
    words: list[str] | None = None,
    limit: int = 50,
) -> list[Organization]:
    """Living organisations, best known first; `words` match name, alias, place or note."""
    query = (
        select(Organization).where(Organization.status == ACTIVE).order_by(Organization.community_id, Organization.id)
    )
    if community_id:
        query = query.where(Organization.community_id == community_id)
    if town_id:
        query = query.join(Community).where(Community.town_id == town_id)
    if category:
        query = query.where(Organization.category == category)
    if words:
        columns = (Organization.name, Organization.note, Organization.place)
        query = query.where(or_(*(column.contains(word, autoescape=True) for word in words for column in columns)))
    return list(db.scalars(query.limit(limit)))


def count(db: Session) -> int:
    return db.scalar(select(func.count()).select_from(Organization)) or 0


ALIKE = 0.75  # two names in one community closer than this are easily taken for each other
SHORTEST = 2  # signs a name must keep once its place is taken off


class Line(NamedTuple):
    """What searching needs of one organisation; a city has thousands, and whole rows of them take too long."""

    id: int
    community_id: int
    name: str
    aliases: list[str]
    category: str | None
    management: str
    head: str | None
    place: str | None
    note: str | None


def living(db: Session, *, community_id: int | None = None, town_id: int | None = None) -> list[Line]:
    """Every living organisation of a community, else of a town, else all, in the order of the register."""
    columns = [getattr(Organization, name) for name in Line._fields]
    query = select(*columns).where(Organization.status == ACTIVE)
    if community_id:
        query = query.where(Organization.community_id == community_id)
    elif town_id:
        query = query.join(Community).where(Community.town_id == town_id)
    return [Line(*row) for row in db.execute(query.order_by(Organization.community_id, Organization.id))]


def search(found: Sequence[Line], words: Sequence[str], category: str | None = None) -> list[Line]:
    """Those whose name, nickname or note speaks of `words`, best first; the category alone is a weaker reason."""
    scored = [(_score(organization, words, category), organization) for organization in found]
    return [organization for score, organization in sorted(scored, key=lambda pair: -pair[0]) if score > 0]


def _score(organization: Line, words: Sequence[str], category: str | None) -> int:
    named = organization.name + "".join(organization.aliases)
    told = organization.note or ""
    hits = sum(4 * (word in named) + 3 * (word in told) for word in words)
    fits = category is not None and organization.category == category
    return hits + fits if hits or not words else 0


def sharing_words(found: Sequence[Line], text: str, common: str) -> list[Line]:
    """Those whose own name, nicknames or note share a telling pair of signs with the text, most pairs first.

    A pair that stands in `common` or that every third organisation bears tells nothing.
    """
    pairs = {row.id: _pairs("".join((row.name, *row.aliases, " ", row.note or ""))) & _pairs(text) for row in found}
    often = Counter(pair for own in pairs.values() for pair in own)
    usual = max(2, len(found) // 3)
    told = {row.id: [p for p in pairs[row.id] if p not in common and often[p] <= usual] for row in found}
    return sorted((row for row in found if told[row.id]), key=lambda row: -len(told[row.id]))


def _pairs(text: str) -> set[str]:
    return {text[place : place + 2] for place in range(len(text) - 1)}


def mentioned(found: Sequence[Line], text: str) -> Line | None:
    """The one organisation whose name or nickname stands in the text, the longest name first; None when unclear."""
    hits = [(len(name), row) for row in found for name in (row.name, *row.aliases) if name in text]
    longest = max((length for length, _ in hits), default=0)
    best = {row.id: row for length, row in hits if length == longest}
    return next(iter(best.values())) if len(best) == 1 else None


def called(db: Session, name: str, community_id: int | None, town_id: int | None) -> list[Line]:
    """Those that go by a name, in the community, else the town, else anywhere; else those whose name it is part of."""
    places = [{"community_id": community_id}] if community_id else []
    places += [{"town_id": town_id}] if town_id else []
    known = [living(db, **place) for place in places] + [living(db)]
    for rows in known:
        if found := [row for row in rows if name == row.name or name in row.aliases]:
            return found
    for rows in known:
        if found := [row for row in rows if name in row.name]:
            return found
    return []


def by_number(db: Session, number: str) -> Organization | None:
    """The organisation that holds a filing number or a credit code, whatever brackets it is written with."""
    plain = bare_number(number)
    numbers = select(Organization.id, Organization.filing_no, Organization.credit_code)
    held = numbers.where(or_(Organization.filing_no.is_not(None), Organization.credit_code.is_not(None)))
    key = next((row.id for row in db.execute(held) if plain in (bare_number(row.filing_no), row.credit_code)), None)
    return db.get(Organization, key) if key and plain else None


def bare_number(number: str | None) -> str:
    """A number without what people write differently: brackets, dashes, spaces, a closing 号."""
    return re.sub(r"[\s\-—–()（）〔〕\[\]【】]", "", number or "").removesuffix("号").upper()


def own_name(name: str, *places: str) -> str:
    """A name without the towns and communities it begins with, for comparing."""
    plain = re.sub(r"[\s“”\"《》「」·]", "", name)
    by_length = sorted((place for place in places if place), key=len, reverse=True)
    while place := next((p for p in by_length if plain.startswith(p) and len(plain) >= len(p) + SHORTEST), None):
        plain = plain.removeprefix(place)
    return plain


def alike(db: Session, community: Community, name: str) -> list[tuple[float, Line]]:
    """Living organisations of the community whose names resemble `name`, the closest first; 1.0 is the same name."""
    town = db.get(Town, community.town_id)
    places = (town.name if town else "", community.name, *community.aliases)
    plain = own_name(name, *places)
    rows = living(db, community_id=community.id)
    close = [(SequenceMatcher(None, plain, own_name(row.name, *places)).ratio(), row) for row in rows]
    return sorted((pair for pair in close if pair[0] >= ALIKE), key=lambda pair: -pair[0])


def communities_around(db: Session, latitude: float, longitude: float, limit: int = 3) -> list[tuple[float, Community]]:
    """(kilometres, community) nearest to a place, of those whose own place is known."""
    rows = db.scalars(select(Community).where(Community.latitude.is_not(None), Community.longitude.is_not(None)))
    far = [(_kilometres(latitude, longitude, row.latitude or 0.0, row.longitude or 0.0), row) for row in rows]
    return sorted(far, key=lambda pair: pair[0])[:limit]


def _kilometres(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Across a city the earth is flat enough."""
    north = (latitude - other_latitude) * 111.2
    east = (longitude - other_longitude) * 111.2 * math.cos(math.radians(latitude))
    return math.hypot(north, east)
