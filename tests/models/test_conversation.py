"""A person's messages are answered one by one: the second sees everything the first did."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from models import conversation, migrate, people
from models.base import Database
from models.people import Role
from tests.conftest import NOW, settle
from tests.faults.server import opened

WHO = ("wechat", "w")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    database = opened(str(request.getfixturevalue(f"{request.param}_url")))
    migrate.upgrade(database)
    with database.transaction() as db:
        settle(db)
        people.add(db, *WHO, NOW, community_id=1, town_id=1)
    database.run(lambda db: conversation.lock(db, *WHO, NOW))
    yield database
    database.close()


def test_where_a_person_belongs_comes_with_the_lock(database: Database) -> None:
    with database.transaction() as db:
        community, town, organization = conversation.lock(db, *WHO, NOW).places
        assert [community and community.id, town and town.id, organization] == [1, 1, None]


def test_a_message_that_waited_sees_the_role_given_meanwhile(database: Database) -> None:
    locked, go = threading.Event(), threading.Event()

    def first() -> None:
        with database.transaction() as db:
            held = conversation.lock(db, *WHO, NOW)
            held.user.role, held.user.community_id = Role.TOWN, None
            locked.set()
            go.wait(5)
            conversation.write(db, held.user, "{}", NOW)

    def second() -> tuple[int, str | None, bool]:
        locked.wait(5)
        with database.transaction() as db:
            held = conversation.lock(db, *WHO, NOW)
            return held.user.role, held.state, held.places[0] is None

    with ThreadPoolExecutor(2) as threads:
        threads.submit(first)
        waiting = threads.submit(second)
        go.wait(0.3)  # time for the second to stand at the lock
        go.set()
        assert waiting.result(10) == (Role.TOWN, "{}", True)
