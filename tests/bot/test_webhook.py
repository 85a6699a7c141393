"""The callback route: the budget, the apology, and that nothing said is lost or told to the logs."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.routing import Route

from bot import webhook as edge
from bot.dialogue import Dialogue
from bot.directory import Directory
from bot.webhook import Handover, Webhook
from bot.wechat import Callback
from handlers import words
from handlers.skill import Message
from models import messages
from models.base import Base, Database, Unavailable
from models.messages import Inbox, Outbox
from nlp.understand import Understander
from tests import account
from tests.conftest import DATA_KEY, settle
from tests.platform.callback import WechatServer
from tests.platform.phone import Phone
from tests.platform.world import Account, World


class Odd(Dialogue):
    """The real dialogue with a fault to order."""

    delay = 0.0
    fault: Exception | None = None
    unkept: Exception | None = None  # met by the apology
    away = 0  # tries that still find no database

    def answer(self, message: Message) -> str:
        time.sleep(self.delay)
        if self.away:
            self.away -= 1
            raise Unavailable("down")
        if self.fault:
            raise self.fault
        return super().answer(message)

    def keep_failed(self, message: Message, apology: str) -> None:
        if self.unkept:
            raise self.unkept
        super().keep_failed(message, apology)


@pytest.fixture
def dialogue(sqlite_url: str) -> Iterator[Odd]:
    database = Database(sqlite_url, DATA_KEY)
    Base.metadata.create_all(database.engine)
    with database.transaction() as db:
        settle(db)
    yield Odd(database, Understander.load(), Directory(), lambda: {"settings": {}, "public_url": ""})
    database.close()


@pytest.fixture
def app(dialogue: Odd) -> Iterator[Starlette]:
    workers = ThreadPoolExecutor(1)
    callback = Callback(account.TOKEN, account.AES_KEY, account.APP_ID, 300)
    webhook = Webhook(callback, dialogue, workers, budget=0.5, max_body=65536)
    yield Starlette(routes=[Route("/wechat", webhook.receive, methods=["POST"]), Route("/wechat", webhook.verify)])
    workers.shutdown()


def talk(app: Starlette, scenario: Callable[[httpx.AsyncClient], Awaitable[None]]) -> None:
    """Runs a scenario against the app on one event loop."""

    async def run() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
            await scenario(client)

    asyncio.run(run())


async def post(client: httpx.AsyncClient, xml: str) -> tuple[int, str]:
    request = account.safe(xml)
    answer = await client.post("/wechat", params=request.params, content=request.content)
    return answer.status_code, account.content(answer.text) if answer.status_code == 200 else answer.text


def test_past_the_budget_success_goes_out_and_the_reply_follows_once(app: Starlette, dialogue: Odd) -> None:
    async def scenario(client: httpx.AsyncClient) -> None:
        dialogue.delay = 0.8
        xml = account.message("worker", Content="你好")
        assert await post(client, xml) == (200, "")
        await asyncio.sleep(2)
        dialogue.delay = 0
        status, again = await post(client, xml)
        assert status == 200
        assert "您好" in again

    talk(app, scenario)
    with dialogue.database.transaction() as db:
        late = db.scalars(select(Outbox)).all()
        assert [row.kind for row in late] == ["late"]
        assert late[0].urgency == messages.URGENT


def test_an_error_of_ours_is_apologised_for_and_kept(app: Starlette, dialogue: Odd) -> None:
    apology = words.load("words")["reply"]["trouble"]

    async def scenario(client: httpx.AsyncClient) -> None:
        dialogue.fault = RuntimeError("boom")
        xml = account.message("worker", Content="明天下午两点活动室做手工")
        assert await post(client, xml) == (200, apology)
        dialogue.fault = None
        assert await post(client, xml) == (200, apology), "the retry gets what was answered"

    talk(app, scenario)
    with dialogue.database.transaction() as db:
        assert db.scalars(select(Inbox.intent)).all() == [messages.FAILED]


def test_without_a_database_the_platform_is_asked_to_come_again(app: Starlette, dialogue: Odd) -> None:
    async def scenario(client: httpx.AsyncClient) -> None:
        dialogue.fault = Unavailable("down")
        xml = account.message("worker", Content="你好")
        assert (await post(client, xml))[0] == 503
        dialogue.fault = None
        assert "您好" in (await post(client, xml))[1]

    talk(app, scenario)


def test_a_large_body_is_refused_unread(app: Starlette) -> None:
    async def scenario(client: httpx.AsyncClient) -> None:
        assert (await post(client, account.message("worker", Content="很长" * 40000)))[0] == 413

    talk(app, scenario)


def test_an_unknown_event_is_taken_calmly(app: Starlette) -> None:
    async def scenario(client: httpx.AsyncClient) -> None:
        for name in ("subscribe_msg_popup_event", "user_authorization_revoke", "TEMPLATESENDJOBFINISH", "VIEW"):
            assert await post(client, account.message("worker", MsgType="event", Event=name)) == (200, "")

    talk(app, scenario)


def test_verification(app: Starlette) -> None:
    query = account.plain("").params | {"echostr": "42"}

    async def scenario(client: httpx.AsyncClient) -> None:
        assert (await client.get("/wechat", params=query)).text == "42"
        assert (await client.get("/wechat", params=query | {"signature": "0"})).status_code == 403

    talk(app, scenario)


def late_replies(dialogue: Odd) -> list[str]:
    with dialogue.database.transaction() as db:
        return [row.kind for row in db.scalars(select(Outbox))]


def test_what_was_taken_with_success_is_done_when_the_database_is_back(
    app: Starlette, dialogue: Odd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge, "AGAIN", 0.05)

    async def scenario(client: httpx.AsyncClient) -> None:
        dialogue.delay, dialogue.away = 0.6, 3
        assert await post(client, account.message("worker", Content="你好")) == (200, "")
        dialogue.delay = 0
        for _ in range(100):
            await asyncio.sleep(0.05)
            if late_replies(dialogue):
                return

    talk(app, scenario)
    assert late_replies(dialogue) == ["late"]


def test_an_answer_is_handed_over_by_one_side_only() -> None:
    in_time, too_late = Handover(), Handover()
    assert not in_time.late("好")
    assert in_time.give_up() == "好"
    assert too_late.give_up() is None
    assert too_late.late("好")


def test_a_failed_turn_tells_the_log_where_but_not_what(
    app: Starlette, dialogue: Odd, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(client: httpx.AsyncClient) -> None:
        dialogue.fault = ValueError("秘密 13812345678")
        assert (await post(client, account.message("oSECRET", Content="秘密")))[0] == 200

    with caplog.at_level(logging.DEBUG):
        talk(app, scenario)
    (failed,) = [record for record in caplog.records if record.getMessage() == "turn failed"]
    assert failed.fields["error"].startswith("ValueError < test_webhook.py:")  # type: ignore[attr-defined]
    assert not any(word in caplog.text for word in ("秘密", "13812345678", "oSECRET"))


def test_where_not_even_the_apology_can_be_kept_the_platform_comes_again(app: Starlette, dialogue: Odd) -> None:
    async def scenario(client: httpx.AsyncClient) -> None:
        dialogue.fault = dialogue.unkept = RuntimeError("boom")
        xml = account.message("worker", Content="你好")
        assert await post(client, xml) == (503, "try again")
        dialogue.fault = None
        assert "您好" in (await post(client, xml))[1]

    talk(app, scenario)


def test_what_the_platform_reports_on_its_own_fails_in_silence(app: Starlette, dialogue: Odd) -> None:
    async def scenario(client: httpx.AsyncClient) -> None:
        dialogue.fault = RuntimeError("boom")
        event = account.message("worker", MsgType="event", Event="subscribe_msg_sent_event")
        assert await post(client, event) == (200, "")
        assert (await post(client, account.message("worker", MsgType="event", Event="CLICK")))[1]

    talk(app, scenario)


def test_a_body_that_does_not_come_is_not_waited_for(app: Starlette, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge, "SLOW", 0.05)

    async def drips() -> AsyncIterator[bytes]:
        yield b"<xml>"
        await asyncio.sleep(5)

    async def scenario(client: httpx.AsyncClient) -> None:
        answer = await client.post("/wechat", params=account.safe("").params, content=drips())
        assert answer.status_code == 408

    talk(app, scenario)


def test_a_sender_that_hangs_up_halfway_is_no_error(app: Starlette) -> None:
    sent: list[dict[str, object]] = []
    half: dict[str, object] = {"type": "http.request", "body": b"<xml>", "more_body": True}
    gone: dict[str, object] = {"type": "http.disconnect"}
    parts = iter([half, gone])

    async def receive() -> dict[str, object]:
        return next(parts)

    async def send(event: MutableMapping[str, object]) -> None:
        sent.append(dict(event))

    query = str(httpx.QueryParams(account.safe("").params)).encode()
    scope = {"type": "http", "method": "POST", "path": "/wechat", "query_string": query, "headers": []}
    asyncio.run(app(scope, receive, send))
    assert sent[0]["status"] == 400


@pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
def test_everything_a_phone_can_send_is_answered_as_the_platform_wants(dialogue: Odd, mode: str) -> None:
    world = World(account=Account(token=account.TOKEN, aes_key=account.AES_KEY, app_id=account.APP_ID, mode=mode))
    workers = ThreadPoolExecutor(1)
    callback = Callback(account.TOKEN, "" if mode == "plain" else account.AES_KEY, account.APP_ID, 300)
    bot = Webhook(callback, dialogue, workers, budget=4, max_body=65536)
    app = Starlette(routes=[Route("/wechat", bot.receive, methods=["POST"]), Route("/wechat", bot.verify)])

    async def scenario(client: httpx.AsyncClient) -> None:
        server = WechatServer(world, "http://test/wechat", client, mode=mode, stamp=time.time)
        phone = Phone(server, "resident")
        assert await server.verify()
        exchanges = [
            await phone.follow(),
            await phone.follow("NOSUCHCODE"),
            await phone.say("取消"),
            await phone.say(" "),
            await phone.say("]]> \U0001f600" * 300),
            await phone.send_image(),
            await phone.send_voice(),
            await phone.send_voice("你好"),
            await phone.send_video(kind="shortvideo"),
            await phone.send_location(31.45, 121.1, ""),
            await phone.send_link("标题", "说明", "https://example.com"),
            await phone.scan("NOSUCHCODE"),
            await phone.click("chat.help"),
            await phone.scan_from_menu("chat.help", "https://example.com"),
            await phone.view("https://example.com"),
            await phone.report_location(31.45, 121.1),
            await phone.answer_popup({"T": True, "U": False}),
            await phone.refuse_template("T"),
            await phone.unfollow(),
            await phone.follow(),
            await phone.say("你好"),
        ]
        assert [one.fields for one in exchanges if one.verdict.kind == "fault" or len(one.attempts) != 1] == []
        assert "出了点问题" not in "".join(one.text for one in exchanges)
        assert exchanges[-1].text.startswith("您好")

    talk(app, scenario)
    workers.shutdown()


def test_two_first_words_and_a_goodbye_leave_one_trace(app: Starlette, dialogue: Odd) -> None:
    """After an unsubscription nothing kept names the person, and the same event again changes nothing."""

    async def scenario(client: httpx.AsyncClient) -> None:
        goodbye = account.message("oSECRET", MsgType="event", Event="unsubscribe")
        for xml in (account.message("oSECRET", Content="你好"), goodbye, goodbye):
            assert (await post(client, xml))[0] == 200

    talk(app, scenario)
    with dialogue.database.transaction() as db:
        kept = [repr(tuple(row)) for table in Base.metadata.sorted_tables for row in db.execute(select(table))]
    assert [row for row in kept if "oSECRET" in row] == []


def test_a_follow_after_a_payment_is_a_follow(app: Starlette) -> None:
    async def scenario(client: httpx.AsyncClient) -> None:
        event = account.message("new", MsgType="event", Event="subscribe", EventKey="last_trade_no_42000")
        assert "社小助" in (await post(client, event))[1]

    talk(app, scenario)


@pytest.mark.parametrize("fields", [{}, {"Label": "梅园社区"}, {"Location_X": "nan", "Location_Y": "nan"}])
def test_a_place_without_coordinates_is_no_fault_of_ours(app: Starlette, dialogue: Odd, fields: dict[str, str]) -> None:
    async def scenario(client: httpx.AsyncClient) -> None:
        status, text = await post(client, account.message("worker", None, MsgType="location", **fields))
        assert status == 200
        assert text

    talk(app, scenario)
    with dialogue.database.transaction() as db:
        assert messages.FAILED not in db.scalars(select(Inbox.intent)).all()
