"""Every API call passes here: faults, then the platform's order of checks, then the endpoint, then the log."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
from fastapi import APIRouter, Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from tests.platform.errors import ApiError
from tests.platform.faults import Outcome
from tests.platform.wire import half, reset

if TYPE_CHECKING:
    from tests.platform.corp import Corp
    from tests.platform.tokens import Tokens
    from tests.platform.world import World

METHODS = ["GET", "POST", "PUT", "DELETE"]
DELAY = "x-simulator-delay"  # tells an in-process client how late a slow answer would have been


@dataclass
class Call:
    """One call as an endpoint sees it. `body` is the JSON object, {} where there is none."""

    world: "World"
    path: str
    query: dict[str, str]
    client_ip: str
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes = b""
    body: dict[str, Any] = field(default_factory=dict)
    upload: UploadFile | None = None
    content: bytes = b""  # of the upload
    form: dict[str, str] = field(default_factory=dict)

    @property
    def now(self) -> float:
        return self.world.clock.now()

    @property
    def recipient(self) -> str:
        to = self.body.get("touser") or self.body.get("chatid") or self.query.get("openid") or ""
        return to if isinstance(to, str) else ""


Handler = Callable[[Call], "dict[str, object] | Response"]


@dataclass(frozen=True)
class Endpoint:
    """`token`: whose access_token it takes: mp, wecom, any, none. Not `counted`: the handler minds the quota itself."""

    method: str
    path: str
    handle: Handler
    token: str = "mp"
    body: str = ""  # "" = json for POST, nothing for GET; "form" = multipart; "free" = JSON if there is any
    daily: int | None = None
    per_minute: int | None = None
    counted: bool = True


class Gate:
    """Turns endpoints into routes of one world."""

    def __init__(self, world: "World") -> None:
        self.world = world

    def router(self, endpoints: list[Endpoint]) -> APIRouter:
        router = APIRouter()
        for endpoint in endpoints:
            self.world.quota.limits.setdefault(endpoint.path, (endpoint.daily, endpoint.per_minute))
            router.add_api_route(endpoint.path, self._route(endpoint), methods=METHODS, include_in_schema=False)
        return router

    def _route(self, endpoint: Endpoint) -> Callable[[Request], Any]:
        async def serve(request: Request) -> Response:
            return await self.serve(endpoint, request)

        return serve

    async def serve(self, endpoint: Endpoint, request: Request) -> Response:
        call = await self._read(endpoint, request)
        fault = self.world.faults.pick(call.path, call.recipient)
        if fault is None:
            return self._answer(endpoint, request, call, "")
        if fault.kind == "errcode":
            self._log(call, fault.code, fault.kind)
            return JSONResponse(ApiError(fault.code).answer())
        if fault.kind == "revoke":
            self._tokens(endpoint, call).revoke(call.query.get("access_token", ""))
            return self._answer(endpoint, request, call, fault.kind)
        return await self._disturbed(endpoint, request, call, fault)

    async def _disturbed(self, endpoint: Endpoint, request: Request, call: Call, fault: Outcome) -> Response:
        """slow, reset, half and http: with `done` the call takes effect and only its answer suffers."""
        if fault.kind == "slow":
            await self._delay(fault.seconds)
        if fault.done:
            answer = self._answer(endpoint, request, call, fault.kind)
        else:
            self._log(call, -1, fault.kind)
            answer = JSONResponse(ApiError(-1).answer())
        if fault.kind == "slow":
            answer.headers[DELAY] = str(fault.seconds)
            return answer
        if fault.kind == "http":
            return Response(
                b"<html><h1>Bad Gateway</h1></html>", fault.code if fault.code > 0 else 502, media_type="text/html"
            )
        return Broken(fault.kind, bytes(answer.body))

    async def _delay(self, seconds: float) -> None:
        """A frozen clock must stand still for the others; the in-process client reads the delay from a header."""
        if self.world.clock.flow:
            await self.world.clock.wait(seconds)

    def _answer(self, endpoint: Endpoint, request: Request, call: Call, fault: str) -> Response:
        try:
            self._check(endpoint, request.method, call)
            answer = endpoint.handle(call)
        except ApiError as error:
            self._log(call, error.code, fault)
            return JSONResponse(error.answer())
        self._log(call, 0, fault)
        return answer if isinstance(answer, Response) else plain_json(answer)

    def _check(self, endpoint: Endpoint, method: str, call: Call) -> None:
        """Method, token, permission, quota, JSON: in this order."""
        if method != endpoint.method and not (endpoint.body == "free" and method in ("GET", "POST")):
            raise ApiError(43001 if endpoint.method == "GET" else 43002)
        if endpoint.token != "none":
            self._tokens(endpoint, call).check(call.query.get("access_token", ""))
        if call.path in self.world.account.forbidden:
            raise ApiError(self.world.account.forbidden[call.path])
        if endpoint.counted:
            self.world.quota.take(call.path)
        if endpoint.method == "POST" and endpoint.body == "":
            call.body = parse(call.raw)

    def _tokens(self, endpoint: Endpoint, call: Call) -> "Tokens | Corp":
        """Where the token of this call comes from; both platforms share the paths of media."""
        of_corp = endpoint.token == "any" and call.query.get("access_token") in self.world.corp.issued
        return self.world.corp if endpoint.token == "wecom" or of_corp else self.world.tokens

    async def _read(self, endpoint: Endpoint, request: Request) -> Call:
        call = Call(
            self.world,
            endpoint.path,
            dict(request.query_params),
            request.client.host if request.client else "127.0.0.1",
            dict(request.headers),
        )
        if endpoint.body == "form" and request.headers.get("content-type", "").startswith("multipart/form-data"):
            async with request.form() as form:
                await read_form(call, form)
        elif request.method != "GET":
            call.raw = await request.body()
            call.body = glimpse(call.raw)
        return call

    def _log(self, call: Call, code: int, fault: str) -> None:
        from tests.platform.world import Record

        self.world.calls.append(Record(call.now, call.path, code, call.recipient, fault))


async def read_form(call: Call, form: FormData) -> None:
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            call.upload, call.content = value, await value.read()
        else:
            call.form[name] = value


def glimpse(raw: bytes) -> dict[str, Any]:
    """The body if it is a JSON object, before anybody has checked it; for faults and the log."""
    try:
        value = json.loads(raw)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def parse(raw: bytes) -> dict[str, Any]:
    """44002 without a body, 47001 for what is no JSON object in UTF-8."""
    if not raw.strip():
        raise ApiError(44002)
    try:
        value = json.loads(raw.decode("utf-8"))
    except ValueError as error:
        raise ApiError(47001) from error
    if not isinstance(value, dict):
        raise ApiError(47001)
    return value


def plain_json(answer: dict[str, object]) -> Response:
    """The platform sends UTF-8 JSON, some of it as text/plain; clients must parse by content."""
    body = json.dumps(answer, ensure_ascii=False).encode()
    return Response(
        body, media_type="text/plain" if "access_token" in answer or "openid" in answer else "application/json"
    )


class Broken(Response):
    """An answer that never arrives whole."""

    def __init__(self, kind: str, body: bytes) -> None:
        super().__init__(body)
        self._kind = kind

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._kind == "reset":
            if not await reset(receive):
                raise httpx.ReadError("connection reset by peer")
        elif not await half(bytes(self.body), receive, send):
            raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")
