"""Everything the platform knows: account, people, tokens, quotas, templates, deliveries, and events to be told."""

import itertools
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.platform.aibot_response import ResponseCodes
from tests.platform.clock import Clock
from tests.platform.corp import Corp
from tests.platform.errors import ApiError
from tests.platform.faults import Faults
from tests.platform.mass import MassDesk
from tests.platform.media import MediaStore
from tests.platform.menu import MenuBoard
from tests.platform.oauth import OAuth
from tests.platform.people import TRIGGERS, Delivery, Person
from tests.platform.qrcode import QrCodes
from tests.platform.quota import Quota
from tests.platform.security import Censor
from tests.platform.template import TemplateDesk
from tests.platform.ticket import Tickets
from tests.platform.tokens import Tokens
from tests.platform.webhook import Webhooks

FIRST_ID = 3_240_000_000_000_000_001  # needs 64 bits, as the platform's ids do


@dataclass
class Account:
    """One official account. `mode` of its callback: plain, compatible or safe."""

    app_id: str = "wx0123456789abcdef"
    secret: str = "0123456789abcdef0123456789abcdef"
    original_id: str = "gh_0123456789ab"
    token: str = "simulator-token"
    aes_key: str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
    mode: str = "safe"
    allowed_ips: set[str] | None = None
    oauth_domain: str = ""  # "" allows every redirect domain
    forbidden: dict[str, int] = field(default_factory=dict)  # path -> 48001, 48004, 48008, 50002


@dataclass(frozen=True)
class Template:
    """`fields` in order. For subscription notices their names carry the type: thing1, time3, phrase2 …"""

    id: str
    fields: tuple[str, ...]
    kind: str = "template"  # or "subscribe"


@dataclass(frozen=True)
class Event:
    """Something the platform will tell the bot from `due` on."""

    due: float
    openid: str
    fields: dict[str, Any]


@dataclass(frozen=True)
class Record:
    """One API call as it was answered; `fault` names the switch that struck."""

    at: float
    path: str
    code: int
    to: str
    fault: str


class World:
    """The state of one simulated platform. All families of endpoints work on it; nothing is kept elsewhere."""

    def __init__(self, account: Account | None = None, clock: Clock | None = None, seed: int = 0) -> None:
        self.account = account or Account()
        self.clock = clock or Clock()
        self.faults = Faults(seed)
        self.quota = Quota(self.clock)
        self.tokens = Tokens(self.clock)
        self.media = MediaStore(self.clock)
        self.qrcodes = QrCodes(self.clock)
        self.template_desk = TemplateDesk()
        self.mass = MassDesk()
        self.menus = MenuBoard()
        self.tickets = Tickets()
        self.censor = Censor()
        self.oauth = OAuth()
        self.corp = Corp(self.clock)
        self.webhooks = Webhooks(self.clock)
        self.response_codes = ResponseCodes()
        self.triggers = dict(TRIGGERS)
        self.people: dict[str, Person] = {}
        self.templates: dict[str, Template] = {}
        self.deliveries: list[Delivery] = []
        self.events: list[Event] = []
        self.calls: list[Record] = []
        self._ids = itertools.count(FIRST_ID)

    def next_id(self) -> int:
        return next(self._ids)

    def add_person(self, openid: str, **facts: Any) -> Person:
        person = Person(openid, followed_at=self.clock.now(), **facts)
        self.people[openid] = person
        return person

    def add_template(self, template_id: str, *fields: str, kind: str = "template") -> Template:
        self.templates[template_id] = Template(template_id, fields, kind)
        return self.templates[template_id]

    def person(self, openid: object) -> Person:
        """Raises 40003 for somebody this account has never met."""
        if not isinstance(openid, str) or openid not in self.people:
            raise ApiError(40003)
        return self.people[openid]

    def trigger(self, openid: str, kind: str) -> None:
        self.people[openid].trigger(kind, self.clock.now(), self.triggers)

    def deliver(self, to: str, channel: str, kind: str, text: str, content: dict[str, Any]) -> Delivery:
        """The message has reached `to`: it stands in the inbox and in the list of all deliveries."""
        delivery = Delivery(self.next_id(), self.clock.now(), to, channel, kind, text, content)
        self.deliveries.append(delivery)
        if to in self.people:
            self.people[to].inbox.append(delivery)
        return delivery

    def duplicates(self) -> dict[tuple[str, str], int]:
        """(recipient, text) -> how often, for what reached somebody more than once; passive replies left out."""
        counts = Counter((one.to, one.text) for one in self.deliveries if one.channel != "passive")
        return {key: count for key, count in counts.items() if count > 1}

    def tell(self, openid: str, event: str, delay: float = 0.0, **fields: Any) -> None:
        """Queue an event for the bot's callback."""
        self.events.append(Event(self.clock.now() + delay, openid, {"Event": event, **fields}))

    def errcodes(self) -> Counter[int]:
        return Counter(call.code for call in self.calls)
