"""connect/oauth2/authorize and sns/*: page login, with codes of one use, denial and the snapshot visitor."""

import secrets
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.responses import HTMLResponse, RedirectResponse, Response

from tests.platform.errors import ApiError, ok
from tests.platform.gate import Call, Endpoint

CODE_LIFE = 300
TOKEN_LIFE = 7200
REFRESH_LIFE = 30 * 86400
SCOPES = ("snsapi_base", "snsapi_userinfo")
BEHAVIOURS = ("agree", "deny", "snapshot")


@dataclass
class Grant:
    """One person's consent, from the code to its last refresh token."""

    openid: str
    scope: str
    snapshot: bool
    code_ends: float
    used: bool = False
    refresh_ends: float = 0.0


@dataclass
class OAuth:
    """`visitor` opens pages and does as `behaviour` says; simulate_openid and simulate in the address come first."""

    visitor: str = ""
    behaviour: str = "agree"
    codes: dict[str, Grant] = field(default_factory=dict)
    access: dict[str, tuple[Grant, float]] = field(default_factory=dict)
    refresh: dict[str, Grant] = field(default_factory=dict)

    def issue(self, grant: Grant, now: float) -> tuple[str, str]:
        """(access token, refresh token)."""
        access, refresh = secrets.token_urlsafe(60), secrets.token_urlsafe(60)
        grant.refresh_ends = grant.refresh_ends or now + REFRESH_LIFE
        self.access[access], self.refresh[refresh] = (grant, now + TOKEN_LIFE), grant
        return access, refresh


def error_page(text: str, number: int) -> Response:
    return HTMLResponse(f"<html><body><h1>{text}</h1><p>错误码:{number}</p></body></html>")


def authorize(call: Call) -> Response:
    """302 to the page with code and state; without a code where the person refuses; else WeChat's error page."""
    account, query = call.world.account, call.query
    if query.get("appid") != account.app_id:
        return error_page("appid 参数错误", 10013)
    target = query.get("redirect_uri", "")
    host = urlsplit(target).hostname
    if not host or (account.oauth_domain and host != account.oauth_domain):
        return error_page("redirect_uri域名与后台配置不一致", 10003)
    if query.get("scope") not in SCOPES or query.get("response_type") != "code":
        return error_page("Scope 参数错误或没有 Scope 权限", 10005)
    state = {"state": query["state"]} if "state" in query else {}
    code = consent(call)
    return RedirectResponse(with_query(target, {"code": code, **state} if code else state), 302)


def consent(call: Call) -> str:
    """A code, or "" for a refusal."""
    oauth = call.world.oauth
    behaviour = call.query.get("simulate", oauth.behaviour)
    openid = call.query.get("simulate_openid", oauth.visitor)
    if behaviour == "deny" or (not openid and behaviour != "snapshot"):
        return ""
    if behaviour == "snapshot":
        openid = f"oSnapshot{secrets.token_hex(8)}"
    code = secrets.token_hex(16)
    oauth.codes[code] = Grant(openid, call.query["scope"], behaviour == "snapshot", call.now + CODE_LIFE)
    return code


def with_query(url: str, extra: dict[str, str]) -> str:
    parts = urlsplit(url)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *extra.items()])
    return urlunsplit(parts._replace(query=query))


def access_token(call: Call) -> dict[str, object]:
    account, code = call.world.account, call.query.get("code", "")
    if call.query.get("appid") != account.app_id:
        raise ApiError(40013)
    if call.query.get("secret") != account.secret:
        raise ApiError(40125)
    if not code:
        raise ApiError(41008)
    grant = call.world.oauth.codes.get(code)
    if grant is None or grant.code_ends <= call.now:
        raise ApiError(40029)
    if grant.used:
        raise ApiError(40163)
    grant.used = True
    return answer(call, grant)


def refresh_token(call: Call) -> dict[str, object]:
    if call.query.get("appid") != call.world.account.app_id:
        raise ApiError(40013)
    grant = call.world.oauth.refresh.get(call.query.get("refresh_token", ""))
    if grant is None:
        raise ApiError(40030, "invalid refresh_token")
    if grant.refresh_ends <= call.now:
        raise ApiError(42002)
    return answer(call, grant)


def answer(call: Call, grant: Grant) -> dict[str, object]:
    access, refresh = call.world.oauth.issue(grant, call.now)
    result: dict[str, object] = {
        "access_token": access, "expires_in": TOKEN_LIFE, "refresh_token": refresh,
        "openid": grant.openid, "scope": grant.scope,
    }  # fmt: skip
    if grant.snapshot:
        result["is_snapshotuser"] = 1
    person = call.world.people.get(grant.openid)
    if grant.scope == "snsapi_userinfo" and person and person.unionid:
        result["unionid"] = person.unionid
    return result


def granted(call: Call) -> Grant:
    """The grant of the page's own access token: 40001, 42001, 40003."""
    grant, ends = call.world.oauth.access.get(call.query.get("access_token", ""), (None, 0.0))
    if grant is None:
        raise ApiError(40001)
    if ends <= call.now:
        raise ApiError(42001)
    if grant.openid != call.query.get("openid"):
        raise ApiError(40003)
    return grant


def user_info(call: Call) -> dict[str, object]:
    """Nickname and picture only; sex and region are empty since 2021-10."""
    grant = granted(call)
    if grant.scope != "snsapi_userinfo":
        raise ApiError(48001)
    person = call.world.people.get(grant.openid)
    return {
        "openid": grant.openid, "nickname": "微信用户", "sex": 0, "language": "", "city": "", "province": "",
        "country": "", "headimgurl": "https://thirdwx.qlogo.cn/mmopen/simulated/132", "privilege": [],
        **({"unionid": person.unionid} if person and person.unionid else {}),
    }  # fmt: skip


def auth(call: Call) -> dict[str, object]:
    granted(call)
    return ok()


ENDPOINTS = [
    Endpoint("GET", "/connect/oauth2/authorize", authorize, token="none", counted=False),
    Endpoint("GET", "/sns/oauth2/access_token", access_token, token="none", per_minute=50_000),
    Endpoint("GET", "/sns/oauth2/refresh_token", refresh_token, token="none", per_minute=100_000),
    Endpoint("GET", "/sns/userinfo", user_info, token="none", per_minute=50_000),
    Endpoint("GET", "/sns/auth", auth, token="none"),
]
