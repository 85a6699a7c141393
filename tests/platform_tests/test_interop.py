"""A client written by others (wechatpy) against the served simulator: shapes of answers and errors."""

import asyncio
import io
from typing import Any

import httpx
import pytest
from wechatpy import WeChatClient, WeChatOAuth
from wechatpy.exceptions import WeChatClientException, WeChatOAuthException

from tests.platform.clock import Clock
from tests.platform.server import create_simulator
from tests.platform.world import World
from tests.platform_tests.test_served import served

pytestmark = pytest.mark.anyio


def client_of(world: World, address: str) -> Any:
    client = WeChatClient(
        world.account.app_id, world.account.secret, world.tokens.fetch_plain().value, auto_retry=False
    )
    client.API_BASE_URL = f"{address}/cgi-bin/"
    return client


def use(client: Any, world: World) -> None:
    """One call of each family; runs in a thread, since wechatpy is synchronous."""
    client.message.send_text("oMei", "你好")
    client.message.send_template("oMei", "T1", {"keyword1": {"value": "义诊"}})
    client.message.send_subscribe_message("oMei", "S1", {"thing1": {"value": "义诊"}})
    client.menu.create({"button": [{"type": "click", "name": "帮助", "key": "HELP"}]})
    assert client.menu.get()["menu"]["button"][0]["key"] == "HELP"
    client.menu.delete()
    media = client.media.upload("image", ("a.png", io.BytesIO(b"\x89PNG"), "image/png"))
    assert client.media.download(media["media_id"]).content == b"\x89PNG"
    code = client.qrcode.create({"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "bind"}}})
    assert world.qrcodes.by_ticket[code["ticket"]].scene == "bind"
    assert client.user.get("oMei")["subscribe"] == 1
    assert client.jsapi.get_ticket()["expires_in"] == 7200
    with pytest.raises(WeChatClientException) as caught:
        client.message.send_text("oNobody", "你好")
    assert caught.value.errcode == 40003


def log_in(world: World, address: str, code: str) -> None:
    oauth = WeChatOAuth(world.account.app_id, world.account.secret, "https://bot.example.org/", scope="snsapi_userinfo")
    oauth.API_BASE_URL = f"{address}/"
    assert oauth.fetch_access_token(code)["openid"] == "oMei"
    assert oauth.get_user_info()["openid"] == "oMei"
    with pytest.raises(WeChatOAuthException) as caught:
        oauth.fetch_access_token(code)
    assert caught.value.errcode == 40163


async def test_wechatpy_client() -> None:
    world = World(clock=Clock(flow=1.0))
    world.add_person("oMei", credits={"S1": 1})
    world.add_template("T1", "keyword1")
    world.add_template("S1", "thing1", kind="subscribe")
    world.trigger("oMei", "message")
    async with served(create_simulator(world)) as address:
        await asyncio.to_thread(use, client_of(world, address), world)
    assert [one.channel for one in world.deliveries] == ["custom", "template", "subscribe"]


async def test_wechatpy_login() -> None:
    world = World(clock=Clock(flow=1.0))
    world.add_person("oMei")
    world.oauth.visitor = "oMei"
    async with served(create_simulator(world)) as address, httpx.AsyncClient() as browser:
        query = {
            "appid": world.account.app_id, "redirect_uri": "https://bot.example.org/", "response_type": "code",
            "scope": "snsapi_userinfo",
        }  # fmt: skip
        answer = await browser.get(f"{address}/connect/oauth2/authorize", params=query)
        code = httpx.URL(answer.headers["location"]).params["code"]
        await asyncio.to_thread(log_in, world, address, code)
