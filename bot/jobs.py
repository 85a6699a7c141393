"""Work besides the talk: sending what is due, and the daily sweep of reminders; in this process or in workers."""

import logging
import threading
from collections.abc import Iterable
from datetime import date, datetime

from bot import carriers
from bot.client import wechat
from bot.config import Config
from bot.sender import Carry, Sender
from handlers import SKILLS
from handlers.skill import Remind
from models import messages
from models.base import Database, Session, Unavailable
from models.when import SHANGHAI

log = logging.getLogger("shezhu.jobs")


def build_sender(config: Config, database: Database) -> Sender:
    """A sender with the channels this deployment has credentials for."""
    channels: dict[str, Carry] = {}
    if config.wechat.app_id and config.wechat.app_secret.get_secret_value():
        channels |= carriers.of_wechat(wechat.build(config))
    return Sender(database, channels, config)


def sweep(database: Database, day: date, rules: Iterable[Remind] | None = None) -> int:
    """Plans what the skills' rules say falls due on `day`; how many were new. A second run plans nothing."""
    if rules is None:
        rules = [rule for skill in SKILLS for rule in skill.reminders]
    return sum(database.run(lambda db, rule=rule: _swept(db, day, rule)) for rule in rules)  # type: ignore[misc]


def _swept(db: Session, day: date, rule: Remind) -> int:
    return sum(
        messages.plan(
            db, nudge.user_id, key=nudge.key, kind=nudge.kind, text=nudge.text, send_at=nudge.send_at,
            urgency=nudge.urgency, not_after=nudge.not_after, source=nudge.source,
        )
        for nudge in rule(db, day)
    )  # fmt: skip


class Background:
    """Sends and sweeps in a thread of the web process, for a deployment without workers."""

    def __init__(self, config: Config, database: Database, sender: Sender | None = None):
        self._push = config.push
        self._database = database
        self._sender = sender or build_sender(config, database)
        self._stopping, self._wake = threading.Event(), threading.Event()
        self._swept: date | None = None
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def kick(self) -> None:
        """Something urgent was planned: do not wait for the next round."""
        self._wake.set()

    def stop(self) -> None:
        """Returns when the call under way is recorded."""
        self._stopping.set()
        self._wake.set()
        self._thread.join(timeout=self._push.lease_seconds)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.round(datetime.now(SHANGHAI))
            except Unavailable:
                log.warning("the database is gone; pushes wait")
            self._wake.wait(self._push.poll_seconds)
            self._wake.clear()

    def round(self, now: datetime) -> None:
        """One turn of the wheel."""
        if self._swept != now.date() and now.hour >= self._push.sweep_hour:
            sweep(self._database, now.date())
            self._swept = now.date()
        self._sender.drain(self._stopping)
