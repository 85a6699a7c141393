"""webhook/send and webhook/upload_media: the send-only group bot, twenty messages a minute."""

import base64
import binascii
import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.platform.clock import Clock
from tests.platform.errors import ApiError, ok
from tests.platform.gate import Call, Endpoint
from tests.platform.text import byte_length

A_MINUTE = 20
LIMITS = {"text": 2048, "markdown": 4096, "markdown_v2": 4096}
IMAGE_BYTES = 2 << 20
FILE_BYTES = 20 << 20


@dataclass
class Webhooks:
    """`groups` maps a key to the group it speaks in."""

    clock: Clock
    groups: dict[str, str] = field(default_factory=dict)
    minute: Counter[tuple[str, int]] = field(default_factory=Counter)

    def group(self, key: str) -> str:
        if key not in self.groups:
            raise ApiError(93000)
        return self.groups[key]

    def take(self, key: str) -> None:
        minute = key, int(self.clock.now() // 60)
        if self.minute[minute] >= A_MINUTE:
            raise ApiError(45009, "api freq out of limit")
        self.minute[minute] += 1


def send(call: Call) -> dict[str, object]:
    hooks, key = call.world.webhooks, call.query.get("key", "")
    group = hooks.group(key)
    kind = str(call.body.get("msgtype"))
    content = call.body.get(kind)
    if not isinstance(content, dict):
        raise ApiError(40008)
    text = shown(call, kind, content)
    hooks.take(key)
    call.world.deliver(group, "webhook", kind, text, call.body)
    return ok()


def shown(call: Call, kind: str, content: dict[str, Any]) -> str:
    """What the group reads. 40058 for content beyond its limits, 40008 for an unknown type."""
    if kind in LIMITS:
        text = content.get("content")
        if not isinstance(text, str) or not text or byte_length(text) > LIMITS[kind]:
            raise ApiError(40058)
        return text
    if kind == "image":
        check_image(content)
    elif kind == "news":
        articles = content.get("articles")
        if (
            not isinstance(articles, list)
            or not 1 <= len(articles) <= 8
            or not all(a.get("title") and a.get("url") for a in articles)
        ):
            raise ApiError(40058)
        return str(articles[0]["title"])
    elif kind in ("file", "voice"):
        call.world.media.get(str(content.get("media_id", "")))
    elif kind != "template_card" or content.get("card_type") not in ("text_notice", "news_notice"):
        raise ApiError(40008)
    return f"[{kind}]"


def check_image(content: dict[str, Any]) -> None:
    try:
        data = base64.b64decode(str(content.get("base64", "")), validate=True)
    except binascii.Error as error:
        raise ApiError(40058) from error
    if not data or len(data) > IMAGE_BYTES:
        raise ApiError(40009, "invalid image size")
    if hashlib.md5(data).hexdigest() != content.get("md5"):
        raise ApiError(301019, "image md5 not match")


def upload(call: Call) -> dict[str, object]:
    call.world.webhooks.group(call.query.get("key", ""))
    kind = call.query.get("type", "")
    if kind not in ("file", "voice"):
        raise ApiError(40004)
    if call.upload is None or len(call.content) <= 5:
        raise ApiError(40006)
    if len(call.content) > FILE_BYTES:
        raise ApiError(40006)
    media = call.world.media.add(kind, call.content, call.upload.content_type or "", call.upload.filename or "file")
    return ok(type=kind, media_id=media.id, created_at=str(int(call.now)))


ENDPOINTS = [
    Endpoint("POST", "/cgi-bin/webhook/send", send, token="none", counted=False),
    Endpoint("POST", "/cgi-bin/webhook/upload_media", upload, token="none", body="form", counted=False),
]
