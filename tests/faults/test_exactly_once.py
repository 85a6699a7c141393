"""Killed servers and retry storms: every number ever answered exists once, every message has one reply."""

import re
import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from models import migrate
from models.activity import Activity
from models.base import Database
from models.messages import Inbox
from tests import account
from tests.conftest import settle
from tests.faults.server import Server, deliver, opened, serving

NUMBER = re.compile(r"HD\d{8}-\d{4,}[0-9A-Z]")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"{request.param}_url"))


def prepare(url: str, people: int) -> Database:
    """A migrated database with the town and some bound workers."""
    from models import people as persons
    from models.people import Role
    from tests.conftest import NOW

    database = opened(url)
    migrate.upgrade(database)
    with database.transaction() as db:
        settle(db)
        for place in range(people):
            persons.add(db, "wechat", f"w{place}", NOW, role=Role.WORKER, community_id=1, town_id=1)
    return database


def talk(person: str, number: int) -> list[str]:
    """One registration: the sentence and the yes."""
    sentence = f"12月{number + 1}号上午9点{int(person[1:]) * 5 + 10}分活动室搞垃圾分类宣传,20来个人"
    return [account.message(person, Content=text) for text in (sentence, "确认")]


def delivered_alone(base: str, xml: str) -> str | None:
    with httpx.Client() as client:
        return deliver(client, base, xml)


def stored_numbers(database: Database) -> list[str]:
    with database.transaction() as db:
        return list(db.scalars(select(Activity.no)))


def test_kill_during_load_loses_and_doubles_nothing(url: str) -> None:
    """SIGKILL under load, restart, redelivery: as WeChat does it, up to three times more."""
    database = prepare(url, people=6)
    server = Server(url)
    answers: dict[str, set[str]] = defaultdict(set)
    killed, lock = threading.Event(), threading.Lock()

    def person(place: int) -> None:
        with httpx.Client() as client:
            for number in range(8):
                for xml in talk(f"w{place}", number):
                    deliver_until_answered(client, xml)

    def deliver_until_answered(client: httpx.Client, xml: str) -> None:
        for _ in range(300):
            text = deliver(client, server.base, xml)
            if text:
                with lock:
                    answers[xml].add(text)
                return
            time.sleep(0.1)

    with ThreadPoolExecutor(6) as pool:
        work = [pool.submit(person, place) for place in range(6)]
        for _ in range(2):
            time.sleep(0.6)
            server.kill()
            killed.set()
            server = Server(url, port=server.port)
        for done in work:
            done.result()
    with httpx.Client() as client:
        for xml, first in list(answers.items()):
            first.add(deliver(client, server.base, xml) or "")
    server.stop()
    assert killed.is_set()
    assert len(answers) == 6 * 8 * 2, "every message was answered"
    assert all(len(texts) == 1 for texts in answers.values()), "redelivery brought the same reply"
    given = [NUMBER.search(text).group() for texts in answers.values() for text in texts if NUMBER.search(text)]  # type: ignore[union-attr]
    assert sorted(given) == sorted(stored_numbers(database))
    assert len(given) == len(set(given)) == 48
    database.close()


@pytest.mark.postgres
def test_retry_storm_through_two_processes(postgres_url: str) -> None:
    """Every message three times, at the same moment, through two web processes: one deed, one reply."""
    database = prepare(postgres_url, people=4)
    with serving(postgres_url) as one, serving(postgres_url) as two, ThreadPoolExecutor(12) as pool:
        bases = [one.base, two.base, one.base]

        def storm(xml: str) -> set[str | None]:
            return set(pool.map(lambda base: delivered_alone(base, xml), bases))

        with ThreadPoolExecutor(4) as persons:

            def person(place: int) -> list[set[str | None]]:
                return [storm(xml) for number in range(6) for xml in talk(f"w{place}", number)]

            replies = [texts for told in persons.map(person, range(4)) for texts in told]
    assert all(len(texts) == 1 and None not in texts for texts in replies), "three deliveries, one reply"
    assert len(stored_numbers(database)) == 24, "side effects exactly 1.0 per message"
    with database.transaction() as db:
        assert db.scalar(select(func.count()).select_from(Inbox)) == 48
    database.close()


def test_an_altered_body_under_an_old_identity_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/forged.db"
    database = prepare(url, people=1)
    with serving(url, SHEZHU_WECHAT__AES_KEY="") as server, httpx.Client(base_url=server.base) as client:
        request = account.plain(account.message("w0", Content="你好"))
        first = client.post("/wechat", params=request.params, content=request.content)
        again = client.post("/wechat", params=request.params, content=request.content)
        altered = request.content.replace("你好".encode(), "取消".encode())
        forged = client.post("/wechat", params=request.params, content=altered)
        other = account.message("w0", Content="帮助").encode()
        reused = client.post("/wechat", params=request.params, content=other)
    assert first.status_code == again.status_code == 200
    assert account.content(first.text) == account.content(again.text)
    assert forged.status_code == reused.status_code == 403
    with database.transaction() as db:
        assert db.scalar(select(func.count()).select_from(Inbox)) == 1
    database.close()
