"""Logs are one JSON object a line, name the message they speak of, and tell nobody's words, names or secrets."""

import asyncio
import io
import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.routing import Route

from bot import logs
from bot.client.errors import ApiError
from bot.client.tokens import Shared, Token
from bot.dialogue import Dialogue
from bot.directory import Directory
from bot.logs import fields
from bot.webhook import Webhook
from bot.wechat import Callback
from handlers.skill import Message
from models.base import Base, Database
from models.messages import URGENT, Inbox
from nlp.understand import Understander
from tests import account
from tests.bot.wire import Deployment
from tests.conftest import DATA_KEY, settle
from tests.faults.server import ROOT, Server, environment, free_port
from tests.platform import faults
from tests.platform.faults import errcode

OPENID = "oABCDEFGHIJKLMNOPQRSTUVWXYZ1"
PHONE, CARD, NAME, WORDS = "13812345678", "320522199001011234", "王秀珍", "楼下老王打人了"
PRIVATE = (OPENID, PHONE, CARD, NAME, WORDS, account.TOKEN, account.AES_KEY)
SEND = "/cgi-bin/message/custom/send"


@dataclass
class Book:
    """What was logged so far."""

    stream: io.StringIO

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    def of(self, event: str) -> dict[str, Any]:
        (found,) = [line for line in self.lines if line["event"] == event]
        return found


@pytest.fixture(params=["json"])
def book(request: pytest.FixtureRequest) -> Iterator[Book]:
    stream = io.StringIO()
    levels = {name: logging.getLogger(name).level for name in ("", "shezhu", "uvicorn")}
    handler = logs.set_up(request.param, logging.DEBUG, stream)
    yield Book(stream)
    logging.captureWarnings(False)
    logging.raiseExceptions = True
    logging.getLogger().removeHandler(handler)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def test_a_line_tells_when_how_bad_and_of_what(book: Book) -> None:
    log = logging.getLogger("shezhu.test")
    with logs.about(message="m1"):
        log.warning("it rained", extra=fields(ms=3, nothing=None))
        with logs.about(bundle="b1"):
            log.info("it rained on")
    log.info("it stopped")
    first, second, third = book.lines
    assert first.pop("time").endswith("+08:00")
    assert first == {"level": "warning", "logger": "shezhu.test", "event": "it rained", "message": "m1", "ms": 3}
    assert (second["message"], second["bundle"]) == ("m1", "b1")
    assert "message" not in third


@pytest.mark.parametrize("book", ["plain"], indirect=True)
def test_a_terminal_reads_plain_lines(book: Book) -> None:
    logging.getLogger("shezhu.test").error("it rained", extra=fields(message="m1"))
    assert book.text.endswith(" error shezhu.test it rained message=m1\n")


@pytest.mark.parametrize(
    ("wanted", "demo", "terminal", "form"),
    [("", False, True, "json"), ("", True, True, "plain"), ("", True, False, "json"), ("plain", False, False, "plain")],
)
def test_the_form_is_as_set_or_as_fits(wanted: str, demo: bool, terminal: bool, form: str) -> None:
    assert logs.form(wanted, demo=demo, terminal=terminal) == form


def test_what_other_libraries_say_is_cut_to_what_is_nobodys(book: Book) -> None:
    log = logging.getLogger("taskiq")
    log.error("job failed: %s", ValueError(WORDS))
    log.error("never retrieved\nfuture: <Task exception=ValueError('%s')>", WORDS)
    log.error(f"call of {OPENID} {PHONE} {CARD} to https://x/y?access_token=12345678&a=b failed")
    try:
        raise ValueError(WORDS)
    except ValueError:
        log.exception("it broke")
    first, second, third, fourth = book.lines
    assert first["event"] == "job failed: ValueError"
    assert second["event"] == "never retrieved"
    assert third["event"] == "call of *** *** *** to https://x/y?*** failed"
    assert fourth["error"].startswith("ValueError < test_logs.py:")
    assert not [word for word in PRIVATE if word in book.text]


# -- what people said on its way through the house --------------------------------------------------------------------


class Failing(Dialogue):
    fault: Exception | None = None

    def answer(self, message: Message) -> str:
        if self.fault:
            raise self.fault
        return super().answer(message)


@pytest.fixture
def dialogue(sqlite_url: str) -> Iterator[Failing]:
    database = Database(sqlite_url, DATA_KEY)
    Base.metadata.create_all(database.engine)
    with database.transaction() as db:
        settle(db)
    yield Failing(database, Understander.load(), Directory(), lambda: {"settings": {}, "public_url": ""})
    database.close()


def deliver(dialogue: Dialogue, *requests: Any) -> list[int]:
    """Posts to a webhook as the platform does; the statuses."""
    workers = ThreadPoolExecutor(1)
    webhook = Webhook(
        Callback(account.TOKEN, account.AES_KEY, account.APP_ID, 300), dialogue, workers, budget=4, max_body=65536
    )
    app = Starlette(routes=[Route("/wechat", webhook.receive, methods=["POST"])])

    async def run() -> list[int]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
            sent = [await client.post("/wechat", params=one.params, content=one.content) for one in requests]
        return [one.status_code for one in sent]

    statuses = asyncio.run(run())
    workers.shutdown()
    return statuses


def said(text: str, **more: str) -> Any:
    return account.safe(account.message(OPENID, Content=text, **more))


