"""WeCom ends here: the application's callback (XML) and the robot's (JSON, answered by streams), on one dialogue."""

import asyncio
import json
import re
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.config import Config
from bot.dialogue import Dialogue
from bot.webhook import Webhook, capped, refused
from bot.wechat import ILLEGAL, MAX_TEXT, BadCallback, Callback, Envelope, fields, short
from handlers.skill import Message
from models import messages
from models.base import Unavailable
from models.messages import Forged
from models.when import SHANGHAI

CHANNEL = "wecom"
BASE64 = re.compile(r"[A-Za-z0-9+/=]{4,}")
MENTION = re.compile(r"^\s*@\S+[\s\u2005]*")
STREAM_BYTES = 20480


class Application(Callback):
    """The callback of a company's own application; always sealed."""

    def verify(self, query: Mapping[str, str]) -> str:
        """The platform's echo, decrypted. Raises BadCallback."""
        return self.open(query, query.get("echostr", "")).decode()

    def read(self, query: Mapping[str, str], body: bytes) -> Envelope:
        envelope = super().read(query, body)
        message = envelope.message
        return envelope if message is None else replace(envelope, message=replace(message, channel=CHANNEL))

    def open(self, query: Mapping[str, str], encrypted: str) -> bytes:
        """What is sealed in one field, its signature checked. Raises BadCallback."""
        if not BASE64.fullmatch(encrypted):
            raise BadCallback(400, "nothing sealed")
        xml = f"<xml><Encrypt>{encrypted}</Encrypt></xml>".encode()
        return self._open(query, query.get("timestamp", ""), query.get("nonce", ""), xml)

    def seal(self, text: str, nonce: str) -> dict[str, Any]:
        """The JSON envelope of an answer."""
        assert self._crypto is not None
        parts = fields(self._crypto.encrypt_message(text, nonce, str(int(time.time()))).encode())
        return {
            "encrypt": parts["Encrypt"],
            "msgsignature": parts["MsgSignature"],
            "timestamp": int(parts["TimeStamp"]),
            "nonce": nonce,
        }


@dataclass(frozen=True)
class Asked:
    """What the robot's platform wants: an answer to `message`, or how far the answer `stream` is; else nothing."""

    message: Message | None = None
    stream: str = ""


class Robot(Webhook):
    """`GET` and `POST` of a robot: mentioned in a group or spoken to alone, it answers by a stream.

    The stream's id is the message's own, so any process can say how far it is: an answer exists once it is committed.
    """

    def __init__(
        self, callback: Application, dialogue: Dialogue, workers: ThreadPoolExecutor, *, budget: float, max_body: int
    ):
        super().__init__(callback, dialogue, workers, budget=budget, max_body=max_body)
        self._robot = callback

    async def receive(self, request: Request) -> Response:
        try:
            raw = await capped(request, self._max_body)
            asked = understood(request.query_params, self._robot.open(request.query_params, sealed_in(raw)))
        except BadCallback as bad:
            return refused(bad)
        try:
            return self._told(await self._answer(asked), request.query_params.get("nonce", ""))
        except Forged:
            return PlainTextResponse("forged", status_code=403)
        except Unavailable:
            return PlainTextResponse("try again", status_code=503)

    async def _answer(self, asked: Asked) -> dict[str, Any] | None:
        """The clear answer; None for silence."""
        loop = asyncio.get_running_loop()
        if asked.stream:
            return stream(asked.stream, await loop.run_in_executor(self._workers, self._committed, asked.stream))
        if asked.message is None:
            return None
        work = loop.run_in_executor(self._workers, self._turn, asked.message)
        work.add_done_callback(_forget)
        try:
            text: str | None = await asyncio.wait_for(asyncio.shield(work), self._budget)
        except TimeoutError:
            text = None  # the platform asks again until the answer is there
        if asked.message.kind == "event":
            return {"msgtype": "text", "text": {"content": text}} if text else None
        return stream(asked.message.key, text)

    def _committed(self, key: str) -> str | None:
        return self._dialogue.database.run(lambda db: messages.answered(db, key))

    def _told(self, answer: dict[str, Any] | None, nonce: str) -> Response:
        if answer is None:
            return Response(b"", media_type="application/json")
        body = self._robot.seal(json.dumps(answer, ensure_ascii=False), nonce)
        return Response(json.dumps(body), media_type="application/json")


