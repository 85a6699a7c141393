"""The 智能机器人 side: verification in a second, polled streams, and the one late answer."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx
import pytest

from tests.platform.aibot import AiBotServer
from tests.platform.crypto import Cryptor
from tests.platform.wire import InProcess
from tests.platform.world import World
from tests.platform_tests.bots import Fields, JsonBot
from tests.platform_tests.conftest import Api

pytestmark = pytest.mark.anyio
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
Play = Callable[..., AbstractAsyncContextManager[tuple[AiBotServer, JsonBot]]]


@pytest.fixture
def play(world: World) -> Play:
    @asynccontextmanager
    async def stage(*answers: Fields | None, **changes: Any) -> AsyncIterator[tuple[AiBotServer, JsonBot]]:
        bot = JsonBot(Cryptor("bot-token", KEY, ""), list(answers))
        async with httpx.AsyncClient(transport=InProcess(bot.app()), base_url="http://bot") as client:
            settings = {"token": "bot-token", "aes_key": KEY, **changes}
            yield AiBotServer(world, "http://bot/bot", client, **settings), bot

    return stage


def stream(content: str, finish: bool = False, stream_id: str = "s1", **more: Any) -> Fields:
    return {"msgtype": "stream", "stream": {"id": stream_id, "finish": finish, "content": content, **more}}


async def test_verification_within_its_second(play: Play) -> None:
    async with play() as (server, bot):
        assert await server.verify()
        bot.delay = 0.2
        assert not await server.verify(within=0.05)


async def test_stream_is_polled_until_it_ends(play: Play, world: World) -> None:
    async with play(stream(""), stream("1"), None, stream("123", True)) as (server, bot):
        talk = await server.say("zhang", "统计一下")
    assert talk.seen == ["", "1", "123"]
    assert (talk.finished, talk.polls, talk.fault) == (True, 3, "")
    assert [fields["msgtype"] for fields in bot.received] == ["text", "stream", "stream", "stream"]
    assert bot.received[1]["stream"] == {"id": "s1"}
    assert len({fields["msgid"] for fields in bot.received}) == 4
    assert [(one.to, one.text) for one in world.deliveries] == [("zhang", "123")]


async def test_group_message_mentions_the_bot(play: Play, world: World) -> None:
    async with play(stream("好", True)) as (server, bot):
        await server.say("zhang", "登记活动", chat_id="wr1", quote="周三义诊")
    fields = bot.received[0]
    assert (fields["chattype"], fields["chatid"], fields["text"]["content"]) == ("group", "wr1", "@社小助 登记活动")
    assert fields["quote"]["text"]["content"] == "周三义诊"
    assert world.deliveries[0].to == "wr1"


async def test_six_minutes(play: Play) -> None:
    async with play(*[stream("…")] * 500, pause=0) as (server, _):
        talk = await server.say("zhang", "慢")
    assert "six minutes" in talk.fault
    assert talk.polls == 360


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ([{"msgtype": "text", "text": {"content": "a"}}], "not allowed"),
        ([stream("好" * 6827)], "20481 bytes"),
        ([stream("a"), stream("b", stream_id="s2")], "stream.id changed"),
        ([stream("a", msg_item=[{}])], "pictures"),
        ([{"msgtype": "stream", "stream": {"finish": True}}], "stream.id is missing"),
        ([{"msgtype": "stream", "stream": {"id": "s", "finish": "yes"}}], "boolean"),
    ],
)
async def test_bad_answers(play: Play, answers: list[Fields], why: str) -> None:
    async with play(*answers) as (server, _):
        assert why in (await server.say("zhang", "问")).fault


async def test_forged_and_unreadable_answers(play: Play) -> None:
    async with play(stream("a"), stream("a")) as (server, bot):
        genuine = bot.wrap
        bot.wrap = lambda answer, nonce: genuine(answer, "1")  # type: ignore[method-assign]
        assert "nonce" in (await server.say("zhang", "问")).fault
        bot.wrap = lambda answer, nonce: b"<xml/>"  # type: ignore[method-assign]
        assert "not the encrypted JSON" in (await server.say("zhang", "问")).fault


async def test_fourth_message_in_progress_is_not_passed_on(play: Play) -> None:
    async with play(stream("a", True)) as (server, bot):
        server._busy["zhang"] = 3
        assert "busy" in (await server.say("zhang", "问")).fault
        assert bot.received == []


async def test_enter_chat_takes_text(play: Play) -> None:
    async with play({"msgtype": "text", "text": {"content": "欢迎"}}, stream("a")) as (server, _):
        assert (await server.event("zhang", "enter_chat")).text == "欢迎"
        assert "not allowed" in (await server.event("zhang", "enter_chat")).fault


async def test_feedback_takes_only_silence(play: Play) -> None:
    async with play(None, stream("a")) as (server, _):
        assert (await server.event("zhang", "feedback_event", type=1)).fault == ""
        assert "not allowed" in (await server.event("zhang", "feedback_event", type=1)).fault


async def test_response_url_once_within_an_hour(play: Play, api: Api, world: World) -> None:
    async with play(stream("稍等", True), stream("稍等", True)) as (server, _):
        first, second = await server.say("zhang", "报表"), await server.say("zhang", "报表")
    body = {"msgtype": "markdown", "markdown": {"content": "**好了**"}}

    async def answer(url: str) -> int:
        return int(
            (await api.client.post(url.removeprefix("https://qyapi.weixin.qq.com"), json=body)).json()["errcode"]
        )

    assert await answer(first.response_url) == 0
    assert await answer(first.response_url) != 0
    world.clock.skip(3601)
    assert await answer(second.response_url) != 0
    assert [one.text for one in world.deliveries] == ["稍等", "稍等", "**好了**"]


async def test_response_url_refuses_cards_in_groups(play: Play, api: Api) -> None:
    async with play(stream("稍等", True)) as (server, _):
        talk = await server.say("zhang", "报表", chat_id="wr1")
    path = talk.response_url.removeprefix("https://qyapi.weixin.qq.com")
    card = {"msgtype": "template_card", "template_card": {"card_type": "text_notice"}}
    assert (await api.client.post(path, json=card)).json()["errcode"] == 40008
    long = {"msgtype": "markdown", "markdown": {"content": "a" * 20481}}
    assert (await api.client.post(path, json=long)).json()["errcode"] == 45002
