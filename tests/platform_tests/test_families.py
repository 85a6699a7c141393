"""Broadcasts, media, QR codes, menus, tickets, followers, content checks and quotas."""

from typing import Any

import pytest

from tests.platform.text import cut
from tests.platform.world import World
from tests.platform_tests.conftest import Api

pytestmark = pytest.mark.anyio
UPLOAD, DOWNLOAD = "/cgi-bin/media/upload", "/cgi-bin/media/get"
MENU, QR, CHECK = "/cgi-bin/menu/create", "/cgi-bin/qrcode/create", "/wxa/msg_sec_check"
SENDALL, MASS = "/cgi-bin/message/mass/sendall", "/cgi-bin/message/mass/send"


# --- broadcasts

TO_ALL: dict[str, Any] = {"filter": {"is_to_all": True}, "msgtype": "text", "text": {"content": "周末义诊"}}


async def test_broadcast_reaches_followers_once(api: Api, world: World) -> None:
    world.add_person("oGone", following=False)
    body = {**TO_ALL, "clientmsgid": "c1"}
    first = await api.post(SENDALL, body)
    assert first["errcode"] == 0
    second = await api.post(SENDALL, body)
    assert (second["errcode"], second["msg_id"]) == (45065, first["msg_id"])
    assert [one.to for one in world.deliveries] == ["oMei"]
    assert world.events[0].fields["SentCount"] == 1
    assert (await api.post("/cgi-bin/message/mass/get", {"msg_id": first["msg_id"]}))["msg_status"] == "SEND_SUCCESS"


async def test_four_broadcasts_a_month(api: Api, world: World) -> None:
    for _ in range(6):
        assert (await api.post(SENDALL, TO_ALL))["errcode"] == 0
    assert len(world.people["oMei"].inbox) == 4
    world.clock.skip(7 * 86400)
    api.renew()
    await api.post(SENDALL, TO_ALL)
    assert len(world.people["oMei"].inbox) == 5


async def test_broadcast_limits(api: Api, world: World) -> None:
    world.mass.by_day[world.clock.day()] = 100
    assert (await api.post(SENDALL, TO_ALL))["errcode"] == 45028
    assert (await api.post(SENDALL, {**TO_ALL, "filter": {}}))["errcode"] == 40035
    assert (await api.post(SENDALL, {**TO_ALL, "msgtype": "dance"}))["errcode"] == 40008
    world.quota.limits[SENDALL] = (None, 0)
    assert (await api.post(SENDALL, TO_ALL))["errcode"] == 45011


async def test_broadcast_to_a_list(api: Api, world: World) -> None:
    body = {"touser": ["oMei"], "msgtype": "text", "text": {"content": "好"}}
    assert (await api.post(MASS, body))["errcode"] == 40130
    assert (await api.post(MASS, {**body, "touser": ["oMei", "oNobody"]}))["errcode"] == 0
    assert (world.events[0].fields["TotalCount"], world.events[0].fields["ErrorCount"]) == (2, 1)


# --- media


async def upload(api: Api, kind: str, content: bytes, content_type: str) -> dict[str, Any]:
    file = {"media": ("a", content, content_type)}
    return dict((await api.raw("POST", UPLOAD, {"type": kind}, files=file)).json())


async def test_media_comes_back_for_three_days(api: Api, world: World) -> None:
    answer = await upload(api, "image", b"\x89PNG", "image/png")
    assert answer["type"] == "image"
    assert "errcode" not in answer
    fetched = await api.raw("GET", DOWNLOAD, {"media_id": answer["media_id"]})
    assert (fetched.content, fetched.headers["content-type"]) == (b"\x89PNG", "image/png")
    assert "attachment" in fetched.headers["content-disposition"]
    world.clock.skip(3 * 86400 + 1)
    api.renew()
    gone = await api.raw("GET", DOWNLOAD, {"media_id": answer["media_id"]})
    assert (gone.status_code, gone.json()["errcode"]) == (200, 40007)


@pytest.mark.parametrize(
    ("kind", "content", "content_type", "expected"),
    [
        ("document", b"x", "image/png", 40004),
        ("image", b"x", "text/plain", 40005),
        ("image", b"", "image/png", 44001),
        ("voice", b"x" * ((2 << 20) + 1), "audio/amr", 40006),
        ("thumb", b"x" * (64 * 1024 + 1), "image/jpeg", 40006),
    ],
)
async def test_bad_uploads(api: Api, kind: str, content: bytes, content_type: str, expected: int) -> None:
    assert (await upload(api, kind, content, content_type))["errcode"] == expected


async def test_upload_without_a_file(api: Api) -> None:
    assert (await api.raw("POST", UPLOAD, {"type": "image"}, content=b"x")).json()["errcode"] == 41005
    assert (await api.get(DOWNLOAD))["errcode"] == 41006


