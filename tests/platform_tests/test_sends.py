"""Customer-service, template and subscription messages: who may be reached, how often, and with what."""

from typing import Any

import pytest

from tests.platform.people import LONG_TERM
from tests.platform.world import World
from tests.platform_tests.conftest import Api

pytestmark = pytest.mark.anyio
CUSTOM, TYPING = "/cgi-bin/message/custom/send", "/cgi-bin/message/custom/typing"
TEMPLATE, SUBSCRIBE = "/cgi-bin/message/template/send", "/cgi-bin/message/subscribe/bizsend"


def text(content: str = "好", to: str = "oMei") -> dict[str, Any]:
    return {"touser": to, "msgtype": "text", "text": {"content": content}}


def template(to: str = "oMei", **data: str) -> dict[str, Any]:
    values = {"keyword1": "义诊", "keyword2": "周三", **data}
    return {"touser": to, "template_id": "T1", "data": {name: {"value": value} for name, value in values.items()}}


def notice(to: str = "oMei", **data: str) -> dict[str, Any]:
    values = {"thing1": "义诊", "time2": "2026年11月25日 14:30", "phrase3": "待确认", **data}
    return {"touser": to, "template_id": "S1", "data": {name: {"value": value} for name, value in values.items()}}


async def codes(api: Api, path: str, body: dict[str, Any], times: int) -> list[int]:
    return [(await api.post(path, body))["errcode"] for _ in range(times)]


async def test_nothing_before_the_person_acts(api: Api) -> None:
    assert await codes(api, CUSTOM, text(), 1) == [45015]
    assert api.world.people["oMei"].inbox == []


@pytest.mark.parametrize(("trigger", "count"), [("message", 5), ("menu", 3), ("follow", 3), ("scan", 3)])
async def test_count_of_each_window(api: Api, trigger: str, count: int) -> None:
    api.world.trigger("oMei", trigger)
    assert await codes(api, CUSTOM, text(), count + 1) == [0] * count + [45047]
    assert api.world.people["oMei"].texts("custom") == ["好"] * count


@pytest.mark.parametrize(("trigger", "seconds"), [("message", 48 * 3600), ("menu", 60)])
async def test_end_of_each_window(api: Api, trigger: str, seconds: int) -> None:
    api.world.trigger("oMei", trigger)
    api.world.clock.skip(seconds - 1)
    api.renew()
    assert await codes(api, CUSTOM, text(), 1) == [0]
    api.world.clock.skip(1)
    assert await codes(api, CUSTOM, text(), 1) == [45015]


async def test_a_trigger_resets_and_does_not_add_up(api: Api) -> None:
    api.world.trigger("oMei", "message")
    api.world.trigger("oMei", "menu")
    assert await codes(api, CUSTOM, text(), 6) == [0] * 5 + [45047]
    api.world.trigger("oMei", "menu")
    assert await codes(api, CUSTOM, text(), 4) == [0] * 3 + [45047]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (text(to="oNobody"), 40003),
        ({"touser": "oMei", "msgtype": "telepathy"}, 40008),
        ({"touser": "oMei", "msgtype": "text"}, 47001),
        (text(""), 44004),
        (text("好" * 683), 45002),
        ({"touser": "oMei", "msgtype": "image", "image": {"media_id": "gone"}}, 40007),
        ({"touser": "oMei", "msgtype": "news", "news": {"articles": [{"title": "a"}] * 2}}, 45008),
    ],
)
async def test_bad_custom_messages(api: Api, body: dict[str, Any], expected: int) -> None:
    api.world.trigger("oMei", "message")
    assert await codes(api, CUSTOM, body, 1) == [expected]
    assert api.world.people["oMei"].windows["message"].left == 5


async def test_2048_bytes_fit(api: Api) -> None:
    api.world.trigger("oMei", "message")
    assert await codes(api, CUSTOM, text("好" * 682 + "ab"), 1) == [0]


@pytest.mark.parametrize(
    ("facts", "expected"), [({"following": False}, 43004), ({"blacklisted": True}, 43019), ({"muted": True}, 48002)]
)
async def test_people_who_cannot_be_reached(api: Api, facts: dict[str, bool], expected: int) -> None:
    api.world.trigger("oMei", "message")
    for name, value in facts.items():
        setattr(api.world.people["oMei"], name, value)
    assert await codes(api, CUSTOM, text(), 1) == [expected]


async def test_missing_permission(api: Api) -> None:
    api.world.account.forbidden[CUSTOM] = 48001
    assert await codes(api, CUSTOM, text(), 1) == [48001]


async def test_typing(api: Api) -> None:
    on, off = {"touser": "oMei", "command": "Typing"}, {"touser": "oMei", "command": "CancelTyping"}
    assert await codes(api, TYPING, on, 1) == [45080]
    api.world.trigger("oMei", "message")
    assert await codes(api, TYPING, {"touser": "oMei", "command": "Dance"}, 1) == [45072]
    assert await codes(api, TYPING, on, 2) == [0, 45081]
    assert await codes(api, TYPING, off, 1) == [0]
    assert api.world.people["oMei"].windows["message"].left == 5


