"""Community social organisations as the directory (名录) knows them."""

from dataclasses import dataclass
from datetime import date

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
