"""Recurrences as RFC 5545 rules with their first occurrence.

What the standard cannot say is approximated and stays exact in `start`: a lunar day of the month or of the year becomes
plain FREQ=MONTHLY or FREQ=YEARLY from its first occurrence (RFC 5545 has no lunar calendar); 每周两次 names no days and
becomes FREQ=WEEKLY. 隔天, 隔周, 隔月 and 每隔一天 mean every second one; 每隔N (N > 1) means every N.
UNTIL is a date where the occurrences have no clock, else the end of that day, as the standard demands of its type.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from nlp.times import calendar as almanac
from nlp.times.days import DAY, Context
from nlp.times.resolve import Value, resolve, second_end, settle
from nlp.times.spec import Node, Spec

_FREQ: Final = {
    "s": ("SECONDLY", 1), "m": ("MINUTELY", 1), "q": ("MINUTELY", 15), "h": ("HOURLY", 1),
    "d": ("DAILY", 1), "wd": ("DAILY", 1),
    "w": ("WEEKLY", 1), "M": ("MONTHLY", 1), "Q": ("MONTHLY", 3), "Y": ("YEARLY", 1),
}  # fmt: skip
_LAST_DAY: Final = (-1, "d")  # 每月最后一天
_HALVES: Final = {"h": ("MINUTELY", 30), "Y": ("MONTHLY", 6), "M": ("DAILY", 15), "d": ("HOURLY", 12)}


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A rule, its first occurrence and, for a clock range, the end of that."""

    rule: str
    start: Value | None
    end: Value | None


def _frequency(node: Node) -> tuple[str, int]:
    unit, count = node.every or ("w", 1)
    if count == 0.5:
        return _HALVES.get(unit, _FREQ[unit])
    name, step = _FREQ[unit]
    return name, max(1, round(step * count))


def _by(node: Node, freq: str) -> tuple[str, list[str]]:
    """The frequency, corrected where the days demand another, and the BY parts of the rule."""
    spec = node.first or Spec()
    if node.days:
        return "WEEKLY", ["BYDAY=" + ",".join(almanac.WEEKDAYS[d] for d in node.days)]
    if freq == "YEARLY":
        return freq, _by_year(spec)
    if freq == "MONTHLY":
        return freq, _by_month(node, spec)
    weekdays = [s.weekday for s in (spec, *node.more) if s.weekday is not None]
    if spec.weekend:
        return "WEEKLY", ["BYDAY=SA,SU"]
    if weekdays and freq in ("WEEKLY", "DAILY"):
        return "WEEKLY", ["BYDAY=" + ",".join(almanac.WEEKDAYS[d] for d in sorted(set(weekdays)))]
    return freq, []


def _by_month(node: Node, spec: Spec) -> list[str]:
    if spec.lunar:
        return []
    if spec.worknth is not None:
        return ["BYDAY=MO,TU,WE,TH,FR", f"BYSETPOS={spec.worknth}"]
    if spec.nths is not None:
        return ["BYDAY=" + ",".join(f"{n}{almanac.WEEKDAYS[spec.weekday or 0]}" for n in spec.nths)]
    if spec.nth is not None:
        days = ("SA",) if spec.weekend else (almanac.WEEKDAYS[spec.weekday or 0],)
        return ["BYDAY=" + ",".join(f"{spec.nth}{d}" for d in days)]
    if spec.day is not None:
        days_of_month = [spec.day] + ([spec.today] if spec.today else []) + [s.day for s in node.more if s.day]
        return ["BYMONTHDAY=" + ",".join(str(d) for d in sorted(set(days_of_month)))]
    if spec.medge is not None or spec.edge is not None:
        return ["BYMONTHDAY=" + {"end": "-1", "mid": "15"}.get(spec.medge or spec.edge or "", "1")]
    if spec.nthday is not None:
        return [f"BYMONTHDAY={spec.nthday}"]
    return []


def _by_year(spec: Spec) -> list[str]:
    rule = almanac.NAMED.get(spec.named or "", "")
    if rule and rule[0] in "LET":
        return []
    if "." in rule:
        month, nth = rule.split(".")
        return [f"BYMONTH={month}", f"BYDAY={nth}"]
    if rule:
        month, day = rule.split("-")
        return [f"BYMONTH={month}", f"BYMONTHDAY={day}"]
    if spec.lunar or spec.month is None:
        return ["BYMONTH=12", "BYMONTHDAY=31"] if spec.edge == "end" and not spec.lunar else []
    parts = [f"BYMONTH={spec.month}"]
    if spec.nth is not None:
        parts.append(f"BYDAY={spec.nth}{almanac.WEEKDAYS[5 if spec.weekend else spec.weekday or 0]}")
    elif spec.day is not None:
        parts.append(f"BYMONTHDAY={spec.day}")
    return parts


