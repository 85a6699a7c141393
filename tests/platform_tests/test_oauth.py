"""Page login: codes of one use, denial, the snapshot visitor, scopes and lifetimes."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.platform.world import World
from tests.platform_tests.conftest import Api

pytestmark = pytest.mark.anyio
PAGE = "https://bot.example.org/page?a=1"


async def visit(api: Api, scope: str = "snsapi_base", **more: str) -> httpx.Response:
    api.token = ""
    query = {
        "appid": api.world.account.app_id, "redirect_uri": PAGE, "response_type": "code", "scope": scope,
        "state": "s1", "simulate_openid": "oMei", **more,
    }  # fmt: skip
    return await api.raw("GET", "/connect/oauth2/authorize", query)


async def code(api: Api, scope: str = "snsapi_base", **more: str) -> str:
    answer = await visit(api, scope, **more)
    assert answer.status_code == 302
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert (query["a"], query["state"]) == (["1"], ["s1"])
    return query.get("code", [""])[0]


async def exchange(api: Api, value: str, **changes: str) -> dict[str, Any]:
    account = api.world.account
    query = {"appid": account.app_id, "secret": account.secret, "code": value, "grant_type": "authorization_code"}
    return await api.get("/sns/oauth2/access_token", **{**query, **changes})


async def test_base_scope(api: Api) -> None:
    answer = await exchange(api, await code(api))
    assert (answer["openid"], answer["scope"], answer["expires_in"]) == ("oMei", "snsapi_base", 7200)
    assert not {"unionid", "errcode", "is_snapshotuser"} & answer.keys()
    page = {"access_token": answer["access_token"], "openid": "oMei"}
    assert (await api.get("/sns/userinfo", **page))["errcode"] == 48001
    assert (await api.get("/sns/auth", **page))["errcode"] == 0
    assert (await api.get("/sns/auth", **{**page, "openid": "oLi"}))["errcode"] == 40003


async def test_userinfo_scope(api: Api) -> None:
    answer = await exchange(api, await code(api, "snsapi_userinfo"))
    assert answer["unionid"] == "uMei"
    info = await api.get("/sns/userinfo", access_token=answer["access_token"], openid="oMei")
    assert (info["openid"], info["sex"], info["province"]) == ("oMei", 0, "")


async def test_code_is_used_once_and_within_five_minutes(api: Api, world: World) -> None:
    first, second = await code(api), await code(api)
    assert "openid" in await exchange(api, first)
    assert (await exchange(api, first))["errcode"] == 40163
    world.clock.skip(300)
    assert (await exchange(api, second))["errcode"] == 40029
    assert (await exchange(api, "guess"))["errcode"] == 40029
    assert (await exchange(api, ""))["errcode"] == 41008
    assert (await exchange(api, second, secret="wrong"))["errcode"] == 40125
    assert (await exchange(api, second, appid="wxother"))["errcode"] == 40013


async def test_denial_has_no_code(api: Api) -> None:
    assert await code(api, simulate="deny") == ""


async def test_snapshot_visitor_is_marked(api: Api) -> None:
    answer = await exchange(api, await code(api, "snsapi_userinfo", simulate="snapshot"))
    assert answer["is_snapshotuser"] == 1
    assert answer["openid"] not in api.world.people


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"redirect_uri": "https://evil.example.net/"}, "10003"),
        ({"scope": "everything"}, "10005"),
        ({"appid": "wxother"}, "10013"),
    ],
)
async def test_error_pages(api: Api, changes: dict[str, str], number: str) -> None:
    api.world.account.oauth_domain = "bot.example.org"
    answer = await visit(api, **changes)
    assert answer.status_code == 200
    assert number in answer.text


async def test_refresh_for_thirty_days(api: Api, world: World) -> None:
    answer = await exchange(api, await code(api))

    async def refresh(value: str) -> dict[str, Any]:
        return await api.get("/sns/oauth2/refresh_token", appid=world.account.app_id, refresh_token=value)

    world.clock.skip(7200)
    page = {"access_token": answer["access_token"], "openid": "oMei"}
    assert (await api.get("/sns/auth", **page))["errcode"] == 42001
    assert (await api.get("/sns/auth", access_token="guess", openid="oMei"))["errcode"] == 40001
    renewed = await refresh(answer["refresh_token"])
    assert renewed["openid"] == "oMei"
    world.clock.skip(30 * 86400)
    assert (await refresh(renewed["refresh_token"]))["errcode"] == 42002
    assert (await refresh("guess"))["errcode"] == 40030
