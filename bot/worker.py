"""Jobs ordered through a stream in Redis: the clock puts them there, workers take them (taskiq beneath)."""

import asyncio
import logging
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import redis
from taskiq import AsyncBroker, TaskiqScheduler
from taskiq.api import run_scheduler_task
from taskiq.exceptions import SendTaskError
from taskiq.receiver import Receiver
from taskiq.schedule_sources import LabelScheduleSource
from taskiq_redis import RedisStreamBroker

from bot.config import Config, keys
from bot.jobs import Jobs
from bot.logs import fields
from models.base import Database

log = logging.getLogger("shezhu.jobs")
QUEUE = "shezhu:jobs"
QUEUE_LENGTH = 1000  # what is older says nothing new: every job looks at the database
WIDTH = 4  # jobs of one worker at a time, one of each kind; sending has threads of its own
CALM = 1.0  # seconds between two tries to reach a broker that is gone


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
    on_the_hour = {"cron": "0 * * * *", "cron_offset": "Asia/Shanghai"}
    schedules = {"drain": every, "sweep": hourly, "gather": on_the_hour, "fetch": {"interval": 15}}
    for name, schedule in schedules.items():
        broker.register_task(_plain(getattr(jobs, name) if jobs else _elsewhere), task_name=name, schedule=[schedule])
    return broker


def _plain(run: Callable[[], None]) -> Callable[[], None]:
    """The queue's library renames the functions it is given; a method cannot be renamed."""

    def job() -> None:
        run()

    return job


class Bell:
    """Rung by the web process when something urgent is committed: a worker looks at once, not at the clock's next tick.

    A ring that is lost costs `push.poll_seconds`: the database knows what is due.
    """

    def __init__(self, config: Config):
        self._broker = build_broker(config, None)
        self._loop = asyncio.get_running_loop()

    def ring(self) -> None:
        """From any thread; returns at once."""
        if not self._loop.is_closed():
            asyncio.run_coroutine_threadsafe(self._order(), self._loop)

    async def _order(self) -> None:
        drain = self._broker.find_task("drain")
        assert drain is not None
        try:
            await asyncio.wait_for(drain.kiq(), CALM)
        except (SendTaskError, TimeoutError) as error:
            log.warning("the queue does not take the bell", extra=fields(error=type(error).__name__))

    async def close(self) -> None:
        await self._broker.shutdown()


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
        told = fields(error=type(lost.exceptions[0]).__name__)
        log.warning("the queue is gone; looking for work by myself", extra=told)
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
