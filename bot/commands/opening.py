"""The configured database, for commands that need nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager

from bot.commands import console
from bot.config import keys
from models import migrate
from models.base import Database


@contextmanager
def database() -> Iterator[Database]:
    """Opened (an embedded one brought to the newest migration), and closed in the end."""
    config = console.configured()
    embedded = config.database.url.startswith("sqlite")
    opened = Database(config.database.url, keys(config, embedded=embedded)[0], config.database.width)
    try:
        if embedded:
            migrate.upgrade(opened)
        yield opened
    finally:
        opened.close()
