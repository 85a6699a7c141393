"""What the platform makes of a bot's answer to a callback."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.platform.bodies import NotXml, from_xml
from tests.platform.crypto import CryptoError, Cryptor, same
from tests.platform.text import byte_length

FAULT_NOTICE = "该公众号提供的服务出现故障，请稍后再试"
MAX_BYTES = 2048
MAX_ARTICLES = 8
ONE_ARTICLE = frozenset({"text", "image", "voice", "video", "news", "location"})  # triggers that get only one

# MsgType -> where its media id stands
MEDIA = {"image": "Image", "voice": "Voice", "video": "Video"}


@dataclass(frozen=True)
class Verdict:
    """kind: `silent` (accepted, nothing shown), `reply` (shown), `fault` (the user sees the fault notice)."""

    kind: str
    why: str = ""
    reply: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    warnings: tuple[str, ...] = ()


class Unacceptable(ValueError):
    """Why an answer makes the user see the fault notice."""


def judge(
    answer: bytes, sent: dict[str, Any], mode: str, cryptor: Cryptor, known_media: Callable[[str], bool]
) -> Verdict:
    """The verdict over an HTTP 200 answer to the message `sent`."""
    if answer in (b"", b"success"):
        return Verdict("silent")
    try:
        reply = unwrap(from_xml(answer), mode, cryptor)
        check_envelope(reply, sent)
        text = check_content(reply, known_media)
        reply, warnings = drop_surplus(reply, sent)
    except (Unacceptable, NotXml, CryptoError) as error:
        return Verdict("fault", str(error), text=FAULT_NOTICE)
    return Verdict("reply", "", reply, text, warnings)


def unwrap(reply: dict[str, Any], mode: str, cryptor: Cryptor) -> dict[str, Any]:
    """The clear reply: in safe mode it must be encrypted, in plain mode it must not."""
    if "Encrypt" not in reply:
        if mode == "safe":
            raise Unacceptable("a plain reply in safe mode")
        return reply
    if mode == "plain":
        raise Unacceptable("an encrypted reply in plain mode")
    missing = [name for name in ("MsgSignature", "TimeStamp", "Nonce") if not reply.get(name)]
    if missing:
        raise Unacceptable(f"{missing[0]} is missing")
    if not same(reply["MsgSignature"], cryptor.sign(reply["TimeStamp"], reply["Nonce"], reply["Encrypt"])):
        raise Unacceptable("MsgSignature does not fit")
    return from_xml(cryptor.decrypt(reply["Encrypt"]))


def check_envelope(reply: dict[str, Any], sent: dict[str, Any]) -> None:
    if reply.get("ToUserName") != sent["FromUserName"]:
        raise Unacceptable("ToUserName is not the sender of the message")
    if reply.get("FromUserName") != sent["ToUserName"]:
        raise Unacceptable("FromUserName is not the account")
    if not str(reply.get("CreateTime", "")).isdecimal():
        raise Unacceptable("CreateTime is not a number")


def check_content(reply: dict[str, Any], known_media: Callable[[str], bool]) -> str:
    """What the person reads. Raises Unacceptable."""
    kind = reply.get("MsgType")
    if kind == "text":
        return check_text(reply.get("Content"))
    if kind in MEDIA:
        return check_media(kind, reply.get(MEDIA[kind]), known_media)
    if kind == "news":
        return check_news(reply)
    if kind == "music" and isinstance(reply.get("Music"), dict):
        return "[music]"
    if kind == "transfer_customer_service":
        return "[transfer_customer_service]"
    raise Unacceptable(f"MsgType {kind!r} is none the platform knows, or has no content")


def check_text(content: Any) -> str:
    if not isinstance(content, str) or not content.strip():
        raise Unacceptable("Content is empty")
    if byte_length(content) > MAX_BYTES:
        raise Unacceptable(f"Content has {byte_length(content)} bytes, more than {MAX_BYTES}")
    return content


def check_media(kind: str, part: Any, known_media: Callable[[str], bool]) -> str:
    if not isinstance(part, dict) or not known_media(str(part.get("MediaId", ""))):
        raise Unacceptable("MediaId is unknown or expired")
    return f"[{kind}]"


def check_news(reply: dict[str, Any]) -> str:
    articles = reply.get("Articles")
    if not isinstance(articles, list) or not articles:
        raise Unacceptable("Articles is empty")
    if str(len(articles)) != str(reply.get("ArticleCount")):
        raise Unacceptable("ArticleCount does not fit")
    if not all(isinstance(article, dict) and article.get("Title") for article in articles):
        raise Unacceptable("an article without a title")
    return str(articles[0]["Title"])


def drop_surplus(reply: dict[str, Any], sent: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Surplus articles vanish silently on the platform; here they leave a warning."""
    allowed = 1 if sent.get("MsgType") in ONE_ARTICLE else MAX_ARTICLES
    articles = reply.get("Articles", [])
    if len(articles) <= allowed:
        return reply, ()
    return {**reply, "Articles": articles[:allowed]}, (f"{len(articles)} articles cut to {allowed}",)
