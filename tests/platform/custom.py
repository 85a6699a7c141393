"""POST /cgi-bin/message/custom/send and /typing: customer-service messages inside a conversation window."""

from typing import Any

from tests.platform.errors import ApiError, ok
from tests.platform.gate import Call, Endpoint
from tests.platform.people import Person
from tests.platform.text import byte_length

MAX_BYTES = 2048
MAX_ARTICLES = 1  # for news and mpnews

# msgtype -> fields of its object that must not be empty
TYPES: dict[str, tuple[str, ...]] = {
    "text": ("content",),
    "image": ("media_id",),
    "voice": ("media_id",),
    "video": ("media_id",),
    "music": ("musicurl", "hqmusicurl", "thumb_media_id"),
    "news": ("articles",),
    "mpnews": ("media_id",),
    "mpnewsarticle": ("article_id",),
    "msgmenu": ("list",),
    "wxcard": ("card_id",),
    "miniprogrampage": ("appid", "pagepath", "thumb_media_id"),
}


def content_of(body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """(msgtype, its object). 40008 for an unknown type, 47001 without the object, 44004 for an empty field."""
    kind = body.get("msgtype")
    if not isinstance(kind, str) or kind not in TYPES:
        raise ApiError(40008)
    content = body.get(kind)
    if not isinstance(content, dict):
        raise ApiError(47001)
    if not all(content.get(name) for name in TYPES[kind]):
        raise ApiError(44004)
    return kind, content


def shown(kind: str, content: dict[str, Any]) -> str:
    """What a person reads."""
    if kind == "text":
        return str(content["content"])
    if kind == "msgmenu":
        lines = [
            content.get("head_content", ""),
            *(item.get("content", "") for item in content["list"]),
            content.get("tail_content", ""),
        ]
        return "\n".join(line for line in lines if line)
    if kind == "news":
        return str(content["articles"][0].get("title", ""))
    return f"[{kind}]"


def check_size(call: Call, kind: str, content: dict[str, Any]) -> None:
    if kind in ("text", "msgmenu") and byte_length(shown(kind, content)) > MAX_BYTES:
        raise ApiError(45002)
    if kind == "news" and len(content["articles"]) > MAX_ARTICLES:
        raise ApiError(45008, "article size out of limit")
    media_id = content.get("media_id")
    if media_id and kind in ("image", "voice", "video"):
        call.world.media.get(str(media_id))


def reachable(person: Person) -> None:
    """43004 not following, 43019 blacklisted, 48002 messages switched off."""
    if not person.following:
        raise ApiError(43004)
    if person.blacklisted:
        raise ApiError(43019)
    if person.muted:
        raise ApiError(48002)


def send(call: Call) -> dict[str, object]:
    person = call.world.person(call.body.get("touser"))
    kind, content = content_of(call.body)
    check_size(call, kind, content)
    reachable(person)
    refusal = person.spend(call.now)
    if refusal is not None:
        raise ApiError(refusal)
    person.typing = False
    call.world.deliver(person.openid, "custom", kind, shown(kind, content), call.body)
    return ok()


def typing(call: Call) -> dict[str, object]:
    """45072 unknown command, 45080 outside every window, 45081 already typing."""
    person = call.world.person(call.body.get("touser"))
    command = call.body.get("command")
    if command not in ("Typing", "CancelTyping"):
        raise ApiError(45072)
    if not person.open_windows(call.now):
        raise ApiError(45080)
    if command == "Typing" and person.typing:
        raise ApiError(45081)
    person.typing = command == "Typing"
    return ok()


ENDPOINTS = [
    Endpoint("POST", "/cgi-bin/message/custom/send", send, daily=500_000),
    Endpoint("POST", "/cgi-bin/message/custom/typing", typing, daily=500_000),
]
