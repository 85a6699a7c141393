"""企业微信: application messages and the group webhook."""

import base64
import hashlib
from typing import Any

import pytest

from tests.platform.world import World
from tests.platform_tests.conftest import Api

pytestmark = pytest.mark.anyio
SEND, CHAT, HOOK = "/cgi-bin/message/send", "/cgi-bin/appchat/send", "/cgi-bin/webhook/send"
AGENT = 1000002


@pytest.fixture
async def corp(api: Api, world: World) -> Api:
    world.corp.members |= {"zhang", "li"}
    world.webhooks.groups["k1"] = "梅园群"
    secret = world.corp.agents[AGENT]
    answer = await api.get("/cgi-bin/gettoken", corpid=world.corp.corp_id, corpsecret=secret)
    api.token = answer["access_token"]
    return api


def text(content: str = "好", to: str = "zhang", **more: Any) -> dict[str, Any]:
    return {"touser": to, "agentid": AGENT, "msgtype": "text", "text": {"content": content}, **more}


async def test_token(corp: Api, world: World) -> None:
    query = {"corpid": world.corp.corp_id, "corpsecret": world.corp.agents[AGENT]}
    again = await corp.get("/cgi-bin/gettoken", **query)
    assert again["access_token"] == corp.token
    assert (await corp.get("/cgi-bin/gettoken", **{**query, "corpsecret": "x"}))["errcode"] == 40001
    assert (await corp.get("/cgi-bin/gettoken", **{**query, "corpid": "x"}))["errcode"] == 40013
    world.clock.skip(7200)
    assert (await corp.post(SEND, text()))["errcode"] == 42001
    corp.token = "guess"
    assert (await corp.post(SEND, text()))["errcode"] == 40014
    corp.token = ""
    assert (await corp.post(SEND, text()))["errcode"] == 41001


async def test_official_account_token_is_none_here(corp: Api, world: World) -> None:
    corp.token = world.tokens.fetch_plain().value
    assert (await corp.post(SEND, text()))["errcode"] == 40014


async def test_members(corp: Api, world: World) -> None:
    answer = await corp.post(SEND, text(to="zhang|nobody|li"))
    assert (answer["errcode"], answer["invaliduser"]) == (0, "nobody")
    assert (await corp.post(SEND, text(to="nobody")))["errcode"] == 81013
    assert (await corp.post(SEND, text(to="@all")))["errcode"] == 0
    assert [one.to for one in world.deliveries] == ["zhang", "li", "li", "zhang"]
    assert (await corp.post(SEND, {**text(), "agentid": 7}))["errcode"] == 40056


async def test_untrusted_address(corp: Api, world: World) -> None:
    world.corp.trusted_ips = {"203.0.113.9"}
    assert (await corp.post(SEND, text()))["errcode"] == 60020


async def test_surplus_of_a_minute_drops_silently(corp: Api, world: World) -> None:
    answers = [(await corp.post(SEND, text(str(number))))["errcode"] for number in range(32)]
    assert answers == [0] * 32
    assert len(world.deliveries) == 30
    world.corp.person_times_a_day = 32
    assert (await corp.post(SEND, text()))["errcode"] == 45009


async def test_long_text_is_cut_on_a_character(corp: Api, world: World) -> None:
    await corp.post(SEND, text("好" * 700))
    assert world.deliveries[0].text == "好" * 682


async def test_duplicate_check(corp: Api, world: World) -> None:
    for _ in range(3):
        await corp.post(SEND, text(enable_duplicate_check=1))
    assert len(world.deliveries) == 1
    world.clock.skip(1800)
    await corp.post(SEND, text(enable_duplicate_check=1))
    assert len(world.deliveries) == 2


