"""The official account's callback: size cap, verification, the time budget, and the program's one broad except."""

import asyncio
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from bot import logs, metrics
from bot.dialogue import Dialogue
from bot.logs import fields
from bot.wechat import BadCallback, Callback, Envelope
from handlers import words
from handlers.skill import Message
from models.base import Unavailable
from models.messages import Forged

log = logging.getLogger("shezhu.webhook")
XML = "application/xml"
SLOW = 4.0  # seconds a body may take; the platform gives up after five
AGAIN = 1.0  # seconds before a message taken with `success` is tried again, while the database is away
SPOKEN = ("", "subscribe", "scan", "click")  # events that are a person's doing, and messages


class Handover:
    """Who gives the answer to the person: the request as long as its budget lasts, the push queue afterwards."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._late = False
        self._text: str | None = None

    def late(self, text: str) -> bool:
        """The answer is there: whether it must be pushed."""
        with self._lock:
            self._text = text
            return self._late

    def give_up(self) -> str | None:
        """The budget is over: the answer that came in the same moment, or None, and it will be pushed."""
        with self._lock:
            self._late = self._text is None
            return self._text


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
        self._owed: set[asyncio.Task[None]] = set()

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
        started, handover = time.perf_counter(), Handover()
        work = self._submit(message, handover)
        try:
            text = await asyncio.wait_for(asyncio.shield(work), self._budget)
        except TimeoutError:
            punctual = handover.give_up()
            if punctual is None:
                self._owe(message, handover, work)
                return PlainTextResponse("success")
            text = punctual
        except Forged:
            metrics.TURNS.labels("forged").inc()
            log.warning("message forged", extra=fields(message=message.key))
            return PlainTextResponse("forged", status_code=403)
        except Unavailable:
            metrics.TURNS.labels("unavailable").inc()
            log.warning("the database is away; the platform is asked again", extra=fields(message=message.key))
            return PlainTextResponse("try again", status_code=503)  # the platform delivers it again
        metrics.TURN_SECONDS.observe(time.perf_counter() - started)
        body = self._callback.write(envelope, text)
        return Response(body, media_type=XML if body.startswith("<") else "text/plain")

    def _submit(self, message: Message, handover: Handover) -> "asyncio.Future[str]":
        return asyncio.get_running_loop().run_in_executor(self._workers, self._work, message, handover)

    def _work(self, message: Message, handover: Handover) -> str:
        """On a worker thread, so that also an answer that comes while the service stops is handed over."""
        text = self._turn(message)
        if handover.late(text) and text:
            self._dialogue.follow_up(message, text)
        return text

    def _owe(self, message: Message, handover: Handover, work: "asyncio.Future[str]") -> None:
        """After `success` nobody delivers the message again: it is ours to do, however long the database is away."""
        metrics.TURNS.labels("late").inc()
        log.warning("the answer is late and will be pushed", extra=fields(message=message.key))
        owed = asyncio.create_task(self._paid(message, handover, work))
        self._owed.add(owed)
        owed.add_done_callback(self._owed.discard)

    async def _paid(self, message: Message, handover: Handover, work: "asyncio.Future[str]") -> None:
        while True:
            try:
                await work
                return
            except Forged:
                return
            except Unavailable:
                waits = "a message taken with success waits for the database"
                log.warning(waits, extra=fields(message=message.key))
            await asyncio.sleep(AGAIN * (1 + len(self._owed) / 10))  # many do not keep the workers from new messages
            try:
                work = self._submit(message, handover)
            except RuntimeError:
                log.error("a message was not done before the stop", extra=fields(message=message.key))
                return

    def _turn(self, message: Message) -> str:
        """On a worker thread; whatever is logged on the way bears the message's id."""
        with logs.about(message=message.key):
            began = time.perf_counter()
            text = self._answer_or_apology(message)
            log.info("answered", extra=fields(channel=message.channel, kind=message.kind, ms=elapsed(began)))
        return text

    def _answer_or_apology(self, message: Message) -> str:
        """An error of ours is logged, kept with the message, and apologised for."""
        for attempt in (self._dialogue.answer, self._apologise):
            try:
                return attempt(message)
            except (Forged, Unavailable):
                raise
            except Exception as error:  # noqa: BLE001 (logged by its place)
                log.error("turn failed", extra=fields(error=logs.where(error)))
                metrics.TURNS.labels("failed").inc()
        raise Unavailable("not even the apology could be kept")

    def _apologise(self, message: Message) -> str:
        """What the platform tells us on its own is failed in silence: nobody waits for an answer."""
        apology = str(words.load("words")["reply"]["trouble"]) if message.event in SPOKEN else ""
        self._dialogue.keep_failed(message, apology)
        return apology


def elapsed(began: float) -> int:
    """Milliseconds since `began`, of `time.perf_counter`."""
    return round((time.perf_counter() - began) * 1000)


async def capped(request: Request, limit: int) -> bytes:
    """The body, read no further than `limit` bytes and no longer than the platform waits. Raises BadCallback."""
    length = request.headers.get("content-length") or "0"
    if not length.isdecimal() or int(length[:20]) > limit:
        raise BadCallback(413, "body too large")
    body = bytearray()
    try:
        async with asyncio.timeout(SLOW):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    raise BadCallback(413, "body too large")
    except TimeoutError:
        raise BadCallback(408, "body too slow") from None
    except ClientDisconnect:
        raise BadCallback(400, "body broken off") from None
    return bytes(body)


def refused(bad: BadCallback) -> Response:
    metrics.REFUSED.labels(str(bad.status)).inc()
    log.warning("callback refused", extra=fields(status=bad.status, why=str(bad)))
    return PlainTextResponse("refused", status_code=bad.status)
