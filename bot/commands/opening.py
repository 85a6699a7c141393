"""The configured database, for commands that need nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager

from bot.commands import console
from bot.config import keys
from models import migrate
from models.base import Database


@contextmanager
def good_key() -> Iterator[None]:
    """A data key that is no key is said as what it is."""
    try:
        yield
    except ValueError as error:
        if type(error) is not ValueError:
            raise
        raise console.Failure("bad_data_key") from None


@contextmanager
def database() -> Iterator[Database]:
    """Opened (an embedded one brought to the newest migration), and closed in the end."""
    config = console.configured()
    embedded = config.database.url.startswith("sqlite")
    with good_key():
        opened = Database(config.database.url, keys(config, embedded=embedded)[0], config.database.width)
    try:
        if embedded:
            migrate.upgrade(opened)
        yield opened
    finally:
        opened.close()