async def test_video_is_an_address(api: Api) -> None:
    media_id = (await upload(api, "video", b"film", "video/mp4"))["media_id"]
    address = (await api.get(DOWNLOAD, media_id=media_id))["video_url"]
    assert (await api.client.get(address)).content == b"film"


async def test_picture_for_articles(api: Api) -> None:
    file = {"media": ("a.png", b"\x89PNG", "image/png")}
    assert (await api.raw("POST", "/cgi-bin/media/uploadimg", {}, files=file)).json()["url"].startswith("http://mmbiz")


# --- QR codes


def scene(action: str, **value: Any) -> dict[str, Any]:
    return {"expire_seconds": 600, "action_name": action, "action_info": {"scene": value}}


async def test_qr_code_is_a_picture_until_it_expires(api: Api, world: World) -> None:
    answer = await api.post(QR, scene("QR_STR_SCENE", scene_str="bind-1"))
    assert answer["expire_seconds"] == 600
    picture = await api.raw("GET", "/cgi-bin/showqrcode", {"ticket": answer["ticket"]})
    assert picture.content.startswith(b"\x89PNG")
    world.clock.skip(600)
    assert (await api.raw("GET", "/cgi-bin/showqrcode", {"ticket": answer["ticket"]})).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        scene("QR_DANCE", scene_str="a"),
        scene("QR_STR_SCENE", scene_str="a" * 65),
        scene("QR_STR_SCENE", scene_str=""),
        scene("QR_SCENE", scene_id=2**32),
        scene("QR_LIMIT_SCENE", scene_id=100_001),
        {**scene("QR_STR_SCENE", scene_str="a"), "expire_seconds": 0},
        {"action_name": "QR_SCENE"},
    ],
)
async def test_bad_scenes(api: Api, body: dict[str, Any]) -> None:
    assert (await api.post(QR, body))["errcode"] == 40053


async def test_thirty_days_and_permanent(api: Api) -> None:
    longest = await api.post(QR, {**scene("QR_SCENE", scene_id=7), "expire_seconds": 9_999_999})
    assert longest["expire_seconds"] == 2_592_000
    assert "expire_seconds" not in await api.post(QR, scene("QR_LIMIT_STR_SCENE", scene_str="door"))
    api.world.quota.limits[QR] = (0, None)
    assert (await api.post(QR, scene("QR_SCENE", scene_id=7)))["errcode"] == 45009


# --- menus

CLICK = {"type": "click", "name": "帮助", "key": "HELP"}
VIEW = {"type": "view", "name": "名录", "url": "https://example.org"}


def under(*buttons: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"name": "更多", "sub_button": list(buttons)}]


async def test_menu_is_kept_and_deleted(api: Api) -> None:
    assert (await api.get("/cgi-bin/menu/get"))["errcode"] == 46003
    assert (await api.post(MENU, {"button": [CLICK, *under(VIEW)]}))["errcode"] == 0
    assert (await api.get("/cgi-bin/menu/get"))["menu"]["button"][0]["name"] == "帮助"
    assert (await api.get("/cgi-bin/menu/delete"))["errcode"] == 0
    assert (await api.get("/cgi-bin/menu/get"))["errcode"] == 46003


@pytest.mark.parametrize(
    ("buttons", "expected"),
    [
        ([CLICK] * 4, 40016),
        ([], 40016),
        ([{**CLICK, "type": "dance"}], 40017),
        ([{**CLICK, "name": "一二三四五六"}], 40018),
        ([{**CLICK, "key": "k" * 129}], 40019),
        ([{**VIEW, "url": "https://" + "a" * 1020}], 40020),
        (under({"name": "x", "sub_button": [CLICK]}), 40022),
        (under(*[CLICK] * 6), 40023),
        (under({**CLICK, "type": "dance"}), 40024),
        (under({**CLICK, "name": "一" * 21}), 40025),
        (under({**CLICK, "key": ""}), 40026),
        (under({**VIEW, "url": ""}), 40027),
    ],
)
async def test_menu_limits(api: Api, buttons: list[dict[str, Any]], expected: int) -> None:
    assert (await api.post(MENU, {"button": buttons}))["errcode"] == expected


async def test_escapes_are_refused(api: Api) -> None:
    raw = b'{"button": [{"type": "click", "name": "\\u5e2e\\u52a9", "key": "HELP"}]}'
    assert (await api.raw("POST", MENU, {}, content=raw)).json()["errcode"] == 40033


# --- tickets, followers


