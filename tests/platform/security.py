"""wxa/msg_sec_check, both versions; version 2 knows only people who used the mini program in the last two hours."""

from dataclasses import dataclass, field

from tests.platform.errors import ApiError, ok, rid
from tests.platform.gate import Call, Endpoint

VISIT = 7200
LONGEST = 2500


@dataclass
class Censor:
    """`words` maps a word to (suggest, label): review or risky, 20006 and the like. `visits`: openid -> last visit."""

    words: dict[str, tuple[str, int]] = field(
        default_factory=lambda: {"特3456书yuuo莞6543李zxcz蒜7782法fgnv级": ("risky", 20001)}
    )
    visits: dict[str, float] = field(default_factory=dict)

    def judge(self, text: str) -> tuple[str, int]:
        found = [verdict for word, verdict in self.words.items() if word in text]
        return max(found, key=lambda verdict: verdict[0] == "risky", default=("pass", 100))


def check(call: Call) -> dict[str, object]:
    content = call.body.get("content")
    if not isinstance(content, str) or not content:
        raise ApiError(44004)
    suggest, label = call.world.censor.judge(content)
    if call.body.get("version") != 2:
        if suggest == "risky":
            raise ApiError(87014)
        return ok()
    check_version_2(call, content)
    return ok(result={"suggest": suggest, "label": label}, detail=[], trace_id=rid())


def check_version_2(call: Call, content: str) -> None:
    openid, scene = str(call.body.get("openid", "")), call.body.get("scene")
    if scene not in (1, 2, 3, 4) or len(content) > LONGEST:
        raise ApiError(40035)
    visits = call.world.censor.visits
    if openid not in visits:
        raise ApiError(40003)
    if call.now - visits[openid] > VISIT:
        raise ApiError(61010)


ENDPOINTS = [Endpoint("POST", "/wxa/msg_sec_check", check, per_minute=4000, daily=2_000_000)]
