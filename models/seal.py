"""Personal data at rest: AES-256-GCM under the deployment's data key."""

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12


class WrongKey(RuntimeError):
    """The data key does not open what is stored; the message never holds the data."""


class Seal:
    """Seals and opens text. `key` is url-safe base64 of 32 bytes (SHEZHU_SECURITY__DATA_KEY)."""

    def __init__(self, key: str):
        raw = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
        if len(raw) != 32:
            raise ValueError("security.data_key must be url-safe base64 of 32 bytes")
        self._aead = AESGCM(raw)

    def close(self, text: str | None) -> bytes | None:
        if text is None:
            return None
        nonce = os.urandom(NONCE)
        return nonce + self._aead.encrypt(nonce, text.encode(), None)

    def open(self, sealed: bytes | None) -> str | None:
        if sealed is None:
            return None
        try:
            return self._aead.decrypt(sealed[:NONCE], sealed[NONCE:], None).decode()
        except InvalidTag:
            raise WrongKey("the data key does not fit what is stored") from None