async def test_ticket_is_the_same_for_two_hours(api: Api, world: World) -> None:
    path = "/cgi-bin/ticket/getticket"
    first, second = await api.get(path, type="jsapi"), await api.get(path, type="jsapi")
    assert first["ticket"] == second["ticket"]
    world.clock.skip(7200)
    api.renew()
    assert (await api.get(path, type="jsapi"))["ticket"] != first["ticket"]
    assert (await api.get(path, type="dance"))["errcode"] == 40097
    api.token = "none"
    assert (await api.get(path, type="jsapi"))["errcode"] == 40001


async def test_user_info_knows_no_name(api: Api, world: World) -> None:
    world.people["oMei"].scene = "bind-1"
    answer = await api.get("/cgi-bin/user/info", openid="oMei")
    assert (answer["subscribe"], answer["unionid"], answer["qr_scene_str"]) == (1, "uMei", "bind-1")
    assert not {"nickname", "headimgurl", "sex"} & answer.keys()
    world.people["oMei"].following = False
    assert await api.get("/cgi-bin/user/info", openid="oMei") == {"subscribe": 0, "openid": "oMei", "unionid": "uMei"}
    assert (await api.get("/cgi-bin/user/info", openid="oNobody"))["errcode"] == 40003


async def test_lists_of_followers(api: Api, world: World) -> None:
    world.add_person("oLi")
    assert (await api.get("/cgi-bin/user/get"))["data"]["openid"] == ["oMei", "oLi"]
    assert (await api.get("/cgi-bin/user/get", next_openid="oMei"))["data"]["openid"] == ["oLi"]
    body = {"user_list": [{"openid": "oMei"}, {"openid": "oLi"}]}
    assert len((await api.post("/cgi-bin/user/info/batchget", body))["user_info_list"]) == 2
    assert (await api.post("/cgi-bin/user/info/batchget", {"user_list": []}))["errcode"] == 40032
    remark = "/cgi-bin/user/info/updateremark"
    assert (await api.post(remark, {"openid": "oMei", "remark": "梅园"}))["errcode"] == 0
    assert world.people["oMei"].remark == "梅园"
    assert (await api.post(remark, {"openid": "oMei", "remark": "长" * 30}))["errcode"] == 40035


# --- content check


async def test_content_check_needs_a_mini_program_visit(api: Api, world: World) -> None:
    body = {"version": 2, "openid": "oMei", "scene": 2, "content": "你好"}
    assert (await api.post(CHECK, body))["errcode"] == 40003
    world.censor.visits["oMei"] = world.clock.now()
    assert (await api.post(CHECK, body))["result"] == {"suggest": "pass", "label": 100}
    world.censor.words |= {"赌": ("risky", 20003), "打架": ("review", 20008)}
    assert (await api.post(CHECK, {**body, "content": "打架"}))["result"]["suggest"] == "review"
    assert (await api.post(CHECK, {**body, "content": "赌,打架"}))["result"] == {"suggest": "risky", "label": 20003}
    assert (await api.post(CHECK, {**body, "content": "长" * 2501}))["errcode"] == 40035
    world.clock.skip(7200 - 1)
    assert (await api.post(CHECK, body))["errcode"] == 0
    world.clock.skip(2)
    api.renew()
    assert (await api.post(CHECK, body))["errcode"] == 61010


async def test_content_check_version_1(api: Api, world: World) -> None:
    world.censor.words["赌"] = ("risky", 20003)
    assert (await api.post(CHECK, {"content": "赌"}))["errcode"] == 87014
    assert (await api.post(CHECK, {"content": "义诊"}))["errcode"] == 0


# --- quotas


async def test_quota_is_shown_and_cleared_ten_times_a_month(api: Api, world: World) -> None:
    world.quota.limits["/cgi-bin/menu/get"] = (1, None)
    quota, clear = "/cgi-bin/openapi/quota/get", "/cgi-bin/clear_quota"
    mine = {"appid": world.account.app_id}
    assert [(await api.get("/cgi-bin/menu/get"))["errcode"] for _ in range(2)] == [46003, 45009]
    shown = await api.post(quota, {"cgi_path": "/cgi-bin/menu/get"})
    assert shown["quota"] == {"daily_limit": 1, "used": 1, "remain": 0}
    assert (await api.post(clear, {"appid": "wxother"}))["errcode"] == 40013
    assert (await api.post(clear, mine))["errcode"] == 0
    assert (await api.get("/cgi-bin/menu/get"))["errcode"] == 46003
    assert [(await api.post(clear, mine))["errcode"] for _ in range(10)] == [0] * 9 + [48006]
    assert (await api.post(quota, {"cgi_path": "/none"}))["errcode"] == 76021


async def test_quota_of_the_minute_is_shown(api: Api) -> None:
    assert (await api.post("/cgi-bin/openapi/quota/get", {"cgi_path": CHECK}))["rate_limit"]["call_count"] == 4000


def test_cut_keeps_what_fits() -> None:
    assert (cut("一二三", 3), cut("一二三四", 3)) == ("一二三", "一二三…")
