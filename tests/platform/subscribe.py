"""POST /cgi-bin/message/subscribe/bizsend and /template/subscribe: notices that cost one credit each."""

from typing import Any

from tests.platform.custom import reachable
from tests.platform.errors import ApiError, ok
from tests.platform.gate import Call, Endpoint
from tests.platform.people import LONG_TERM, Person
from tests.platform.rules import fits

SETTLED_AFTER = 1.0


def checked(fields: tuple[str, ...], data: Any) -> dict[str, str]:
    """The values; 47003 names the first field that is missing, empty or against its type's rule."""
    if not isinstance(data, dict):
        raise ApiError(47003, "argument invalid! data is not an object")
    result = {}
    for name in fields:
        item = data.get(name)
        value = item.get("value") if isinstance(item, dict) else None
        if value is None:
            raise ApiError(47003, f"argument invalid! data.{name}.value is empty")
        if not fits(name, str(value)):
            raise ApiError(47003, f"argument invalid! data.{name}.value invalid")
        result[name] = str(value)
    return result


def take_credit(person: Person, template_id: str) -> None:
    """43101 without a credit; a long-term one stays."""
    left = person.credits.get(template_id, 0)
    if left == 0:
        raise ApiError(43101)
    if left != LONG_TERM:
        person.credits[template_id] = left - 1


def check_page(page: Any) -> None:
    """A path of the mini program or an http(s) address."""
    if page is not None and (not isinstance(page, str) or " " in page):
        raise ApiError(41030)


def bizsend(call: Call) -> dict[str, object]:
    world = call.world
    person = world.person(call.body.get("touser"))
    template = world.templates.get(str(call.body.get("template_id")))
    if template is None or template.kind != "subscribe":
        raise ApiError(40037)
    check_page(call.body.get("page"))
    values = checked(template.fields, call.body.get("data"))
    if person.blacklisted:
        raise ApiError(43019)
    take_credit(person, template.id)
    msgid = world.next_id()
    world.deliver(person.openid, "subscribe", "subscribe", "\n".join(values.values()), {**call.body, "shown": values})
    entry = {"TemplateId": template.id, "MsgID": msgid, "ErrorCode": 0, "ErrorStatus": "success"}
    world.tell(person.openid, "subscribe_msg_sent_event", SETTLED_AFTER, SubscribeMsgSentEvent={"List": [entry]})
    return ok(msgid=msgid)


def one_time(call: Call) -> dict[str, object]:
    """The older one-time subscription: one send per confirmation, title <= 15, content <= 200 characters."""
    person = call.world.person(call.body.get("touser"))
    reachable(person)
    item = (call.body.get("data") or {}).get("content") or {}
    text, title = str(item.get("value", "")), str(call.body.get("title", ""))
    if not text or len(text) > 200 or len(title) > 15:
        raise ApiError(47003)
    take_credit(person, str(call.body.get("template_id")))
    call.world.deliver(person.openid, "subscribe", "one-time", f"{title}\n{text}", call.body)
    return ok()


ENDPOINTS = [
    Endpoint("POST", "/cgi-bin/message/subscribe/bizsend", bizsend, daily=100_000),
    Endpoint("POST", "/cgi-bin/message/template/subscribe", one_time, daily=100_000),
]
