"""Work besides the talk: sending what is due, sweeping for reminders, fetching files; in this process or in workers."""

import asyncio
import logging
import signal
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path

import redis
from taskiq import AsyncBroker, TaskiqScheduler
from taskiq.api import run_scheduler_task
from taskiq.receiver import Receiver
from taskiq.schedule_sources import LabelScheduleSource
from taskiq_redis import RedisStreamBroker

from bot import carriers, metrics
from bot.client import media, wechat, wecom
from bot.client.errors import ApiError, Unknown, Unsent
from bot.client.wechat import WeChat
from bot.config import Config, keys
from bot.sender import Carry, Sender
from handlers import SKILLS
from handlers.skill import Remind
from models import media as files
from models import messages, stuck
from models.base import Database, Session, Unavailable
from models.when import SHANGHAI

log = logging.getLogger("shezhu.jobs")
QUEUE = "shezhu:jobs"
QUEUE_LENGTH = 1000  # what is older says nothing new: every job looks at the database
WIDTH = 3  # jobs of one worker at a time; sending has threads of its own
CALM = 1.0  # seconds between two tries to reach a broker that is gone


class Jobs:
    """Every job of a deployment; each may run anywhere, any number of times, at any moment."""

    def __init__(self, config: Config, database: Database, client: WeChat | None = None):
        self.config = config
        self._database = database
        self._client = client or account(config)
        channels: dict[str, Carry] = {}
        if self._client:
            channels |= carriers.of_wechat(self._client)
        if config.wecom.corp_id and config.wecom.secret.get_secret_value():
            channels |= carriers.of_wecom(wecom.build(config))
        self._sender = Sender(database, channels, config)
        self._draining = threading.Lock()
        self.stopping = threading.Event()

    def drain(self) -> None:
        """Sends what is due; nothing while another thread of this process is at it."""
        if not self._draining.acquire(blocking=False):
            return
        try:
            self._sender.drain(self.stopping)
            self._measure()
        except Unavailable:
            log.warning("the database is gone; pushes wait")
        finally:
            self._draining.release()

    def _measure(self) -> None:
        state = self._database.run(lambda db: stuck.state(db, datetime.now(SHANGHAI)))
        metrics.OUTBOX_AGE.set(state.oldest)
        metrics.UNREACHABLE.set(state.unreachable)

    def sweep(self) -> None:
        """Today's reminders; safe to run every hour."""
        try:
            sweep(self._database, datetime.now(SHANGHAI).date())
        except Unavailable:
            log.warning("the database is gone; reminders are planned at the next sweep")

    def fetch(self) -> None:
        """Files people sent, before the platform forgets them."""
        if self._client is None:
            return
        try:
            fetch(self._database, self._client, self.config, datetime.now(SHANGHAI))
        except Unavailable:
            log.warning("the database is gone; files are fetched later")


def account(config: Config) -> WeChat | None:
    """The official account's client, where there are credentials for one."""
    if not (config.wechat.app_id and config.wechat.app_secret.get_secret_value()):
        return None
    return wechat.build(config)


def sweep(database: Database, day: date, rules: Iterable[Remind] | None = None) -> int:
    """Plans what the skills' rules say falls due on `day`; how many were new. A second run plans nothing."""
    if rules is None:
        rules = [rule for skill in SKILLS for rule in skill.reminders]
    return sum(database.run(lambda db, rule=rule: _swept(db, day, rule)) for rule in rules)  # type: ignore[misc]


def _swept(db: Session, day: date, rule: Remind) -> int:
    return sum(
        messages.plan(
            db,
            nudge.user_id,
            key=nudge.key,
            kind=nudge.kind,
            text=nudge.text,
            send_at=nudge.send_at,
            urgency=nudge.urgency,
            not_after=nudge.not_after,
            source=nudge.source,
        )
        for nudge in rule(db, day)
    )


def fetch(database: Database, client: WeChat, config: Config, now: datetime, limit: int = 20) -> int:
    """Stores files under `push.media_folder`; how many. One that is gone or no file is marked so and left."""
    stored = 0
    for attachment, media_id in database.run(lambda db: files.unfetched(db, now, limit)):
        try:
            name = media.store(client.download(media_id, config.push.media_bytes), Path(config.push.media_folder))
            stored += 1
        except ApiError as error:
            log.warning("file of attachment %s cannot be had: %s", attachment, error)
            name = files.GONE
        except (Unsent, Unknown):
            continue
        database.run(lambda db, to=name, of=attachment: files.fetched(db, of, to))  # type: ignore[misc]
    return stored


