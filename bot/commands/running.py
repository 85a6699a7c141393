"""The commands that stay: the web application, the worker, the clock."""

import logging
import os
import sys
from typing import Any

from bot import logs
from bot.commands import console, opening
from bot.config import Config
from models.base import Database

DEMO_DATABASE = "sqlite:///var/demo.db"


def serve(host: str | None, port: int | None, *, demo: bool) -> None:
    """Runs the web application until it is told to stop."""
    import uvicorn

    from bot.app import create_app

    config = settled(overrides(host, port, demo=demo), demo=demo)
    log(config, demo=demo)
    with opening.said_plainly(config):
        app = create_app(config)
    if demo:
        furnish(app.state.parts.database, config)
    announce(config, demo=demo)
    # No access log: the callback's query holds signatures and openids.
    uvicorn.run(
        app,
        host=config.server.host,
        port=config.server.port,
        server_header=False,
        access_log=False,
        log_config=None,
        ws="none",  # nobody speaks so here, and its log would name addresses whole
    )


def log(config: Config, *, demo: bool = False) -> None:
    """From here on every line says what happened to what, as `server.logs` wants it; a demo only complains."""
    how = logs.form(config.server.logs, demo=demo, terminal=sys.stderr.isatty())
    logs.set_up(how, logging.WARNING if demo else logging.INFO)


def furnish(database: Database, config: Config) -> None:
    from bot.demo import load

    if not load.load(database):
        raise console.Failure("not_demo", path=config.database.url.partition("///")[2])


def overrides(host: str | None, port: int | None, *, demo: bool) -> dict[str, Any]:
    """What the options change. The demo never touches a configured PostgreSQL or Redis."""
    server: dict[str, Any] = {"host": host, "port": port, "demo": True if demo else None}
    changed: dict[str, Any] = {"server": {key: value for key, value in server.items() if value is not None}}
    if demo:
        own = os.environ.get("SHEZHU_DATABASE__URL", "")
        changed |= {"database": {"url": own if own.startswith("sqlite") else DEMO_DATABASE}, "redis": {"url": ""}}
    return changed


def settled(changed: dict[str, Any], *, demo: bool) -> Config:
    """The settings to serve with; links in a demo's replies lead to where the demo is."""
    config = console.configured(**changed)
    if not demo or "SHEZHU_SERVER__PUBLIC_URL" in os.environ:
        return config
    return console.configured(**changed | {"server": changed["server"] | {"public_url": address(config)}})


def address(config: Config) -> str:
    """Where a browser on this machine finds it."""
    host = config.server.host
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host
    return f"http://{shown}:{config.server.port}"


def announce(config: Config, *, demo: bool) -> None:
    if demo:
        console.say("serving_demo", url=address(config), path=config.database.url.partition("///")[2])
        return
    console.say("serving", url=address(config), public_url=config.server.public_url.rstrip("/"))
    if not config.wechat.token.get_secret_value():
        console.say("no_token")


def worker() -> None:
    _job("run_worker")


def scheduler() -> None:
    _job("run_scheduler")


def _job(name: str) -> None:
    config = console.configured()
    if not config.redis.url:
        raise console.Failure("no_redis")
    from bot import jobs

    log(config)
    getattr(jobs, name)(config)
