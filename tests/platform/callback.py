"""The platform's own side of a callback: verification, posting, the deadline, retries and concurrent duplicates."""

import asyncio
import itertools
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.platform.bodies import MODES, wrap
from tests.platform.crypto import Cryptor, sign
from tests.platform.errors import ApiError
from tests.platform.judge import FAULT_NOTICE, Verdict, judge
from tests.platform.world import World

DEADLINE = 5.0
RETRIES = 3
UNANSWERED = Verdict("fault", "not answered", text=FAULT_NOTICE)


@dataclass(frozen=True)
class Attempt:
    """One POST: `status` None when no answer came in time (`error` says why)."""

    at: float
    took: float
    status: int | None
    answer: bytes
    error: str = ""
    verdict: Verdict = UNANSWERED

    @property
    def text(self) -> str:
        """What the person would see of this answer alone."""
        return self.verdict.text


@dataclass
class Exchange:
    """One message or event, all its deliveries, and what came of it."""

    fields: dict[str, Any]
    body: bytes
    encrypted: str
    attempts: list[Attempt] = field(default_factory=list)
    verdict: Verdict = UNANSWERED

    @property
    def text(self) -> str:
        """What the person sees: the reply, "" for silence, or the fault notice."""
        return self.verdict.text


class WechatServer:
    """Posts to a bot as the platform does.

    `deadline` is real seconds, since the bot under test lives in real time. `retries` re-POSTs follow a message that
    got no answer. `stamp` gives the signed timestamp: the platform's clock by default; `time.time` suits bots that
    check freshness. Several addresses (web processes of one bot) take turns, delivery by delivery.
    """

    def __init__(
        self,
        world: World,
        url: str | Sequence[str],
        client: httpx.AsyncClient,
        *,
        mode: str = "",
        deadline: float = DEADLINE,
        retries: int = RETRIES,
        stamp: Callable[[], float] | None = None,
    ) -> None:
        self.world = world
        self.urls = itertools.cycle([url] if isinstance(url, str) else url)
        self.client = client
        self.mode = mode or world.account.mode
        if self.mode not in MODES:
            raise ValueError(f"unknown mode {self.mode!r}; one of {', '.join(MODES)}")
        self.deadline = deadline
        self.retries = retries
        self.stamp = stamp or world.clock.now
        self.cryptor = Cryptor(world.account.token, world.account.aes_key, world.account.app_id)
        self.exchanges: list[Exchange] = []

    async def verify(self) -> bool:
        """The GET of the console's 提交 button: whether the bot returned the echostr, exactly."""
        echo = str(secrets.randbelow(10**18))
        query = {**self.signed(), "echostr": echo}
        try:
            answer = await asyncio.wait_for(self.client.get(next(self.urls), params=query), self.deadline)
        except (TimeoutError, httpx.HTTPError):
            return False
        return answer.status_code == 200 and answer.content == echo.encode()

    async def send(self, fields: dict[str, Any]) -> Exchange:
        """One message or event with up to `retries` re-POSTs of the same bytes, each freshly signed."""
        exchange = self._open(fields)
        for _ in range(1 + self.retries):
            attempt = await self._post(exchange)
            exchange.attempts.append(attempt)
            if attempt.status == 200:
                exchange.verdict = attempt.verdict
                break
        return self._close(exchange)

    async def send_at_once(self, fields: dict[str, Any], copies: int = 3) -> Exchange:
        """The same message `copies` times concurrently, as when retries overtake it; one answer is shown."""
        exchange = self._open(fields)
        exchange.attempts += await asyncio.gather(*(self._post(exchange) for _ in range(copies)))
        answered = [attempt for attempt in exchange.attempts if attempt.status == 200]
        if answered:
            exchange.verdict = answered[0].verdict
        return self._close(exchange)

    async def again(self, exchange: Exchange) -> Attempt:
        """A late re-POST of what was sent before; its answer is recorded but shown to nobody."""
        attempt = await self._post(exchange)
        exchange.attempts.append(attempt)
        return attempt

    async def pump(self) -> list[Exchange]:
        """Deliver the events that are due, through the event faults."""
        now = self.world.clock.now()
        due = [event for event in self.world.events if event.due <= now]
        self.world.events[:] = [event for event in self.world.events if event.due > now]
        return [
            await self.send({**self.head(event.openid), "MsgType": "event", **event.fields})
            for event in self.world.faults.on_the_way(due)
        ]

    def head(self, openid: str) -> dict[str, Any]:
        return {
            "ToUserName": self.world.account.original_id,
            "FromUserName": openid,
            "CreateTime": int(self.world.clock.now()),
        }

    def wrap(self, fields: dict[str, Any]) -> tuple[bytes, str]:
        """(body, Encrypt)."""
        return wrap(fields, self.mode, self.cryptor)

    def address(self, openid: str) -> dict[str, str]:
        """What the query holds beside the signature."""
        return {"openid": openid}

    def _open(self, fields: dict[str, Any]) -> Exchange:
        body, encrypted = self.wrap(fields)
        exchange = Exchange(fields, body, encrypted)
        self.exchanges.append(exchange)
        return exchange

    def _known_media(self, media_id: str) -> bool:
        try:
            self.world.media.get(media_id)
        except ApiError:
            return False
        return True

    def _close(self, exchange: Exchange) -> Exchange:
        """Show what there is to show. Events never raise the fault notice: nobody waits for their answer."""
        verdict, openid = exchange.verdict, exchange.fields["FromUserName"]
        if verdict.kind == "reply":
            self.world.deliver(openid, "passive", str(verdict.reply["MsgType"]), verdict.text, verdict.reply)
        elif verdict.kind == "fault" and exchange.fields["MsgType"] != "event":
            self.world.deliver(openid, "passive", "fault", FAULT_NOTICE, {"why": verdict.why})
        return exchange

    def signed(self, encrypted: str = "") -> dict[str, str]:
        stamp, nonce = str(int(self.stamp())), str(secrets.randbelow(10**10))
        query = {"signature": sign(self.world.account.token, stamp, nonce), "timestamp": stamp, "nonce": nonce}
        if encrypted:
            query |= {"encrypt_type": "aes", "msg_signature": self.cryptor.sign(stamp, nonce, encrypted)}
        return query

    async def _post(self, exchange: Exchange) -> Attempt:
        query: Mapping[str, str] = {**self.signed(exchange.encrypted), **self.address(exchange.fields["FromUserName"])}
        began, at = time.monotonic(), self.world.clock.now()
        status, content, error = None, b"", ""
        try:
            post = self.client.post(
                next(self.urls), params=query, content=exchange.body, headers={"content-type": "text/xml"}
            )
            answer = await asyncio.wait_for(post, self.deadline)
            if self.world.faults.chance.random() < self.world.faults.events.unheard:
                error = "the answer went unheard"
            else:
                status, content = answer.status_code, answer.content
        except TimeoutError:
            error = f"no answer in {self.deadline:g} s"
        except httpx.HTTPError as problem:
            error = f"{type(problem).__name__}: {problem}"
        verdict = UNANSWERED
        if status == 200:
            verdict = judge(content, exchange.fields, self.mode, self.cryptor, self._known_media)
        return Attempt(at, time.monotonic() - began, status, content, error, verdict)
