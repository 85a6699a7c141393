"""Small bots to be tested by the simulator: one that answers as it is told, one that speaks 智能机器人 JSON."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import xmltodict
from fastapi import FastAPI, Request, Response

from tests.platform.bodies import to_xml
from tests.platform.crypto import Cryptor

Fields = dict[str, Any]


@dataclass
class Bot:
    """An official-account bot. `answer` makes the body of each answer from the received fields."""

    cryptor: Cryptor
    mode: str = "safe"
    answer: Callable[["Bot", Fields, dict[str, str]], bytes] = lambda bot, fields, query: b"success"
    delays: list[float] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    received: list[tuple[Fields, dict[str, str], bytes]] = field(default_factory=list)

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/wechat")
        def verify(echostr: str) -> Response:
            return Response(echostr)

        @app.post("/wechat")
        async def message(request: Request) -> Response:
            body, query = await request.body(), dict(request.query_params)
            fields = self.read(body, query)
            self.received.append((fields, query, body))
            await asyncio.sleep(self.delays.pop(0) if self.delays else 0)
            return Response(self.answer(self, fields, query), self.statuses.pop(0) if self.statuses else 200)

        return app

    def read(self, body: bytes, query: dict[str, str]) -> Fields:
        fields = parsed(body)
        if self.mode == "plain":
            return fields
        assert query["msg_signature"] == self.cryptor.sign(query["timestamp"], query["nonce"], fields["Encrypt"])
        return parsed(self.cryptor.decrypt(fields["Encrypt"]))


def parsed(body: bytes) -> Fields:
    """The fields as a bot with a parser of its own sees them; an empty element is None, repeated ones a list."""
    fields: Fields = xmltodict.parse(body)["xml"]
    return fields


def reply_fields(fields: Fields, **content: Any) -> Fields:
    head = {"ToUserName": fields["FromUserName"], "FromUserName": fields["ToUserName"], "CreateTime": 1}
    return {**head, **content}


def seal(bot: Bot, fields: Fields, query: dict[str, str]) -> bytes:
    """The reply as the mode wants it."""
    xml = to_xml(fields).encode()
    if bot.mode == "plain":
        return xml
    sealed = bot.cryptor.encrypt(xml)
    signature = bot.cryptor.sign("1", query["nonce"], sealed)
    outer = {"Encrypt": sealed, "MsgSignature": signature, "TimeStamp": 1, "Nonce": query["nonce"]}
    return to_xml(outer).encode()


def echo(bot: Bot, fields: Fields, query: dict[str, str]) -> bytes:
    """Says back what it was told; silent on events."""
    if fields["MsgType"] == "event":
        return b"success"
    return seal(bot, reply_fields(fields, MsgType="text", Content=f"收到:{fields.get('Content', '')}"), query)


@dataclass
class JsonBot:
    """A 智能机器人 bot: `answers` are the clear replies, one for each POST; None is an empty body."""

    cryptor: Cryptor
    answers: list[Fields | None]
    delay: float = 0.0
    received: list[Fields] = field(default_factory=list)

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/bot")
        async def verify(echostr: str) -> Response:
            await asyncio.sleep(self.delay)
            return Response(self.cryptor.decrypt(echostr))

        @app.post("/bot")
        async def message(request: Request) -> Response:
            sealed = json.loads(await request.body())["encrypt"]
            self.received.append(json.loads(self.cryptor.decrypt(sealed)))
            await asyncio.sleep(self.delay)
            return Response(self.wrap(self.answers.pop(0), request.query_params["nonce"]))

        return app

    def wrap(self, answer: Fields | None, nonce: str) -> bytes:
        if answer is None:
            return b""
        sealed = self.cryptor.encrypt(json.dumps(answer, ensure_ascii=False).encode())
        signature = self.cryptor.sign("1", nonce, sealed)
        return json.dumps({"encrypt": sealed, "msgsignature": signature, "timestamp": 1, "nonce": nonce}).encode()