def test_the_line_of_a_failed_turn_names_the_message(dialogue: Failing, book: Book) -> None:
    dialogue.fault = RuntimeError(f"{NAME} {PHONE}")
    assert deliver(dialogue, said(WORDS)) == [200]
    with dialogue.database.transaction() as db:
        (key,) = db.scalars(select(Inbox.key)).all()
    failed = book.of("turn failed")
    assert failed["message"] == key
    assert failed["error"].startswith("RuntimeError < test_logs.py:")


def test_every_answered_message_is_one_line(dialogue: Failing, book: Book) -> None:
    deliver(dialogue, said(WORDS))
    with dialogue.database.transaction() as db:
        (key,) = db.scalars(select(Inbox.key)).all()
    line = book.of("answered")
    assert (line["message"], line["channel"], line["kind"]) == (key, "wechat", "text")
    assert line["ms"] >= 0


def test_the_callback_tells_nothing_of_what_was_said(dialogue: Failing, book: Book) -> None:
    forged = said(WORDS)
    forged.params["msg_signature"] = "0" * 40
    unreadable = account.safe(f"<xml><Content>{WORDS}{PHONE}</Content><FromUserName>")
    deliver(dialogue, said(f"{WORDS} 电话{PHONE} 身份证{CARD} {NAME}"), said(f"绑定 {'A' * 10}"), forged, unreadable)
    dialogue.fault = ValueError(f"{OPENID} {WORDS} {PHONE} {account.TOKEN}")
    deliver(dialogue, said(f"{WORDS}!"))
    assert [line["event"] for line in book.lines if line["event"] != "answered"] == [
        "callback refused",
        "callback refused",
        "turn failed",
    ]
    assert not [word for word in PRIVATE if word in book.text]


def test_a_push_is_one_line_and_says_how_it_went(deployment: Deployment, book: Book) -> None:
    deployment.says()
    deployment.plan(f"{NAME}：{WORDS} {PHONE}", key="activity:HD1:before")
    deployment.drain()
    line = book.of("push")
    (row,) = deployment.rows
    told = {name: line[name] for name in ("bundle", "keys", "channel", "attempt", "outcome")}
    assert told == {
        "bundle": row.bundle,
        "keys": ["activity:HD1:before"],
        "channel": "custom",
        "attempt": 1,
        "outcome": "sent",
    }
    assert line["ms"] >= 0
    assert not [word for word in PRIVATE if word in book.text]


def test_what_the_platform_refuses_with_stays_out(deployment: Deployment, book: Book) -> None:
    secret = deployment.world.account.secret
    leaky = f"invalid openid {OPENID} {PHONE} {NAME} secret={secret} rid: 66f3bd4d-25a283a9-73c6a452"
    deployment.says()
    deployment.plan(f"{NAME}：{WORDS}", key="k", urgency=URGENT)

    def refusing(_parcel: Any) -> str:
        raise ApiError(40013, leaky)

    deployment.sender._carriers = {"custom": refusing}
    deployment.drain()
    line = book.of("push refused, staff must look")
    assert (line["level"], line["errcode"], line["rid"]) == ("error", 40013, "66f3bd4d-25a283a9-73c6a452")
    assert not [word for word in (*PRIVATE, secret) if word in book.text]


@pytest.mark.parametrize("fault", [faults.RESET, faults.HALF, errcode(40164), errcode(40001), errcode(45009)])
def test_whatever_the_client_meets_it_tells_no_secret(deployment: Deployment, book: Book, fault: Any) -> None:
    deployment.says()
    deployment.plan(f"{NAME}：{WORDS} {PHONE}", key="k", urgency=URGENT)
    deployment.world.faults.burst(fault, times=20)
    deployment.drain()
    assert book.lines
    token = deployment.client.transport._tokens._store.read()
    secrets = [deployment.world.account.secret, *([token.value] if token else [])]
    assert not [word for word in (*PRIVATE, *secrets) if word in book.text]


def test_a_token_that_cannot_be_shared_is_told_without_it(book: Book) -> None:
    import redis

    gone = Shared(redis.Redis.from_url("unix:///nowhere/redis.sock"), "wx1")
    gone.write(Token("TOKEN-VALUE-1234", 0, 0), 60)
    assert book.of("the token is not shared: redis is gone")["level"] == "warning"
    assert "TOKEN-VALUE" not in book.text


# -- processes --------------------------------------------------------------------------------------------------------


def until(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.1)
    return False


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("{")]


@pytest.mark.slow
def test_all_that_a_server_says_is_json(sqlite_url: str, tmp_path: Path) -> None:
    """Standard output greets whoever started it; standard error is the log, the web server's lines included."""
    said = tmp_path / "log"
    server = Server(sqlite_url, log=said)
    server.stop()
    spoken = [line for line in said.read_text(encoding="utf-8").splitlines() if not line.startswith("{")]
    assert [line for line in spoken if "http" not in line] == []
    assert "uvicorn.error" in {line["logger"] for line in lines(said)}


@pytest.mark.slow
def test_a_worker_without_its_queue_says_so_in_json(sqlite_url: str, tmp_path: Path) -> None:
    database = Database(sqlite_url, DATA_KEY)
    Base.metadata.create_all(database.engine)
    database.close()
    said = tmp_path / "log"
    env = {**os.environ, **environment(sqlite_url, SHEZHU_REDIS__URL=f"redis://127.0.0.1:{free_port()}")}
    with said.open("wb") as out:
        worker = subprocess.Popen([sys.executable, "-m", "bot", "worker"], cwd=ROOT, env=env, stdout=out, stderr=out)
        found = until(lambda: any(line["event"].startswith("the queue is gone") for line in lines(said)))
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(40) == 0
    assert found
    assert len(lines(said)) == len(said.read_text(encoding="utf-8").splitlines())
