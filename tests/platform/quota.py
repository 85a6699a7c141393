"""Call quotas: per endpoint a number a day (45009) and a number a minute (45011)."""

from collections import Counter
from dataclasses import dataclass, field

from tests.platform.clock import Clock
from tests.platform.errors import ApiError

CLEARS_A_MONTH = 10


@dataclass
class Quota:
    """`limits` maps a path to (daily, per minute); None is no limit. Days begin at 00:00 China Standard Time."""

    clock: Clock
    limits: dict[str, tuple[int | None, int | None]] = field(default_factory=dict)
    _days: Counter[tuple[str, str]] = field(default_factory=Counter)
    _minutes: Counter[tuple[str, int]] = field(default_factory=Counter)
    _clears: Counter[str] = field(default_factory=Counter)

    def take(self, path: str) -> None:
        """Count one call, or refuse it. A refused call is not counted."""
        daily, minutely = self.limits.get(path, (None, None))
        day, minute = (path, self.clock.day()), (path, int(self.clock.now() // 60))
        if daily is not None and self._days[day] >= daily:
            raise ApiError(45009)
        if minutely is not None and self._minutes[minute] >= minutely:
            raise ApiError(45011)
        self._days[day] += 1
        self._minutes[minute] += 1

    def used_today(self, path: str) -> int:
        return self._days[path, self.clock.day()]

    def clear(self) -> None:
        """`clear_quota`: today's counts of every endpoint start again, at most ten times a month (48006)."""
        if self._clears[self.clock.month()] >= CLEARS_A_MONTH:
            raise ApiError(48006)
        self._clears[self.clock.month()] += 1
        today = self.clock.day()
        for key in [key for key in self._days if key[1] == today]:
            del self._days[key]
