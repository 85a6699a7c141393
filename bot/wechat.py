"""WeChat ends here: signature, AES, XML <-> Message and reply text (wechatpy, with its measured holes closed)."""

import binascii
import hashlib
import hmac
import json
import math
import re
import secrets
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.parsers.expat import ExpatError

import xmltodict
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import WeChatException
from wechatpy.replies import TextReply
from wechatpy.utils import WeChatSigner

from handlers.skill import Message
from models.when import SHANGHAI

# What wechatpy and its parser raise on hostile or odd bodies (measured).
ODD = (
    KeyError,
    AttributeError,
    TypeError,
    ValueError,
    IndexError,
    ExpatError,
    UnicodeDecodeError,
    struct.error,
    binascii.Error,
    WeChatException,
    OverflowError,
    OSError,
)
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
CLOSING = re.compile(r"\]{2,}>")  # what ends CDATA
CLOCK = re.compile(r"[0-9]{1,11}")  # seconds since 1970 as the platform writes them
MAX_TEXT = 4000  # characters of one message that are read
MAX_REPLY = 2048  # bytes of one text reply
DEPTH = 8  # levels of the deepest message; the platform's own have five
LAST_YEAR = 2100  # nothing is said later than that
LONGEST = {"MediaId": 200, "MediaId16K": 200, "PicUrl": 400, "Url": 400, "Event": 64, "EventKey": 200}  # characters
KINDS = {
    "text": "text",
    "voice": "voice",
    "image": "image",
    "video": "video",
    "shortvideo": "video",
    "location": "location",
    "link": "link",
    "event": "event",
}


class BadCallback(Exception):
    """A request that is not WeChat's or cannot be read; `status` is the HTTP answer."""

    def __init__(self, status: int, why: str):
        super().__init__(why)
        self.status = status


@dataclass(frozen=True)
class Envelope:
    """A verified message and what its answer must be wrapped in."""

    message: Message | None  # None: understood to be of no concern
    sender: str
    account: str
    nonce: str
    timestamp: str
    sealed: bool


class Callback:
    """Reads requests and writes answers of one official account; with an AES key only sealed bodies are taken."""

    def __init__(self, token: str, aes_key: str, app_id: str, max_skew: int):
        self._token = token
        self._crypto = WeChatCrypto(token, aes_key, app_id) if aes_key else None
        self._max_skew = max_skew

    def verify(self, query: Mapping[str, str]) -> str:
        """The answer to the platform's GET. Raises BadCallback."""
        self._check(query, "signature", query.get("timestamp", ""), query.get("nonce", ""))
        return query.get("echostr", "")

    def read(self, query: Mapping[str, str], body: bytes) -> Envelope:
        """The message of a POST. Raises BadCallback for whatever is not the platform's own."""
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        if self._crypto is None:
            self._check(query, "signature", timestamp, nonce)
            data = fields(body)
            signature: str | None = query["signature"]
        else:
            data = fields(self._open(query, timestamp, nonce, body))
            signature = None
        sender, account = scalar(data, "FromUserName"), scalar(data, "ToUserName")
        if not sender or len(sender) > 64:
            raise BadCallback(400, "no sender")
        return Envelope(to_message(data, signature), sender, account, nonce, timestamp, self._crypto is not None)

    def write(self, envelope: Envelope, text: str) -> str:
        """The XML answer; `success` where there is nothing to say."""
        if not text:
            return "success"
        reply = TextReply(source=clean(envelope.account), target=clean(envelope.sender), content=fitting(text))
        xml = reply.render()
        if self._crypto is None:
            return str(xml)
        return str(self._crypto.encrypt_message(xml, clean(envelope.nonce) or "0", str(int(time.time()))))

    def _open(self, query: Mapping[str, str], timestamp: str, nonce: str, body: bytes) -> bytes:
        encrypted = scalar(fields(body), "Encrypt")
        if not encrypted:
            raise BadCallback(403, "plain body in safe mode")
        self._check(query, "msg_signature", timestamp, nonce, encrypted)
        assert self._crypto is not None
        try:
            opened = self._crypto.decrypt_message({"Encrypt": encrypted}, query["msg_signature"], timestamp, nonce)
        except ODD as error:
            raise BadCallback(400, "cannot decrypt") from error
        return opened if isinstance(opened, bytes) else str(opened).encode()

    def _check(self, query: Mapping[str, str], name: str, timestamp: str, nonce: str, *more: str) -> None:
        """Constant-time comparison, then freshness. Without a token nothing is anybody's."""
        if not self._token:
            raise BadCallback(403, "no token is configured")
        signer = WeChatSigner()
        signer.add_data(self._token, timestamp, nonce, *more)
        if not hmac.compare_digest(signer.signature.encode(), query.get(name, "").encode()):
            raise BadCallback(403, "bad signature")
        stale = not CLOCK.fullmatch(timestamp) or abs(time.time() - int(timestamp)) > self._max_skew
        if self._max_skew and stale:
            raise BadCallback(403, "stale timestamp")


def fields(body: bytes) -> dict[str, Any]:
    """The XML's fields; expat refuses entities, so nothing grows or is fetched."""
    try:
        data = xmltodict.parse(body.decode("utf-8"))["xml"]
    except ODD as error:
        raise BadCallback(400, "unreadable body") from error
    if not isinstance(data, dict) or not shallow(data, DEPTH):
        raise BadCallback(400, "unreadable body")
    return data


def shallow(data: Any, levels: int) -> bool:
    """Whether nothing lies deeper than `levels`: what does could exhaust the stack of whoever looks at it."""
    if not isinstance(data, dict | list):
        return True
    inside = data.values() if isinstance(data, dict) else data
    return levels > 0 and all(shallow(value, levels - 1) for value in inside)


