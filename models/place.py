"""Towns and communities: where everything happens, and which names the people there use."""

from sqlalchemy import JSON, ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base

CITY, RURAL = "城市", "农村"


class Town(Base):
    """镇、区、街道. `contact` is whom residents ask when policy leaves a question open."""

    __tablename__ = "towns"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    aliases: Mapped[list[str]] = mapped_column(JSON, default=list)
    contact: Mapped[str | None] = mapped_column(String(80))


class Community(Base):
    """社区、村; `kind` is 城市 or 农村; `aliases` hold former village names."""

    __tablename__ = "communities"
    __table_args__ = (Index("ix_communities_name", "town_id", "name", unique=True),)
    id: Mapped[int] = mapped_column(primary_key=True)
    town_id: Mapped[int] = mapped_column(ForeignKey("towns.id"))
    name: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(4), default=CITY)
    aliases: Mapped[list[str]] = mapped_column(JSON, default=list)
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    town: Mapped[Town] = relationship(lazy="raise")


def community_named(db: Session, name: str, town: str | None = None) -> Community | None:
    query = select(Community).where(Community.name == name)
    if town:
        query = query.join(Town).where(Town.name == town)
    found = db.scalars(query.limit(2)).all()
    return found[0] if len(found) == 1 else None


def town_named(db: Session, name: str) -> Town | None:
    return db.scalars(select(Town).where(Town.name == name)).one_or_none()


def communities(db: Session, town_id: int | None = None) -> list[Community]:
    query = select(Community).order_by(Community.town_id, Community.id)
    return list(db.scalars(query.where(Community.town_id == town_id) if town_id else query))


def towns(db: Session) -> list[Town]:
    return list(db.scalars(select(Town).order_by(Town.id)))
