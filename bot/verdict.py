"""What became of a call: the platform's answer turned into the fate of the message and what we know of the channel."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot import metrics, outcomes
from bot.client.errors import ApiError, Unknown, Unsent
from bot.config import PushSection
from bot.logs import fields
from bot.outcomes import Outcome
from bot.push import CUSTOM, GUARDED, SUBSCRIPTION, Parcel, Way, account
from models import push, reach
from models.base import Session
from models.due import Hours
from models.messages import DROPPED, HELD, PLANNED, SENT, UNSURE
from models.push import Letter

log = logging.getLogger("shezhu.push")
REPAIR = timedelta(hours=6)  # what staff must repair is tried again after this
MINUTE = 60
LOUD = "push refused, staff must look"
FIRST_AGAIN = 15  # seconds: a guarded message of unknown fate is asked about soon, inside the platform's memory
Error = ApiError | Unsent | Unknown | None


@dataclass(frozen=True)
class Job:
    """One call, made or about to be."""

    user_id: int
    letters: list[Letter]
    way: Way
    parcel: Parcel
    more: bool  # whether something else is due for this person

    @property
    def repeated(self) -> bool:
        """A second call under the same id: whatever the answer, the first may have been carried out."""
        return any(letter.bundle for letter in self.letters)


@dataclass(frozen=True)
class Verdict:
    """A finished call and what is needed to judge it. `chance` in 0..1 spreads retries."""

    db: Session
    job: Job
    now: datetime
    limits: PushSection
    chance: float

    @property
    def bundle(self) -> str:
        return self.job.parcel.bundle

    def close(self, status: str, outcome: str, **more: object) -> None:
        push.finish(self.db, self.bundle, status, outcome, self.now, **more)

    def later(self, why: str, least: float = 0) -> None:
        """Again after a growing, jittered pause; once the tries are used up it waits for the person's next word."""
        attempts = self.job.letters[0].attempts
        if attempts + 1 >= self.limits.tries:
            return self.close(HELD, f"gave up: {why}")
        pause = min(self.limits.backoff_first * 2**attempts, self.limits.backoff_cap) * (0.5 + self.chance / 2)
        return self.close(PLANNED, why, retry_at=self.now + timedelta(seconds=max(pause, least)))

    def again(self) -> str:
        """The same call under the same id, soon; how often and how long is the sender's to limit."""
        push.put_off(self.db, self.bundle, self.now + timedelta(seconds=FIRST_AGAIN * (1 + self.chance)))
        return "again"

    def give_back(self) -> None:
        way = self.job.way
        if way.channel == SUBSCRIPTION and way.template not in self.limits.long_term:
            reach.give_back(self.db, self.job.user_id, way.template)


def record(
    db: Session, job: Job, msgid: str, error: Error, *, now: datetime, limits: PushSection, chance: float
) -> str:
    """Writes down the fate of one call; the outcome in a word, for `report`."""
    verdict = Verdict(db, job, now, limits, chance)
    match error:
        case None:
            outcome = "sent"
            verdict.close(SENT, outcome, msgid=msgid or None)
        case ApiError() | Unsent() if job.repeated and not _was_there(error):
            outcome = verdict.again()
        case ApiError():
            outcome = _refused(verdict, error)
        case Unsent():
            outcome = "unsent"
            verdict.give_back()
            verdict.later(f"unsent: {error}"[:80])
        case Unknown():
            outcome = _unknown(verdict, error)
    metrics.PUSHES.labels(job.way.channel, outcome).inc()
    return outcome


