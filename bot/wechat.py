"""WeChat ends here: signature, AES, XML <-> Message and reply text (wechatpy, with its measured holes closed)."""

import binascii
import hashlib
import hmac
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
MAX_TEXT = 4000  # characters of one message that are read
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
            signature: str | None = f"{query['signature']}:{timestamp}:{nonce}"
        else:
            data = fields(self._open(query, timestamp, nonce, body))
            signature = None
        sender, account = str(data.get("FromUserName") or ""), str(data.get("ToUserName") or "")
        if not sender or len(sender) > 64:
            raise BadCallback(400, "no sender")
        return Envelope(to_message(data, signature), sender, account, nonce, timestamp, self._crypto is not None)

    def write(self, envelope: Envelope, text: str) -> str:
        """The XML answer; `success` where there is nothing to say."""
        if not text:
            return "success"
        reply = TextReply(source=clean(envelope.account), target=clean(envelope.sender), content=clean(text))
        xml = reply.render()
        if self._crypto is None:
            return str(xml)
        return str(self._crypto.encrypt_message(xml, envelope.nonce or "0", str(int(time.time()))))

    def _open(self, query: Mapping[str, str], timestamp: str, nonce: str, body: bytes) -> bytes:
        try:
            encrypted = str(fields(body)["Encrypt"])
        except KeyError:
            raise BadCallback(403, "plain body in safe mode") from None
        self._check(query, "msg_signature", timestamp, nonce, encrypted)
        assert self._crypto is not None
        try:
            opened = self._crypto.decrypt_message({"Encrypt": encrypted}, query["msg_signature"], timestamp, nonce)
        except ODD as error:
            raise BadCallback(400, "cannot decrypt") from error
        return opened if isinstance(opened, bytes) else str(opened).encode()

    def _check(self, query: Mapping[str, str], name: str, timestamp: str, nonce: str, *more: str) -> None:
        """Constant-time comparison, then freshness."""
        signer = WeChatSigner()
        signer.add_data(self._token, timestamp, nonce, *more)
        if not hmac.compare_digest(signer.signature.encode(), query.get(name, "").encode()):
            raise BadCallback(403, "bad signature")
        stale = not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > self._max_skew
        if self._max_skew and stale:
            raise BadCallback(403, "stale timestamp")


def fields(body: bytes) -> dict[str, Any]:
    """The XML's fields; expat refuses entities, so nothing grows or is fetched."""
    try:
        data = xmltodict.parse(body.decode("utf-8"))["xml"]
    except ODD as error:
        raise BadCallback(400, "unreadable body") from error
    if not isinstance(data, dict):
        raise BadCallback(400, "unreadable body")
    return data


def to_message(data: Mapping[str, Any], signature: str | None) -> Message | None:
    """The platform's fields as a Message; None for a type nobody knows."""
    kind = KINDS.get(str(data.get("MsgType", "")).lower())
    if kind is None:
        return None
    try:
        at = datetime.fromtimestamp(int(data["CreateTime"]), SHANGHAI)
        latitude, longitude = coordinates(data)
    except (KeyError, ValueError, TypeError, OverflowError, OSError) as error:
        raise BadCallback(400, "unreadable field") from error
    return Message(
        key=key(data),
        channel="wechat",
        openid=str(data["FromUserName"]),
        at=at,
        kind=kind,  # type: ignore[arg-type]
        text=words_of(kind, data)[:MAX_TEXT],
        media_id=string(data.get("MediaId16K") or data.get("MediaId")),
        url=string(data.get("PicUrl") or data.get("Url")),
        latitude=latitude,
        longitude=longitude,
        event=str(data.get("Event") or "").lower(),
        event_key=str(data.get("EventKey") or "").removeprefix("qrscene_"),
        details=data if kind == "event" else {},
        signature=signature,
    )


def words_of(kind: str, data: Mapping[str, Any]) -> str:
    source = {"text": "Content", "voice": "Recognition", "location": "Label", "link": "Title"}.get(kind, "")
    return ILLEGAL.sub("", str(data.get(source) or "")).strip()


def coordinates(data: Mapping[str, Any]) -> tuple[float | None, float | None]:
    if "Location_X" not in data:
        return None, None
    return float(data["Location_X"]), float(data["Location_Y"])


def string(value: Any) -> str | None:
    return str(value)[:400] if value else None


def key(data: Mapping[str, Any]) -> str:
    """What identifies a message for ever: its MsgId; for an event the wide key, since its clock ticks in seconds."""
    sender, account = data.get("FromUserName"), data.get("ToUserName")
    if data.get("MsgId") and data.get("MsgType") != "event":
        return short(f"m:{account}:{sender}:{data['MsgId']}")
    parts = (
        account,
        sender,
        data.get("CreateTime"),
        data.get("Event"),
        data.get("EventKey"),
        data.get("MsgID") or data.get("MsgId"),
    )
    return short("e:" + ":".join(str(part or "") for part in parts))


def short(text: str) -> str:
    return text if len(text) <= 200 else text[:120] + hashlib.sha256(text.encode()).hexdigest()


def clean(text: str) -> str:
    """Text that cannot break out of CDATA or break XML 1.0."""
    return ILLEGAL.sub("", text).replace("]]>", "]] >")


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
