"""qrcode/create and showqrcode: temporary and permanent QR codes with a scene."""

import io
import secrets
from dataclasses import dataclass, field
from typing import Any

import segno
from starlette.responses import Response

from tests.platform.clock import Clock
from tests.platform.errors import ApiError
from tests.platform.gate import Call, Endpoint

LONGEST = 2_592_000  # 30 days
DEFAULT_LIFE = 60
MAX_PERMANENT = 100_000
ACTIONS = {  # action_name -> (permanent, scene field)
    "QR_SCENE": (False, "scene_id"),
    "QR_STR_SCENE": (False, "scene_str"),
    "QR_LIMIT_SCENE": (True, "scene_id"),
    "QR_LIMIT_STR_SCENE": (True, "scene_str"),
}


@dataclass(frozen=True)
class Code:
    ticket: str
    scene: str
    ends: float
    permanent: bool
    url: str


@dataclass
class QrCodes:
    clock: Clock
    by_ticket: dict[str, Code] = field(default_factory=dict)
    by_scene: dict[str, Code] = field(default_factory=dict)

    def make(self, scene: str, life: float | None) -> Code:
        """A new code; `life` None is permanent."""
        ends = float("inf") if life is None else self.clock.now() + life
        code = Code(
            secrets.token_urlsafe(66), scene, ends, life is None, f"http://weixin.qq.com/q/{secrets.token_urlsafe(12)}"
        )
        self.by_ticket[code.ticket] = self.by_scene[scene] = code
        return code

    def has(self, scene: str) -> bool:
        return scene in self.by_scene

    def valid(self, scene: str) -> bool:
        return self.has(scene) and self.by_scene[scene].ends > self.clock.now()

    def ticket_of(self, scene: str) -> str:
        return self.by_scene[scene].ticket if self.has(scene) else secrets.token_urlsafe(66)

    def permanent(self) -> int:
        return sum(code.permanent for code in self.by_ticket.values())


def scene_of(body: dict[str, Any]) -> tuple[str, bool]:
    """(scene, permanent). 40053 for an unknown action or a scene out of bounds."""
    permanent, name = ACTIONS.get(str(body.get("action_name")), (False, ""))
    info = body.get("action_info")
    scene = info.get("scene") if isinstance(info, dict) else None
    value = scene.get(name) if isinstance(scene, dict) else None
    if name == "scene_str" and isinstance(value, str) and 1 <= len(value) <= 64:
        return value, permanent
    largest = 100_000 if permanent else 2**32 - 1
    if name == "scene_id" and type(value) is int and 1 <= value <= largest:
        return str(value), permanent
    raise ApiError(40053)


def create(call: Call) -> dict[str, object]:
    scene, permanent = scene_of(call.body)
    codes = call.world.qrcodes
    if permanent and codes.permanent() >= MAX_PERMANENT:
        raise ApiError(45029, "qrcode count out of limit")
    if permanent:
        code = codes.make(scene, None)
        return {"ticket": code.ticket, "url": code.url}
    life = call.body.get("expire_seconds", DEFAULT_LIFE)
    if type(life) is not int or life <= 0:
        raise ApiError(40053)
    life = min(life, LONGEST)
    code = codes.make(scene, life)
    return {"ticket": code.ticket, "expire_seconds": life, "url": code.url}


def show(call: Call) -> Response:
    """The picture, at mp.weixin.qq.com; 404 for an unknown or expired ticket."""
    code = call.world.qrcodes.by_ticket.get(call.query.get("ticket", ""))
    if code is None or code.ends <= call.now:
        return Response(status_code=404)
    picture = io.BytesIO()
    segno.make(code.url).save(picture, kind="png", scale=4)
    return Response(picture.getvalue(), media_type="image/png")


ENDPOINTS = [
    Endpoint("POST", "/cgi-bin/qrcode/create", create, daily=100_000),
    Endpoint("GET", "/cgi-bin/showqrcode", show, token="none", counted=False),
]
