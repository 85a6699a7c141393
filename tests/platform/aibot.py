"""The platform's side of a 企业微信 智能机器人: encrypted JSON callbacks, one-second verification, stream polling."""

import asyncio
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.platform.crypto import CryptoError, Cryptor, same
from tests.platform.text import byte_length
from tests.platform.world import World

VERIFY_IN = 1.0
DEADLINE = 5.0
STREAM_LIFE = 360.0  # seconds from the person's message
IN_PROGRESS = 3
MAX_BYTES = 20480
MAX_PICTURES = 10
REPLIES = ("stream", "template_card", "stream_with_template_card")
EVENT_REPLIES = {"enter_chat": ("text", "template_card"), "template_card_event": ("update_template_card",)}


class Unacceptable(ValueError):
    """Why the platform drops an answer of the bot."""


@dataclass
class Talk:
    """One message to the bot and what the person saw of its answer, in the order in which it appeared."""

    fields: dict[str, Any]
    response_url: str = ""
    seen: list[str] = field(default_factory=list)
    polls: int = 0
    finished: bool = False
    fault: str = ""
    stream_id: str = ""

    @property
    def text(self) -> str:
        return self.seen[-1] if self.seen else ""


class AiBotServer:
    """Posts to a bot as 企业微信 does.

    `deadline` is real seconds, `poll` seconds of the platform's clock between two polls of a stream; on a frozen clock
    the bot gets `pause` real seconds to work meanwhile. `api_base` is where response_url points.
    """

    def __init__(
        self,
        world: World,
        url: str,
        client: httpx.AsyncClient,
        *,
        token: str,
        aes_key: str,
        receiver: str = "",
        bot_id: str = "aib0123456789",
        bot_name: str = "社小助",
        api_base: str = "https://qyapi.weixin.qq.com",
        deadline: float = DEADLINE,
        poll: float = 1.0,
        pause: float = 0.005,
        stamp: Callable[[], float] | None = None,
    ) -> None:
        self.world, self.url, self.client = world, url, client
        self.cryptor = Cryptor(token, aes_key, receiver)
        self.bot_id, self.bot_name, self.api_base = bot_id, bot_name, api_base
        self.deadline, self.poll, self.pause = deadline, poll, pause
        self.stamp = stamp or world.clock.now
        self.talks: list[Talk] = []
        self._busy: dict[str, int] = {}

    async def verify(self, within: float = VERIFY_IN) -> bool:
        """Whether the bot returns the decrypted echostr in time, without quotes, BOM or newline."""
        echo = str(secrets.randbelow(10**19))
        sealed = self.cryptor.encrypt(echo.encode())
        try:
            get = self.client.get(self.url, params={**self._signed(sealed)[0], "echostr": sealed})
            answer = await asyncio.wait_for(get, within)
        except (TimeoutError, httpx.HTTPError):
            return False
        return answer.status_code == 200 and answer.content == echo.encode()

    async def say(self, userid: str, text: str, chat_id: str = "", quote: str = "") -> Talk:
        """A text in a single chat, or in group `chat_id` with the bot mentioned. Runs until the stream ends."""
        if chat_id:
            text = f"@{self.bot_name} {text}"
        extra = {"quote": {"msgtype": "text", "text": {"content": quote}}} if quote else {}
        return await self.send(userid, {"msgtype": "text", "text": {"content": text}, **extra}, chat_id)

    async def event(self, userid: str, eventtype: str, **body: Any) -> Talk:
        """enter_chat, template_card_event or feedback_event: one try, no stream."""
        content = {eventtype: body} if body else {}
        fields = self._fields(userid, {"msgtype": "event", "event": {"eventtype": eventtype, **content}}, "")
        talk = self._open(fields, userid, True)
        await self._exchange(talk, fields, EVENT_REPLIES.get(eventtype, ()), tries=1)
        talk.finished = True
        return self._deliver(talk, userid)

    async def send(self, userid: str, content: dict[str, Any], chat_id: str = "") -> Talk:
        """Any message; a fourth in progress is not passed on (`fault` says busy)."""
        fields = self._fields(userid, content, chat_id)
        talk = self._open(fields, chat_id or userid, not chat_id)
        if self._busy.get(userid, 0) >= IN_PROGRESS:
            talk.fault = "busy: three messages in progress"
            return talk
        self._busy[userid] = self._busy.get(userid, 0) + 1
        try:
            await self._converse(talk, userid, chat_id)
        finally:
            self._busy[userid] -= 1
        return self._deliver(talk, chat_id or userid)

    async def _converse(self, talk: Talk, userid: str, chat_id: str) -> None:
        began = self.world.clock.now()
        await self._exchange(talk, talk.fields, REPLIES, tries=4)
        while talk.stream_id and not talk.finished and not talk.fault:
            await self._rest()
            if self.world.clock.now() - began > STREAM_LIFE:
                talk.fault = "the stream did not finish in six minutes"
                return
            talk.polls += 1
            ask = self._fields(userid, {"msgtype": "stream", "stream": {"id": talk.stream_id}}, chat_id)
            await self._exchange(talk, ask, REPLIES, tries=1)

    async def _rest(self) -> None:
        await self.world.clock.wait(self.poll)
        if not self.world.clock.flow:
            await asyncio.sleep(self.pause)

    async def _exchange(self, talk: Talk, fields: dict[str, Any], allowed: tuple[str, ...], tries: int) -> None:
        """POST until an answer comes; take it into `talk`. A poll that gets none is simply asked again."""
        answer, why = None, ""
        for _ in range(tries):
            answer, why = await self._post(fields)
            if answer is not None:
                break
        if answer is None:
            talk.fault = "" if talk.stream_id else why
            return
        try:
            self._take(talk, answer, allowed)
        except (Unacceptable, CryptoError) as error:
            talk.fault = str(error)

    def _take(self, talk: Talk, answer: tuple[bytes, str], allowed: tuple[str, ...]) -> None:
        body, nonce = answer
        if body == b"":
            return
        reply = self._unwrap(body, nonce)
        kind = reply.get("msgtype")
        if kind not in allowed:
            raise Unacceptable(f"msgtype {kind!r} is not allowed here")
        if kind in ("stream", "stream_with_template_card"):
            self._take_stream(talk, reply.get("stream"))
        else:
            part = reply.get(str(kind))
            talk.seen.append(str(part.get("content", f"[{kind}]")) if isinstance(part, dict) else f"[{kind}]")
            talk.finished = True

    def _take_stream(self, talk: Talk, stream: Any) -> None:
        """Content replaces what was seen before; pictures only at the end; the id must stay the same."""
        if not isinstance(stream, dict) or not isinstance(stream.get("id"), str) or not stream["id"]:
            raise Unacceptable("stream.id is missing")
        content, finish = stream.get("content", ""), stream.get("finish", False)
        if not isinstance(content, str) or not isinstance(finish, bool):
            raise Unacceptable("stream.content must be a string and finish a boolean")
        if byte_length(content) > MAX_BYTES:
            raise Unacceptable(f"stream.content has {byte_length(content)} bytes, more than {MAX_BYTES}")
        if talk.stream_id and stream["id"] != talk.stream_id:
            raise Unacceptable("stream.id changed")
        pictures = stream.get("msg_item") or []
        if pictures and (not finish or len(pictures) > MAX_PICTURES):
            raise Unacceptable("pictures only at the end, and at most ten")
        talk.stream_id, talk.finished = stream["id"], finish
        if not talk.seen or talk.seen[-1] != content:
            talk.seen.append(content)

    def _unwrap(self, body: bytes, nonce: str) -> dict[str, Any]:
        """The clear reply of {"encrypt","msgsignature","timestamp","nonce"}."""
        try:
            outer = json.loads(body)
            parts = outer["encrypt"], outer["msgsignature"], outer["timestamp"], outer["nonce"]
        except (ValueError, TypeError, KeyError) as error:
            raise Unacceptable("not the encrypted JSON of a reply") from error
        sealed, signature, stamp, given = parts
        if type(stamp) is not int or given != nonce:
            raise Unacceptable("timestamp must be an integer and nonce the address's")
        if not same(str(signature), self.cryptor.sign(str(stamp), nonce, str(sealed))):
            raise Unacceptable("msgsignature does not fit")
        reply = json.loads(self.cryptor.decrypt(str(sealed)))
        if not isinstance(reply, dict):
            raise Unacceptable("the reply is no object")
        return reply

    async def _post(self, fields: dict[str, Any]) -> tuple[tuple[bytes, str] | None, str]:
        """((answer, nonce of the address), "") or (None, why there is none)."""
        sealed = self.cryptor.encrypt(json.dumps(fields, ensure_ascii=False).encode())
        query, nonce = self._signed(sealed)
        try:
            post = self.client.post(self.url, params=query, json={"encrypt": sealed})
            answer = await asyncio.wait_for(post, self.deadline)
        except TimeoutError:
            return None, f"no answer in {self.deadline:g} s"
        except httpx.HTTPError as error:
            return None, f"{type(error).__name__}: {error}"
        if answer.status_code != 200:
            return None, f"HTTP {answer.status_code}"
        return (answer.content, nonce), ""

    def _signed(self, sealed: str) -> tuple[dict[str, str], str]:
        stamp, nonce = str(int(self.stamp())), str(secrets.randbelow(10**10))
        return {"msg_signature": self.cryptor.sign(stamp, nonce, sealed), "timestamp": stamp, "nonce": nonce}, nonce

    def _fields(self, userid: str, content: dict[str, Any], chat_id: str) -> dict[str, Any]:
        place = {"chatid": chat_id, "chattype": "group"} if chat_id else {"chattype": "single"}
        return {"msgid": secrets.token_hex(16), "aibotid": self.bot_id, **place, "from": {"userid": userid}, **content}

    def _open(self, fields: dict[str, Any], to: str, single: bool) -> Talk:
        code = self.world.response_codes.make(to, single, self.world.clock.now())
        fields["response_url"] = f"{self.api_base}/cgi-bin/aibot/response?response_code={code}"
        talk = Talk(fields, fields["response_url"])
        self.talks.append(talk)
        return talk

    def _deliver(self, talk: Talk, to: str) -> Talk:
        if talk.text:
            self.world.deliver(
                to, "aibot", "stream", talk.text, {"finished": talk.finished, "msgid": talk.fields["msgid"]}
            )
        return talk
