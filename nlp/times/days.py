"""The days a spoken moment may name: every reading lists its candidates in order, or None where it does not apply."""

import calendar as months
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from nlp.times import calendar as almanac
from nlp.times.spec import Amounts, Spec

Span = tuple[date, date, str]
DAY: Final = timedelta(days=1)
_SECONDS: Final = {
    "s": 1, "m": 60, "q": 900, "h": 3600, "d": 86400, "wd": 86400, "w": 604800,
    "M": 2592000, "Q": 7776000, "Y": 31536000,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Context:
    """Where a moment is read from: the clock, the direction, a day named before, a part of day hinted at."""

    now: datetime
    past: bool = False
    day: date | None = None
    pivot: datetime | None = None
    hint: str = ""

    @property
    def today(self) -> date:
        return self.now.date()

    @property
    def around(self) -> date:
        return (self.pivot or self.now).date()


# --- calendar arithmetic
def shift_months(day: date, count: int) -> date:
    """The same day some months away, or the last day of a shorter month."""
    index = day.year * 12 + day.month - 1 + count
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, months.monthrange(year, month)[1]))


def shift(now: datetime, amounts: Amounts) -> tuple[datetime, bool]:
    """A moment some lengths of time away, and whether a clock unit took part."""
    fine = False
    for count, unit in amounts:
        if unit in ("M", "Q", "Y"):
            whole = count * {"M": 1, "Q": 3, "Y": 12}[unit]
            now = datetime.combine(shift_months(now.date(), int(whole)), now.time())
            now += timedelta(days=round((whole - int(whole)) * 30))
        elif unit == "wd":
            now = datetime.combine(almanac.add_workdays(now.date(), int(count)), now.time())
        else:
            now += timedelta(seconds=count * _SECONDS[unit])
            fine = fine or unit in ("s", "m", "q", "h")
    return now, fine


def seconds(amounts: Amounts) -> int:
    """The length in seconds; a month counts 30 days, a year 365."""
    return round(sum(count * _SECONDS[unit] for count, unit in amounts))


def _month(year: int, month: int) -> Span:
    return date(year, month, 1), almanac.month_end(year, month), "month"


def _year(year: int) -> Span:
    return date(year, 1, 1), date(year, 12, 31), "year"


