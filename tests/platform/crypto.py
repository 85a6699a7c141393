"""Message signatures and AES of the callbacks, written from the published description and independent of wechatpy."""

import base64
import binascii
import hashlib
import hmac
import os

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32  # the platform pads to 32 bytes although AES blocks have 16


class CryptoError(ValueError):
    """A ciphertext or signature that the platform would refuse; the message says why."""


def sign(*parts: str) -> str:
    """sha1 over the sorted parts, joined without a delimiter."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def same(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode())


class Cryptor:
    """AES-256-CBC of one receiver. `key` is the 43-character EncodingAESKey; `receiver` the appid, corpid or ""."""

    def __init__(self, token: str, key: str, receiver: str) -> None:
        if len(key) != 43:
            raise CryptoError("an EncodingAESKey has 43 characters")
        self.token = token
        self.receiver = receiver
        self._key = base64.b64decode(key + "=")

    def sign(self, timestamp: str, nonce: str, encrypted: str) -> str:
        return sign(self.token, timestamp, nonce, encrypted)

    def encrypt(self, message: bytes, salt: bytes | None = None) -> str:
        """Base64 of the ciphertext; `salt` (16 bytes) replaces the random prefix."""
        body = (salt or os.urandom(16)) + len(message).to_bytes(4, "big") + message + self.receiver.encode()
        fill = BLOCK - len(body) % BLOCK
        encryptor = self._cipher().encryptor()
        return base64.b64encode(encryptor.update(body + bytes([fill]) * fill) + encryptor.finalize()).decode()

    def decrypt(self, encrypted: str) -> bytes:
        """The message. Raises CryptoError for bad base64, length, padding or a foreign receiver."""
        body = unpad(self._decipher(encrypted))
        size = int.from_bytes(body[16:20], "big")
        message, receiver = body[20 : 20 + size], body[20 + size :]
        if len(body) < 20 or len(message) != size:
            raise CryptoError("the length field does not fit the ciphertext")
        if receiver != self.receiver.encode():
            raise CryptoError(f"meant for {receiver!r}, not {self.receiver!r}")
        return message

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16]))

    def _decipher(self, encrypted: str) -> bytes:
        try:
            data = base64.b64decode(encrypted, validate=True)
        except binascii.Error as error:
            raise CryptoError("not base64") from error
        if not data or len(data) % 16:
            raise CryptoError("not whole AES blocks")
        decryptor = self._cipher().decryptor()
        return decryptor.update(data) + decryptor.finalize()


def unpad(data: bytes) -> bytes:
    fill = data[-1]
    if not 1 <= fill <= BLOCK or data[-fill:] != bytes([fill]) * fill:
        raise CryptoError("bad padding")
    return data[:-fill]
