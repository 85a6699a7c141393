"""WeCom: the application, the robot in groups, and the group's webhook, against the simulated platform."""

import asyncio
import dataclasses
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from bot import carriers, wecom
from bot.client import wecom as client
from bot.client.errors import ApiError, Unsent
from bot.config import Config
from bot.dialogue import digest
from bot.sender import Sender
from handlers.skill import Message
from models import messages, people
from models.base import Database
from models.messages import SOON, Outbox
from tests.bot.wire import Bridge, Deployment
from tests.platform.aibot import AiBotServer
from tests.platform.clock import Clock
from tests.platform.corp_callback import CorpServer
from tests.platform.phone import Phone
from tests.platform.wire import InProcess
from tests.platform.world import World

KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
BOT_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
AGENT = 1000002


class Parrot:
    """A dialogue that says back what it heard, slowly if asked to, and commits it as the real one does."""

    def __init__(self, database: Database):
        self.database = database
        self.heard: list[Message] = []
        self.go = threading.Event()
        self.go.set()

    def answer(self, message: Message) -> str:
        self.go.wait(10)
        reply = f"收到：{message.text or message.event or message.url}"

        def work(db: Any) -> str:
            claimed = messages.claim(
                db, key=message.key, signature=None, digest=digest(message), kind=message.kind, body="", at=message.at
            )
            if claimed.id is None:
                return claimed.reply or ""
            self.heard.append(message)
            person = people.get(db, message.channel, message.openid)
            person = person or people.add(db, message.channel, message.openid, message.at)
            messages.settle(db, claimed.id, person.id, reply, None)
            return reply

        return self.database.run(work)


def configured(world: World, **more: Any) -> Config:
    return Config(
        wecom={
            "corp_id": world.corp.corp_id,
            "agent_id": AGENT,
            "secret": world.corp.agents[AGENT],
            "token": "QDG6eK",
            "aes_key": KEY,
            "bot_token": "bot-token",
            "bot_aes_key": BOT_KEY,
            "webhook_key": "group-key-123456",
        },
        wechat={"budget": 0.3},
        **more,
    )


@dataclasses.dataclass
class Stage:
    world: World
    parrot: Parrot
    app: FastAPI

    def play(self, scene: Callable[[httpx.AsyncClient], Coroutine[Any, Any, None]]) -> None:
        async def run() -> None:
            async with httpx.AsyncClient(transport=InProcess(self.app), base_url="http://bot") as web:
                await scene(web)

        asyncio.run(run())

    def robot(self, web: httpx.AsyncClient) -> AiBotServer:
        url = "http://bot/wecom/bot"
        return AiBotServer(self.world, url, web, token="bot-token", aes_key=BOT_KEY, stamp=time.time)


@pytest.fixture
def stage(database: Database) -> Iterator[Stage]:
    world = World(clock=Clock(time.time()))
    app, parrot, workers = FastAPI(), Parrot(database), ThreadPoolExecutor(2)
    wecom.mount(app, configured(world), parrot, workers)  # type: ignore[arg-type]
    yield Stage(world, parrot, app)
    parrot.go.set()
    workers.shutdown()


def test_the_application_is_verified_and_answers(stage: Stage) -> None:
    async def scene(web: httpx.AsyncClient) -> None:
        server = CorpServer(stage.world, "http://bot/wecom", web, token="QDG6eK", aes_key=KEY, agent=AGENT)
        assert await server.verify()
        assert (await Phone(server, "zhang").say("活动登记")).text == "收到：活动登记"

    stage.play(scene)
    (message,) = stage.parrot.heard
    assert (message.channel, message.openid) == ("wecom", "zhang")


def test_the_robot_is_verified(stage: Stage) -> None:
    async def scene(web: httpx.AsyncClient) -> None:
        assert await stage.robot(web).verify()

    stage.play(scene)


def test_the_robot_answers_a_mention_in_a_group(stage: Stage) -> None:
    async def scene(web: httpx.AsyncClient) -> None:
        talk = await stage.robot(web).say("zhang", "这周有什么活动", "group-1")
        assert (talk.text, talk.finished, talk.fault) == ("收到：这周有什么活动", True, "")

    stage.play(scene)
    assert (stage.parrot.heard[0].text, stage.parrot.heard[0].group) == ("这周有什么活动", "group-1")


def test_a_slow_answer_is_streamed_when_it_is_committed(stage: Stage) -> None:
    stage.parrot.go.clear()

    async def scene(web: httpx.AsyncClient) -> None:
        asyncio.get_running_loop().call_later(0.6, stage.parrot.go.set)
        talk = await stage.robot(web).say("zhang", "这周有什么活动")
        assert talk.polls > 0
        assert (talk.text, talk.finished, talk.fault) == ("收到：这周有什么活动", True, "")

    stage.play(scene)


def test_the_same_message_again_is_answered_the_same_and_done_once(stage: Stage) -> None:
    async def scene(web: httpx.AsyncClient) -> None:
        robot = stage.robot(web)
        first = await robot.say("zhang", "登记活动")
        answer, _ = await robot._post(first.fields)
        assert answer is not None
        assert robot._unwrap(*answer)["stream"]["content"] == first.text

    stage.play(scene)
    assert len(stage.parrot.heard) == 1


