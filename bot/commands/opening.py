"""The configured database, for commands that need nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager

from bot.commands import console
from bot.config import Config, keys
from models import migrate
from models.base import Database

SUPPORTED = ("sqlite:", "sqlite+", "postgresql:", "postgresql+", "postgres:")


@contextmanager
def said_plainly(config: Config) -> Iterator[None]:
    """Around opening a deployment: an unsupported database and a data key that is none are said as what they are."""
    if not config.database.url.startswith(SUPPORTED):
        raise console.Failure("bad_database")
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
    with said_plainly(config):
        opened = Database(config.database.url, keys(config, embedded=embedded)[0], config.database.width)
    try:
        if embedded:
            migrate.upgrade(opened)
        yield opened
    finally:
        opened.close()
