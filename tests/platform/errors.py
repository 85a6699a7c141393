"""Error answers of the platform: HTTP 200, errcode, errmsg with a variable rid tail."""

import secrets

MESSAGES: dict[int, str] = {
    -1: "system error", 0: "ok", 40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type", 40003: "invalid openid", 40004: "invalid media type", 40005: "invalid file type",
    40006: "invalid meida size", 40007: "invalid media_id", 40008: "invalid message type", 40013: "invalid appid",
    40016: "invalid button size", 40017: "invalid button type", 40018: "invalid button name size",
    40019: "invalid button key size", 40020: "invalid button url size", 40022: "invalid sub button level",
    40023: "invalid sub button size", 40024: "invalid sub button type", 40025: "invalid sub button name size",
    40026: "invalid sub button key size", 40027: "invalid sub button url size", 40029: "invalid code",
    40033: "invalid charset. please check your request, if include \\uxxxx will create fail!",
    40035: "invalid parameter", 40037: "invalid template_id", 40050: "invalid timeline type",
    40053: "invalid action info", 40054: "invalid button url domain", 40058: "invalid Request Parameter",
    40125: "invalid appsecret", 40163: "code been used", 40164: "invalid ip, not in whitelist",
    41001: "access_token missing", 41002: "appid missing", 41004: "appsecret missing", 41006: "media_id missing",
    41008: "missing code", 41030: "invalid page", 42001: "access_token expired", 42002: "refresh_token expired",
    42007: "access_token and refresh_token exception", 43001: "require GET method", 43002: "require POST method",
    43004: "require subscribe", 43019: "require remove blacklist", 43101: "user refuse to accept the msg",
    43107: "subscribe msg capability is banned", 43108: "concurrent send not allowed", 44001: "empty media data",
    44002: "empty post data", 44004: "empty content", 45001: "media size out of limit",
    45002: "content size out of limit", 45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, must slower, retry next minute", 45015: "response out of time limit",
    45028: "has no masssend quota", 45047: "out of response count limit", 45065: "clientmsgid exist",
    45072: "invalid command", 45080: "need more typing quota: no message from user", 45081: "already in typing",
    45168: "sensitive words", 46003: "menu no exist", 46004: "user no exist", 47001: "data format error",
    47003: "argument invalid!", 48001: "api unauthorized", 48002: "user block receive message", 48004: "api forbidden",
    48006: "forbid to clear quota because of reaching the limit", 48008: "no permission for this msgtype",
    50002: "user limited", 60020: "not allow to access from your ip", 61004: "access clientip is not registered",
    61010: "code is expired", 81013: "user & party & tag all invalid", 86003: "invalid chatid", 87014: "risky content",
    93000: "invalid webhook url, hint", 846605: "invalid req_id", 846608: "stream message update expired",
}  # fmt: skip


class ApiError(Exception):
    """An endpoint's refusal; `more` holds fields beside errcode and errmsg (45065 names the earlier msg_id)."""

    def __init__(self, code: int, detail: str = "", **more: object) -> None:
        super().__init__(f"{code} {detail}".strip())
        self.code = code
        self.detail = detail
        self.more = more

    def answer(self) -> dict[str, object]:
        text = self.detail or MESSAGES.get(self.code, "unknown error")
        return {"errcode": self.code, "errmsg": f"{text} rid: {rid()}", **self.more}


def rid() -> str:
    """A request id as the platform appends it, different each time."""
    return "-".join(secrets.token_hex(4) for _ in range(3))


def ok(**fields: object) -> dict[str, object]:
    return {"errcode": 0, "errmsg": "ok", **fields}
