"""Ways to break a connection below HTTP, and the in-process transport that shows them to httpx."""

import asyncio
import contextlib
import socket
import struct
from typing import Any

import httpx
from starlette.types import Receive, Send


def socket_transport(receive: Receive) -> Any:
    """uvicorn's transport behind `receive`, None when the app runs in-process."""
    return getattr(getattr(receive, "__self__", None), "transport", None)


async def reset(receive: Receive) -> bool:
    """Cut the connection with a TCP RST; False in-process, where there is no connection to cut."""
    transport = socket_transport(receive)
    if transport is None:
        return False
    peer = transport.get_extra_info("socket")
    if peer is not None:
        with contextlib.suppress(OSError):
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    await until_gone(receive)
    return True


async def half(body: bytes, receive: Receive, send: Send) -> bool:
    """Promise the whole body, send half of it, and cut; False in-process, where the caller must raise."""
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
    transport = socket_transport(receive)
    if transport is None:
        return False
    transport.close()
    await until_gone(receive)
    return True


async def until_gone(receive: Receive) -> None:
    """Let the server notice that the connection is closed, so that it does not try to answer."""
    while (await receive())["type"] != "http.disconnect":
        pass


class InProcess(httpx.AsyncBaseTransport):
    """Serves an httpx client from an app itself.

    As behind a socket, the app goes on working when the client gives up; an answer that the simulator made late
    becomes a ReadTimeout where the client would not have waited for it.
    """

    def __init__(self, app: Any, client: tuple[str, int] = ("127.0.0.1", 40000)) -> None:
        self._inner = httpx.ASGITransport(app=app, client=client)
        self._running: set[asyncio.Task[httpx.Response]] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        task = asyncio.ensure_future(self._inner.handle_async_request(request))
        self._running.add(task)
        task.add_done_callback(self._done)
        response = await asyncio.shield(task)
        limit = request.extensions.get("timeout", {}).get("read")
        late = float(response.headers.get("x-simulator-delay", 0))
        if limit is not None and late > limit:
            raise httpx.ReadTimeout("the answer came too late", request=request)
        return response

    def _done(self, task: asyncio.Task[httpx.Response]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # seen, also when nobody waits any more