def _safe(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _one(day: date | None) -> list[Span]:
    return [(day, day, "day")] if day else []


# --- the years and months a spec may mean
def _years(spec: Spec, ctx: Context) -> list[int]:
    if spec.year is not None:
        return [spec.year]
    if spec.dyear is not None:
        return [ctx.today.year + spec.dyear]
    year = ctx.around.year
    return [y for y in range(year - 4, year + 5) if 1 < y < 9998]


def _stated_year(spec: Spec) -> bool:
    return spec.year is not None or spec.dyear is not None


def _months(spec: Spec, ctx: Context) -> list[tuple[int, int]]:
    """(year, month) pairs, ascending: one where stated, else those around."""
    if spec.dmonth is not None:
        day = shift_months(ctx.today.replace(day=1), spec.dmonth + 12 * (spec.dyear or 0))
        return [(day.year, day.month)]
    if spec.month is not None:
        return [(y, spec.month) for y in _years(spec, ctx)] if 1 <= spec.month <= 12 else []
    if _stated_year(spec):
        return [(y, m) for y in _years(spec, ctx) for m in range(1, 13)]
    start = ctx.around.replace(day=1)
    return [(d.year, d.month) for d in (shift_months(start, k) for k in range(-3, 4))]


# --- readings: each answers None where it does not apply
def _offset(spec: Spec, ctx: Context) -> list[Span] | None:
    if spec.offset is None:
        return None
    found, fine = shift(ctx.now, spec.offset)
    return [(found.date(), found.date(), "instant" if fine else "day")]


def _relative_day(spec: Spec, ctx: Context) -> list[Span] | None:
    if spec.dday is None:
        return None
    origin = (ctx.day or ctx.today) if spec.next else ctx.today
    if spec.dlast is not None and spec.dlast > spec.dday:  # 明后两天
        return [(origin + timedelta(days=spec.dday), origin + timedelta(days=spec.dlast), "days")]
    return _one(origin + timedelta(days=spec.dday))


def _lunar(spec: Spec, ctx: Context) -> list[Span] | None:
    if not spec.lunar or spec.named:
        return None
    if spec.month is None:
        return _lunar_days(spec, ctx)
    spans: list[Span] = []
    for year in _years(spec, ctx):
        if spec.day is not None:
            spans += _one(almanac.lunar_day(year, spec.month, spec.day, spec.leap))
        elif month := almanac.lunar_month(year, spec.month, spec.leap):
            spans.append((*month, "month"))
    return spans


def _lunar_days(spec: Spec, ctx: Context) -> list[Span]:
    """初八 alone: of the first month while the new year is near, else of the months around."""
    year, month = almanac.lunar_year_month(ctx.around)
    day = spec.day or 1
    if month in (12, 1) and not ctx.past:
        spring = year + (month == 12)
        found = almanac.lunar_day(spring, 1, day)
        if found and found >= ctx.around:
            return _one(found)
    spans: list[Span] = []
    for y, m in ((year + (month + k - 1) // 12, (month + k - 1) % 12 + 1) for k in (-2, -1, 0, 1, 2)):
        spans += _one(almanac.lunar_day(y, m, day))
    return spans


def _named(spec: Spec, ctx: Context) -> list[Span] | None:
    if spec.named is None or spec.day is not None:
        return None
    spans: list[Span] = []
    for year in _years(spec, ctx):
        day = almanac.named_day(spec.named, year)
        if day and spec.around and spec.around != "前后":
            spans.append((*almanac.holiday(spec.named, day), "days"))
        else:
            spans += _one(day)
    return spans


def _make_up(spec: Spec, ctx: Context) -> list[Span] | None:
    return _one(almanac.make_up_day(ctx.today, ctx.past)) if spec.makeup else None


def _workday(spec: Spec, ctx: Context) -> list[Span] | None:
    return _one(almanac.add_workdays(ctx.today, spec.dwork)) if spec.dwork is not None else None


def _nth_weekday(spec: Spec, ctx: Context) -> list[Span] | None:
    if spec.nth is None:
        return None
    weekday = 5 if spec.weekend else spec.weekday or 0
    spans: list[Span] = []
    for year, month in _months(spec, ctx):
        day = almanac.nth_weekday(year, month, spec.nth, weekday)
        if day:
            spans.append((day, day + DAY, "days") if spec.weekend else (day, day, "day"))
    return spans


def _nth_workday(spec: Spec, ctx: Context) -> list[Span] | None:
    """每月最后一个工作日: the first or last workday of a month."""
    if spec.worknth is None:
        return None
    if spec.worknth > 0:
        return [s for y, m in _months(spec, ctx) for s in _one(almanac.add_workdays(date(y, m, 1) - DAY, 1))]
    return [s for y, m in _months(spec, ctx) for s in _one(almanac.add_workdays(almanac.month_end(y, m) + DAY, -1))]


def _nth_week(spec: Spec, ctx: Context) -> list[Span] | None:
    """Weeks of a month are counted from its first Monday, weeks of a year as in ISO 8601."""
    if spec.nthweek is None:
        return None
    if spec.month is None and spec.dmonth is None and (_stated_year(spec) or spec.nthweek > 5):
        years = _years(spec, ctx) if _stated_year(spec) else [ctx.today.year]
        mondays = [date.fromisocalendar(y, spec.nthweek, 1) for y in years]
        return [(m, m + 6 * DAY, "week") for m in mondays]
    starts = [date(y, m, 1) for y, m in _months(spec, ctx)]
    spans: list[Span] = []
    for start in starts:
        if spec.nthweek < 0:
            end = almanac.month_end(start.year, start.month)
            monday = end - timedelta(days=end.weekday())
        else:
            monday = start + timedelta(days=-start.weekday() % 7 + 7 * (spec.nthweek - 1))
        spans.append((monday, monday + 6 * DAY, "week"))
    return spans


def _day_of_month(spec: Spec, ctx: Context) -> list[Span] | None:
    if spec.day is None or spec.dday is not None:
        return None
    pairs = _months(spec, ctx)
    spans: list[Span] = []
    for year, month in pairs:
        first = _safe(year, month, spec.day)
        last = _safe(year, month, spec.today) if spec.today else first
        if first and last:
            spans.append((first, last, "day" if first == last else "days"))
    return _agreeing(spans, spec, ctx)


def _agreeing(spans: list[Span], spec: Spec, ctx: Context) -> list[Span]:
    """11月20日(星期五): the weekday tells the year where none is said, preferring the nearest."""
    if spec.weekday is None or _stated_year(spec) or spec.dmonth is not None or len(spans) < 2:
        return spans
    fitting = [s for s in spans if s[0].weekday() == spec.weekday]
    near = [s for s in fitting if abs((s[0] - ctx.around).days) < 200]
    return near[:1] or spans


_TENTHS: Final = ((1, 10), (11, 20), (21, 31), (1, 20), (11, 31))  # 上旬 中旬 下旬 上中旬 中下旬
_EDGES: Final = {"start": (1, 5), "mid": (11, 20), "end": (25, 31), "open": (1, 5), "within": (1, 31)}


def _ten_days(spec: Spec, ctx: Context) -> list[Span] | None:
    if spec.xun is None and spec.medge is None:
        return None
    first, last = _TENTHS[spec.xun] if spec.xun is not None else _EDGES[spec.medge or "end"]
    pairs = _months(spec, ctx)
    return [(date(y, m, first), date(y, m, min(last, almanac.month_end(y, m).day)), "days") for y, m in pairs]


def _edge(spec: Spec, ctx: Context) -> list[Span] | None:
    if spec.edge is None:
        return None
    if spec.quarter is not None or spec.dquarter is not None:
        quarters = _quarters(spec, ctx) or []
        return [_month(d.year, d.month) for d in (q[0] if spec.edge == "start" else q[1] for q in quarters)]
    if spec.month is not None or spec.dmonth is not None:
        return _ten_days(replace(spec, medge=spec.edge), ctx)
    here = [(date(y, 1, 1), date(y, 2, 1), date(y, 11, 1), date(y, 12, 31)) for y in _years(spec, ctx)]
    if spec.edge == "within":
        return [(a, d, "days") for a, _b, _c, d in here]
    if spec.edge == "open":
        return [_month(a.year, 1) for a, _b, _c, _d in here]
    if spec.edge == "start":
        return [(a, almanac.month_end(b.year, 2), "days") for a, b, _c, _d in here]
    return [(c, d, "days") for _a, _b, c, d in here]


def _firsts(spec: Spec, ctx: Context) -> list[Span] | None:
    """4月前4天, 上月最后五天, 今年前三季度: the first or last units of a month or year."""
    if spec.firsts is None:
        return None
    count, unit = spec.firsts
    yearly = unit in ("M", "Q")
    if count > 0 and unit in ("w", "M") and not _stated_year(spec) and spec.month is None and spec.dmonth is None:
        back, _ = shift(ctx.now, [(-count, unit)])
        return [(back.date(), ctx.today, "days")]
    if yearly or (spec.month is None and spec.dmonth is None):
        if not _stated_year(spec) and unit not in ("Q",):
            return []
        wholes = [_year(y) for y in (_years(spec, ctx) if _stated_year(spec) else [ctx.today.year])]
    else:
        wholes = [_month(y, m) for y, m in _months(spec, ctx)]
    return [(*_cut(first, last, count, unit), "days") for first, last, _ in wholes]


def _cut(first: date, last: date, count: int, unit: str) -> tuple[date, date]:
    step = {"M": 1, "Q": 3}.get(unit)
    if step and count > 0:
        return first, shift_months(first, step * count) - DAY
    if step:
        return shift_months(last.replace(day=1), step * count + 1), last
    days = abs(count) * (7 if unit == "w" else 1)
    return (first, first + timedelta(days=days - 1)) if count > 0 else (last - timedelta(days=days - 1), last)


def _nth_day(spec: Spec, ctx: Context) -> list[Span] | None:
    if spec.nthday is None:
        return None
    shift_by = timedelta(days=spec.nthday - 1)
    if spec.month is not None or spec.dmonth is not None:
        return [s for y, m in _months(spec, ctx) for s in _one(date(y, m, 1) + shift_by)]
    if _stated_year(spec):
        return [s for y in _years(spec, ctx) for s in _one(date(y, 1, 1) + shift_by)]
    return []


def _plain_month(spec: Spec, ctx: Context) -> list[Span] | None:
    if spec.month is None and spec.dmonth is None:
        return None
    return [_month(y, m) for y, m in _months(spec, ctx)]


def _quarters(spec: Spec, ctx: Context) -> list[Span] | None:
    """Quarters stay in the present year unless that reading contradicts the direction of the text."""
    if spec.dquarter is not None:
        first = shift_months(date(ctx.today.year, (ctx.today.month - 1) // 3 * 3 + 1, 1), 3 * spec.dquarter)
        return [(first, shift_months(first, 3) - DAY, "quarter")]
    if spec.quarter is None:
        return None
    starts = [date(y, 3 * spec.quarter - 2, 1) for y in _this_year(spec, ctx)]
    return [(d, shift_months(d, 3) - DAY, "quarter") for d in starts]


def _this_year(spec: Spec, ctx: Context) -> list[int]:
    return _years(spec, ctx) if _stated_year(spec) or ctx.pivot or ctx.past else [ctx.today.year]


def _halves(spec: Spec, ctx: Context) -> list[Span] | None:
    if spec.half is None:
        return None
    starts = [date(y, 1 if spec.half == 1 else 7, 1) for y in _this_year(spec, ctx)]
    return [(d, shift_months(d, 6) - DAY, "half") for d in starts]


def _seasons(spec: Spec, ctx: Context) -> list[Span] | None:
    if spec.vacation is not None:
        edges = ((7, 1), (8, 31)) if spec.vacation == "summer" else ((1, 20), (2, 20))
        return [(date(y, *edges[0]), date(y, *edges[1]), "days") for y in _years(spec, ctx)]
    if spec.season is None:
        return None
    names = ("立春", "立夏", "立秋", "立冬", "立春")
    first, last = names[spec.season], names[spec.season + 1]
    return [
        (almanac.solar_term(y, first), almanac.solar_term(y + (spec.season == 3), last) - DAY, "days")
        for y in _years(spec, ctx)
    ]


def _weekdays(spec: Spec, ctx: Context) -> list[Span] | None:
    if spec.dweek is None and spec.weekday is None and not spec.weekend:
        return None
    if spec.dweek is not None:
        mondays = [ctx.today + timedelta(days=7 * spec.dweek - ctx.today.weekday())]
    else:
        monday = ctx.around - timedelta(days=ctx.around.weekday())
        mondays = [monday + timedelta(days=7 * k) for k in (-1, 0, 1)]
    if spec.weekend:
        return [(m + 5 * DAY, m + 6 * DAY, "weekend") for m in mondays]
    if spec.weekday is None:
        return [(m, m + 6 * DAY, "week") for m in mondays]
    return [s for m in mondays for s in _one(m + timedelta(days=spec.weekday))]


def _plain_year(spec: Spec, ctx: Context) -> list[Span] | None:
    if not _stated_year(spec):
        return None
    year = _years(spec, ctx)[0]
    return [(date(year, 1, 1), date(year + spec.years - 1, 12, 31), "year" if spec.years == 1 else "days")]


def _clock_days(spec: Spec, ctx: Context) -> list[Span] | None:
    if ctx.day is not None:
        return _one(ctx.day)
    return [s for k in ((-1, 0) if ctx.past else (0, 1)) for s in _one(ctx.around + timedelta(days=k))]


_READINGS: Final[tuple[Callable[[Spec, Context], list[Span] | None], ...]] = (
    _offset, _relative_day, _lunar, _make_up, _workday, _nth_weekday, _nth_workday, _nth_week, _day_of_month,
    _named, _edge,
    _ten_days, _firsts, _nth_day, _seasons, _quarters, _halves, _plain_month, _weekdays, _plain_year, _clock_days,
)  # fmt: skip


def candidates(spec: Spec, ctx: Context) -> list[Span]:
    """(first day, last day, grain) of everything the moment could mean near the pivot, ascending."""
    step = timedelta(days=spec.plus)
    for reading in _READINGS:
        spans = reading(spec, ctx)
        if spans is not None:
            return [(first + step, last + step, grain) for first, last, grain in spans]
    return []
