"""Tokens expire, replace each other, and are refused with the documented codes."""

import pytest

from tests.platform.faults import REVOKE
from tests.platform.world import World
from tests.platform_tests.conftest import Api

pytestmark = pytest.mark.anyio
TOKEN, STABLE, SEND = "/cgi-bin/token", "/cgi-bin/stable_token", "/cgi-bin/user/info"


def account(world: World, **changes: str) -> dict[str, str]:
    return {
        "grant_type": "client_credential",
        "appid": world.account.app_id,
        "secret": world.account.secret,
        **changes,
    }


async def code(api: Api, token: str) -> int:
    """What a call with this token answers; 0 is well."""
    api.token = token
    return int((await api.get(SEND, openid="oMei")).get("errcode", 0))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"grant_type": "password"}, 40002),
        ({"appid": ""}, 41002),
        ({"appid": "wxother"}, 40013),
        ({"secret": ""}, 41004),
        ({"secret": "wrong"}, 40125),
    ],
)
async def test_account_is_checked(api: Api, changes: dict[str, str], expected: int) -> None:
    assert (await api.get(TOKEN, **account(api.world, **changes)))["errcode"] == expected
    assert (await api.post(STABLE, account(api.world, **changes)))["errcode"] == expected


async def test_foreign_address_is_named(api: Api) -> None:
    api.world.account.allowed_ips = {"203.0.113.9"}
    answer = await api.get(TOKEN, **account(api.world))
    assert answer["errcode"] == 40164
    assert "127.0.0.1" in answer["errmsg"]
    assert " rid: " in answer["errmsg"]
    api.world.account.allowed_ips = {"127.0.0.1"}
    assert "access_token" in await api.get(TOKEN, **account(api.world))


async def test_new_plain_token_kills_the_old_after_five_minutes(api: Api) -> None:
    first = (await api.get(TOKEN, **account(api.world)))["access_token"]
    second = await api.get(TOKEN, **account(api.world))
    assert second["expires_in"] == 7200
    api.world.clock.skip(299)
    assert await code(api, first) == 0
    api.world.clock.skip(1)
    assert await code(api, first) == 40001
    assert await code(api, second["access_token"]) == 0


async def test_token_expires_with_its_own_code(api: Api) -> None:
    token = (await api.get(TOKEN, **account(api.world)))["access_token"]
    api.world.clock.skip(7199)
    assert await code(api, token) == 0
    api.world.clock.skip(1)
    assert await code(api, token) == 42001


async def test_missing_and_unknown_tokens(api: Api) -> None:
    assert await code(api, "") == 41001
    assert await code(api, "nonsense") == 40001


async def test_plain_quota(api: Api) -> None:
    api.world.quota.limits[TOKEN] = (3, None)
    codes = [(await api.get(TOKEN, **account(api.world))).get("errcode", 0) for _ in range(4)]
    assert codes == [0, 0, 0, 45009]
    api.world.clock.skip(86400)
    assert "access_token" in await api.get(TOKEN, **account(api.world))


async def test_stable_token_stays_until_five_minutes_before_its_end(api: Api) -> None:
    first = await api.post(STABLE, account(api.world))
    api.world.clock.skip(6899)
    again = await api.post(STABLE, account(api.world))
    assert again["access_token"] == first["access_token"]
    assert again["expires_in"] == 301
    api.world.clock.skip(1)
    renewed = await api.post(STABLE, account(api.world))
    assert renewed["access_token"] != first["access_token"]
    assert await code(api, first["access_token"]) == 0
    assert api.world.tokens.refreshes == 3  # the fixture's, and two stable ones


async def test_stable_and_plain_do_not_touch_each_other(api: Api) -> None:
    stable = (await api.post(STABLE, account(api.world)))["access_token"]
    for _ in range(3):
        await api.get(TOKEN, **account(api.world))
    api.world.clock.skip(400)
    assert await code(api, stable) == 0


async def test_forced_refresh_replaces_at_once_but_not_within_30_seconds(api: Api) -> None:
    first = (await api.post(STABLE, account(api.world)))["access_token"]
    force = {**account(api.world), "force_refresh": True}
    second = (await api.post(STABLE, force))["access_token"]
    assert second != first
    assert await code(api, first) == 40001
    api.world.clock.skip(29)
    assert (await api.post(STABLE, force))["access_token"] == second
    api.world.clock.skip(1)
    assert (await api.post(STABLE, force))["access_token"] != second


async def test_forced_refresh_twenty_times_a_day(api: Api) -> None:
    force = {**account(api.world), "force_refresh": True}
    seen = set()
    for _ in range(25):
        seen.add((await api.post(STABLE, force))["access_token"])
        api.world.clock.skip(31)
    assert len(seen) == 20


async def test_stable_minute_quota(api: Api) -> None:
    api.world.quota.limits[STABLE] = (None, 2)
    codes = [(await api.post(STABLE, account(api.world))).get("errcode", 0) for _ in range(3)]
    assert codes == [0, 0, 45011]
    api.world.clock.skip(60)
    assert "access_token" in await api.post(STABLE, account(api.world))


async def test_revoked_in_mid_flight(api: Api) -> None:
    api.world.faults.burst(REVOKE, path=SEND)
    assert await code(api, api.token) == 40001
    assert await code(api, api.token) == 40001
    assert "access_token" in await api.get(TOKEN, **account(api.world))


async def test_revoking_the_stable_token_makes_the_next_fetch_a_new_one(api: Api) -> None:
    first = (await api.post(STABLE, account(api.world)))["access_token"]
    api.world.tokens.revoke()
    assert (await api.post(STABLE, account(api.world)))["access_token"] != first