async def test_order_of_checks(api: Api) -> None:
    assert (await api.get(CUSTOM))["errcode"] == 43002
    assert (await api.post("/cgi-bin/user/info"))["errcode"] == 43001
    for raw, expected in ((b"", 44002), (b"{", 47001), (b"[]", 47001), (b"\xff", 47001)):
        assert (await api.raw("POST", CUSTOM, {}, content=raw)).json()["errcode"] == expected
    api.world.quota.limits[CUSTOM] = (0, None)
    assert (await api.raw("POST", CUSTOM, {}, content=b"{")).json()["errcode"] == 45009
    api.token = ""
    assert (await api.raw("POST", CUSTOM, {}, content=b"{")).json()["errcode"] == 41001


async def test_template_is_cut_and_settled(api: Api) -> None:
    answer = await api.post(TEMPLATE, template(keyword1="一" * 21, first="看不见", remark="也看不见"))
    assert answer["msgid"] > 2**61
    delivery = api.world.people["oMei"].inbox[0]
    assert delivery.text == "一" * 20 + "…\n周三"
    event = api.world.events[0]
    assert event.due > api.world.clock.now()
    assert event.fields == {"Event": "TEMPLATESENDJOBFINISH", "MsgID": answer["msgid"], "Status": "success"}


async def test_blocked_template_ends_as_an_event(api: Api) -> None:
    api.world.people["oMei"].blocks_templates = True
    assert (await api.post(TEMPLATE, template()))["errcode"] == 0
    assert api.world.people["oMei"].inbox == []
    assert api.world.events[0].fields["Status"] == "failed:user block"


async def test_client_msg_id_guards_ten_minutes(api: Api) -> None:
    body = {**template(), "client_msg_id": "r1"}
    first, second = await api.post(TEMPLATE, body), await api.post(TEMPLATE, body)
    assert first["msgid"] == second["msgid"]
    assert len(api.world.people["oMei"].inbox) == 1
    api.world.clock.skip(601)
    await api.post(TEMPLATE, body)
    assert len(api.world.people["oMei"].inbox) == 2
    assert api.world.duplicates() == {("oMei", "义诊\n周三"): 2}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (template(to="oNobody"), 40003),
        ({**template(), "template_id": "S1"}, 40037),
        ({**template(), "template_id": "none"}, 40037),
        (template(keyword2=""), 47003),
        ({**template(), "data": []}, 47003),
    ],
)
async def test_bad_templates(api: Api, body: dict[str, Any], expected: int) -> None:
    assert await codes(api, TEMPLATE, body, 1) == [expected]


async def test_template_to_a_stranger(api: Api) -> None:
    api.world.people["oMei"].following = False
    assert await codes(api, TEMPLATE, template(), 1) == [43004]


async def test_47003_names_the_field(api: Api) -> None:
    assert "data.keyword2.value" in (await api.post(TEMPLATE, template(keyword2="")))["errmsg"]


async def test_one_credit_one_notice(api: Api, world: World) -> None:
    assert await codes(api, SUBSCRIBE, notice(), 1) == [43101]
    world.people["oMei"].credits["S1"] = 2
    assert await codes(api, SUBSCRIBE, notice(), 3) == [0, 0, 43101]
    assert len(world.people["oMei"].texts("subscribe")) == 2
    entry = world.events[0].fields["SubscribeMsgSentEvent"]["List"][0]
    assert (entry["ErrorCode"], entry["TemplateId"]) == (0, "S1")


async def test_long_term_credit_stays(api: Api, world: World) -> None:
    world.people["oMei"].credits["S1"] = LONG_TERM
    assert await codes(api, SUBSCRIBE, notice(), 4) == [0] * 4


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (notice(thing1="一" * 21), 47003),
        (notice(thing1=""), 47003),
        (notice(time2="下周三"), 47003),
        (notice(phrase3="待社区确认"), 0),
        (notice(phrase3="待社区确认了"), 47003),
        (notice(phrase3="ok"), 47003),
        ({**notice(), "template_id": "T1"}, 40037),
        ({**notice(), "page": "a b"}, 41030),
        (notice(to="oNobody"), 40003),
    ],
)
async def test_rules_of_notices(api: Api, body: dict[str, Any], expected: int) -> None:
    api.world.people["oMei"].credits["S1"] = 1
    assert await codes(api, SUBSCRIBE, body, 1) == [expected]
    assert api.world.people["oMei"].credits["S1"] == (0 if expected == 0 else 1)


async def test_older_one_time_subscription(api: Api, world: World) -> None:
    body = {"touser": "oMei", "template_id": "O1", "title": "提醒", "data": {"content": {"value": "明天义诊"}}}
    path = "/cgi-bin/message/template/subscribe"
    assert await codes(api, path, body, 1) == [43101]
    world.people["oMei"].credits["O1"] = 1
    assert await codes(api, path, {**body, "title": "题" * 16}, 1) == [47003]
    assert await codes(api, path, body, 2) == [0, 43101]
