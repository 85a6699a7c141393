"""How a call can fail, and how secrets are kept out of what is said about it."""

import logging
import re
from typing import Any

SECRET = re.compile(
    r"""((?:access_token|appsecret|corpsecret|secret|key|code|refresh_token|ticket)["']?\s*[=:]\s*["']?)[^&\s"'<>,}]{6,}""",
    re.I,
)
RID = re.compile(r"rid: ([0-9a-f-]+)")
ADDRESS = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
UNLISTED = frozenset({40164, 60020, 61004})  # calls from an address the account does not list; the text names it


class ApiError(Exception):
    """The platform refused: nothing was done. `errcode` decides what follows; `rid` is for the platform's support,
    `address` our own, where that was refused.
    """

    def __init__(self, errcode: int, errmsg: str = ""):
        self.errcode = errcode
        self.errmsg = redact(errmsg)
        found = RID.search(errmsg)
        self.rid = found.group(1) if found else ""
        unlisted = ADDRESS.search(errmsg) if errcode in UNLISTED else None
        self.address = unlisted.group() if unlisted else ""
        super().__init__(f"{errcode} {self.errmsg}")


class Unsent(Exception):
    """The call never reached the platform; doing it again is safe."""


class Unknown(Exception):
    """The call may or may not have been carried out: the answer was lost, late or unreadable."""


def redact(text: object) -> str:
    """The text without the values of tokens, secrets and keys."""
    return SECRET.sub(r"\1***", str(text))


class _Redacting(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), ()
        return True


_redacting = _Redacting()


def quieten() -> None:
    """The HTTP library logs whole addresses, and an address here holds a token."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
        logging.getLogger(name).addFilter(_redacting)


def check(answer: Any) -> dict[str, Any]:
    """The platform's answer, or the error it carries (errors come as HTTP 200)."""
    if not isinstance(answer, dict):
        raise Unknown("an answer that is no object")
    errcode = int(answer.get("errcode") or 0)
    if errcode:
        raise ApiError(errcode, str(answer.get("errmsg", "")))
    return answer
