"""Small facts about this database: the directory's revision, and policy settings with their source."""

from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base

DIRECTORY = "directory_revision"


class Setting(Base):
    """One named fact."""

    __tablename__ = "settings"
    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)


def directory_revision(db: Session) -> int:
    row = db.get(Setting, DIRECTORY)
    return int(row.value) if row else 0


def directory_changed(db: Session) -> None:
    """Tells every process to read the names again."""
    row = db.get(Setting, DIRECTORY)
    if row is None:
        db.add(Setting(name=DIRECTORY, value=1))
    else:
        row.value = int(row.value) + 1
