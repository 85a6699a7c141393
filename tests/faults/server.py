"""A real `shezhu serve` in a process of its own, and a client that delivers as WeChat does."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path

import httpx

from models.base import Database
from tests import account
from tests.conftest import DATA_KEY

ROOT = Path(__file__).parents[2]
PATIENCE = 30.0  # seconds a start may take on a busy machine


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(url: str, **more: str) -> dict[str, str]:
    return {
        **os.environ,
        "SHEZHU_DATABASE__URL": url,
        "SHEZHU_WECHAT__TOKEN": account.TOKEN,
        "SHEZHU_WECHAT__AES_KEY": account.AES_KEY,
        "SHEZHU_WECHAT__APP_ID": account.APP_ID,
        "SHEZHU_SECURITY__DATA_KEY": DATA_KEY,
        "SHEZHU_SECURITY__SECRET_KEY": DATA_KEY,
        **more,
    }


class Server:
    """One web process. `log` gets what it says."""

    def __init__(
        self,
        url: str,
        port: int | None = None,
        *,
        demo: bool = False,
        log: Path | None = None,
        **more: str,
    ):
        self.port = port or free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "bot", "serve", "--host", "127.0.0.1", "--port", str(self.port)]
        command += ["--demo"] if demo else []
        with log.open("ab") if log else nullcontext() as out:
            said = out or subprocess.DEVNULL
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment(url, **more), stdout=said, stderr=out)
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            assert self.process.poll() is None, "the server did not start"
            try:
                if httpx.get(f"{self.base}/healthz", timeout=1).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError("the server did not come up")

    def kill(self) -> None:
        """As a power cut: no goodbye."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=10)


@contextmanager
def serving(url: str, *, log: Path | None = None, **more: str) -> Iterator[Server]:
    server = Server(url, None, log=log, demo=False, **more)
    try:
        yield server
    finally:
        server.stop()


def deliver(client: httpx.Client, base: str, xml: str) -> str | None:
    """One delivery, freshly signed; the answer's text, or None where none came."""
    request = account.safe(xml)
    try:
        answer = client.post(f"{base}/wechat", params=request.params, content=request.content, timeout=6)
    except httpx.TransportError:
        return None
    return account.content(answer.text) if answer.status_code == 200 else None


def delivered(base: str, xml: str) -> tuple[int, str]:
    """One delivery on a connection of its own: (status, text); (0, "") where no answer came."""
    request = account.safe(xml)
    try:
        answer = httpx.post(f"{base}/wechat", params=request.params, content=request.content, timeout=6)
    except httpx.TransportError:
        return 0, ""
    return answer.status_code, account.content(answer.text) if answer.status_code == 200 else answer.text


def opened(url: str) -> Database:
    return Database(url, DATA_KEY)


Answers = Mapping[str, str | None]
