"""A real browser and a real demo server."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.server import Server

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium: what SHEZHU_TEST_CHROMIUM names, else the system's. Closed soon: its event loop suffers no other."""
    from playwright.sync_api import sync_playwright

    path = os.environ.get("SHEZHU_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no Chromium here; `make test` installs it where it may")
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=path, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`shezhu serve --demo` on a database of its own."""
    folder: Path = tmp_path_factory.mktemp("demo")
    server = Server(f"sqlite:///{folder}/demo.db", demo=True)
    yield server
    server.stop()
