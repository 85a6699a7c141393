"""The platform's side of the callback: what it sends, how often, and what it makes of the answer."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import httpx
import pytest

from tests.platform.bodies import MODES, to_xml
from tests.platform.callback import WechatServer
from tests.platform.crypto import Cryptor, sign
from tests.platform.judge import FAULT_NOTICE
from tests.platform.phone import Phone
from tests.platform.wire import InProcess
from tests.platform.world import Account, World
from tests.platform_tests.bots import Bot, Fields, echo, reply_fields, seal

pytestmark = pytest.mark.anyio


@dataclass
class Stage:
    bot: Bot
    server: WechatServer
    phone: Phone
    world: World


@pytest.fixture
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """A bot, the platform posting to it with a short deadline, and one person; parametrised by the mode."""
    world = World(Account(mode=getattr(request, "param", "safe")))
    account = world.account
    bot = Bot(Cryptor(account.token, account.aes_key, account.app_id), account.mode, echo)
    async with httpx.AsyncClient(transport=InProcess(bot.app()), base_url="http://bot") as client:
        server = WechatServer(world, "http://bot/wechat", client, deadline=0.05)
        yield Stage(bot, server, Phone(server, "oMei"), world)


@pytest.mark.parametrize("stage", MODES, indirect=True)
async def test_a_turn_in_every_mode(stage: Stage) -> None:
    assert await stage.server.verify()
    exchange = await stage.phone.say("你好 ]]> <b>")
    assert exchange.text == "收到:你好 ]]> <b>"
    assert stage.phone.person.texts("passive") == ["收到:你好 ]]> <b>"]
    fields, query, body = stage.bot.received[0]
    assert query["signature"] == sign(stage.world.account.token, query["timestamp"], query["nonce"])
    assert query["openid"] == fields["FromUserName"] == "oMei"
    assert (b"<Encrypt>" in body) == (stage.server.mode != "plain")
    assert (b"<Content>" in body) == (stage.server.mode != "safe")
    assert int(fields["MsgId"]) > 2**61


async def test_echo_of_verification_must_be_exact(stage: Stage) -> None:
    async with httpx.AsyncClient(
        transport=httpx.MockTransport(lambda request: httpx.Response(200, text='"1"'))
    ) as client:
        assert not await WechatServer(stage.world, "http://bot/wechat", client).verify()


async def test_writing_opens_the_window(stage: Stage) -> None:
    await stage.phone.say("在吗")
    assert stage.phone.person.windows["message"].left == 5
    await stage.phone.click("MENU_HELP")
    assert stage.phone.person.windows["menu"].left == 3
    await stage.phone.tap_msgmenu("一", "101")
    assert stage.bot.received[-1][0]["bizmsgmenuid"] == "101"


async def test_looking_at_a_page_opens_nothing(stage: Stage) -> None:
    await stage.phone.view("https://example.org")
    assert stage.phone.person.windows == {}


async def test_slow_answer_is_asked_again_with_the_same_bytes(stage: Stage) -> None:
    stage.bot.delays = [0.2, 0.2, 0.0]
    exchange = await stage.phone.say("慢")
    assert [attempt.status for attempt in exchange.attempts] == [None, None, 200]
    assert "no answer in 0.05 s" in exchange.attempts[0].error
    bodies = {body for _, _, body in stage.bot.received}
    nonces = {query["nonce"] for _, query, _ in stage.bot.received}
    assert len(bodies) == 1
    assert len(nonces) == 3
    assert exchange.text == "收到:慢"


async def test_bot_works_on_after_the_cut(stage: Stage) -> None:
    """As behind a socket: the platform hangs up, the bot's work is not undone."""
    finished: list[str] = []

    def answer(bot: Bot, fields: Fields, query: dict[str, str]) -> bytes:
        finished.append(fields["Content"])
        return echo(bot, fields, query)

    stage.bot.answer, stage.bot.delays = answer, [0.1]
    await stage.phone.say("慢")
    await asyncio.sleep(0.15)
    assert finished == ["慢", "慢"]


async def test_after_three_retries_the_person_sees_the_notice(stage: Stage) -> None:
    stage.bot.delays = [0.2] * 9
    exchange = await stage.phone.say("慢")
    assert len(exchange.attempts) == 4
    assert exchange.text == FAULT_NOTICE
    assert stage.phone.person.texts() == [FAULT_NOTICE]


async def test_server_error_is_asked_again(stage: Stage) -> None:
    stage.bot.statuses = [500]
    exchange = await stage.phone.say("再来")
    assert [attempt.status for attempt in exchange.attempts] == [500, 200]


async def test_unheard_answers_are_asked_for_again(stage: Stage) -> None:
    stage.world.faults.events.unheard = 1.0
    exchange = await stage.phone.say("登记")
    assert len(stage.bot.received) == 4
    assert exchange.attempts[0].error == "the answer went unheard"
    assert stage.phone.person.texts() == [FAULT_NOTICE]
    stage.world.faults.clear()
    assert (await stage.phone.say("登记")).text == "收到:登记"


