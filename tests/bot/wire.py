"""The platform simulator behind our synchronous client, and a deployment that talks to it."""

import asyncio
import secrets
import threading
from datetime import datetime
from typing import Any

import httpx
import xmltodict

from bot import carriers, receipts
from bot.client import wechat
from bot.config import Config
from bot.sender import Sender
from handlers.skill import Message
from models import messages, people
from models.base import Database
from models.messages import SOON, Outbox
from models.people import User
from models.when import SHANGHAI
from tests.platform.server import create_simulator
from tests.platform.wire import InProcess
from tests.platform.world import World


class Bridge(httpx.BaseTransport):
    """Serves a synchronous client from the simulator, one request at a time."""

    def __init__(self, world: World):
        self._app = InProcess(create_simulator(world))
        self._loop = asyncio.new_event_loop()
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            return self._loop.run_until_complete(self._whole(request))

    async def _whole(self, request: httpx.Request) -> httpx.Response:
        request.stream = httpx.ByteStream(request.read())
        answer = await self._app.handle_async_request(request)
        return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())

    def close(self) -> None:
        self._loop.close()


def configured(world: World, **sections: Any) -> Config:
    account = {"app_id": world.account.app_id, "app_secret": world.account.secret}
    given = sections.pop("wechat", {})
    return Config(wechat={**account, **given}, **sections)


class Deployment:
    """A sender whose clock is the simulator's."""

    def __init__(self, database: Database, world: World | None = None, **sections: Any):
        self.world = world or World()
        self.config = configured(self.world, **sections)
        self.database = database
        self._bridge = Bridge(self.world)
        self.client = wechat.build(self.config, http=self._bridge, clock=self.world.clock.now, sleep=lambda _: None)
        self.sender = self.another()

    def another(self) -> Sender:
        return Sender(self.database, carriers.of_wechat(self.client), self.config, lambda: self.now, lambda: 0.5)

    def user(self, openid: str = "resident") -> User:
        with self.database.transaction() as db:
            found = people.get(db, "wechat", openid)
        assert found is not None
        return found

    def plan(self, text: str, *, urgency: int = SOON, openid: str = "resident", **more: Any) -> None:
        more = {"kind": "activity", "send_at": self.now, "key": text, **more}
        with self.database.transaction() as db:
            assert messages.plan(db, self.user(openid).id, text=text, urgency=urgency, **more)

    def says(self, openid: str = "resident") -> None:
        """The person writes: on the platform, and in our inbox."""
        self.world.trigger(openid, "message")
        self.arrives("text", "您好", openid)

    def arrives(self, kind: str, body: str, openid: str = "resident") -> None:
        person = self.user(openid)
        with self.database.transaction() as db:
            key = secrets.token_hex(8)
            taken = messages.claim(db, key=key, signature=None, digest="", kind=kind, body=body, at=self.now)
            messages.settle(db, taken.id or 0, person.id, "", None)

    def reports(self, openid: str = "resident") -> None:
        """The platform tells what became of its notices, as XML would."""
        told, self.world.events[:] = list(self.world.events), []
        for event in told:
            fields = xmltodict.parse(f"<xml>{xml(event.fields)}</xml>")["xml"]
            message = Message(
                secrets.token_hex(8), "wechat", openid, self.now, "event", event=fields["Event"].lower(), details=fields
            )
            with self.database.transaction() as db:
                receipts.event(db, db.merge(self.user(event.openid)), message)

    def at(self, clock: str) -> None:
        """Lets time pass until the clock shows `HH:MM` next."""
        hour, minute = map(int, clock.split(":"))
        then = self.now.replace(hour=hour, minute=minute, second=0, microsecond=0)
        self.world.clock.skip(((then - self.now).total_seconds()) % 86400)

    def drain(self) -> None:
        self.sender.drain()

    def texts(self, channel: str = "", openid: str = "resident") -> list[str]:
        """What the person has read."""
        return self.world.people[openid].texts(channel)

    @property
    def rows(self) -> list[Outbox]:
        with self.database.transaction() as db:
            return list(db.query(Outbox).order_by(Outbox.id))

    @property
    def fates(self) -> list[str]:
        return [row.status for row in self.rows]

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.world.clock.now(), SHANGHAI)

    def close(self) -> None:
        self.client.transport.http.close()


def xml(value: object) -> str:
    """Nested fields as the platform writes them."""
    if not isinstance(value, dict):
        return str(value)
    pairs = [(name, one) for name, held in value.items() for one in (held if isinstance(held, list) else [held])]
    return "".join(f"<{name}>{xml(one)}</{name}>" for name, one in pairs)
