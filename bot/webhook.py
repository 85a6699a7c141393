"""The official account's callback: size cap, verification, the time budget, and the program's one broad except."""

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot import metrics
from bot.dialogue import Dialogue
from bot.wechat import BadCallback, Callback, Envelope
from handlers import words
from handlers.skill import Message
from models.base import Unavailable
from models.messages import Forged

log = logging.getLogger("shezhu.webhook")
XML = "application/xml"


class Webhook:
    """`GET` and `POST /wechat`. Turns run on `workers`; the event loop only waits."""

    def __init__(
        self, callback: Callback, dialogue: Dialogue, workers: ThreadPoolExecutor, *, budget: float, max_body: int
    ):
        self._callback = callback
        self._dialogue = dialogue
        self._workers = workers
        self._budget = budget
        self._max_body = max_body

    async def verify(self, request: Request) -> Response:
        try:
            return PlainTextResponse(self._callback.verify(request.query_params))
        except BadCallback as bad:
            return refused(bad)

    async def receive(self, request: Request) -> Response:
        try:
            envelope = self._callback.read(request.query_params, await capped(request, self._max_body))
        except BadCallback as bad:
            return refused(bad)
        if envelope.message is None:
            return PlainTextResponse("success")
        return await self._answered(envelope, envelope.message)

    async def _answered(self, envelope: Envelope, message: Message) -> Response:
        """Inside the budget the reply itself, past it `success`; the work goes on and the reply follows by push."""
        started = time.perf_counter()
        work = asyncio.get_running_loop().run_in_executor(self._workers, self._turn, message)
        try:
            text = await asyncio.wait_for(asyncio.shield(work), self._budget)
        except TimeoutError:
            work.add_done_callback(lambda done: self._follow(message, done))
            metrics.TURNS.labels("late").inc()
            return PlainTextResponse("success")
        except Forged:
            metrics.TURNS.labels("forged").inc()
            return PlainTextResponse("forged", status_code=403)
        except Unavailable:
            metrics.TURNS.labels("unavailable").inc()
            return PlainTextResponse("try again", status_code=503)  # the platform delivers it again
        metrics.TURN_SECONDS.observe(time.perf_counter() - started)
        body = self._callback.write(envelope, text)
        return Response(body, media_type=XML if body.startswith("<") else "text/plain")

    def _turn(self, message: Message) -> str:
        """On a worker thread. An error of ours is logged, kept with the message, and apologised for."""
        try:
            return self._dialogue.answer(message)
        except (Forged, Unavailable):
            raise
        except Exception:
            log.exception("turn failed", extra={"message_id": message.key})
            metrics.TURNS.labels("failed").inc()
            apology = str(words.load("words")["reply"]["trouble"])
            self._dialogue.keep_failed(message, apology)
            return apology

    def _follow(self, message: Message, done: "asyncio.Future[str]") -> None:
        if not done.cancelled() and done.exception() is None and done.result():
            self._workers.submit(self._dialogue.follow_up, message, done.result())


async def capped(request: Request, limit: int) -> bytes:
    """The body, read no further than `limit` bytes. Raises BadCallback."""
    if int(request.headers.get("content-length") or 0) > limit:
        raise BadCallback(413, "body too large")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise BadCallback(413, "body too large")
    return bytes(body)


def refused(bad: BadCallback) -> Response:
    metrics.REFUSED.labels(str(bad.status)).inc()
    log.warning("callback refused: %s", bad)
    return PlainTextResponse("refused", status_code=bad.status)
