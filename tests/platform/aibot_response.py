"""aibot/response: the one late answer that a 智能机器人 may POST to a message's response_url."""

import secrets
from dataclasses import dataclass, field

from tests.platform.errors import ApiError, ok
from tests.platform.gate import Call, Endpoint
from tests.platform.text import byte_length

LIFE = 3600
MAX_BYTES = 20480
REFUSED = 40058  # the real code is not documented


@dataclass
class ResponseCode:
    to: str
    single: bool
    ends: float
    used: bool = False


@dataclass
class ResponseCodes:
    codes: dict[str, ResponseCode] = field(default_factory=dict)

    def make(self, to: str, single: bool, now: float) -> str:
        code = secrets.token_urlsafe(32)
        self.codes[code] = ResponseCode(to, single, now + LIFE)
        return code


def respond(call: Call) -> dict[str, object]:
    code = call.world.response_codes.codes.get(call.query.get("response_code", ""))
    if code is None:
        raise ApiError(REFUSED, "invalid response_code")
    if code.used:
        raise ApiError(REFUSED, "response_code has been used")
    if code.ends <= call.now:
        raise ApiError(REFUSED, "response_code expired")
    kind = call.body.get("msgtype")
    content = call.body.get(str(kind))
    if kind not in ("markdown", "template_card") or not isinstance(content, dict):
        raise ApiError(40008)
    if kind == "template_card" and not code.single:
        raise ApiError(40008, "template_card only in single chats")
    text = str(content.get("content") or "[template_card]")
    if byte_length(text) > MAX_BYTES:
        raise ApiError(45002)
    code.used = True
    call.world.deliver(code.to, "aibot", str(kind), text, call.body)
    return ok()


ENDPOINTS = [Endpoint("POST", "/cgi-bin/aibot/response", respond, token="none", counted=False)]
