"""user/info, user/get, updateremark: what the account may know of its followers (no nickname since 2021-12-27)."""

from tests.platform.errors import ApiError, ok
from tests.platform.gate import Call, Endpoint
from tests.platform.people import Person

PAGE = 10_000


def facts(person: Person) -> dict[str, object]:
    if not person.following:
        return {"subscribe": 0, "openid": person.openid, **unionid(person)}
    scanned = bool(person.scene)
    return {
        "subscribe": 1,
        "openid": person.openid,
        "language": "zh_CN",
        "subscribe_time": int(person.followed_at),
        **unionid(person),
        "remark": person.remark,
        "groupid": 0,
        "tagid_list": [],
        "subscribe_scene": "ADD_SCENE_QR_CODE" if scanned else "ADD_SCENE_SEARCH",
        "qr_scene": int(person.scene) if person.scene.isdecimal() else 0,
        "qr_scene_str": "" if person.scene.isdecimal() else person.scene,
    }


def unionid(person: Person) -> dict[str, object]:
    return {"unionid": person.unionid} if person.unionid else {}


def info(call: Call) -> dict[str, object]:
    return facts(call.world.person(call.query.get("openid")))


def batch_info(call: Call) -> dict[str, object]:
    """Up to 100 people at once."""
    wanted = call.body.get("user_list")
    if not isinstance(wanted, list) or not 1 <= len(wanted) <= 100:
        raise ApiError(40032, "invalid openid list size")
    people = [call.world.person(one.get("openid") if isinstance(one, dict) else None) for one in wanted]
    return {"user_info_list": [facts(person) for person in people]}


def followers(call: Call) -> dict[str, object]:
    """openids in pages of 10 000, from the one after `next_openid`."""
    everyone = [person.openid for person in call.world.people.values() if person.following]
    after = call.query.get("next_openid", "")
    if after and after not in everyone:
        raise ApiError(40003)
    page = everyone[everyone.index(after) + 1 if after else 0 :][:PAGE]
    answer: dict[str, object] = {"total": len(everyone), "count": len(page), "next_openid": page[-1] if page else ""}
    return {**answer, "data": {"openid": page}} if page else answer


def remark(call: Call) -> dict[str, object]:
    person = call.world.person(call.body.get("openid"))
    text = str(call.body.get("remark", ""))
    if len(text) >= 30:
        raise ApiError(40035)
    person.remark = text
    return ok()


ENDPOINTS = [
    Endpoint("GET", "/cgi-bin/user/info", info, daily=5_000_000),
    Endpoint("POST", "/cgi-bin/user/info/batchget", batch_info, daily=500_000),
    Endpoint("GET", "/cgi-bin/user/get", followers, daily=500),
    Endpoint("POST", "/cgi-bin/user/info/updateremark", remark, daily=100_000),
]
