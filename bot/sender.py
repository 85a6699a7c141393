"""The worker's loop: takes people with something due, tells them, and writes down what became of it."""

import random
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from bot import logs, metrics, verdict
from bot.client.errors import ApiError, Unknown, Unsent
from bot.config import Config
from bot.outcomes import BUSY, Outcome
from bot.push import (
    GUARDED,
    SUBSCRIPTION,
    TEMPLATE,
    Hold,
    Parcel,
    Wait,
    Way,
    account,
    choose,
    fit,
    keywords,
    spoken,
    together,
)
from bot.verdict import Error, Job
from models import push, reach
from models.base import Database, Session
from models.due import Hours
from models.messages import DROPPED, HELD, PLANNED, UNSURE
from models.people import User
from models.push import Letter
from models.reach import Standing, Window
from models.when import SHANGHAI

Result = TypeVar("Result")
Carry = Callable[[Parcel], str]  # sends; the platform's id of the message, or ""


class Turnstile:
    """One at a time; those who must write down what they did go before those who are about to begin something."""

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._busy = False
        self._first = 0  # how many wait who go first

    @contextmanager
    def passing(self, *, first: bool) -> Iterator[None]:
        with self._change:
            self._first += first
            self._change.wait_for(lambda: not self._busy and (first or not self._first))
            self._first -= first
            self._busy = True
        try:
            yield
        finally:
            with self._change:
                self._busy = False
                self._change.notify_all()