def _forget(work: "asyncio.Future[str]") -> None:
    """An error after the budget is met when the platform delivers the message again."""
    if not work.cancelled():
        work.exception()


def stream(key: str, text: str | None) -> dict[str, Any]:
    """The state of an answer: its whole text, or that it is being worked on."""
    content = ILLEGAL.sub("", text or "").encode()[:STREAM_BYTES].decode(errors="ignore")
    return {"msgtype": "stream", "stream": {"id": key, "finish": text is not None, "content": content}}


def sealed_in(body: bytes) -> str:
    try:
        return str(json.loads(body)["encrypt"])
    except (ValueError, TypeError, KeyError) as error:
        raise BadCallback(400, "unreadable body") from error


def understood(query: Mapping[str, str], opened: bytes) -> Asked:
    """The robot platform's fields as what they ask of us. Raises BadCallback."""
    try:
        data = json.loads(opened)
        kind = str(data["msgtype"])
        if kind == "stream":
            return Asked(stream=str(data["stream"]["id"])[:200])
        message = heard(data, kind, datetime.fromtimestamp(int(query["timestamp"]), SHANGHAI))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, OSError) as error:
        raise BadCallback(400, "unreadable field") from error
    return Asked(message)


def heard(data: Mapping[str, Any], kind: str, at: datetime) -> Message | None:
    """None for events and kinds that need no answer."""
    message = Message(
        key=short(f"b:{data.get('aibotid')}:{data['msgid']}"),
        channel=CHANNEL,
        openid=str(data["from"]["userid"])[:64],
        at=at,
        kind="text",
        group=str(data["chatid"]) if data.get("chattype") == "group" else None,
    )
    match kind:
        case "text" | "mixed":
            return replace(message, text=said(data, kind), url=picture(data) if kind == "mixed" else None)
        case "voice":
            return replace(message, kind="voice", text=clean(data["voice"].get("content", "")))
        case "image":
            return replace(message, kind="image", url=str(data["image"]["url"])[:400])
        case "event" if data["event"].get("eventtype") == "enter_chat":
            return replace(message, kind="event", event="subscribe")
    return None


def said(data: Mapping[str, Any], kind: str) -> str:
    """The words, without the mention that called the robot, and the words they quote."""
    items = data["mixed"]["msg_item"] if kind == "mixed" else [data]
    text = "\n".join(str(item["text"]["content"]) for item in items if item.get("msgtype") == "text")
    if data.get("chattype") == "group":
        text = MENTION.sub("", text, count=1)
    quoted = (data.get("quote") or {}).get("text") or {}
    return clean(f"{text.strip()}\n{quoted.get('content', '')}")


def picture(data: Mapping[str, Any]) -> str | None:
    items = (item for item in data["mixed"]["msg_item"] if item.get("msgtype") == "image")
    return next((str(item["image"]["url"])[:400] for item in items), None)


def clean(text: object) -> str:
    return ILLEGAL.sub("", str(text)).strip()[:MAX_TEXT]


def mount(app: FastAPI, config: Config, dialogue: Dialogue, workers: ThreadPoolExecutor) -> None:
    """Adds the callbacks this deployment has keys for: `/wecom` of the application, `/wecom/bot` of the robot."""
    wecom, limits = config.wecom, {"budget": config.wechat.budget, "max_body": config.wechat.max_body}
    for path, made, token, key, receiver in (
        ("/wecom", Webhook, wecom.token, wecom.aes_key, wecom.corp_id),
        ("/wecom/bot", Robot, wecom.bot_token, wecom.bot_aes_key, ""),
    ):
        if not key.get_secret_value():
            continue
        callback = Application(token.get_secret_value(), key.get_secret_value(), receiver, config.wechat.max_skew)
        web = made(callback, dialogue, workers, **limits)  # type: ignore[arg-type]
        app.add_route(path, web.verify, methods=["GET"])
        app.add_route(path, web.receive, methods=["POST"])
