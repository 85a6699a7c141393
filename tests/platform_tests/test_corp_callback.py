"""The callback of a 企业微信 application, against a bot of its own."""

import httpx
import pytest
from fastapi import Request, Response

from tests.platform.corp_callback import CorpServer
from tests.platform.crypto import Cryptor
from tests.platform.phone import Phone
from tests.platform.wire import InProcess
from tests.platform.world import World
from tests.platform_tests.bots import Bot, echo

pytestmark = pytest.mark.anyio
KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"


async def test_verification_and_a_turn() -> None:
    world = World()
    cryptor = Cryptor("QDG6eK", KEY, world.corp.corp_id)
    bot = Bot(cryptor, answer=echo)
    app = bot.app()

    @app.get("/app")
    def verify(request: Request) -> Response:
        query = request.query_params
        assert query["msg_signature"] == cryptor.sign(query["timestamp"], query["nonce"], query["echostr"])
        return Response(cryptor.decrypt(query["echostr"]))

    async with httpx.AsyncClient(transport=InProcess(app), base_url="http://bot") as client:
        settings = {"token": "QDG6eK", "aes_key": KEY, "agent": 218}
        assert await CorpServer(world, "http://bot/app", client, **settings).verify()  # type: ignore[arg-type]
        assert not await CorpServer(world, "http://bot/wechat", client, **settings).verify()  # type: ignore[arg-type]
        server = CorpServer(world, "http://bot/wechat", client, token="QDG6eK", aes_key=KEY, agent=218)
        exchange = await Phone(server, "zhang").say("你好")
    assert exchange.text == "收到:你好"
    fields, query, body = bot.received[0]
    assert (fields["AgentID"], fields["ToUserName"]) == ("218", world.corp.corp_id)
    assert b"<AgentID>218</AgentID>" in body
    assert "openid" not in query
