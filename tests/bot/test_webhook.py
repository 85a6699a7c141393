"""The callback route: the budget, the apology, and that nothing said is lost."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.routing import Route

from bot.dialogue import Dialogue
from bot.directory import Directory
from bot.webhook import Webhook
from bot.wechat import Callback
from handlers import words
from handlers.skill import Message
from models import messages
from models.base import Base, Database, Unavailable
from models.messages import Inbox, Outbox
from nlp.understand import Understander
from tests import account
from tests.conftest import DATA_KEY, settle


class Odd(Dialogue):
    """The real dialogue with a fault to order."""

    delay = 0.0
    fault: Exception | None = None

    def answer(self, message: Message) -> str:
        time.sleep(self.delay)
        if self.fault:
            raise self.fault
        return super().answer(message)


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
