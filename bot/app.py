"""The composition root: builds every object once and wires it; nothing else may."""

import base64
import gc
import secrets
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from bot import health, wecom
from bot.config import Config, keys
from bot.dialogue import Dialogue
from bot.directory import Directory
from bot.jobs import Background
from bot.pages import residents
from bot.webhook import Webhook
from bot.wechat import Callback, Mirror
from models import migrate
from models.base import Database
from nlp.understand import Understander

PAGES = Path(__file__).parent / "pages"


@dataclass(frozen=True)
class Parts:
    """Everything built once. Pages, commands and jobs take what they need from here."""

    config: Config
    database: Database
    understander: Understander
    directory: Directory
    dialogue: Dialogue
    secret_key: str

    def close(self) -> None:
        self.database.close()


def build(config: Config) -> Parts:
    """Opens the database (an embedded one is brought to the newest migration) and loads the language model."""
    embedded = config.database.url.startswith("sqlite")
    data_key, secret_key = keys(config, embedded=embedded)
    database = Database(config.database.url, data_key, config.database.width, config.policy)
    if embedded:
        migrate.upgrade(database)
    understander, directory = Understander.load(), Directory()
    context = {"settings": config.policy, "public_url": config.server.public_url}
    dialogue = Dialogue(database, understander, directory, lambda: context, config.push.digest_greets)
    return Parts(config, database, understander, directory, dialogue, secret_key)


def create_app(config: Config) -> FastAPI:
    """The web application of one deployment."""
    parts = build(config)
    envelope = account(config)
    workers = ThreadPoolExecutor(parts.database.width, thread_name_prefix="turn")
    webhook = Webhook(
        Callback(*envelope, config.wechat.max_skew),
        parts.dialogue,
        workers,
        budget=config.wechat.budget,
        max_body=config.wechat.max_body,
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with background(config, parts) as parts.dialogue.hurry:
            yield
            workers.shutdown()
        parts.close()

    app = FastAPI(title="shezhu", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.state.parts = parts
    app.add_route("/wechat", webhook.verify, methods=["GET"])
    app.add_route("/wechat", webhook.receive, methods=["POST"])
    wecom.mount(app, config, parts.dialogue, workers)
    app.mount("/static", StaticFiles(directory=PAGES / "static"))
    app.include_router(health.router(parts.database, config.redis.url))
    residents.install(app, parts.database, config.server.public_url)
    gc.collect()
    gc.freeze()  # the loaded models live as long as the process: looking through them again costs tens of milliseconds
    if config.server.demo:
        from bot.pages import demo
        from bot.push import Mailbox

        app.include_router(demo.router(demo.Sender(app, Mirror(*envelope)), parts.database, Mailbox(parts.database)))
    return app


@asynccontextmanager
async def background(config: Config, parts: Parts) -> AsyncIterator[Callable[[], None]]:
    """Sending, swept and fetched for while the service runs, here or by workers; what wakes whoever sends."""
    if not config.redis.url:
        jobs = Background(config, parts.database)
        jobs.start()
        try:
            yield jobs.kick
        finally:
            jobs.stop()
        return
    from bot.worker import Bell  # the queue's library is needed with Redis alone

    bell = Bell(config)
    try:
        yield bell.ring
    finally:
        await bell.close()


def account(config: Config) -> tuple[str, str, str]:
    """(token, AES key, app id). A demo without an account of its own plays with one made at each start."""
    wechat = config.wechat
    token, aes_key = wechat.token.get_secret_value(), wechat.aes_key.get_secret_value()
    if config.server.demo and not token:
        return secrets.token_hex(16), base64.b64encode(secrets.token_bytes(32)).decode().rstrip("="), "wx_demo"
    return token, aes_key, wechat.app_id
