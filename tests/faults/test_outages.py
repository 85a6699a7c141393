"""A locked, full or absent database, a dead Redis, held connections, a stop: nothing lost, nothing twice."""

import re
import resource
import socket
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psycopg
import pytest
from sqlalchemy import select

from models.activity import Activity
from models.base import Database
from models.messages import Inbox, Outbox
from tests import account
from tests.faults.server import Server, delivered, serving
from tests.faults.test_exactly_once import NUMBER, prepare, stored_numbers, talk

SECRETS = ("oSECRET", "秘密", account.TOKEN, account.AES_KEY, "signature=", "ASGI")  # the last: an error nobody met


def late(database: Database) -> int:
    with database.transaction() as db:
        return len(db.scalars(select(Outbox.id).where(Outbox.kind == "late")).all())


def soon(look: Callable[[], bool], *, within: float = 5) -> bool:
    """Whether `look()` becomes true in time."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if look():
            return True
        time.sleep(0.05)
    return False


def quiet(log: Path) -> None:
    """Nothing in the log tells who said what."""
    said = log.read_text(encoding="utf-8")
    assert [word for word in SECRETS if word in said] == []


def numbers(texts: Iterable[str]) -> list[str]:
    return [found.group() for text in texts if (found := NUMBER.search(text))]


def locked(url: str) -> sqlite3.Connection:
    rival = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    rival.execute("BEGIN IMMEDIATE")
    return rival


def test_a_locked_database_delays_and_doubles_nothing(tmp_path: Path) -> None:
    """`success` inside the budget, one late reply, the retry answered; also when the service is told to stop."""
    url, log = f"sqlite:///{tmp_path}/locked.db", tmp_path / "log"
    database = prepare(url, people=1)
    xml = account.message("oSECRET", Content="你好 秘密")
    with serving(url, log=log, SHEZHU_WECHAT__BUDGET="0.5") as server, ThreadPoolExecutor(2) as pool:
        rival = locked(url)
        assert delivered(server.base, xml) == (200, "")
        assert httpx.get(f"{server.base}/readyz", timeout=2).status_code == 200, "readiness waits for no writer"
        retry = pool.submit(delivered, server.base, xml)
        time.sleep(0.2)
        rival.execute("ROLLBACK")
        assert "您好" in retry.result()[1]
        assert soon(lambda: late(database) == 1)
        assert delivered(server.base, xml) == retry.result()
        rival.execute("BEGIN IMMEDIATE")
        assert delivered(server.base, account.message("oSECRET", Content="帮助")) == (200, "")
        server.process.terminate()
        time.sleep(0.3)
        rival.execute("ROLLBACK")
        server.process.wait(timeout=10)
    assert late(database) == 2, "what was promised before the stop is kept"
    quiet(log)
    rival.close()
    database.close()


def test_a_full_disk_loses_nothing_and_is_got_over(tmp_path: Path) -> None:
    """While nothing more can be written the platform is asked to come again; every number told is kept."""
    url, log = f"sqlite:///{tmp_path}/full.db", tmp_path / "log"
    database = prepare(url, people=1)
    waiting = [xml for number in range(7) for xml in talk("w0", number)]
    with serving(url, log=log) as server:
        answers = [delivered(server.base, xml) for xml in waiting[:4]]
        written = max(file.stat().st_size for file in tmp_path.glob("full.db*"))
        limit(server, written + 50_000)
        answers += [delivered(server.base, xml) for xml in waiting[4:]]
        assert {status for status, _ in answers} == {200, 503}
        limit(server, resource.RLIM_INFINITY)
        later = [delivered(server.base, xml) for xml in waiting]
    assert {status for status, _ in later} == {200}
    assert all(before in (after, (503, "try again")) for before, after in zip(answers, later, strict=True))
    assert sorted(numbers(text for _, text in later)) == sorted(stored_numbers(database))
    quiet(log)
    database.close()


def limit(server: Server, size: int) -> None:
    """No file of the server's may grow beyond `size` bytes: to a process, a full disk."""
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def test_held_connections_keep_nobody_out_and_stop_nobody_from_leaving(tmp_path: Path) -> None:
    url, log = f"sqlite:///{tmp_path}/held.db", tmp_path / "log"
    prepare(url, people=1).close()
    server = Server(url, log=log)
    query = httpx.QueryParams(account.safe("").params)
    begun = f"POST /wechat?{query} HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n<xml>".encode()

    held = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(300)]
    for place, one in enumerate(held):
        one.sendall(begun[: (0, 12, len(begun))[place % 3]])
    assert all("您好" in delivered(server.base, account.message("w0", Content="你好"))[1] for _ in range(5))
    server.stop()  # within ten seconds, or it raises
    for one in held:
        one.close()
    quiet(log)


