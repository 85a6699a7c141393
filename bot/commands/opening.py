"""The configured database, for commands that need nothing else."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.commands import console
from bot.config import Config, keys
from models import migrate
from models.base import Database
from models.seal import Seal

SUPPORTED = ("sqlite:", "sqlite+", "postgresql:", "postgresql+", "postgres:")
AES_KEY = re.compile(r"[A-Za-z0-9+/]{43}")  # what the platform calls EncodingAESKey
UNSET = "A" * 43  # stands in for a key that is made at the first start


def check(config: Config) -> None:
    """An unsupported database and a data key that is none are said as what they are."""
    if not config.database.url.startswith(SUPPORTED):
        raise console.Failure("bad_database")
    data_key = config.security.data_key.get_secret_value()
    try:
        Seal(data_key or UNSET)
    except ValueError:
        raise console.Failure("bad_data_key") from None
    aes_key = config.wechat.aes_key.get_secret_value()
    if aes_key and not AES_KEY.fullmatch(aes_key):
        raise console.Failure("bad_aes_key")


@contextmanager
def said_plainly(config: Config) -> Iterator[None]:
    """Around building a deployment: also a model that is not there is said as what it is."""
    check(config)
    try:
        yield
    except FileNotFoundError as error:
        if "artefact" not in Path(error.filename or "").parts:
            raise
        raise console.Failure("no_artefact", path=error.filename) from None


@contextmanager
def database() -> Iterator[Database]:
    """Opened (an embedded one brought to the newest migration), and closed in the end."""
    config = console.configured()
    embedded = config.database.url.startswith("sqlite")
    check(config)
    opened = Database(config.database.url, keys(config, embedded=embedded)[0], config.database.width)
    try:
        if embedded:
            migrate.upgrade(opened)
        yield opened
    finally:
        opened.close()


def upgrade() -> None:
    """The configured database, brought to the newest migration."""
    with database() as opened:
        migrate.upgrade(opened)
    console.say("migrated")
