"""Jobs run in this process or in workers, any number of times, and go on when the queue is gone."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from taskiq import AsyncBroker
from taskiq.schedule_sources import LabelScheduleSource

from bot import worker
from bot.jobs import Background, Jobs, fetch, sweep
from bot.worker import build_broker
from handlers.skill import Nudge, Skill
from models import people, record
from models.base import Session
from models.record import Attachment
from tests.bot.test_api import photo
from tests.bot.wire import Deployment

PATIENCE = 20.0


class Played(Jobs):
    """Jobs whose sender has the simulator's clock."""

    def __init__(self, made: Deployment):
        super().__init__(made.config, made.database, made.client)
        self._sender = made.sender


@pytest.fixture
def played(deployment: Deployment) -> Played:
    return Played(deployment)


def rule(made: Deployment, user_id: int):  # type: ignore[no-untyped-def]
    def due(db: Session, day: date) -> Iterator[Nudge]:
        yield Nudge(user_id, f"filing:{day}", "证书还有三十天到期", "filing", made.now + timedelta(hours=1))

    return due


def test_a_second_sweep_plans_nothing(deployment: Deployment) -> None:
    rules = [rule(deployment, deployment.user().id)]
    today = deployment.now.date()
    assert sweep(deployment.database, today, rules) == 1
    assert sweep(deployment.database, today, rules) == 0
    assert sweep(deployment.database, today + timedelta(days=1), rules) == 1


def test_the_skills_own_rules_can_be_swept(deployment: Deployment) -> None:
    assert sweep(deployment.database, deployment.now.date()) >= 0


def test_in_process_what_is_due_leaves_by_itself(deployment: Deployment) -> None:
    deployment.says()
    background = Background(deployment.config, deployment.database, deployment.client)
    background._jobs = Played(deployment)
    background.start()
    deployment.plan("明天下午排练")
    background.kick()
    assert eventually(lambda: deployment.texts() == ["明天下午排练"])
    background.stop()


def test_a_failing_rule_stops_neither_the_others_nor_the_wheel(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(db: Session, day: date) -> Iterator[Nudge]:
        raise ValueError("a bug in a rule")

    skill = Skill("broken")
    skill.reminders += [broken, rule(deployment, deployment.user().id)]
    monkeypatch.setattr("bot.jobs.SKILLS", [skill])
    Played(deployment).sweep()
    assert [row.kind for row in deployment.rows] == ["filing"]


def test_told_to_stop_a_sender_lets_people_go(deployment: Deployment) -> None:
    deployment.says()
    deployment.plan("明天下午排练")
    stopping = threading.Event()
    lease = deployment.sender._lease

    def told(db: Session) -> list[int]:
        stopping.set()
        return lease(db)

    deployment.sender._lease = told  # type: ignore[method-assign]
    deployment.sender.drain(stopping)
    assert deployment.fates == ["planned"]
    deployment.another().drain()
    assert deployment.texts() == ["明天下午排练"]


def test_the_wheel_sweeps_once_an_hour_from_its_hour_on(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    swept: list[int] = []
    played = Played(deployment)
    monkeypatch.setattr(played, "sweep", lambda: swept.append(1))
    background = Background(deployment.config, deployment.database, deployment.client)
    background._jobs = played
    morning = deployment.now.replace(hour=5)
    for minutes in (0, 59, 60, 61, 119, 120):
        background.round(morning + timedelta(minutes=minutes))
    assert len(swept) == 2


def test_files_are_stored_and_lost_ones_marked(deployment: Deployment, tmp_path: Path) -> None:
    made = deployment
    config = made.config.model_copy(
        update={"push": made.config.push.model_copy(update={"media_folder": str(tmp_path)})}
    )
    kept = made.world.media.add("image", photo(), "image/jpeg", "x.jpg")
    with made.database.transaction() as db:
        person = people.get(db, "wechat", "resident")
        assert person is not None
        photos = [{"kind": "image", "media_id": media_id} for media_id in (kept.id, "gone")]
        record.attach(db, "HD1", person.id, photos, made.now)
    assert fetch(made.database, made.client, config, made.now) == 1
    assert fetch(made.database, made.client, config, made.now) == 0
    with made.database.transaction() as db:
        paths = [row.path for row in db.query(Attachment).order_by(Attachment.id)]
    assert paths[1] == ""
    assert paths[0]
    assert b"Secret" not in (tmp_path / paths[0]).read_bytes()


def test_every_job_has_a_schedule(deployment: Deployment) -> None:
    config = deployment.config.model_copy(
        update={"redis": deployment.config.redis.model_copy(update={"url": "redis://x"})}
    )
    broker = build_broker(config, None)
    source = LabelScheduleSource(broker)
    asyncio.run(source.startup())
    assert {task.task_name for task in asyncio.run(source.get_schedules())} == {"drain", "sweep", "gather", "fetch"}
    asyncio.run(broker.shutdown())


def with_redis(made: Deployment, url: str) -> Played:
    played = Played(made)
    played.config = made.config.model_copy(update={"redis": made.config.redis.model_copy(update={"url": url})})
    return played


def test_an_ordered_job_is_done_by_a_worker(deployment: Deployment, redis_server: str) -> None:
    deployment.says()
    deployment.plan("明天下午排练")
    played = with_redis(deployment, redis_server)

    async def play() -> None:
        broker = build_broker(played.config, played)
        stopped = asyncio.Event()
        work = asyncio.create_task(worker._listen(broker, stopped))
        await asyncio.sleep(0.3)
        await order(build_broker(played.config, None), "drain")
        for _ in range(100):
            if deployment.texts():
                break
            await asyncio.sleep(0.05)
        stopped.set()
        await work

    asyncio.run(play())
    assert deployment.texts() == ["明天下午排练"]


async def order(broker: AsyncBroker, name: str) -> None:
    task = broker.find_task(name)
    assert task is not None
    await task.kiq()
    await broker.shutdown()


def test_without_the_queue_a_worker_looks_for_work_itself(deployment: Deployment) -> None:
    deployment.says()
    deployment.plan("明天下午排练")
    played = with_redis(deployment, "unix:///nowhere/redis.sock")

    async def play() -> None:
        work = asyncio.create_task(worker._work(played.config, played))
        for _ in range(200):
            if deployment.texts():
                break
            await asyncio.sleep(0.05)
        os.kill(os.getpid(), signal.SIGTERM)
        await work

    asyncio.run(play())
    assert deployment.texts() == ["明天下午排练"]


def test_two_drains_in_one_process_do_not_pile_up(played: Played) -> None:
    played._draining.acquire()
    thread = threading.Thread(target=played.drain)
    thread.start()
    thread.join(timeout=PATIENCE)
    assert not thread.is_alive()


def eventually(holds) -> bool:  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.02)
    return False
