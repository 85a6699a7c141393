"""A simulated platform on a frozen clock, and a client that calls it with a valid token."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.platform.server import create_simulator
from tests.platform.wire import InProcess
from tests.platform.world import World


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@dataclass
class Api:
    """Calls the simulator as a bot would; `token` "" leaves the access_token out."""

    client: httpx.AsyncClient
    world: World
    token: str

    def renew(self) -> None:
        self.token = self.world.tokens.fetch_plain().value

    async def post(self, path: str, body: Any = None, **query: str) -> dict[str, Any]:
        return dict((await self.raw("POST", path, query, json=body)).json())

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        return dict((await self.raw("GET", path, query)).json())

    async def raw(self, method: str, path: str, query: dict[str, str], **more: Any) -> httpx.Response:
        params = {**({"access_token": self.token} if self.token else {}), **query}
        return await self.client.request(method, path, params=params, **more)


@pytest.fixture
def app() -> FastAPI:
    return create_simulator()


@pytest.fixture
def world(app: FastAPI) -> World:
    world: World = app.state.world
    world.add_person("oMei", unionid="uMei")
    world.add_template("T1", "first", "keyword1", "keyword2", "remark")
    world.add_template("S1", "thing1", "time2", "phrase3", kind="subscribe")
    return world


@pytest.fixture
async def api(app: FastAPI, world: World) -> AsyncIterator[Api]:
    async with httpx.AsyncClient(transport=InProcess(app), base_url="http://api") as client:
        yield Api(client, world, world.tokens.fetch_plain().value)
