"""Bringing a database to the newest migration (Alembic, loaded only when there is something to do)."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from models.base import Database, Session

if TYPE_CHECKING:
    from alembic.config import Config

HERE = Path(__file__).parent / "migrations"


def upgrade(database: Database) -> None:
    """To the newest migration; nothing when it is there already."""
    if behind(database):
        from alembic import command

        command.upgrade(_config(database), "head")


def behind(database: Database) -> bool:
    """Whether migrations wait; waits for no writer. Raises Unavailable."""
    return database.read(_revision) != newest()


def _revision(db: Session) -> str | None:
    if not inspect(db.connection()).has_table("alembic_version"):
        return None
    at: str | None = db.scalar(text("SELECT version_num FROM alembic_version"))
    return at


def newest() -> str:
    """The revision of the newest file; files are numbered in order."""
    return max(path.name.partition("_")[0] for path in (HERE / "versions").glob("[0-9]*.py"))


def revise(database: Database, message: str) -> None:
    """Writes a migration from the difference between the tables here and those in the database."""
    from alembic import command

    command.revision(_config(database), message, autogenerate=True, rev_id=f"{int(newest()) + 1:04d}")


def _config(database: Database) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.attributes["database"] = database
    return config
