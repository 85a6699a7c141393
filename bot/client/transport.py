"""One HTTP call to the platform, with its time limits and bounded retries (httpx beneath)."""

import json
import random
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from bot import metrics
from bot.client.errors import ApiError, Unknown, Unsent, check, quieten
from bot.client.tokens import Tokens

BUSY = -1
BAD_TOKEN = frozenset({40001, 40014, 42001})
PAUSE = 0.2  # seconds before a busy platform is asked again, doubled each time, jittered
MAX_ANSWER = 1_000_000  # bytes of a JSON answer that are read
NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


def opened(
    base: str, *, connect: float, answer: float, width: int, transport: httpx.BaseTransport | None = None
) -> httpx.Client:
    """A client of one platform; safe to share between threads."""
    quieten()
    limits = httpx.Limits(max_connections=width * 2, max_keepalive_connections=width * 2)
    timeout = httpx.Timeout(answer, connect=connect, pool=connect)
    return httpx.Client(
        base_url=base.rstrip("/"), timeout=timeout, limits=limits, transport=transport, follow_redirects=False
    )


class Transport:
    """Calls of one account. Every method raises ApiError, Unsent or Unknown and nothing else of the network."""

    def __init__(
        self, http: httpx.Client, tokens: Tokens, *, tries: int = 3, sleep: Callable[[float], None] = time.sleep
    ):
        self.http = http
        self._tokens = tokens
        self._tries = tries
        self._sleep = sleep

    def call(
        self, method: str, path: str, body: Any = None, params: Mapping[str, Any] | None = None, **more: Any
    ) -> dict[str, Any]:
        """The platform's answer to a call that needs a token.

        A refused token is renewed and the call repeated once; a busy platform is asked again a few times. Both were
        refusals, so nothing is done twice. A lost answer is never repeated here: the caller knows whether it may.
        """
        renewed, busy = False, 0
        token = self._tokens.get()
        while True:
            began = self._tokens.clock()
            try:
                return check(self.once(method, path, body, {**(params or {}), "access_token": token}, **more))
            except ApiError as error:
                metrics.ERRCODES.labels(str(error.errcode)).inc()
                if error.errcode in BAD_TOKEN and not renewed:
                    renewed, token = True, self._tokens.renew(token, began)
                elif error.errcode == BUSY and busy < self._tries - 1:
                    busy += 1
                    self._sleep(PAUSE * 2**busy * random.uniform(0.5, 1.0))
                else:
                    raise

    def once(self, method: str, path: str, body: Any, params: Mapping[str, Any], **more: Any) -> Any:
        """One request; the decoded JSON whatever the content type says."""
        if body is not None:  # the platform refuses \u escapes (40033)
            more["content"] = json.dumps(body, ensure_ascii=False).encode()
            more["headers"] = {"Content-Type": "application/json; charset=utf-8"}
        return decoded(sent(self.http, method, path, params=params, **more))

    def download(self, address: str, params: Mapping[str, Any], limit: int) -> tuple[str, bytes]:
        """(content type, bytes) of a file; more than `limit` bytes raise ApiError 40006."""
        token, began = self._tokens.get(), self._tokens.clock()
        kind, data = read(self.http, address, {**params, "access_token": token}, limit)
        if errcode_of(data) in BAD_TOKEN:
            renewed = {**params, "access_token": self._tokens.renew(token, began)}
            kind, data = read(self.http, address, renewed, limit)
        return kind, data


def read(http: httpx.Client, address: str, params: Mapping[str, Any], limit: int) -> tuple[str, bytes]:
    """Reads no further than `limit`. Reading is harmless to repeat, so every trouble of the network is Unsent."""
    data = bytearray()
    try:
        with http.stream("GET", address, params=params) as answer:
            for chunk in answer.iter_bytes(65536):
                data += chunk
                if len(data) > limit:
                    raise ApiError(40006, "larger than we keep")
            return answer.headers.get("content-type", ""), bytes(data)
    except httpx.HTTPError as error:
        raise Unsent(type(error).__name__) from None


def errcode_of(data: bytes) -> int:
    """The error inside what should have been a file; 0 for a file."""
    if not data.startswith(b"{"):
        return 0
    try:
        return int(json.loads(data).get("errcode") or 0)
    except (ValueError, TypeError):
        return 0


def sent(http: httpx.Client, method: str, path: str, **more: Any) -> httpx.Response:
    """The response; errors say whether the request can have been carried out. Addresses never appear in them."""
    try:
        answer = http.request(method.upper(), path, **more)
    except NEVER_LEFT as error:
        raise Unsent(type(error).__name__) from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unknown(type(error).__name__) from None
    if answer.status_code == 429:
        raise Unsent("HTTP 429")
    if answer.status_code >= 400:
        raise Unknown(f"HTTP {answer.status_code}")
    return answer


def decoded(answer: httpx.Response) -> Any:
    if len(answer.content) > MAX_ANSWER:
        raise Unknown("an endless answer")
    try:
        return json.loads(answer.content.decode("utf-8", "replace"), strict=False)
    except ValueError:
        raise Unknown("an answer that is no JSON") from None
