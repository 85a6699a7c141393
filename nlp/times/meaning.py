"""Turns read expressions into the values of the contract."""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final

from nlp.times.days import Context, seconds, shift
from nlp.times.recur import recur
from nlp.times.resolve import Value, resolve, resolve_range
from nlp.times.spec import Node, Spec

_EVENING: Final = re.compile(
    "夜巡|夜查|夜访|夜校|夜跑|夜游|夜市|夜谈|夜话|广场舞|晚饭后|夜饭后|晚饭|纳凉|乘凉|晚会|宵夜|夜宵|夜间巡逻|夜场|跳舞|巡夜"
)
_MORNING: Final = re.compile("晨练|晨跑|早锻炼|早操|早市|早餐|早饭|升旗|晨会|早会|早读|早茶|晨读")
_LISTED: Final = re.compile(r"\s?[、,，和及与]\s?")
_REACH: Final = 12


@dataclass(frozen=True, slots=True)
class TimeExpression:
    """A time expression of a text; values as in contract 4.2, `grain` and `reading` say how it was understood."""

    span: str
    offset: int
    kind: str
    start: str | None = None
    end: str | None = None
    seconds: int | None = None
    rule: str | None = None
    grain: str = ""
    reading: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Meaning:
    kind: str
    start: str | None = None
    end: str | None = None
    seconds: int | None = None
    rule: str | None = None
    grain: str = ""
    reading: str = ""
    note: str = ""
    day: date | None = None


def express(nodes: list[Node], text: str, plain: str, ctx: Context) -> list[TimeExpression]:
    """The contract's values of the nodes; a clock without a day takes the day named before it."""
    found: list[TimeExpression] = []
    day: date | None = None
    part = ""
    ended = 0
    for node in nodes:
        here = replace(ctx, day=day, hint=_hint(plain, node) or _lent_part(node, part))
        if plain.endswith(("刚刚", "刚才", "刚"), 0, node.start):
            here = replace(here, past=True)
        if (
            day
            and node.first
            and node.first.day
            and _LISTED.fullmatch(plain, ended, node.start)
            and _bare_day(node.first)
        ):
            here = replace(here, pivot=datetime.combine(day, time()), past=False)  # 9月10日、20日
        ended = node.end
        try:
            meaning = _mean(node, here)
        except (ValueError, OverflowError):  # a year or length beyond the calendar
            continue
        if meaning is None:
            continue
        day = meaning.day or day
        part = node.first.part or "" if node.first and node.first.hour is None else ""
        span = text[node.start : node.end].rstrip()
        found.append(
            TimeExpression(span, node.start, meaning.kind, meaning.start, meaning.end, meaning.seconds, meaning.rule,
                           meaning.grain, meaning.reading, meaning.note)
        )  # fmt: skip
    return found


def _lent_part(node: Node, part: str) -> str:
    """下周二晚上的舞蹈房 7点到9点: a bare clock takes the part of day said just before it."""
    spec = node.first
    bare = spec is not None and spec.hour is not None and not spec.part and not spec.dated
    return part if bare and node.every is None else ""


def _bare_day(spec: Spec) -> bool:
    return spec.month is None and spec.dmonth is None and not spec.lunar and spec.dday is None


def _hint(text: str, node: Node) -> str:
    """The part of day that words near an expression suggest for its hour (夜巡七点, 晨练六点)."""
    spec = node.first
    if spec is None or spec.hour is None or spec.part or (node.last is not None and node.last.part):
        return ""
    near = text[max(0, node.start - _REACH) : node.end + _REACH]
    if _MORNING.search(near):
        return "MO"
    return "EV" if _EVENING.search(near) and spec.hour >= 5 else ""


def _mean(node: Node, ctx: Context) -> _Meaning | None:
    if node.every is not None:
        return _recurrence(node, ctx)
    if node.days is not None:
        return _weekday_span(node, ctx)
    if node.amounts is not None:
        return _length(node, ctx)
    if node.first is None:
        return None
    return _span(node, node.first, node.last, ctx) if node.last is not None else _single(node, node.first, ctx)


def _recurrence(node: Node, ctx: Context) -> _Meaning | None:
    found = recur(node, replace(ctx, day=None))
    if found is None:
        return None
    start = found.start.opening() if found.start else None
    end = found.end.closing() if found.end else None
    return _Meaning("recurrence", start, end, rule=found.rule, grain="set", reading="recurrence", day=None)


