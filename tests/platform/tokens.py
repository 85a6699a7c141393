"""GET /cgi-bin/token and POST /cgi-bin/stable_token: tokens that expire, collide and can be revoked."""

import secrets
from dataclasses import dataclass, field

from tests.platform.clock import Clock
from tests.platform.errors import ApiError
from tests.platform.gate import Call, Endpoint

LIFE = 7200
OVERLAP = 300  # an old token of /token still works this long; a stable token is renewed this long before its end
FORCED_A_DAY = 20
FORCED_APART = 30


@dataclass
class Token:
    value: str
    ends: float
    revoked_from: float = float("inf")


@dataclass
class Tokens:
    """Every token of one account (or WeCom agent), the plain and the stable one apart from each other."""

    clock: Clock
    issued: dict[str, Token] = field(default_factory=dict)
    plain: Token | None = None
    stable: Token | None = None
    forced: list[float] = field(default_factory=list)
    fetches: int = 0  # answers of /token
    stable_fetches: int = 0
    refreshes: int = 0  # new values handed out, by either way

    def fetch_plain(self) -> Token:
        """A new token; the one before dies five minutes later."""
        now = self.clock.now()
        if self.plain is not None:
            self.plain.revoked_from = min(self.plain.revoked_from, now + OVERLAP)
        self.fetches += 1
        self.plain = self._issue()
        return self.plain

    def fetch_stable(self, force: bool) -> Token:
        """The current token until five minutes before its end; `force` replaces it at once, within its limits."""
        self.stable_fetches += 1
        now = self.clock.now()
        current = self.stable
        if current is not None and current.revoked_from > now and current.ends - now > OVERLAP:
            if not force or not self._may_force():
                return current
            current.revoked_from = now
        if force:
            self.forced.append(now)
        self.stable = self._issue()
        return self.stable

    def check(self, value: str) -> None:
        """41001 missing, 40001 unknown or replaced, 42001 expired."""
        if not value:
            raise ApiError(41001)
        token, now = self.issued.get(value), self.clock.now()
        if token is None or token.revoked_from <= now < token.ends:
            raise ApiError(40001)
        if token.ends <= now:
            raise ApiError(42001)

    def revoke(self, value: str = "") -> None:
        """Kill one token, or all, as when somebody resets the secret or another system fetches."""
        for token in self.issued.values():
            if value in ("", token.value):
                token.revoked_from = min(token.revoked_from, self.clock.now())

    def _may_force(self) -> bool:
        now = self.clock.now()
        today = [at for at in self.forced if now - at < 86400]
        return len(today) < FORCED_A_DAY and (not today or now - today[-1] >= FORCED_APART)

    def _issue(self) -> Token:
        token = Token(f"{secrets.randbelow(90) + 10}_{secrets.token_urlsafe(96)}", self.clock.now() + LIFE)
        self.issued[token.value] = token
        self.refreshes += 1
        return token


def check_account(call: Call, app_id: str, secret: str) -> None:
    """The checks both token endpoints share: 41002, 40013, 41004, 40125, 40164."""
    account = call.world.account
    if not app_id:
        raise ApiError(41002)
    if app_id != account.app_id:
        raise ApiError(40013)
    if not secret:
        raise ApiError(41004)
    if secret != account.secret:
        raise ApiError(40125)
    if account.allowed_ips is not None and call.client_ip not in account.allowed_ips:
        raise ApiError(40164, f"invalid ip {call.client_ip} ipv6 ::ffff:{call.client_ip}, not in whitelist")


def token_answer(call: Call, token: Token) -> dict[str, object]:
    return {"access_token": token.value, "expires_in": round(token.ends - call.now)}


def plain(call: Call) -> dict[str, object]:
    if call.query.get("grant_type") != "client_credential":
        raise ApiError(40002)
    check_account(call, call.query.get("appid", ""), call.query.get("secret", ""))
    call.world.quota.take(call.path)
    return token_answer(call, call.world.tokens.fetch_plain())


def stable(call: Call) -> dict[str, object]:
    if call.body.get("grant_type") != "client_credential":
        raise ApiError(40002)
    check_account(call, str(call.body.get("appid", "")), str(call.body.get("secret", "")))
    call.world.quota.take(call.path)
    return token_answer(call, call.world.tokens.fetch_stable(call.body.get("force_refresh") is True))


ENDPOINTS = [
    Endpoint("GET", "/cgi-bin/token", plain, token="none", daily=2000, counted=False),
    Endpoint("POST", "/cgi-bin/stable_token", stable, token="none", daily=500_000, per_minute=10_000, counted=False),
]