def _months_between(node: Node) -> list[str]:
    """每年9月到11月."""
    first, last = node.first, node.last
    if first and last and first.month and last.month and first.day is None:
        over = 12 if last.month < first.month else 0
        span = [(m - 1) % 12 + 1 for m in range(first.month, last.month + over + 1)]
        return ["BYMONTH=" + ",".join(map(str, span))]
    return []


def recur(node: Node, ctx: Context) -> Recurrence | None:
    """The rule and first occurrence of a recurrence node."""
    freq, interval = _frequency(node)
    if freq == "MONTHLY" and node.first and node.first.firsts == _LAST_DAY:
        node.first = replace(node.first, firsts=None, medge="end")
    freq, parts = _by(node, freq)
    if freq == "YEARLY":
        parts = _months_between(node) or parts
    since = resolve(node.since, ctx) if node.since else None
    floor = max(ctx.now, since.begin) if since else ctx.now
    if ctx.past and not since:
        floor = ctx.now
    spec = node.first or Spec()
    start = _first(node, spec, freq, replace(ctx, pivot=floor if floor != ctx.now else None))
    end = second_end(start, spec, node.last, ctx) if start and node.last and node.last.timed else None
    tail = _limit(node, start, replace(ctx, pivot=start.begin if start else None, past=False))
    rule = ";".join([f"FREQ={freq}", *([f"INTERVAL={interval}"] if interval > 1 else []), *parts, *tail])
    return Recurrence(rule, start, end)


def _limit(node: Node, start: Value | None, ctx: Context) -> list[str]:
    if node.count:
        return [f"COUNT={node.count}"]
    until = resolve(node.until, ctx) if node.until else None
    if until is None:
        return []
    day = until.last.strftime("%Y%m%d")
    return [f"UNTIL={day}T235959" if start and start.at else f"UNTIL={day}"]


def _first(node: Node, spec: Spec, freq: str, ctx: Context) -> Value | None:
    """The first occurrence from now on (or from the given beginning); today counts while its hour is to come."""
    if freq in ("HOURLY", "MINUTELY", "SECONDLY"):
        return Value(ctx.today, ctx.today, "instant", at=ctx.now.replace(second=0, microsecond=0))
    ahead = replace(ctx, past=False)
    weekly = node.days or (
        [d for d in [s.weekday for s in (spec, *node.more)] if d is not None] if freq == "WEEKLY" else []
    )
    if spec.weekend and freq == "WEEKLY":
        weekly = [5, 6]
    if freq in ("DAILY", "WEEKLY"):
        days = [ahead.around + timedelta(days=k) for k in range(15)]
        wanted = [d for d in days if not weekly or d.weekday() in weekly]
    elif not spec.dated:
        wanted = [ahead.around, ahead.around + DAY]
    else:
        return _dated(node, spec, ahead)
    bare = spec.clock_only()
    floor = ahead.pivot or ahead.now
    options = (settle(bare, (d, d, "day"), ahead) for d in wanted)
    return next((v for v in options if v is not None and v.finish >= floor), None)


def _dated(node: Node, spec: Spec, ctx: Context) -> Value | None:
    """The earliest of the named days of a month or year."""
    twins = [replace(spec, nth=n) for n in (spec.nths or ())[1:]]
    found = [resolve(s, ctx) for s in (spec, *twins, *(_same_clock(m, spec) for m in node.more))]
    options = [_as_day(v, spec) for v in found if v is not None]
    return min(options, key=lambda v: v.begin) if options else None


def _as_day(value: Value, spec: Spec) -> Value:
    """每月底 recurs on the last day, 每月初 on the first, a month on its first day."""
    if value.at or value.first == value.last:
        return value
    day = value.last if "end" in (spec.medge, spec.edge) else value.first
    if spec.medge == "mid":
        day = value.first.replace(day=15)
    return replace(value, first=day, last=day)


def _same_clock(extra: Spec, spec: Spec) -> Spec:
    return extra.at_clock_of(spec)
