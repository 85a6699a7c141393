"""The people on the other side: their conversation windows, subscription credits and inbox."""

from dataclasses import dataclass, field
from typing import Any

HOUR = 3600.0
LONG_TERM = -1  # a credit that is never used up

# trigger -> (seconds a conversation stays open, customer-service messages it allows)
TRIGGERS: dict[str, tuple[float, int]] = {
    "message": (48 * HOUR, 5),
    "menu": (60.0, 3),
    "follow": (60.0, 3),
    "scan": (60.0, 3),
}


@dataclass(frozen=True)
class Delivery:
    """What reached somebody by one `channel`: passive, custom, template, subscribe, mass, wecom, webhook, aibot."""

    id: int
    at: float
    to: str
    channel: str
    kind: str
    text: str
    content: dict[str, Any]


@dataclass
class Window:
    until: float
    left: int


@dataclass
class Person:
    """A WeChat user as one official account sees them."""

    openid: str
    unionid: str = ""
    following: bool = True
    followed_at: float = 0.0
    blacklisted: bool = False  # 43019
    muted: bool = False  # 48002: switched the account's messages off
    blocks_templates: bool = False  # template messages end as "failed:user block"
    remark: str = ""
    scene: str = ""
    typing: bool = False
    windows: dict[str, Window] = field(default_factory=dict)
    credits: dict[str, int] = field(default_factory=dict)
    inbox: list[Delivery] = field(default_factory=list)
    mass_this_month: dict[str, int] = field(default_factory=dict)

    def trigger(self, kind: str, now: float, triggers: dict[str, tuple[float, int]]) -> None:
        """The person did something that lets the account write: that window starts anew, it does not add up."""
        seconds, count = triggers[kind]
        self.windows[kind] = Window(now + seconds, count)

    def open_windows(self, now: float) -> list[Window]:
        return [window for window in self.windows.values() if window.until > now]

    def spend(self, now: float) -> int | None:
        """Take one customer-service message off every open window; the errcode that forbids it, or None."""
        windows = self.open_windows(now)
        if not windows:
            return 45015
        if all(window.left <= 0 for window in windows):
            return 45047
        for window in windows:
            window.left -= 1
        return None

    def texts(self, channel: str = "") -> list[str]:
        return [delivery.text for delivery in self.inbox if channel in ("", delivery.channel)]