async def test_bot_that_is_away(stage: Stage) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    async with httpx.AsyncClient(transport=httpx.MockTransport(refuse)) as client:
        server = WechatServer(stage.world, "http://bot/wechat", client)
        exchange = await Phone(server, "oMei").say("在吗")
        assert not await server.verify()
    assert len(exchange.attempts) == 4
    assert "ConnectError" in exchange.attempts[0].error


async def test_concurrent_duplicates(stage: Stage) -> None:
    exchange = await stage.server.send_at_once(stage.phone.message("text", Content="并发"), copies=3)
    assert len(stage.bot.received) == 3
    assert len({body for _, _, body in stage.bot.received}) == 1
    assert stage.phone.person.texts() == ["收到:并发"]
    late = await stage.server.again(exchange)
    assert late.status == 200
    assert {attempt.text for attempt in exchange.attempts} == {"收到:并发"}
    assert len({attempt.answer for attempt in exchange.attempts}) == 4  # sealed anew each time
    assert stage.phone.person.texts() == ["收到:并发"]


async def test_deliveries_take_turns_among_processes(stage: Stage) -> None:
    hosts: list[str] = []

    def silent(request: httpx.Request) -> httpx.Response:
        hosts.append(request.url.host)
        return httpx.Response(200)

    async with httpx.AsyncClient(transport=httpx.MockTransport(silent)) as client:
        server = WechatServer(stage.world, ["http://web1/wechat", "http://web2/wechat"], client)
        await server.send_at_once(Phone(server, "oMei").message("text", Content="并发"), copies=4)
    assert sorted(hosts) == ["web1", "web1", "web2", "web2"]


def shaped(change: Callable[[Fields], Fields]) -> Callable[[Bot, Fields, dict[str, str]], bytes]:
    return lambda bot, fields, query: seal(bot, change(reply_fields(fields, MsgType="text", Content="好")), query)


ARTICLES = "<Articles>" + "<item><Title>题</Title></item>" * 2 + "</Articles>"

BAD: dict[str, tuple[Callable[[Bot, Fields, dict[str, str]], bytes], str]] = {
    "json": (lambda bot, fields, query: b'{"text": "hi"}', "malformed"),
    "words": (lambda bot, fields, query: "好的".encode(), "malformed"),
    "wrong root": (lambda bot, fields, query: b"<reply><A>1</A></reply>", "the root is"),
    "entity": (lambda bot, fields, query: b'<!DOCTYPE x [<!ENTITY a "b">]><xml><A>1</A></xml>', "document type"),
    "plain in safe mode": (lambda bot, fields, query: to_xml(reply_fields(fields)).encode(), "plain reply"),
    "not swapped": (shaped(lambda reply: {**reply, "ToUserName": reply["FromUserName"]}), "ToUserName"),
    "foreign account": (shaped(lambda reply: {**reply, "FromUserName": "gh_other"}), "FromUserName"),
    "no time": (shaped(lambda reply: {**reply, "CreateTime": "now"}), "CreateTime"),
    "empty content": (shaped(lambda reply: {**reply, "Content": ""}), "Content is empty"),
    "too long": (shaped(lambda reply: {**reply, "Content": "好" * 683}), "2049 bytes"),
    "unknown type": (shaped(lambda reply: {**reply, "MsgType": "dance"}), "MsgType 'dance'"),
    "unknown media": (shaped(lambda reply: {**reply, "MsgType": "image", "Image": {"MediaId": "x"}}), "MediaId"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
async def test_bad_answers_show_the_notice(stage: Stage, name: str) -> None:
    stage.bot.answer, why = BAD[name]
    exchange = await stage.phone.say("问")
    assert exchange.verdict.kind == "fault"
    assert why in exchange.verdict.why
    assert stage.phone.person.texts() == [FAULT_NOTICE]
    assert len(exchange.attempts) == 1


async def test_forged_signature_and_broken_cipher(stage: Stage) -> None:
    stage.bot.answer = lambda bot, fields, query: echo(bot, fields, query).replace(b"<TimeStamp>1<", b"<TimeStamp>2<")
    assert "MsgSignature" in (await stage.phone.say("问")).verdict.why
    stage.bot.answer = lambda bot, fields, query: echo(bot, fields, query).replace(b"Nonce>", b"N>")
    assert "Nonce is missing" in (await stage.phone.say("问")).verdict.why


@pytest.mark.parametrize("stage", ["plain"], indirect=True)
@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("<Content><![CDATA[a[b[0]]>1]]></Content>", "malformed"),
        ("<Content>a\x0bb</Content>", "malformed"),
        ("<Content>a</Content><Content>b</Content>", "given twice"),
        ("<Content>   </Content>", "Content is empty"),
    ],
)
async def test_xml_that_breaks_out(stage: Stage, body: str, why: str) -> None:
    head = "<ToUserName>oMei</ToUserName><FromUserName>gh_0123456789ab</FromUserName><CreateTime>1</CreateTime>"
    stage.bot.answer = lambda bot, fields, query: f"<xml>{head}<MsgType>text</MsgType>{body}</xml>".encode()
    assert why in (await stage.phone.say("问")).verdict.why


