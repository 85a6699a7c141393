"""Liveness, readiness and figures for whoever runs the service."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from models import migrate
from models.base import Database, Unavailable


def router(database: Database, redis_url: str) -> APIRouter:
    routes = APIRouter()

    @routes.get("/healthz")
    async def alive() -> PlainTextResponse:
        return PlainTextResponse("ok")

    @routes.get("/readyz")
    def ready() -> JSONResponse:
        states = {"database": database_state(database), "redis": redis_state(redis_url)}
        # Without Redis the bot goes on answering, so only the database decides.
        return JSONResponse(states, status_code=200 if states["database"] == "ok" else 503)

    @routes.get("/metrics")
    def figures() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return routes


def database_state(database: Database) -> str:
    """ok, behind (migrations waiting) or unreachable."""
    try:
        return "behind" if migrate.behind(database) else "ok"
    except Unavailable:
        return "unreachable"


def redis_state(url: str) -> str:
    """ok, absent (not configured) or unreachable."""
    if not url:
        return "absent"
    from redis import Redis, RedisError

    try:
        Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1).ping()
    except (RedisError, ValueError):  # also an address that is none
        return "unreachable"
    return "ok"
