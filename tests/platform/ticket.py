"""ticket/getticket: the jsapi_ticket of pages, 7200 seconds, the same for everybody who asks."""

import secrets
from dataclasses import dataclass, field

from tests.platform.errors import ApiError, ok
from tests.platform.gate import Call, Endpoint

LIFE = 7200


@dataclass
class Tickets:
    """type -> (ticket, end)."""

    current: dict[str, tuple[str, float]] = field(default_factory=dict)

    def fetch(self, kind: str, now: float) -> tuple[str, int]:
        ticket, ends = self.current.get(kind, ("", 0.0))
        if ends <= now:
            ticket, ends = secrets.token_urlsafe(64), now + LIFE
            self.current[kind] = ticket, ends
        return ticket, round(ends - now)


def get(call: Call) -> dict[str, object]:
    kind = call.query.get("type", "")
    if kind not in ("jsapi", "wx_card"):
        raise ApiError(40097, "invalid args")
    ticket, left = call.world.tickets.fetch(kind, call.now)
    return ok(ticket=ticket, expires_in=left)


ENDPOINTS = [Endpoint("GET", "/cgi-bin/ticket/getticket", get, daily=1_000_000)]
