"""Points of local time as people say them: a day, a day and part of day, or a day and clock (contract 4.2)."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic_core import core_schema

SHANGHAI = ZoneInfo("Asia/Shanghai")
# When a part of day begins, for sorting and reminders; TimeML names.
PARTS = {"TMO": time(8), "TMI": time(12), "TAF": time(14), "TEV": time(18), "TNI": time(21)}


class When(str):
    """`2026-11-24`, `2026-11-24TMO` or `2026-11-24T14:30`; raises ValueError on anything else."""

    __slots__ = ()

    def __new__(cls, value: str) -> "When":
        self = super().__new__(cls, value)
        _ = self.day, self.clock
        return self

    @classmethod
    def of(cls, moment: datetime) -> "When":
        return cls(moment.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M"))

    @property
    def day(self) -> date:
        return date.fromisoformat(self[:10])

    @property
    def part(self) -> str | None:
        return self[10:] if self[10:] in PARTS else None

    @property
    def clock(self) -> time | None:
        return None if len(self) == 10 or self.part else time.fromisoformat(self[11:])

    def at(self) -> datetime:
        """The earliest instant it can mean, aware."""
        begins = self.clock or PARTS.get(self.part or "", time(0))
        return datetime.combine(self.day, begins, SHANGHAI)

    def moved(self, seconds: int) -> "When":
        """So much later (earlier: negative). A day or part of day moves by whole days only; else it stays."""
        if self.clock:
            return When.of(self.at() + timedelta(seconds=seconds))
        days, rest = divmod(seconds, 86400)
        return self if rest else When((self.day + timedelta(days=days)).isoformat() + self[10:])

    def over(self) -> datetime:
        """The instant after which it is certainly past, aware: the clock itself, else the end of the day."""
        return self.at() if self.clock else datetime.combine(self.day + timedelta(days=1), time(0), SHANGHAI)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(cls, core_schema.str_schema())
