"""The database: one engine, one transaction a message, and the few column types every table shares."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, DateTime, Dialect, Engine, Executable, Table, create_engine, event, make_url, text
from sqlalchemy.exc import IntegrityError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Session as Session
from sqlalchemy.pool import QueuePool
from sqlalchemy.types import TypeDecorator

from models.seal import Seal
from models.when import SHANGHAI

Result = TypeVar("Result")
# Values never reach an error's text; a session ends its own transaction, so the pool need not do it once more.
CALM: dict[str, Any] = {"hide_parameters": True, "pool_reset_on_return": None}
TRIES = 3  # a deadlock or a lost connection is met by doing the whole unit of work again
PAUSE = 0.2  # seconds between two tries
GAVE_WAY = (OperationalError, InterfaceError, InternalError, PoolTimeout)  # InternalError: turned read-only
# A server that answers nothing, and a connection whose other end is gone, are found out within seconds.
ATTENTIVE = {"connect_timeout": 3, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}


class Unavailable(Exception):
    """The database cannot be reached; nothing was done. Never holds what was to be stored."""


class Base(DeclarativeBase):
    """Parent of every table."""


class Instant(TypeDecorator[datetime]):
    """An aware datetime: stored in UTC, read in Asia/Shanghai; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored instant needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(SHANGHAI)


DRIVERS = {  # whatever driver the address names, the synchronous one does the work (docs/decisions/0001)
    "postgresql+asyncpg": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "sqlite+aiosqlite": "sqlite",
}


class Database:
    """Opens `url`; `data_key` seals personal data; `width` turns may run at once (SQLite: always one writer)."""

    def __init__(self, url: str, data_key: str, width: int = 4, settings: Mapping[str, Any] | None = None):
        address = make_url(url)
        self.url = address.set(drivername=DRIVERS.get(address.drivername, address.drivername))
        self.embedded = self.url.get_backend_name() == "sqlite"
        self.width = 1 if self.embedded else width
        self._info = {"seal": Seal(data_key), "settings": settings or {}}
        self.engine = self._engine()

    def _engine(self) -> Engine:
        if not self.embedded:
            pool = {"pool_size": self.width, "max_overflow": self.width, "pool_timeout": 3}
            return create_engine(self.url, **pool, connect_args=ATTENTIVE, **CALM)
        if self.url.database and self.url.database != ":memory:":
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        options: dict[str, Any] = {"check_same_thread": False, "timeout": 10}
        engine = create_engine(self.url, poolclass=QueuePool, pool_size=4, connect_args=options, **CALM)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin)
        return engine

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One unit of work: committed when the block ends well, rolled back when it raises."""
        with Session(self.engine, expire_on_commit=False, info=self._info) as session:
            yield session
            session.commit()

    def read(self, work: Callable[[Session], Result]) -> Result:
        """What `work` reads; it waits for no writer and keeps none waiting. Raises Unavailable."""
        try:
            with Session(self.engine.execution_options(reading=True), info=self._info) as session:
                return work(session)
        except GAVE_WAY as error:
            raise Unavailable(reason(error)) from None

    def run(self, work: Callable[[Session], Result]) -> Result:
        """Does `work` in a transaction of its own, again if the database gave way; it must touch nothing else."""
        for left in reversed(range(TRIES)):
            try:
                with self.transaction() as session:
                    return work(session)
            except GAVE_WAY as error:
                if not left:
                    raise Unavailable(reason(error)) from None
                time.sleep(PAUSE)
            except IntegrityError:
                if not left:
                    raise
        raise AssertionError("unreachable")

    def ping(self) -> None:
        """Raises when the database cannot be reached."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        self.engine.dispose()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN would come too late to be IMMEDIATE
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    """A writer takes its place at once rather than fail when it first writes."""
    reading = connection.get_execution_options().get("reading")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def seal(db: Session, value: str | None) -> bytes | None:
    """Personal data on its way into a column."""
    return _seal_of(db).close(value)


def unseal(db: Session, value: bytes | None) -> str | None:
    """Personal data on its way out; whoever calls this has checked who asks."""
    return _seal_of(db).open(value)


def _seal_of(db: Session) -> Seal:
    keeper: Seal = db.info["seal"]
    return keeper


def reason(error: Exception) -> str:
    """Why the database gave way, in its driver's first line; statements and their values are left out."""
    cause = getattr(error, "orig", None) or error
    return (str(cause).splitlines() or [type(cause).__name__])[0][:200]


def rows(table: type[Base]) -> Table:
    """The plain table: what is said once a message skips the mapper's bookkeeping."""
    return cast(Table, table.__table__)


def insert_new(db: Session, table: type[Base], **values: Any) -> int | None:
    """Inserts unless a unique key is taken; the new id, or None. Waits for a rival transaction that holds the key."""
    db.flush()
    connection = db.connection()
    return cast("int | None", connection.scalar(_insertion(rows(table), connection.dialect.name), values))


@cache
def _insertion(table: Table, dialect: str) -> Executable:
    """`dialect` is sqlite or postgresql; only the one that is used takes memory."""
    insert = import_module(f"sqlalchemy.dialects.{dialect}").insert
    insertion: Executable = insert(table).on_conflict_do_nothing().returning(table.c.id)
    return insertion