# -- without workers --------------------------------------------------------------------------------------------------


class Background:
    """All jobs in one thread of the web process, for a deployment without Redis."""

    def __init__(self, config: Config, database: Database, client: WeChat | None = None):
        self._jobs = Jobs(config, database, client)
        self._wake = threading.Event()
        self._swept: tuple[date, int] | None = None
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def kick(self) -> None:
        """Something urgent was planned: do not wait for the next round."""
        self._wake.set()

    def stop(self) -> None:
        """Returns when the call under way is recorded."""
        self._jobs.stopping.set()
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._jobs.stopping.is_set():
            self.round(datetime.now(SHANGHAI))
            self._wake.wait(self._jobs.config.push.poll_seconds)
            self._wake.clear()

    def round(self, now: datetime) -> None:
        """One turn of the wheel: the sweep once an hour from its hour on, then what is due."""
        hour = (now.date(), now.hour)
        if self._swept != hour and now.hour >= self._jobs.config.push.sweep_hour:
            self._jobs.sweep()
            self._swept = hour
        self._jobs.drain()
        self._jobs.fetch()


# -- with workers -----------------------------------------------------------------------------------------------------


def build_broker(config: Config, jobs: Jobs | None) -> AsyncBroker:
    """The queue in Redis, with every job and its schedule; without `jobs` it can only order them."""
    broker = RedisStreamBroker(
        config.redis.url,
        queue_name=QUEUE,
        consumer_group_name="shezhu",
        maxlen=QUEUE_LENGTH,
        idle_timeout=config.push.lease_seconds * 1000,
        unacknowledged_lock_timeout=10,
    )
    every = {"interval": max(1, round(config.push.poll_seconds))}
    hourly = {"cron": f"3 {config.push.sweep_hour}-23 * * *", "cron_offset": "Asia/Shanghai"}
    schedules = {"drain": every, "sweep": hourly, "fetch": {"interval": 15}}
    for name, schedule in schedules.items():
        broker.register_task(_plain(getattr(jobs, name) if jobs else _elsewhere), task_name=name, schedule=[schedule])
    return broker


def _plain(run: Callable[[], None]) -> Callable[[], None]:
    """The queue's library renames the functions it is given; a method cannot be renamed."""

    def job() -> None:
        run()

    return job


def _elsewhere() -> None:
    raise RuntimeError("the clock orders jobs; workers do them")


def run_worker(config: Config) -> None:
    """Does jobs until told to stop. While Redis is gone it looks for work by itself: the database decides."""
    data_key, _ = keys(config, embedded=config.database.url.startswith("sqlite"))
    database = Database(config.database.url, data_key, config.push.width + 2, config.policy)
    jobs = Jobs(config, database)
    try:
        asyncio.run(_work(config, jobs))
    finally:
        database.close()


async def _work(config: Config, jobs: Jobs) -> None:
    stopped = asyncio.Event()

    def stop() -> None:
        jobs.stopping.set()
        stopped.set()

    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop)
    while not stopped.is_set():
        await _listen(build_broker(config, jobs), stopped)
        await asyncio.to_thread(jobs.drain)
        await asyncio.sleep(CALM)


async def _listen(broker: AsyncBroker, stopped: asyncio.Event) -> None:
    """Takes jobs from the queue until it is lost or we are told to stop; a job under way is finished."""
    try:
        with ThreadPoolExecutor(WIDTH, thread_name_prefix="job") as pool:
            await Receiver(broker, executor=pool, max_async_tasks=WIDTH).listen(stopped)
    except* (redis.RedisError, OSError) as lost:
        log.warning("the queue is gone (%s); looking for work by myself", lost.exceptions[0])
    finally:
        await broker.shutdown()


def run_scheduler(config: Config) -> None:
    """Orders jobs by the clock until told to stop. Two clocks do no harm: a job done twice finds nothing to do."""
    asyncio.run(_tick(config))


async def _tick(config: Config) -> None:
    loop, me = asyncio.get_running_loop(), asyncio.current_task()
    assert me is not None
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, me.cancel)
    broker = build_broker(config, None)
    scheduler = TaskiqScheduler(broker, [LabelScheduleSource(broker)])
    try:
        await run_scheduler_task(scheduler)
    except asyncio.CancelledError:
        await broker.shutdown()