class Sender:
    """Sends what is due. Any number may run, in threads and processes; `carriers` are the channels it may use."""

    def __init__(
        self,
        database: Database,
        carriers: Mapping[str, Carry],
        config: Config,
        clock: Callable[[], datetime] = lambda: datetime.now(SHANGHAI),
        chance: Callable[[], float] = random.random,
    ):
        self._database = database
        self._carriers = carriers
        self._config = config
        self._push = config.push
        self._clock = clock
        self._chance = chance
        self._holder = secrets.token_hex(8)
        self._rest = timedelta(seconds=config.push.breaker_seconds)
        limits = config.push
        self._window = Window(limits.window_hours, limits.window_messages, limits.touch_seconds, limits.touch_messages)
        self._shut: Mapping[str, datetime] = {}  # gates, as of the last look
        self._failures = 0  # in a row, of the platform rather than of a message
        self._lock, self._turnstile = threading.Lock(), Turnstile()

    def drain(self, stopping: threading.Event | None = None) -> int:
        """Sends until nothing is due, or told to stop; how many people were served."""
        served = 0
        self._run(lambda db: push.expire(db, self._clock()))
        with ThreadPoolExecutor(self._push.width, thread_name_prefix="push") as pool:
            while not (stopping and stopping.is_set()) and (people := self._run(self._lease)):
                list(pool.map(lambda person: self._serve(person, stopping), people))
                served += len(people)
        return served

    def _hours(self) -> Hours:
        return Hours(self._clock(), self._push.quiet_from, self._push.quiet_until, self._push.digest_hour)

    def _lease(self, db: Session) -> list[int]:
        hours = self._hours()
        if push.sent_today(db, TEMPLATE, hours.now) >= self._push.template_daily:
            reach.shut(db, TEMPLATE, hours.tomorrow, "own limit")
        self._shut = reach.shut_now(db, hours.now)
        tripped = self._failures >= self._push.breaker_failures
        limit = 1 if tripped else self._push.batch  # after a pause one person's message tries the water
        return push.lease(
            db, hours, holder=self._holder, seconds=self._push.lease_seconds, limit=limit, shut=list(self._shut)
        )

    def _run(self, work: Callable[[Session], Result], *, called: bool = False) -> Result:
        """SQLite has one writer: our threads queue here, where waiting costs nothing; who has `called` goes first."""
        if not self._database.embedded:
            return self._database.run(work)
        with self._turnstile.passing(first=called):
            return self._database.run(work)

    # -- one person -----------------------------------------------------------------------------------------------

    def _serve(self, user_id: int, stopping: threading.Event | None) -> None:
        if stopping and stopping.is_set():
            return self._run(lambda db: push.release(db, user_id, self._holder))
        job = self._run(lambda db: self._next(db, user_id))
        while job is not None:
            job = self._sent(job)
        return None

    def _sent(self, job: Job) -> Job | None:
        """Makes the call; records it and takes the next in one transaction."""
        began = time.perf_counter()
        with logs.about(bundle=job.parcel.bundle):
            msgid, error = self._call(job)
        ms = round((time.perf_counter() - began) * 1000)
        tripped = self._count(error)
        pause, outcome = self._chance(), ""

        def record(db: Session) -> Job | None:
            nonlocal outcome
            now = self._clock()
            outcome = verdict.record(db, job, msgid, error, now=now, limits=self._push, chance=pause)
            if tripped:
                reach.shut(db, account(job.way.channel), now + self._rest, "breaker")
            if error is not None:
                self._shut = reach.shut_now(db, now)
            if error is None and not job.more:
                push.release(db, job.user_id, self._holder)
                return None
            return self._next(db, job.user_id)

        following = self._run(record, called=True)
        verdict.report(job, error, outcome, ms)
        return following

    def _call(self, job: Job) -> tuple[str, Error]:
        try:
            return self._carriers[job.way.channel](job.parcel), None
        except (ApiError, Unsent, Unknown) as error:
            return "", error

    def _count(self, error: Error) -> bool:
        """Whether the platform has now failed so often in a row that everybody should pause."""
        sick = error is not None and not (isinstance(error, ApiError) and error.errcode not in BUSY)
        with self._lock:
            self._failures = self._failures + 1 if sick else 0
            return sick and self._failures >= self._push.breaker_failures

    def _next(self, db: Session, user_id: int) -> Job | None:
        """The next call for this person, marked as under way; None when there is none, and the person is let go."""
        user, letters = push.mail(db, user_id, self._hours())
        job = self._job(db, user, letters) if user is not None and user.channel not in self._shut else None
        if job is None:
            push.release(db, user_id, self._holder)
        return job

    def _job(self, db: Session, user: User, letters: list[Letter]) -> Job | None:
        orphaned = [letter for letter in letters if letter.bundle]
        return self._orphan(db, user, orphaned) or self._chosen(db, user, [one for one in letters if not one.bundle])

    def _chosen(self, db: Session, user: User, letters: list[Letter]) -> Job | None:
        """The first letters some channel can carry; what none can is put down as held or put off."""
        letters, now = self._audible(db, user, letters), self._clock()
        standing = reach.standing(db, user, now, self._window) if letters else Standing()
        for place, letter in enumerate(letters):
            match choose(user.channel, letter, standing, self._shut, self._config, self._carriers):
                case Hold(why):
                    push.settle(db, [letter.id], HELD, why)
                    metrics.PUSHES.labels("none", "held").inc()
                case Wait(until):
                    push.settle(db, [letter.id], PLANNED, "waits", until)
                case way:
                    return self._begun(db, user, letters[place:], way, now)
        return None

    def _begun(self, db: Session, user: User, letters: list[Letter], way: Way, now: datetime) -> Job:
        taken = together(letters, way, self._push.text_bytes)
        ids = [letter.id for letter in taken]
        bundle = push.begin(db, ids, way.channel, way.template, now, self._push.lease_seconds)
        if way.channel == SUBSCRIPTION and way.template not in self._push.long_term:
            reach.spend(db, user.id, way.template)
        return Job(user.id, taken, way, self._parcel(user, taken, way, bundle), more=len(taken) < len(letters))

    def _parcel(self, user: User, letters: list[Letter], way: Way, bundle: str) -> Parcel:
        limit = self._push.text_bytes // (2 if letters[0].outcome == Outcome.SHORTER.value else 1)
        parcel = Parcel(user.openid, fit(spoken(letters), limit), bundle)
        if not way.template:
            return parcel
        return replace(
            parcel, template=way.template, data=keywords(letters[0], self._push.fields), page=self._push.page
        )

    def _audible(self, db: Session, user: User, letters: list[Letter]) -> list[Letter]:
        muted = [letter for letter in letters if push.mutes(user, letter.kind, letter.urgency)]
        if not muted:
            return letters
        push.settle(db, [letter.id for letter in muted], DROPPED, push.MUTED)
        return [letter for letter in letters if letter not in muted]

    # -- calls nobody lived to record -----------------------------------------------------------------------------

    def _orphan(self, db: Session, user: User, letters: list[Letter]) -> Job | None:
        """Sent again under its own id where the platform guards against doubles, else never: told at most once."""
        now = self._clock()
        for bundle in dict.fromkeys(letter.bundle or "" for letter in letters):
            ours = [letter for letter in letters if letter.bundle == bundle]
            first = ours[0]
            age = now - (first.started_at or now)
            fresh = age < timedelta(seconds=self._push.client_id_seconds) and first.attempts < self._push.tries
            if first.channel in GUARDED and fresh:
                push.again(db, bundle, now, self._push.lease_seconds)
                way = Way(first.channel or "", first.template or "")
                return Job(user.id, ours, way, self._parcel(user, ours, way, bundle), more=True)
            push.finish(db, bundle, UNSURE, "no record of the call", now)
            metrics.PUSHES.labels(first.channel or "none", UNSURE).inc()
        return None
