"""An official account as WeChat's server sees it: signs, seals and opens with code of its own, not the product's."""

import base64
import hashlib
import os
import struct
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from itertools import count
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

TOKEN = "pamtest"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
APP_ID = "wxb11529c136998cb6"
ACCOUNT = "gh_shezhu"
_ids = count(int(time.time() * 1000) * 1000)


def sign(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def seal(text: str, prefix: bytes | None = None) -> str:
    key = base64.b64decode(AES_KEY + "=")
    body = text.encode()
    plain = (prefix or os.urandom(16)) + struct.pack(">I", len(body)) + body + APP_ID.encode()
    pad = 32 - len(plain) % 32
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()).decode()


def unseal(sealed: str) -> str:
    key = base64.b64decode(AES_KEY + "=")
    decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    plain = decryptor.update(base64.b64decode(sealed)) + decryptor.finalize()
    length = struct.unpack(">I", plain[16:20])[0]
    assert plain[20 + length : -plain[-1]] == APP_ID.encode()
    return plain[20 : 20 + length].decode()


@dataclass(frozen=True)
class Request:
    """What is posted: the query and the body."""

    params: dict[str, str]
    content: bytes


def message(openid: str = "worker", at: int | None = None, **fields: str) -> str:
    """The XML of a message; a text unless `MsgType` says otherwise."""
    values = {
        "ToUserName": ACCOUNT,
        "FromUserName": openid,
        "CreateTime": str(at or int(time.time())),
        "MsgType": "text",
        **fields,
    }
    if values["MsgType"] != "event":
        values.setdefault("MsgId", str(next(_ids)))
    return "<xml>" + "".join(f"<{name}>{escape(value)}</{name}>" for name, value in values.items()) + "</xml>"


def plain(xml: str) -> Request:
    timestamp, nonce = str(int(time.time())), str(next(_ids))
    return Request(
        {"signature": sign(TOKEN, timestamp, nonce), "timestamp": timestamp, "nonce": nonce, "openid": "x"},
        xml.encode(),
    )


def safe(xml: str) -> Request:
    timestamp, nonce, sealed = str(int(time.time())), str(next(_ids)), seal(xml)
    params = {
        "signature": sign(TOKEN, timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
        "encrypt_type": "aes",
        "msg_signature": sign(TOKEN, timestamp, nonce, sealed),
    }
    body = f"<xml><ToUserName>{ACCOUNT}</ToUserName><Encrypt>{sealed}</Encrypt></xml>"
    return Request(params, body.encode())


def content(answer: str) -> str:
    """The text of an answer: checks that it is addressed back, sealed rightly where sealed, and short enough."""
    if answer in ("", "success"):
        return ""
    root = ET.fromstring(answer)
    if (sealed := root.findtext("Encrypt")) is not None:
        parts = [root.findtext(name) or "" for name in ("TimeStamp", "Nonce")]
        assert root.findtext("MsgSignature") == sign(TOKEN, *parts, sealed)
        root = ET.fromstring(unseal(sealed))
    assert root.findtext("FromUserName") == ACCOUNT
    text = root.findtext("Content") or ""
    assert len(text.encode()) <= 2048
    return text
