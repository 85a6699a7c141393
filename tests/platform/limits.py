"""clear_quota and openapi/quota/get: the account's own look at its call quotas."""

from tests.platform.errors import ApiError, ok
from tests.platform.gate import Call, Endpoint


def clear(call: Call) -> dict[str, object]:
    if call.body.get("appid") != call.world.account.app_id:
        raise ApiError(40013)
    call.world.quota.clear()
    return ok()


def get(call: Call) -> dict[str, object]:
    path = str(call.body.get("cgi_path", ""))
    if path not in call.world.quota.limits:
        raise ApiError(76021, "cgi_path not found")
    daily, minutely = call.world.quota.limits[path]
    used, limit = call.world.quota.used_today(path), daily or 0
    answer = ok(quota={"daily_limit": limit, "used": used, "remain": max(limit - used, 0)})
    if minutely is not None:
        answer["rate_limit"] = {"call_count": minutely, "refresh_second": 60}
    return answer


ENDPOINTS = [
    Endpoint("POST", "/cgi-bin/clear_quota", clear, counted=False),
    Endpoint("POST", "/cgi-bin/openapi/quota/get", get, counted=False),
]
