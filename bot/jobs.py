"""Work besides the talk: sending what is due, sweeping for reminders, fetching files; in this process or in workers."""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

from bot import carriers, groups, metrics
from bot.client import media, wechat, wecom
from bot.client.errors import ApiError, Unknown, Unsent
from bot.client.wechat import WeChat
from bot.config import Config
from bot.logs import fields, where
from bot.sender import Carry, Sender
from handlers import SKILLS
from handlers.skill import Remind
from models import media as files
from models import messages, stuck
from models.base import Database, Session, Unavailable
from models.when import SHANGHAI

log = logging.getLogger("shezhu.jobs")


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
        channels |= groups.carriers(config)
        self._sender = Sender(database, channels, config)
        self._draining, self._asked = threading.Lock(), threading.Event()
        self._sweeping, self._fetching = threading.Lock(), threading.Lock()
        self.stopping = threading.Event()

    def drain(self) -> None:
        """Sends what is due. While another thread of this process is at it, that one looks once more."""
        self._asked.set()
        while self._asked.is_set() and self._draining.acquire(blocking=False):
            try:
                self._asked.clear()
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
        """Today's reminders; safe to run every hour. A rule that fails does not stop the others."""
        today = datetime.now(SHANGHAI).date()
        with alone(self._sweeping) as mine, ThreadPoolExecutor(1, thread_name_prefix="sweep") as pool:
            for rule in [rule for skill in SKILLS for rule in skill.reminders if mine]:
                logged(pool, lambda rule=rule: sweep(self._database, today, [rule]))  # type: ignore[misc]

    def gather(self) -> None:
        """Digests of groups whose hour has come; safe to run at any moment."""
        try:
            groups.gather(self._database, self.config, datetime.now(SHANGHAI))
        except Unavailable:
            log.warning("the database is gone; groups are told later")

    def fetch(self) -> None:
        """Files people sent, before the platform forgets them."""
        if self._client is None:
            return
        with alone(self._fetching) as mine:
            try:
                if mine:
                    fetch(self._database, self._client, self.config, datetime.now(SHANGHAI))
            except Unavailable:
                log.warning("the database is gone; files are fetched later")


@contextmanager
def alone(lock: threading.Lock) -> Iterator[bool]:
    """Whether nobody else of this process is at it: long jobs that pile up would keep the sender from its turn."""
    mine = lock.acquire(blocking=False)
    try:
        yield mine
    finally:
        if mine:
            lock.release()


def logged(pool: ThreadPoolExecutor, work: Callable[[], object]) -> None:
    """Waits for `work`; its error is logged and ends there."""
    error = pool.submit(work).exception()
    if error is not None:
        log.error("a job failed", extra=fields(error=where(error)))


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
            told = fields(attachment=attachment, errcode=error.errcode, rid=error.rid or None)
            log.warning("a file cannot be had", extra=told)
            name = files.GONE
        except (Unsent, Unknown):
            continue
        database.run(lambda db, to=name, of=attachment: files.fetched(db, of, to))  # type: ignore[misc]
    return stored


# -- without workers --------------------------------------------------------------------------------------------------


class Background:
    """All jobs in the web process, for a deployment without Redis: one thread sends, another does the rest."""

    def __init__(self, config: Config, database: Database, client: WeChat | None = None):
        self._jobs = Jobs(config, database, client)
        self._wake, self._rest = threading.Event(), threading.Event()
        self._swept: tuple[date, int] | None = None
        self._gathered: tuple[date, int] | None = None
        self._threads = [
            threading.Thread(target=self._run, args=(work, wake), name=work.__name__, daemon=True)
            for work, wake in ((self._send, self._wake), (self._chores, self._rest))
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def kick(self) -> None:
        """Something urgent was planned: do not wait for the next round."""
        self._wake.set()

    def stop(self) -> None:
        """Returns when the call under way is recorded."""
        self._jobs.stopping.set()
        self._wake.set()
        self._rest.set()
        for thread in self._threads:
            thread.join()

    def _run(self, work: Callable[[], None], wake: threading.Event) -> None:
        with ThreadPoolExecutor(1, thread_name_prefix="round") as pool:
            while not self._jobs.stopping.is_set():
                logged(pool, work)
                wake.wait(self._jobs.config.push.poll_seconds)
                wake.clear()

    def _send(self) -> None:
        self._jobs.drain()

    def _chores(self) -> None:
        self.round(datetime.now(SHANGHAI))

    def round(self, now: datetime) -> None:
        """One turn of the wheel: hourly the digests of groups and (from its hour on) the sweep, and files to fetch."""
        hour = (now.date(), now.hour)
        if self._gathered != hour:
            self._jobs.gather()
            self._gathered = hour
        if self._swept != hour and now.hour >= self._jobs.config.push.sweep_hour:
            self._jobs.sweep()
            self._swept = hour
        self._jobs.fetch()


# -- with workers -----------------------------------------------------------------------------------------------------


def run_worker(config: Config) -> None:
    """Does jobs until told to stop."""
    from bot import worker  # the queue's library is needed here alone

    worker.run_worker(config)


def run_scheduler(config: Config) -> None:
    """Orders jobs by the clock until told to stop."""
    from bot import worker

    worker.run_scheduler(config)
