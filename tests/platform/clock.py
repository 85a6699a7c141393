"""The platform's clock: frozen and skipped by hand in tests, flowing (and still skippable) when served."""

import asyncio
import time
from datetime import datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8))  # the platform counts its days in China Standard Time
DEFAULT_START = datetime(2026, 11, 24, 9, 0, tzinfo=CHINA).timestamp()


class Clock:
    """Seconds since 1970. `flow` 0 stands still until skipped, 1 runs with real time, 60 makes a minute a second."""

    def __init__(self, start: float = DEFAULT_START, flow: float = 0.0) -> None:
        self.flow = flow
        self._base = start
        self._since = time.monotonic()

    @classmethod
    def real(cls) -> "Clock":
        return cls(time.time(), 1.0)

    def now(self) -> float:
        return self._base + (time.monotonic() - self._since) * self.flow

    def skip(self, seconds: float) -> None:
        """Let `seconds` pass at once; never backwards."""
        if seconds < 0:
            raise ValueError("time does not run backwards")
        self._base += seconds

    async def wait(self, seconds: float) -> None:
        """Wait `seconds` of this clock: a frozen clock skips them, a flowing one really waits."""
        if self.flow:
            await asyncio.sleep(seconds / self.flow)
        else:
            self.skip(seconds)
            await asyncio.sleep(0)

    def day(self) -> str:
        return datetime.fromtimestamp(self.now(), CHINA).strftime("%Y-%m-%d")

    def month(self) -> str:
        return self.day()[:7]
