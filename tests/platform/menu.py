"""menu/create, menu/get, menu/delete: the button tree and its limits."""

from dataclasses import dataclass
from typing import Any

from tests.platform.errors import ApiError, ok
from tests.platform.gate import Call, Endpoint
from tests.platform.text import byte_length

# button type -> the field it needs
TYPES = {
    "click": "key", "view": "url", "miniprogram": "url", "scancode_push": "key", "scancode_waitmsg": "key",
    "pic_sysphoto": "key", "pic_photo_or_album": "key", "pic_weixin": "key", "location_select": "key",
    "media_id": "media_id", "view_limited": "media_id", "article_id": "article_id",
    "article_view_limited": "article_id",
}  # fmt: skip


@dataclass(frozen=True)
class Level:
    """Limits of one level, and the errcodes that say which was broken."""

    most: int
    name_bytes: int
    bad_count: int
    bad_type: int
    bad_name: int
    bad_key: int
    bad_url: int


TOP = Level(3, 16, 40016, 40017, 40018, 40019, 40020)
SUB = Level(5, 60, 40023, 40024, 40025, 40026, 40027)
KEY_BYTES, URL_BYTES = 128, 1024


@dataclass
class MenuBoard:
    menu: dict[str, Any] | None = None


def check_buttons(buttons: Any, level: Level) -> None:
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= level.most:
        raise ApiError(level.bad_count)
    for button in buttons:
        check_button(button, level)


def check_button(button: Any, level: Level) -> None:
    if not isinstance(button, dict) or not 0 < byte_length(str(button.get("name", ""))) <= level.name_bytes:
        raise ApiError(level.bad_name)
    if button.get("sub_button"):
        if level is SUB:
            raise ApiError(40022)
        check_buttons(button["sub_button"], SUB)
        return
    needed = TYPES.get(str(button.get("type")))
    if needed is None:
        raise ApiError(level.bad_type)
    value = str(button.get(needed, ""))
    if needed == "url" and not 0 < byte_length(value) <= URL_BYTES:
        raise ApiError(level.bad_url)
    if needed != "url" and not 0 < byte_length(value) <= KEY_BYTES:
        raise ApiError(level.bad_key)


def create(call: Call) -> dict[str, object]:
    """40033 for \\u escapes in the raw body, then 40016 to 40027 by level."""
    if b"\\u" in call.raw:
        raise ApiError(40033)
    check_buttons(call.body.get("button"), TOP)
    call.world.menus.menu = {"button": call.body["button"]}
    return ok()


def get(call: Call) -> dict[str, object]:
    menu = call.world.menus.menu
    if menu is None:
        raise ApiError(46003)
    return {"menu": menu}


def delete(call: Call) -> dict[str, object]:
    call.world.menus.menu = None
    return ok()


ENDPOINTS = [
    Endpoint("POST", "/cgi-bin/menu/create", create, daily=1000),
    Endpoint("GET", "/cgi-bin/menu/get", get, daily=10_000),
    Endpoint("GET", "/cgi-bin/menu/delete", delete, daily=1000),
]