def _weekday_span(node: Node, ctx: Context) -> _Meaning | None:
    days = node.days or []
    if len(days) == 1:
        return _single(node, Spec(weekday=days[0], rank=4), ctx)
    return _span(node, Spec(weekday=days[0], rank=4), Spec(weekday=days[-1], rank=4), ctx)


def _length(node: Node, ctx: Context) -> _Meaning | None:
    amounts = node.amounts or []
    if node.lead == "in":
        value = resolve(Spec(offset=amounts, rank=3), ctx)
        return _Meaning("point", value.opening(), grain=value.grain, reading="offset") if value else None
    if node.tail == "within" or node.lead == "coming":
        return _stretch(ctx.now, shift(ctx.now, amounts), "within")
    if node.tail == "since" or node.lead == "past":
        return _stretch(shift(ctx.now, [(-n, u) for n, u in amounts]), ctx.now, "lately")
    return _Meaning("duration", seconds=seconds(amounts), grain="length", reading="duration")


def _stretch(first: datetime | tuple[datetime, bool], last: datetime | tuple[datetime, bool], reading: str) -> _Meaning:
    (a, fine), (b, also) = (v if isinstance(v, tuple) else (v, False) for v in (first, last))
    if fine or also:
        return _Meaning(
            "range", a.isoformat(timespec="minutes"), b.isoformat(timespec="minutes"), grain="minute", reading=reading
        )
    return _Meaning("range", a.date().isoformat(), b.date().isoformat(), grain="days", reading=reading)


def _span(node: Node, first: Spec, last: Spec, ctx: Context) -> _Meaning | None:
    ctx = replace(ctx, day=None) if first.dated else ctx
    pair = resolve_range(first, last, ctx)
    if pair is None:
        return None
    start, end = pair
    if node.tail == "before" and not end.at:
        return _Meaning("range", start.opening(), end.closing(), grain="days", reading="range", day=start.first)
    return _Meaning("range", start.opening(), end.closing(), grain="days" if not (start.at or start.part) else "minute",
                    reading="range", day=start.first if first.dated else None)  # fmt: skip


def _single(node: Node, spec: Spec, ctx: Context) -> _Meaning | None:
    if spec.dated and not spec.next:
        ctx = replace(ctx, day=None)
    value = resolve(spec, replace(ctx, past=True) if node.tail == "since" else ctx)
    if value is None:
        missing = "make-up workdays are not yet announced" if spec.makeup else ""
        return _Meaning("point", note=missing, reading="make-up workday") if missing else None
    day = value.first if spec.dated else None
    if node.lead == "to" and node.tail == "before":
        return _Meaning("before", end=value.closing(), grain=value.grain, reading="until", day=day)
    return replace(_bounded(node, spec, value, ctx), day=day)


def _bounded(node: Node, spec: Spec, value: Value, ctx: Context) -> _Meaning:
    tail = node.tail
    if tail == "before":
        return _Meaning("before", end=_limit(spec, value), grain=value.grain, reading="before")
    if tail == "from" and spec.hour is not None and node.lead != "from":  # 下午两点开始 names the hour it begins
        tail = ""
    if tail in ("after", "from"):
        start = value.closing() if _edged(spec) else value.opening()
        return _Meaning("after", start=start, grain=value.grain, reading="after")
    if tail == "since" and value.first <= ctx.today:
        return _Meaning("range", value.opening(), ctx.today.isoformat(), grain="days", reading="since")
    if value.first != value.last:
        return _Meaning("range", value.opening(), value.closing(), grain=value.grain, reading="unit")
    return _Meaning("point", value.opening(), grain=value.grain, reading="moment")


def _edged(spec: Spec) -> bool:
    return any(v is not None for v in (spec.edge, spec.medge, spec.xun)) and not spec.timed


def _limit(spec: Spec, value: Value) -> str:
    """The last moment before a bound: 12月之前 ends with November, 月底前 and 周五前 with the day named."""
    if value.at or value.part or _edged(spec) or value.first == value.last:
        return value.closing()
    if spec.named:
        return value.first.isoformat()
    return (value.first - timedelta(days=1)).isoformat()
