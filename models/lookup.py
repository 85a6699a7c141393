"""Reading a database without leaving a trace in it: none is made, nothing is locked, nothing can be written."""

import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from models.base import DRIVERS

Result = TypeVar("Result")
PATIENCE = 3  # seconds to wait for a server


class Unreadable(Exception):
    """There is a database, but it cannot be read: unreachable, locked, or without the tables asked for."""


def look(url: str, work: Callable[[Session], Result]) -> Result | None:
    """What `work` reads, or None where an embedded database does not exist. Raises Unreadable."""
    engine = _reader(url)
    if engine is None:
        return None
    try:
        with Session(engine) as db:
            return work(db)
    except DBAPIError as error:
        raise Unreadable(type(error).__name__) from None
    finally:
        engine.dispose()


def _reader(url: str) -> Engine | None:
    address = make_url(url)
    address = address.set(drivername=DRIVERS.get(address.drivername, address.drivername))
    if address.get_backend_name() != "sqlite":
        options = {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
        return create_engine(
            address, poolclass=NullPool, connect_args={"connect_timeout": PATIENCE}, execution_options=options
        )
    if not address.database or not Path(address.database).is_file():
        return None
    return create_engine(
        "sqlite://", poolclass=NullPool, creator=partial(_only_to_read, Path(address.database).resolve())
    )


def _only_to_read(file: Path) -> sqlite3.Connection:
    """A reader of a write-ahead log leaves two files behind; where nobody has one open, none is needed."""
    in_use = file.with_name(f"{file.name}-wal").exists()
    source = f"file:{quote(str(file))}?{'mode=ro' if in_use else 'immutable=1'}"
    return sqlite3.connect(source, uri=True, timeout=PATIENCE)
