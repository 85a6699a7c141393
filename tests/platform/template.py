"""POST /cgi-bin/message/template/send: template messages, cut at 20 characters, settled later by an event."""

from dataclasses import dataclass, field
from typing import Any

from tests.platform.errors import ApiError, ok
from tests.platform.gate import Call, Endpoint
from tests.platform.text import cut, without_emoji

LINE = 20
GUARD = 600  # seconds for which a client_msg_id of one person is remembered
SETTLED_AFTER = 1.0
HIDDEN = ("first", "remark")  # no longer shown since 2023-05-04


@dataclass
class TemplateDesk:
    """Remembers client message ids: (openid, client_msg_id) -> (time, msgid)."""

    sent: dict[tuple[str, str], tuple[float, int]] = field(default_factory=dict)

    def earlier(self, key: tuple[str, str], now: float) -> int | None:
        at, msgid = self.sent.get(key, (float("-inf"), 0))
        return msgid if now - at <= GUARD else None


def lines(fields: tuple[str, ...], data: Any) -> dict[str, str]:
    """The keyword lines as shown; 47003 where one is missing or empty (too long is cut, not refused)."""
    if not isinstance(data, dict):
        raise ApiError(47003, "argument invalid! data is not an object")
    result = {}
    for name in fields:
        if name in HIDDEN:
            continue
        item = data.get(name)
        value = item.get("value") if isinstance(item, dict) else None
        if value is None or str(value) == "":
            raise ApiError(47003, f"argument invalid! data.{name}.value is empty")
        result[name] = cut(without_emoji(str(value)), LINE)
    return result


def send(call: Call) -> dict[str, object]:
    world = call.world
    person = world.person(call.body.get("touser"))
    template = world.templates.get(str(call.body.get("template_id")))
    if template is None or template.kind != "template":
        raise ApiError(40037)
    if not person.following:
        raise ApiError(43004)
    shown = lines(template.fields, call.body.get("data"))
    client_id = call.body.get("client_msg_id")
    key = (person.openid, str(client_id))
    if client_id and (earlier := world.template_desk.earlier(key, call.now)) is not None:
        return ok(msgid=earlier)
    msgid = world.next_id()
    if client_id:
        world.template_desk.sent[key] = (call.now, msgid)
    settle(call, person.blocks_templates or person.muted, person.openid, msgid, shown)
    return ok(msgid=msgid)


def settle(call: Call, blocked: bool, openid: str, msgid: int, shown: dict[str, str]) -> None:
    """Deliver, and queue the event that says how it ended."""
    status = "failed:user block" if blocked else "success"
    if not blocked:
        call.world.deliver(openid, "template", "template", "\n".join(shown.values()), {**call.body, "shown": shown})
    call.world.tell(openid, "TEMPLATESENDJOBFINISH", SETTLED_AFTER, MsgID=msgid, Status=status)


ENDPOINTS = [Endpoint("POST", "/cgi-bin/message/template/send", send, daily=100_000)]