async def test_group_of_the_application(corp: Api, world: World) -> None:
    assert (await corp.post(CHAT, {"chatid": "c1", "msgtype": "text", "text": {"content": "好"}}))["errcode"] == 86001
    made = await corp.post("/cgi-bin/appchat/create", {"chatid": "c1", "userlist": ["zhang", "li"]})
    assert made["chatid"] == "c1"
    assert (await corp.post("/cgi-bin/appchat/create", {"userlist": ["zhang"]}))["errcode"] == 86004
    await corp.post(CHAT, {"chatid": "c1", "msgtype": "text", "text": {"content": "好"}})
    assert [(one.to, one.text) for one in world.deliveries] == [("c1", "好")]


async def test_webhook_twenty_a_minute(corp: Api, world: World) -> None:
    body = {"msgtype": "text", "text": {"content": "摘要"}}
    codes = [(await corp.post(HOOK, body, key="k1"))["errcode"] for _ in range(21)]
    assert codes == [0] * 20 + [45009]
    world.clock.skip(60)
    assert (await corp.post(HOOK, body, key="k1"))["errcode"] == 0
    assert (await corp.post(HOOK, body, key="k2"))["errcode"] == 93000
    assert {one.to for one in world.deliveries} == {"梅园群"}


PICTURE = b"\x89PNG picture"
IMAGE = {"base64": base64.b64encode(PICTURE).decode(), "md5": hashlib.md5(PICTURE).hexdigest()}


@pytest.mark.parametrize(
    ("kind", "content", "expected"),
    [
        ("text", {"content": "好" * 683}, 40058),
        ("text", {"content": ""}, 40058),
        ("markdown", {"content": "好" * 1365}, 0),
        ("markdown", {"content": "好" * 1366}, 40058),
        ("markdown_v2", {"content": "|a|"}, 0),
        ("image", IMAGE, 0),
        ("image", {**IMAGE, "md5": "0"}, 301019),
        ("image", {**IMAGE, "base64": "?"}, 40058),
        ("news", {"articles": [{"title": "t", "url": "u"}] * 8}, 0),
        ("news", {"articles": [{"title": "t", "url": "u"}] * 9}, 40058),
        ("file", {"media_id": "gone"}, 40007),
        ("template_card", {"card_type": "text_notice"}, 0),
        ("template_card", {"card_type": "vote_interaction"}, 40008),
        ("dance", {"a": 1}, 40008),
    ],
)
async def test_webhook_content(corp: Api, kind: str, content: dict[str, Any], expected: int) -> None:
    assert (await corp.post(HOOK, {"msgtype": kind, kind: content}, key="k1"))["errcode"] == expected


async def test_webhook_file(corp: Api) -> None:
    path, file = "/cgi-bin/webhook/upload_media", {"media": ("a.csv", b"a,b\n1,2\n", "text/csv")}
    made = (await corp.raw("POST", path, {"key": "k1", "type": "file"}, files=file)).json()
    body = {"msgtype": "file", "file": {"media_id": made["media_id"]}}
    assert (await corp.post(HOOK, body, key="k1"))["errcode"] == 0
    assert (await corp.raw("POST", path, {"key": "k2", "type": "file"}, files=file)).json()["errcode"] == 93000
    assert (await corp.raw("POST", path, {"key": "k1", "type": "image"}, files=file)).json()["errcode"] == 40004


async def test_media_takes_the_tokens_of_both_platforms(corp: Api, world: World) -> None:
    file = {"media": ("a.png", b"\x89PNG", "image/png")}
    made = (await corp.raw("POST", "/cgi-bin/media/upload", {"type": "image"}, files=file)).json()
    fetched = await corp.raw("GET", "/cgi-bin/media/get", {"media_id": made["media_id"]})
    assert fetched.content == b"\x89PNG"
    world.corp.revoke()
    assert (await corp.get("/cgi-bin/media/get", media_id=made["media_id"]))["errcode"] == 40014


async def test_revoked_application_token_is_fetched_anew(corp: Api, world: World) -> None:
    world.corp.revoke(corp.token)
    query = {"corpid": world.corp.corp_id, "corpsecret": world.corp.agents[AGENT]}
    assert (await corp.get("/cgi-bin/gettoken", **query))["access_token"] != corp.token