@pytest.mark.parametrize("stage", ["plain"], indirect=True)
async def test_surplus_articles_are_cut_with_a_warning(stage: Stage) -> None:
    def news(bot: Bot, fields: Fields, query: dict[str, str]) -> bytes:
        return (
            to_xml(reply_fields(fields, MsgType="news", ArticleCount=2)).replace("</xml>", ARTICLES + "</xml>").encode()
        )

    stage.bot.answer = news
    exchange = await stage.phone.say("看看")
    assert exchange.verdict.warnings == ("2 articles cut to 1",)
    assert len(exchange.verdict.reply["Articles"]) == 1
    assert (await stage.phone.click("NEWS")).verdict.warnings == ()


@pytest.mark.parametrize("silent", [b"", b"success"])
async def test_silence(stage: Stage, silent: bytes) -> None:
    stage.bot.answer = lambda bot, fields, query: silent
    exchange = await stage.phone.say("问")
    assert (exchange.verdict.kind, exchange.text) == ("silent", "")
    assert stage.phone.person.inbox == []


async def test_follow_scan_and_unfollow(stage: Stage) -> None:
    stage.phone.person.following = False
    code = stage.world.qrcodes.make("bind-7", 60)
    await stage.phone.scan("bind-7")
    await stage.phone.scan("bind-7")
    await stage.phone.unfollow()
    events = [(fields["Event"], fields["EventKey"]) for fields, _, _ in stage.bot.received]
    assert events == [("subscribe", "qrscene_bind-7"), ("SCAN", "bind-7"), ("unsubscribe", None)]
    assert stage.bot.received[0][0]["Ticket"] == code.ticket
    assert stage.phone.person.windows == {}
    stage.world.clock.skip(61)
    with pytest.raises(LookupError):
        await stage.phone.scan("bind-7")


async def test_every_kind_of_message(stage: Stage) -> None:
    phone = stage.phone
    await phone.send_image()
    await phone.send_voice()
    await phone.send_video()
    await phone.send_video(kind="shortvideo")
    await phone.send_location(31.45, 121.1, "太仓市")
    await phone.send_link("通知", "说明", "https://example.org")
    kinds = [fields["MsgType"] for fields, _, _ in stage.bot.received]
    assert kinds == ["image", "voice", "video", "shortvideo", "location", "link"]
    voice = stage.bot.received[1][0]
    assert voice["Recognition"] is None
    assert stage.world.media.get(voice["MediaId16K"]).content_type == "audio/speex"
    assert len({fields["MsgId"] for fields, _, _ in stage.bot.received}) == 6


async def test_subscription_popup_gives_credits(stage: Stage) -> None:
    await stage.phone.answer_popup({"S1": True, "S2": False})
    assert stage.phone.person.credits == {"S1": 1}
    first, second = stage.bot.received[0][0]["SubscribeMsgPopupEvent"]["List"]
    assert (first["SubscribeStatusString"], second["SubscribeStatusString"]) == ("accept", "reject")
    await stage.phone.refuse_template("S1")
    assert stage.phone.person.credits == {}


async def test_rarer_events(stage: Stage) -> None:
    await stage.phone.scan_from_menu("SCAN", "http://example.org/x")
    await stage.phone.report_location(31.45, 121.1)
    first, second = (fields for fields, _, _ in stage.bot.received)
    assert first["ScanCodeInfo"]["ScanResult"] == "http://example.org/x"
    assert second["Latitude"] == "31.45"


async def test_events_are_pumped_when_due(stage: Stage) -> None:
    stage.world.tell("oMei", "TEMPLATESENDJOBFINISH", 1.0, MsgID=7, Status="success")
    assert await stage.server.pump() == []
    stage.world.clock.skip(1)
    assert len(await stage.server.pump()) == 1
    fields = stage.bot.received[0][0]
    assert (fields["Event"], fields["MsgID"], fields["Status"]) == ("TEMPLATESENDJOBFINISH", "7", "success")


async def test_lost_doubled_and_shuffled_events(stage: Stage) -> None:
    for number in range(40):
        stage.world.tell("oMei", "TEMPLATESENDJOBFINISH", MsgID=number, Status="success")
    stage.world.faults.events.lost, stage.world.faults.events.doubled = 0.3, 0.3
    stage.world.faults.events.shuffled = True
    await stage.server.pump()
    numbers = [int(fields["MsgID"]) for fields, _, _ in stage.bot.received]
    assert 0 < len(set(numbers)) < 40
    assert len(numbers) > len(set(numbers))
    assert numbers != sorted(numbers)


def test_unknown_mode_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown mode"):
        WechatServer(World(), "http://bot", httpx.AsyncClient(), mode="secret")


async def test_bad_answer_to_an_event_stays_unseen(stage: Stage) -> None:
    stage.bot.answer = lambda bot, fields, query: b"{}"
    exchange = await stage.phone.click("X")
    assert exchange.verdict.kind == "fault"
    assert stage.phone.person.inbox == []