def scalar(data: Mapping[str, Any], name: str) -> str:
    """A field's text; empty where it is missing, doubled or holds other fields."""
    value = data.get(name)
    return value if isinstance(value, str) and len(value) <= LONGEST.get(name, len(value)) else ""


def to_message(data: Mapping[str, Any], signature: str | None) -> Message | None:
    """The platform's fields as a Message; None for a type nobody knows."""
    kind = KINDS.get(scalar(data, "MsgType").lower())
    if kind is None:
        return None
    latitude, longitude = coordinates(data)
    return Message(
        key=key(data),
        channel="wechat",
        openid=scalar(data, "FromUserName"),
        at=moment(scalar(data, "CreateTime")),
        kind=kind,  # type: ignore[arg-type]
        text=words_of(kind, data)[:MAX_TEXT],
        media_id=scalar(data, "MediaId16K") or scalar(data, "MediaId") or None,
        url=scalar(data, "PicUrl") or scalar(data, "Url") or None,
        latitude=latitude,
        longitude=longitude,
        event=scalar(data, "Event").lower(),
        event_key=scene(scalar(data, "EventKey")),
        details=data if kind == "event" else {},
        signature=signature,
    )


def scene(event_key: str) -> str:
    """What a menu entry or QR code says; a follow after a payment names the payment, which is no concern of ours."""
    return "" if event_key.startswith("last_trade_no_") else event_key.removeprefix("qrscene_")


def moment(stamp: str) -> datetime:
    """Raises BadCallback for what is no clock of this or the last century."""
    at = datetime.fromtimestamp(int(stamp), SHANGHAI) if CLOCK.fullmatch(stamp) else None
    if at is None or at.year > LAST_YEAR:
        raise BadCallback(400, "unreadable field")
    return at


def words_of(kind: str, data: Mapping[str, Any]) -> str:
    source = {"text": "Content", "voice": "Recognition", "location": "Label", "link": "Title"}.get(kind, "")
    return ILLEGAL.sub("", scalar(data, source)).strip()


def coordinates(data: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """Degrees north and east; none where there are none on this planet."""
    try:
        latitude, longitude = float(scalar(data, "Location_X")), float(scalar(data, "Location_Y"))
    except ValueError:
        return None, None
    there = math.isfinite(latitude + longitude) and abs(latitude) <= 90 and abs(longitude) <= 180
    return (latitude, longitude) if there else (None, None)


def key(data: Mapping[str, Any]) -> str:
    """What identifies a message for ever, told as a hash, since it outlives whoever sent it.

    A message has its MsgId. An event has none, and its clock ticks in seconds: there it is the wide key, with what the
    event holds inside. A message whose MsgId is missing or 0 is known by everything it says.
    """
    number = scalar(data, "MsgId").strip()
    if scalar(data, "MsgType").lower() == "event":
        wide = ("CreateTime", "Event", "EventKey", "MsgID", "MsgId")
        said: Any = [[data.get(name) for name in wide], [value for value in data.values() if not scalars(value)]]
    else:
        said = number if number.strip("0") else dict(data)
    told = json.dumps([data.get("ToUserName"), data.get("FromUserName"), said], ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()


def scalars(value: Any) -> bool:
    return value is None or isinstance(value, str)


def short(text: str) -> str:
    return text if len(text) <= 200 else text[:120] + hashlib.sha256(text.encode()).hexdigest()


def clean(text: str) -> str:
    """Text that cannot break out of CDATA or break XML 1.0."""
    return ILLEGAL.sub("", text).replace("]]>", "]] >")


def fitting(text: str) -> str:
    """A reply cleaned; where that made it longer than the platform takes, brackets give way rather than words."""
    cleaned = clean(text)
    return cleaned if len(cleaned.encode()) <= MAX_REPLY else CLOSING.sub("]>", ILLEGAL.sub("", text))


class Mirror:
    """The platform's half of the envelope: seals and signs what the demo page says, opens what the account answers."""

    def __init__(self, token: str, aes_key: str, app_id: str):
        self._token = token
        self._crypto = WeChatCrypto(token, aes_key, app_id) if aes_key else None

    def pack(self, account: str, xml: str) -> tuple[dict[str, str], bytes]:
        """Query and body of a callback POST."""
        stamp, nonce = str(int(time.time())), secrets.token_hex(8)
        query = {"timestamp": stamp, "nonce": nonce, "signature": self._sign(stamp, nonce)}
        if self._crypto is None:
            return query, xml.encode()
        envelope = self._crypto.encrypt_message(xml, nonce, stamp)
        sealed = str(fields(envelope.encode())["Encrypt"])
        query |= {"encrypt_type": "aes", "msg_signature": self._sign(stamp, nonce, sealed)}
        return query, f"<xml><ToUserName>{account}</ToUserName><Encrypt>{sealed}</Encrypt></xml>".encode()

    def open(self, body: str) -> str:
        """The text of an answer; empty where the account said nothing."""
        if not body.startswith("<"):
            return ""
        data = fields(body.encode())
        if self._crypto is not None:
            opened = self._crypto.decrypt_message(data, data["MsgSignature"], data["TimeStamp"], data["Nonce"])
            data = fields(opened.encode() if isinstance(opened, str) else opened)
        return str(data.get("Content") or "")

    def _sign(self, *parts: str) -> str:
        signer = WeChatSigner()
        signer.add_data(self._token, *parts)
        return str(signer.signature)
