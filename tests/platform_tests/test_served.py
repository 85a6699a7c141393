"""The simulator behind a real socket: faults on the wire, the controls, and a callback that is pumped by itself."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from tests.platform.clock import Clock
from tests.platform.crypto import Cryptor
from tests.platform.server import create_simulator
from tests.platform.world import World
from tests.platform_tests.bots import Bot, echo

pytestmark = pytest.mark.anyio
SEND = "/cgi-bin/message/template/send"


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    """The address at which `app` is served meanwhile."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    task = asyncio.create_task(server.serve([listener]))
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    await task
    listener.close()


@pytest.fixture
def world() -> World:
    return World(clock=Clock(flow=1.0))


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with served(create_simulator(world)) as address, httpx.AsyncClient(base_url=address) as client:
        await client.post("/simulator/people", json={"openids": ["oMei"], "triggers": ["message"]})
        await client.post("/simulator/templates", json={"id": "T1", "fields": ["keyword1"]})
        yield client


async def send(client: httpx.AsyncClient, world: World, **more: Any) -> int:
    body = {"touser": "oMei", "template_id": "T1", "data": {"keyword1": {"value": "好"}}}
    token = world.tokens.fetch_plain().value
    return int((await client.post(SEND, params={"access_token": token}, json=body, **more)).json()["errcode"])


@pytest.mark.parametrize(("kind", "error"), [("reset", httpx.ReadError), ("half", httpx.RemoteProtocolError)])
async def test_broken_connections(
    client: httpx.AsyncClient, world: World, kind: str, error: type[httpx.TransportError]
) -> None:
    await client.post("/simulator/faults", json={"kind": kind})
    with pytest.raises(error):
        await send(client, world)
    assert await send(client, world) == 0
    assert (await client.get("/simulator/state")).json()["duplicates"] == 1


async def test_slow_answer_outlasts_the_client(client: httpx.AsyncClient, world: World) -> None:
    await client.post("/simulator/faults", json={"kind": "slow", "seconds": 0.5})
    with pytest.raises(httpx.ReadTimeout):
        await send(client, world, timeout=0.05)


async def test_controls(client: httpx.AsyncClient, world: World) -> None:
    assert await send(client, world) == 0
    inbox = (await client.get("/simulator/inbox", params={"openid": "oMei"})).json()
    assert [(one["channel"], one["text"]) for one in inbox] == [("template", "好")]
    assert (await client.get("/simulator/inbox", params={"since": inbox[0]["id"]})).json() == []
    before = world.clock.now()
    assert (await client.post("/simulator/clock", json={"seconds": 3600})).json()["now"] >= before + 3600
    assert (await client.post("/simulator/clock", json={"seconds": -1})).status_code == 422
    await client.post("/simulator/faults", json={"kind": "errcode", "code": 45011, "probability": 1})
    assert await send(client, world) == 45011
    await client.delete("/simulator/faults")
    assert await send(client, world) == 0
    state = (await client.get("/simulator/state")).json()
    assert (state["errcodes"], state["people"], state["by_channel"]) == ({"0": 2, "45011": 1}, 1, {"template": 2})


async def test_revoking_by_control(client: httpx.AsyncClient, world: World) -> None:
    token = world.tokens.fetch_plain().value
    await client.post("/simulator/tokens/revoke")
    answer = await client.get("/cgi-bin/user/info", params={"access_token": token, "openid": "oMei"})
    assert answer.json()["errcode"] == 40001


async def test_bad_orders_are_refused(client: httpx.AsyncClient) -> None:
    assert (await client.post("/simulator/faults", json={"kind": "fire"})).status_code == 422
    assert (await client.post("/simulator/people", json={"openids": [], "triggers": ["sneeze"]})).status_code == 422
    assert (await client.post("/simulator/say", json={"openid": "oMei", "text": "a"})).status_code == 409


async def test_a_bot_reached_over_the_wire() -> None:
    """Says, verifies, scans, and gets the settling event of a template by itself."""
    world = World(clock=Clock(flow=10.0))
    account = world.account
    bot = Bot(Cryptor(account.token, account.aes_key, account.app_id), answer=echo)
    async with served(bot.app()) as bot_address, httpx.AsyncClient(timeout=None) as posting:
        app = create_simulator(world, callback_url=f"{bot_address}/wechat", client=posting, pump=True)
        async with served(app) as address, httpx.AsyncClient(base_url=address) as client:
            assert (await client.post("/simulator/verify")).json() == {"verified": True}
            said = (await client.post("/simulator/say", json={"openid": "oMei", "text": "你好"})).json()
            assert (said["verdict"], said["text"]) == ("reply", "收到:你好")
            many = (await client.post("/simulator/say", json={"openid": "oMei", "text": "并发", "copies": 3})).json()
            assert [attempt["status"] for attempt in many["attempts"]] == [200, 200, 200]
            for event in ("follow", "scan", "click", "view", "unfollow", "follow"):
                order = {"openid": "oMei", "event": event, "key": "k"}
                assert (await client.post("/simulator/say", json=order)).json()["verdict"] == "silent"
            assert (await client.post("/simulator/say", json={"openid": "oMei", "event": "dance"})).status_code == 422
            world.add_template("T1", "keyword1")
            assert await send(client, world) == 0
            await wait_for(bot, "TEMPLATESENDJOBFINISH")


async def wait_for(bot: Bot, event: str) -> None:
    """Until the bot has heard of `event`; fails after ten seconds."""
    async with asyncio.timeout(10):
        while all(fields.get("Event") != event for fields, _, _ in bot.received):
            await asyncio.sleep(0.02)