def report(job: Job, error: Error, outcome: str, ms: int) -> None:
    """One line a call, loud where staff must look. What the platform wrote stays out but for an address."""
    refused = error if isinstance(error, ApiError) else None
    alarming = refused is not None and outcomes.of(refused.errcode, job.way.channel) in outcomes.ALARMS
    told = fields(
        bundle=job.parcel.bundle,
        keys=[letter.key for letter in job.letters],
        user=job.user_id,
        channel=job.way.channel,
        template=job.way.template or None,
        attempt=job.letters[0].attempts + 1,
        outcome=outcome,
        errcode=refused.errcode if refused else None,
        rid=refused.rid or None if refused else None,
        address=refused.address or None if refused else None,
        why=str(error) if error and not refused else None,
        ms=ms,
    )
    log.log(logging.ERROR if alarming else logging.INFO, LOUD if alarming else "push", extra=told)


def _was_there(error: ApiError | Unsent) -> bool:
    return isinstance(error, ApiError) and outcomes.of(error.errcode) is Outcome.SENT


def _unknown(verdict: Verdict, error: Unknown) -> str:
    """Nobody knows whether it arrived. Only a channel that knows our ids may be asked again."""
    if verdict.job.way.channel in GUARDED:
        return verdict.again()
    verdict.close(UNSURE, f"unknown: {error}"[:80])
    return UNSURE


def _refused(verdict: Verdict, error: ApiError) -> str:
    outcome = outcomes.of(error.errcode, verdict.job.way.channel)
    verdict.give_back()
    DEEDS[outcome](verdict, f"{outcome.value}: {error.errcode}")
    return outcome.value


def _sent(verdict: Verdict, why: str) -> None:
    verdict.close(SENT, why)


def _retry(verdict: Verdict, why: str) -> None:
    verdict.later(why)


def _slowly(verdict: Verdict, why: str) -> None:
    verdict.later(why, MINUTE)


def _elsewhere(verdict: Verdict, why: str) -> None:
    """Our ledger was wrong: it is corrected, and the planner chooses again."""
    user_id, way = verdict.job.user_id, verdict.job.way
    if way.channel not in (CUSTOM, SUBSCRIPTION):
        return verdict.later(why)
    verdict.close(PLANNED, why)
    if way.channel == CUSTOM:
        return reach.window_closed(verdict.db, user_id, verdict.now)
    return reach.void(verdict.db, user_id, way.template)


def _shorter(verdict: Verdict, why: str) -> None:
    once = verdict.job.letters[0].outcome == Outcome.SHORTER.value
    verdict.close(HELD if once else PLANNED, why if once else Outcome.SHORTER.value)


def _blocked(verdict: Verdict, why: str) -> None:
    verdict.close(HELD, why)
    reach.block(verdict.db, verdict.job.user_id, why.split(":")[0], verdict.now)


def _midnight(verdict: Verdict, why: str) -> None:
    reach.shut(verdict.db, verdict.job.way.channel, Hours(verdict.now).tomorrow, why)
    verdict.close(PLANNED, why)


def _off(verdict: Verdict, why: str) -> None:
    """The channel, or with a bad template id that template alone, is left out until somebody repairs it."""
    way = verdict.job.way
    name = f"template:{way.template}" if why.endswith("40037") else way.channel
    reach.shut(verdict.db, name, verdict.now + REPAIR, why)
    verdict.close(PLANNED, why)


def _stop(verdict: Verdict, why: str) -> None:
    reach.shut(verdict.db, account(verdict.job.way.channel), verdict.now + timedelta(minutes=10), why)
    verdict.close(PLANNED, why)


def _drop(verdict: Verdict, why: str) -> None:
    verdict.close(DROPPED, why)


DEEDS: dict[Outcome, Callable[[Verdict, str], None]] = {
    Outcome.SENT: _sent,
    Outcome.RETRY: _retry,
    Outcome.TOKEN: _retry,
    Outcome.SLOWLY: _slowly,
    Outcome.ELSEWHERE: _elsewhere,
    Outcome.SHORTER: _shorter,
    Outcome.DEAD: _blocked,
    Outcome.LEFT: _blocked,
    Outcome.REFUSES: _blocked,
    Outcome.MIDNIGHT: _midnight,
    Outcome.OFF: _off,
    Outcome.STOP: _stop,
    Outcome.DROP: _drop,
}
