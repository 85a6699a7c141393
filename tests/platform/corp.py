"""企业微信 of one company: gettoken, message/send, appchat/*, with invalid members and silent drops."""

import secrets
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.platform.clock import Clock
from tests.platform.errors import ApiError, ok
from tests.platform.gate import Call, Endpoint
from tests.platform.tokens import LIFE, Token

MAX_BYTES = 2048  # text and markdown, surplus cut off
PER_MEMBER_A_MINUTE = 30
DUPLICATE_INTERVAL = 1800
TYPES = ("text", "image", "voice", "video", "file", "textcard", "news", "mpnews", "markdown", "template_card",
         "miniprogram_notice")  # fmt: skip


@dataclass
class Corp:
    """`agents` maps agentid to secret; `chats` chatid to its members. Member ids are plain names."""

    clock: Clock
    corp_id: str = "ww0123456789abcdef"
    agents: dict[int, str] = field(default_factory=lambda: {1000002: "corp-secret-of-1000002"})
    members: set[str] = field(default_factory=set)
    chats: dict[str, list[str]] = field(default_factory=dict)
    trusted_ips: set[str] | None = None
    person_times_a_day: int = 200 * 1000
    issued: dict[str, tuple[Token, int]] = field(default_factory=dict)
    fetches: int = 0
    used_today: Counter[str] = field(default_factory=Counter)
    minute: Counter[tuple[int, str, int]] = field(default_factory=Counter)
    seen: dict[tuple[int, str], float] = field(default_factory=dict)

    def fetch(self, agent: int) -> Token:
        """The current token of an application; asking again gives the same one until it ends."""
        self.fetches += 1
        now = self.clock.now()
        for token, owner in self.issued.values():
            if owner == agent and token.revoked_from > now and token.ends > now:
                return token
        token = Token(secrets.token_urlsafe(160), now + LIFE)
        self.issued[token.value] = token, agent
        return token

    def check(self, value: str) -> None:
        if not value:
            raise ApiError(41001)
        token, _ = self.issued.get(value, (None, 0))
        if token is None or token.revoked_from <= self.clock.now() < token.ends:
            raise ApiError(40014, "invalid access_token")
        if token.ends <= self.clock.now():
            raise ApiError(42001)

    def revoke(self, value: str = "") -> None:
        for token, _ in self.issued.values():
            if value in ("", token.value):
                token.revoked_from = min(token.revoked_from, self.clock.now())

    def take(self, agent: int, members: list[str]) -> list[str]:
        """Those who still get a message this minute (surplus drops silently); 45009 over the day's person-times."""
        if self.used_today[self.clock.day()] + len(members) > self.person_times_a_day:
            raise ApiError(45009)
        self.used_today[self.clock.day()] += len(members)
        minute = int(self.clock.now() // 60)
        reached = [one for one in members if self.minute[agent, one, minute] < PER_MEMBER_A_MINUTE]
        self.minute.update((agent, one, minute) for one in reached)
        return reached

    def repeated(self, agent: int, body: dict[str, Any]) -> bool:
        """With enable_duplicate_check the same content within the interval is accepted but not sent."""
        if body.get("enable_duplicate_check") != 1:
            return False
        key = agent, repr(sorted((name, value) for name, value in body.items() if name != "duplicate_check_interval"))
        last, now = self.seen.get(key, float("-inf")), self.clock.now()
        if now - last < int(body.get("duplicate_check_interval", DUPLICATE_INTERVAL)):
            return True
        self.seen[key] = now
        return False


def get_token(call: Call) -> dict[str, object]:
    corp = call.world.corp
    if call.query.get("corpid") != corp.corp_id:
        raise ApiError(40013, "invalid corpid")
    agent = next((number for number, secret in corp.agents.items() if secret == call.query.get("corpsecret")), None)
    if agent is None:
        raise ApiError(40001, "invalid credential")
    token = corp.fetch(agent)
    return ok(access_token=token.value, expires_in=round(token.ends - call.now))


def check_ip(call: Call) -> None:
    trusted = call.world.corp.trusted_ips
    if trusted is not None and call.client_ip not in trusted:
        raise ApiError(60020, f"not allow to access from your ip, from ip: {call.client_ip}")


def content_of(body: dict[str, Any]) -> tuple[str, str]:
    """(msgtype, text shown, cut at 2048 bytes)."""
    kind = str(body.get("msgtype"))
    content = body.get(kind)
    if kind not in TYPES:
        raise ApiError(40008)
    if not isinstance(content, dict) or not content:
        raise ApiError(44004)
    if kind in ("text", "markdown"):
        if not content.get("content"):
            raise ApiError(44004)
        return kind, str(content["content"]).encode()[:MAX_BYTES].decode(errors="ignore")
    return kind, str(content.get("title") or f"[{kind}]")


def send(call: Call) -> dict[str, object]:
    check_ip(call)
    corp, body = call.world.corp, call.body
    _, agent = corp.issued[call.query["access_token"]]
    if body.get("agentid") != agent:
        raise ApiError(40056, "invalid agentid")
    kind, text = content_of(body)
    wanted = [one for one in str(body.get("touser", "")).split("|") if one]
    everyone = sorted(corp.members) if wanted == ["@all"] else wanted
    valid = [one for one in everyone if one in corp.members]
    if not valid:
        raise ApiError(81013)
    invalid = "|".join(one for one in everyone if one not in corp.members)
    if not corp.repeated(agent, body):
        for member in corp.take(agent, valid):
            call.world.deliver(member, "wecom", kind, text, body)
    answer = ok(msgid=secrets.token_urlsafe(24))
    return {**answer, "invaliduser": invalid} if invalid else answer


def create_chat(call: Call) -> dict[str, object]:
    check_ip(call)
    members = call.body.get("userlist")
    if not isinstance(members, list) or len(members) < 2 or any(one not in call.world.corp.members for one in members):
        raise ApiError(86004, "invalid chat member list")
    chat_id = str(call.body.get("chatid") or secrets.token_hex(16))
    if chat_id in call.world.corp.chats:
        raise ApiError(86215, "chatid already exists")
    call.world.corp.chats[chat_id] = [str(one) for one in members]
    return ok(chatid=chat_id)


def chat_send(call: Call) -> dict[str, object]:
    check_ip(call)
    chat_id = str(call.body.get("chatid"))
    if chat_id not in call.world.corp.chats:
        raise ApiError(86001, "invalid chatid")
    kind, text = content_of(call.body)
    call.world.deliver(chat_id, "wecom", kind, text, call.body)
    return ok()


ENDPOINTS = [
    Endpoint("GET", "/cgi-bin/gettoken", get_token, token="none"),
    Endpoint("POST", "/cgi-bin/message/send", send, token="wecom"),
    Endpoint("POST", "/cgi-bin/appchat/create", create_chat, token="wecom", daily=1000),
    Endpoint("POST", "/cgi-bin/appchat/send", chat_send, token="wecom", per_minute=20_000),
]