def test_quotes_pictures_and_first_visits(stage: Stage) -> None:
    async def scene(web: httpx.AsyncClient) -> None:
        robot = stage.robot(web)
        await robot.say("zhang", "登记一下", "group-1", quote="周六合唱排练")
        await robot.send("zhang", {"msgtype": "image", "image": {"url": "https://ww.myqcloud.com/1"}})
        items = [
            {"msgtype": "text", "text": {"content": "现场"}},
            {"msgtype": "image", "image": {"url": "https://ww.myqcloud.com/2"}},
        ]
        await robot.send("zhang", {"msgtype": "mixed", "mixed": {"msg_item": items}})
        visit = await robot.event("zhang", "enter_chat")
        assert visit.text == "收到：subscribe"
        quiet = await robot.event("zhang", "feedback_event")
        assert (quiet.text, quiet.fault) == ("", "")

    stage.play(scene)
    heard = [(one.kind, one.text, one.url) for one in stage.parrot.heard[:3]]
    assert heard == [
        ("text", "登记一下\n周六合唱排练", None),
        ("image", "", "https://ww.myqcloud.com/1"),
        ("text", "现场", "https://ww.myqcloud.com/2"),
    ]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"encrypt": "<x>"}', b'{"encrypt": "AAAA"}', b"\xff", b'{"encrypt": 1}']
)
def test_what_is_not_the_platforms_is_refused(stage: Stage, body: bytes) -> None:
    async def scene(web: httpx.AsyncClient) -> None:
        for path in ("/wecom/bot", "/wecom"):
            query = {"msg_signature": "x", "timestamp": str(int(time.time())), "nonce": "1"}
            assert (await web.post(path, params=query, content=body)).status_code in (400, 403)
            assert (await web.get(path, params={**query, "echostr": "A" * 44})).status_code in (400, 403)

    stage.play(scene)
    assert stage.parrot.heard == []


def test_without_keys_nothing_is_mounted(database: Database) -> None:
    app = FastAPI()
    before = len(app.routes)
    with ThreadPoolExecutor(1) as workers:
        wecom.mount(app, Config(), Parrot(database), workers)  # type: ignore[arg-type]
    assert len(app.routes) == before


# -- pushes -----------------------------------------------------------------------------------------------------------


def test_members_are_reached_without_any_window(database: Database) -> None:
    made = Deployment(database)
    made.world.corp.members.add("zhang")
    corp = client.build(configured(made.world), http=Bridge(made.world), clock=made.world.clock.now)
    sender = Sender(database, carriers.of_wecom(corp), made.config, lambda: made.now)
    with database.transaction() as db:
        ids = [people.add(db, "wecom", name, made.now).id for name in ("zhang", "gone")]
        for one in ids:
            messages.plan(db, one, key=f"k{one}", kind="activity", text="明天排练", send_at=made.now, urgency=SOON)
    sender.drain()
    with database.transaction() as db:
        fates = [(row.status, row.channel) for row in db.query(Outbox).order_by(Outbox.id)]
    assert fates == [("sent", "app"), ("held", None)]
    assert [one.to for one in made.world.deliveries] == ["zhang"]
    corp.close()
    made.close()


def test_the_same_content_is_shown_once(database: Database) -> None:
    world = World()
    world.corp.members.add("zhang")
    corp = client.build(configured(world), http=Bridge(world), clock=world.clock.now)
    for _ in range(2):
        corp.say("zhang", "明天排练")
    assert len(world.deliveries) == 1
    corp.close()


def test_a_group_takes_twenty_messages_a_minute() -> None:
    world, now = World(), [0.0]
    world.webhooks.groups["group-key-123456"] = "group-1"
    http = client.http_of(configured(world), Bridge(world))
    group = client.Group(http, "group-key-123456", 20, lambda: now[0])
    for number in range(20):
        group.say(f"{number}")
    with pytest.raises(Unsent):
        group.say("第二十一条")
    now[0] = 61
    world.clock.skip(61)
    group.digest("**本周活动**\n" + "- 排练\n" * 2000)
    assert len(world.deliveries) == 21
    assert len(world.deliveries[-1].text.encode()) <= 4096
    http.close()


def test_a_wrong_group_key_is_told_without_the_key() -> None:
    world = World()
    with client.http_of(configured(world), Bridge(world)) as http, pytest.raises(ApiError) as refused:
        client.Group(http, "wrong-key-123456", 20).say("一")
    assert refused.value.errcode == 93000
    assert "wrong-key" not in repr(refused.value)


def test_a_late_answer_goes_to_our_host_alone() -> None:
    world = World()
    made = world.response_codes.make("zhang", True, world.clock.now())
    with client.http_of(configured(world), Bridge(world)) as http:
        client.respond(http, f"https://qyapi.weixin.qq.com/cgi-bin/aibot/response?response_code={made}", "迟到的回答")
        with pytest.raises(ApiError):
            client.respond(http, "https://evil.example/cgi-bin/aibot/response?response_code=x", "迟到的回答")
    assert [one.text for one in world.deliveries] == ["迟到的回答"]
