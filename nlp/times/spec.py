"""What a time expression says, before it is set against a calendar: slots of a moment and the nodes built from them."""

from dataclasses import dataclass, field, fields, replace
from operator import attrgetter
from typing import Any, Final

Fill = dict[str, Any]
Amounts = list[tuple[float, str]]

# Slots that each name a day (or days) by themselves; one of them is enough.
_DAYS: Final = (
    "day", "dday", "medge", "edge", "xun", "makeup", "dwork", "offset", "vacation", "season",
    "nthday", "firsts", "named", "worknth",
)  # fmt: skip
_ONCE: Final = ("year", "dyear", "month", "dmonth", "hour", "part")
# Where two of them meet, the first names the day and the second only comments on it: 12月4日国家宪法日, 今天25号.
_COMMENTS: Final = {("day", "named"), ("dday", "day"), ("named", "named"), ("dday", "named"), ("offset", "edge")}


def _said(value: Any) -> bool:
    """Whether a slot is filled; 0 is a value (今天, 本周, 上旬)."""
    return value is not None and value is not False


@dataclass(slots=True)
class Spec:
    """One moment as spoken; unsaid slots are None. Shifts (dyear, dmonth …) count from the present one."""

    year: int | None = None
    dyear: int | None = None
    years: int = 1
    half: int | None = None
    quarter: int | None = None
    dquarter: int | None = None
    month: int | None = None
    dmonth: int | None = None
    lunar: bool = False
    leap: bool = False
    day: int | None = None
    today: int | None = None
    iso: bool = False
    mark: str | None = None
    dday: int | None = None
    dlast: int | None = None
    next: bool = False
    now: bool = False
    edge: str | None = None
    medge: str | None = None
    xun: int | None = None
    season: int | None = None
    vacation: str | None = None
    firsts: tuple[int, str] | None = None
    nthday: int | None = None
    named: str | None = None
    around: str | None = None
    makeup: bool = False
    dwork: int | None = None
    offset: Amounts | None = None
    weekday: int | None = None
    dweek: int | None = None
    weekend: bool = False
    nth: int | None = None
    nthweek: int | None = None
    nths: tuple[int, int] | None = None
    worknth: int | None = None
    paren: bool = False
    plus: int = 0
    days: list[int] | None = None
    part: str | None = None
    word: str = ""
    hour: int | None = None
    minute: int = 0
    second: int | None = None
    style: str = ""
    rank: int = 0

    def take(self, fill: Fill, rank: int) -> bool:
        """Adds what a token says; False, and unchanged, where it does not belong to this moment."""
        if not self._fits(fill, rank):
            return False
        for key, value in fill.items():
            if getattr(self, key) == _DEFAULTS[key] or key == "named":
                setattr(self, key, value)
        self.rank = max(self.rank, rank)
        return True

    def _fits(self, fill: Fill, rank: int) -> bool:
        if rank < self.rank and not (
            self.rank == 4 and self.weekday is not None and self.dweek is None and rank in (2, 3)
        ):
            return False
        if any(key in fill and getattr(self, key) is not None for key in _ONCE):
            return False
        if ("year" in fill and self.dyear is not None) or ("month" in fill and self.dmonth is not None):
            return False
        if "weekday" in fill and (self.weekday is not None or self.weekend):
            return False
        if "dweek" in fill and self.says_day:
            return False
        new = [k for k in _DAYS if k in fill]
        if not new:
            return True
        mine = [k for k in _DAYS if _said(getattr(self, k))]
        return not mine or (mine[-1], new[0]) in _COMMENTS or (mine[0], new[0]) in _COMMENTS

    def clock_only(self) -> "Spec":
        """The part of day and clock of this moment without its day."""
        return Spec(rank=self.rank).at_clock_of(self)

    def at_clock_of(self, other: "Spec") -> "Spec":
        """The day of this moment at the part of day and clock of another."""
        return replace(
            self,
            part=other.part,
            word=other.word,
            hour=other.hour,
            minute=other.minute,
            second=other.second,
            style=other.style,
        )

    @property
    def bare_weekday(self) -> bool:
        return self.weekday is not None and self.dweek is None and not self.says_day

    @property
    def says_day(self) -> bool:
        """Whether some slot besides a weekday names days."""
        return any(value is not None and value is not False for value in _day_slots(self))

    @property
    def dated(self) -> bool:
        """Whether anything coarser than a part of day is said."""
        return self.rank > 0 and (
            self.says_day or self.weekday is not None or self.weekend or self.dweek is not None
            or self.nthweek is not None
            or self.quarter is not None or self.dquarter is not None or self.half is not None
        )  # fmt: skip

    @property
    def timed(self) -> bool:
        return self.hour is not None or self.part is not None


# One call in C for a question that is asked of every token.
_day_slots: Final = attrgetter(*_DAYS, "month", "dmonth", "year", "dyear", "lunar")
_DEFAULTS: Final = {f.name: f.default for f in fields(Spec)}


@dataclass(slots=True, eq=False)
class Node:
    """An expression: a moment, two of them, a length or a recurrence, with the words that bound it."""

    start: int
    end: int
    first: Spec | None = None
    last: Spec | None = None
    lead: str = ""
    tail: str = ""
    amounts: Amounts | None = None
    every: tuple[str, float] | None = None
    days: list[int] | None = None
    more: list[Spec] = field(default_factory=list)
    count: int | None = None
    since: Spec | None = None
    until: Spec | None = None
    total: bool = False