def test_a_stop_under_load_answers_what_it_took(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/stop.db"
    database = prepare(url, people=1)
    server = Server(url)

    def person(place: int) -> list[int]:
        statuses: list[int] = []
        while not statuses or statuses[-1]:
            statuses.append(delivered(server.base, account.message(f"o{place}", Content="你好"))[0])
        return statuses

    with ThreadPoolExecutor(8) as pool:
        work = [pool.submit(person, place) for place in range(8)]
        time.sleep(0.6)
        server.stop()
    statuses = Counter(status for done in work for status in done.result())
    assert set(statuses) == {200, 0}
    with database.transaction() as db:
        assert len(db.scalars(select(Inbox.id)).all()) == statuses[200], "every answered message is kept, and no other"
    database.close()


def test_a_dead_redis_is_reported_and_missed_by_nobody(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/redis.db"
    prepare(url, people=1).close()
    with serving(url, SHEZHU_REDIS__URL="redis://127.0.0.1:1/0") as server:
        assert "您好" in delivered(server.base, account.message("w0", Content="你好"))[1]
        ready = httpx.get(f"{server.base}/readyz")
    assert (ready.status_code, ready.json()["redis"]) == (200, "unreachable")


def barred(server: str, name: str, *, away: bool) -> None:
    """Closes a database to everybody and breaks every connection to it, or opens it again."""
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {not away}")
        if away:
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])


@pytest.mark.postgres
def test_a_database_that_goes_away_under_load(postgres_server: str, postgres_url: str, tmp_path: Path) -> None:
    """Asked to come again while it is away; afterwards every message has its one deed and its one reply."""
    database, log = prepare(postgres_url, people=4), tmp_path / "log"
    name = re.search(r"/(shezhu_\w+)", postgres_url).group(1)  # type: ignore[union-attr]
    answers: dict[str, str] = {}
    refusals: list[int] = []

    def person(place: int) -> None:
        for xml in (xml for number in range(5) for xml in talk(f"w{place}", number)):
            while (answer := delivered(server.base, xml))[0] != 200:
                refusals.append(answer[0])
                time.sleep(0.1)
            answers[xml] = answer[1]

    with serving(postgres_url, log=log) as server, ThreadPoolExecutor(4) as pool:
        work = [pool.submit(person, place) for place in range(4)]
        time.sleep(0.3)
        barred(postgres_server, name, away=True)
        assert soon(lambda: 503 in refusals)
        assert httpx.get(f"{server.base}/readyz", timeout=9).json()["database"] == "unreachable"
        barred(postgres_server, name, away=False)
        for done in work:
            done.result()
        assert {xml: delivered(server.base, xml)[1] for xml in answers} == answers
    database.engine.dispose()
    given = numbers(answers.values())
    assert set(refusals) == {503}
    assert len(given) == 20
    assert sorted(given) == sorted(stored_numbers(database))
    quiet(log)
    database.close()


@pytest.mark.postgres
def test_two_words_at_once_through_two_processes_both_count(postgres_url: str) -> None:
    database = prepare(postgres_url, people=1)
    with serving(postgres_url) as one, serving(postgres_url) as two, ThreadPoolExecutor(2) as pool:
        for number in range(5):
            sentence, yes = talk("w0", number)
            delivered(one.base, sentence)
            said = [account.message("w0", Content=text) for text in ("人数改成35", "地点换成二楼会议室")]
            list(pool.map(delivered, (one.base, two.base), said))
            assert NUMBER.search(delivered(two.base, yes)[1])
    with database.transaction() as db:
        kept = db.execute(select(Activity.headcount, Activity.place)).all()
    assert [tuple(row) for row in kept] == [(35, "二楼会议室")] * 5
    database.close()
