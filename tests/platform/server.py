"""The simulator as an application: every endpoint family, and the controls under /simulator."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

import httpx
import uvicorn
from fastapi import FastAPI

from tests.platform import (
    aibot_response,
    corp,
    custom,
    limits,
    mass,
    media,
    menu,
    oauth,
    qrcode,
    security,
    subscribe,
    template,
    ticket,
    tokens,
    users,
    webhook,
)  # fmt: skip
from tests.platform.callback import DEADLINE, RETRIES, WechatServer
from tests.platform.clock import Clock
from tests.platform.control import create_control
from tests.platform.gate import Gate
from tests.platform.world import Account, World

FAMILIES = [
    tokens, custom, template, subscribe, mass, media, qrcode, menu, ticket, users, oauth, security, limits,
    corp, webhook, aibot_response,
]  # fmt: skip
PUMP_EVERY = 0.2  # seconds


def create_simulator(
    world: World | None = None,
    *,
    account: Account | None = None,
    clock: Clock | None = None,
    seed: int = 0,
    callback_url: str = "",
    client: httpx.AsyncClient | None = None,
    deadline: float = DEADLINE,
    retries: int = RETRIES,
    stamp: Callable[[], float] | None = None,
    pump: bool = False,
) -> FastAPI:
    """The platform's API over `world` (a new one by default), reachable as `app.state.world`.

    With `callback_url`, `app.state.callback` posts to the bot, through `client` if given; `pump` delivers due events in
    the background while the app is served (without it, call `callback.pump()`).
    """
    world = world or World(account, clock, seed)
    server = None
    if callback_url:
        client = client or httpx.AsyncClient(timeout=None)
        server = WechatServer(world, callback_url, client, deadline=deadline, retries=retries, stamp=stamp)
    app = FastAPI(
        title="WeChat platform simulator", docs_url=None, redoc_url=None, openapi_url=None,
        lifespan=pumping(server if pump else None),
    )  # fmt: skip
    app.state.world, app.state.callback = world, server
    gate = Gate(world)
    for family in FAMILIES:
        app.include_router(gate.router(family.ENDPOINTS))
    app.include_router(create_control(world, server))
    return app


def pumping(server: WechatServer | None) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """A lifespan during which the events that fall due are delivered; None delivers nothing by itself."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(pump_on(server)) if server else None
        yield
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    return lifespan


async def pump_on(server: WechatServer) -> None:
    while True:
        await server.pump()
        await asyncio.sleep(PUMP_EVERY)


def run(
    host: str = "127.0.0.1",
    port: int = 8090,
    callback_url: str = "",
    *,
    account: Account | None = None,
    clock: Clock | None = None,
    seed: int = 0,
    log_level: str = "info",
) -> None:
    """Serve until interrupted, on real time; events are delivered to the bot as they fall due.

    Callbacks are signed with the real time even after the clock was skipped, so bots that check freshness go along.
    """
    app = create_simulator(
        account=account,
        clock=clock or Clock.real(),
        seed=seed,
        callback_url=callback_url,
        stamp=time.time,
        pump=bool(callback_url),
    )
    uvicorn.run(app, host=host, port=port, log_level=log_level)
