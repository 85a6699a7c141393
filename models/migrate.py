"""Bringing a database to the newest migration (Alembic, configured here and in pyproject.toml)."""

from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import OperationalError

from models.base import Database, Unavailable

HERE = Path(__file__).parent / "migrations"


def _config(database: Database) -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(HERE))
    config.attributes["database"] = database
    return config


def upgrade(database: Database) -> None:
    """To the newest migration; nothing when it is there already."""
    if not behind(database):
        return
    command.upgrade(_config(database), "head")


def behind(database: Database) -> bool:
    """Whether migrations wait. Raises Unavailable."""
    try:
        with database.engine.connect() as connection:
            at = MigrationContext.configure(connection).get_current_revision()
    except OperationalError as error:
        raise Unavailable(type(error).__name__) from None
    return at != ScriptDirectory.from_config(_config(database)).get_current_head()


def revise(database: Database, message: str) -> None:
    """Writes a migration from the difference between the tables here and those in the database."""
    command.revision(_config(database), message, autogenerate=True)
