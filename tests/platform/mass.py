"""message/mass/sendall and /send: broadcasts, de-duplicated by clientmsgid, four a person and month."""

from dataclasses import dataclass, field
from typing import Any

from tests.platform.errors import ApiError, ok
from tests.platform.gate import Call, Endpoint
from tests.platform.people import Person

CALLS_A_DAY = 100
A_MONTH = 4
SETTLED_AFTER = 30.0
TYPES = {
    "text": "content", "image": "media_id", "images": "media_ids", "voice": "media_id", "mpnews": "media_id",
    "mpvideo": "media_id", "wxcard": "card_id",
}  # fmt: skip


@dataclass
class MassDesk:
    by_client_id: dict[str, int] = field(default_factory=dict)
    by_day: dict[str, int] = field(default_factory=dict)
    sent: set[int] = field(default_factory=set)


def content_of(body: dict[str, Any]) -> tuple[str, str]:
    """(msgtype, text shown)."""
    kind = str(body.get("msgtype"))
    if kind not in TYPES:
        raise ApiError(40008)
    content = body.get(kind)
    value = content.get(TYPES[kind]) if isinstance(content, dict) else None
    if not value:
        raise ApiError(44004)
    return kind, str(value) if kind == "text" else f"[{kind}]"


def send_all(call: Call) -> dict[str, object]:
    chosen = call.body.get("filter")
    if not isinstance(chosen, dict) or not (chosen.get("is_to_all") or "tag_id" in chosen):
        raise ApiError(40035)
    return broadcast(call, [person for person in call.world.people.values() if person.following])


def send(call: Call) -> dict[str, object]:
    """To a list of 2 to 10 000; unknown openids count as errors."""
    openids = call.body.get("touser")
    if not isinstance(openids, list) or not 2 <= len(openids) <= 10_000:
        raise ApiError(40130, "invalid openid list size, at least two openid")
    people = [call.world.people[one] for one in openids if one in call.world.people]
    return broadcast(call, people, len(openids) - len(people))


def broadcast(call: Call, people: list[Person], unknown: int = 0) -> dict[str, object]:
    world, desk = call.world, call.world.mass
    kind, text = content_of(call.body)
    client_id = str(call.body.get("clientmsgid", ""))
    if client_id in desk.by_client_id:
        raise ApiError(45065, msg_id=desk.by_client_id[client_id])
    today = world.clock.day()
    if desk.by_day.get(today, 0) >= CALLS_A_DAY:
        raise ApiError(45028)
    desk.by_day[today] = desk.by_day.get(today, 0) + 1
    msg_id = world.next_id()
    desk.sent.add(msg_id)
    if client_id:
        desk.by_client_id[client_id] = msg_id
    reached = [person for person in people if person.following and take_month(person, world.clock.month())]
    for person in reached:
        world.deliver(person.openid, "mass", kind, text, call.body)
    report(call, msg_id, len(people) + unknown, len(reached), unknown)
    return ok(msg_id=msg_id, msg_data_id=world.next_id())


def take_month(person: Person, month: str) -> bool:
    """Whether the person may still get a broadcast this calendar month; counts it."""
    if person.mass_this_month.get(month, 0) >= A_MONTH:
        return False
    person.mass_this_month[month] = person.mass_this_month.get(month, 0) + 1
    return True


def report(call: Call, msg_id: int, total: int, sent: int, errors: int) -> None:
    """MASSSENDJOBFINISH; it comes from the platform's own account, not from a person."""
    call.world.tell(
        "mphelper", "MASSSENDJOBFINISH", SETTLED_AFTER,
        MsgID=msg_id, Status="send success", TotalCount=total, FilterCount=sent, SentCount=sent, ErrorCount=errors,
    )  # fmt: skip


def status(call: Call) -> dict[str, object]:
    msg_id = call.body.get("msg_id")
    known = isinstance(msg_id, int | str) and str(msg_id).isdecimal() and int(msg_id) in call.world.mass.sent
    return {"msg_id": msg_id, "msg_status": "SEND_SUCCESS" if known else "SEND_FAIL"}


ENDPOINTS = [
    Endpoint("POST", "/cgi-bin/message/mass/sendall", send_all, per_minute=60),
    Endpoint("POST", "/cgi-bin/message/mass/send", send, per_minute=60),
    Endpoint("POST", "/cgi-bin/message/mass/get", status),
]
