"""The migrations build exactly the tables the code declares, on both databases."""

from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from models import migrate, tables
from models.base import Base, Database
from tests.conftest import DATA_KEY

assert tables


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest) -> Iterator[Database]:
    database = Database(request.getfixturevalue(f"{request.param}_url"), DATA_KEY)
    yield database
    database.close()


def test_migrations_and_tables_agree(empty: Database) -> None:
    assert migrate.behind(empty)
    migrate.upgrade(empty)
    assert not migrate.behind(empty)
    with empty.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_upgrading_twice_is_harmless(empty: Database) -> None:
    migrate.upgrade(empty)
    migrate.upgrade(empty)
    assert not migrate.behind(empty)
