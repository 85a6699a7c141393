"""The composition root: builds every object once and wires it; nothing else may."""

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

from bot.config import Config, keys
from bot.dialogue import Dialogue
from bot.directory import Directory
from bot.webhook import Webhook
from bot.wechat import Callback
from models import migrate
from models.base import Database
from nlp.understand import Understander


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
    database = Database(config.database.url, data_key, config.database.width)
    if embedded:
        migrate.upgrade(database)
    understander, directory = Understander.load(), Directory()
    context = {"settings": config.policy, "public_url": config.server.public_url}
    dialogue = Dialogue(database, understander, directory, lambda: context)
    return Parts(config, database, understander, directory, dialogue, secret_key)


def create_app(config: Config) -> FastAPI:
    """The web application of one deployment."""
    parts = build(config)
    workers = ThreadPoolExecutor(parts.database.width, thread_name_prefix="turn")
    wechat = config.wechat
    callback = Callback(
        wechat.token.get_secret_value(), wechat.aes_key.get_secret_value(), wechat.app_id, wechat.max_skew
    )
    webhook = Webhook(callback, parts.dialogue, workers, budget=wechat.budget, max_body=wechat.max_body)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        workers.shutdown()
        parts.close()

    app = FastAPI(title="社小助", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.state.parts = parts
    app.add_route("/wechat", webhook.verify, methods=["GET"])
    app.add_route("/wechat", webhook.receive, methods=["POST"])
    return app
