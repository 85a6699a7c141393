"""The manual names every endpoint, control, fault and setting; the command starts and answers."""

import asyncio
import re
import socket
import sys
from pathlib import Path

import httpx
import pytest
from fastapi.routing import APIRoute

from tests.platform.control import create_control
from tests.platform.faults import KINDS
from tests.platform.server import FAMILIES
from tests.platform.world import World

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).parent.parent.parent
MANUAL = (ROOT / "docs" / "simulator.md").read_text(encoding="utf-8")


def named(path: str) -> bool:
    """`/cgi-bin/menu/get` is named by `menu/get` or `menu/*`."""
    tail = re.sub(r"^/(cgi-bin|wxa)/(message/)?", "", path).removeprefix("/")
    return any(name in MANUAL for name in (tail, path, f"{tail.split('/')[0]}/*"))


def test_every_endpoint_is_named() -> None:
    paths = [endpoint.path for family in FAMILIES for endpoint in family.ENDPOINTS]
    assert len(paths) == len(set(paths)) > 35
    assert [path for path in paths if not named(path)] == []


def test_every_control_is_named() -> None:
    paths = {route.path for route in create_control(World(), None).routes if isinstance(route, APIRoute)}
    hidden = {"/simulator/media/{media_id}"}  # where video downloads point, no control
    assert len(paths) > 8
    assert [path for path in paths - hidden if path not in MANUAL] == []


def test_every_fault_is_named() -> None:
    assert [kind for kind in KINDS if f"`{kind}`" not in MANUAL] == []


async def test_command_serves() -> None:
    """In a process of its own, as tests that kill workers need it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tests.platform", "--port", str(port), "--secret", "s", "--log-level", "error"]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
    try:
        async with asyncio.timeout(30), httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            answer = await until_up(client)
        assert answer["expires_in"] == 7200
    finally:
        process.terminate()
        await process.wait()


async def until_up(client: httpx.AsyncClient) -> dict[str, object]:
    body = {"grant_type": "client_credential", "appid": "wx0123456789abcdef", "secret": "s"}
    while True:
        try:
            return dict((await client.post("/cgi-bin/stable_token", json=body)).json())
        except httpx.ConnectError:
            await asyncio.sleep(0.1)
