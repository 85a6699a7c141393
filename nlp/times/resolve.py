"""Sets a spoken moment against the calendar: the direction of the text picks among its candidate days."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final

from nlp.times.days import DAY, Context, Span, candidates, shift
from nlp.times.spec import Spec

# When the parts of a day begin and end, in hours; only to tell what is still to come.
PART_HOURS: Final = {"MO": (5, 12), "MI": (11, 14), "AF": (12, 18), "EV": (17, 24), "NI": (0, 24)}


@dataclass(frozen=True, slots=True)
class Value:
    """A resolved moment: first and last day, grain, and the part of day or clock where one was said."""

    first: date
    last: date
    grain: str
    part: str | None = None
    at: datetime | None = None
    seconds: bool = False

    @property
    def begin(self) -> datetime:
        if self.at:
            return self.at
        hour = PART_HOURS[self.part][0] if self.part else 0
        return datetime.combine(self.first, time(hour))

    @property
    def finish(self) -> datetime:
        if self.at:
            return self.at
        day = datetime.combine(self.last, time())
        return day + timedelta(hours=PART_HOURS[self.part][1] if self.part else 24) - timedelta(seconds=1)

    def opening(self) -> str:
        """The contract's text for its beginning."""
        return self._text(self.first)

    def closing(self) -> str:
        """The contract's text for its end (the last day included)."""
        return self._text(self.last)

    def _text(self, day: date) -> str:
        if self.at:
            return self.at.isoformat(timespec="seconds" if self.seconds else "minutes")
        return f"{day.isoformat()}T{self.part}" if self.part else day.isoformat()


# --- clocks
def clock(spec: Spec, hint: str = "") -> tuple[int, int] | None:
    """(days on, hour) of a spoken hour: by its part of day, else by the hint, else 1-6 in the afternoon."""
    hour = spec.hour
    if hour is None or hour > 24:
        return None
    if hour == 24:
        return 1, 0
    if hour >= 13 or hour == 0 or spec.style == "24" or spec.iso:
        return (1, 0) if hour == 0 and spec.part == "EV" else (0, hour)
    part = spec.part or hint
    if not part:
        return 0, hour + 12 if hour <= 6 else hour
    return _hour_in_part(hour, part, spec)


def _hour_in_part(hour: int, part: str, spec: Spec) -> tuple[int, int]:
    if part == "MO":
        return 0, hour
    if part == "MI":
        return 0, hour + 12 if hour <= 4 else hour
    if part == "AF":
        return 0, hour + 12 if hour < 12 else hour
    if spec.word in ("凌晨", "黎明", "拂晓"):
        return 0, hour % 12
    if part == "EV" and spec.part and spec.word != "傍晚":
        return (1, hour % 12) if hour == 12 or hour <= 4 else (0, hour + 12)
    if hour == 12:
        return 1, 0
    return 0, hour + 12 if hour >= (6 if part == "NI" else 1) else hour


def settle(spec: Spec, span: Span, ctx: Context) -> Value | None:
    """A value on one span of days: with its clock, its part of day, or neither."""
    first, last, grain = span
    if grain == "instant":
        found, _ = shift(ctx.now, spec.offset or [])
        exact = any(unit == "s" for _, unit in spec.offset or [])
        at = found.replace(second=found.second if exact else 0, microsecond=0)
        return Value(first, last, "instant", at=at, seconds=exact)
    hour = clock(spec, ctx.hint)
    if hour is not None:
        if spec.minute > 59 or (spec.second or 0) > 59:
            return None
        at = datetime.combine(first, time(hour[1], spec.minute, spec.second or 0)) + timedelta(days=hour[0])
        return Value(first, first, "minute", at=at, seconds=spec.second is not None)
    return Value(first, last, grain, part=spec.part)


def values(spec: Spec, ctx: Context) -> list[Value]:
    """Everything the moment could mean near now, ascending; exactly one where the text leaves no choice."""
    options = [settle(spec, span, ctx) for span in candidates(spec, ctx)]
    return [v for v in options if v is not None]


def resolve(spec: Spec, ctx: Context) -> Value | None:
    """The meaning of a moment: the coming one, or looking back the last one."""
    return choose(values(spec, ctx), ctx)


def choose(options: list[Value], ctx: Context) -> Value | None:
    """The first option not over by now; looking back, the last one begun. A lone option stands."""
    if len(options) <= 1:
        return options[0] if options else None
    now = ctx.pivot or ctx.now
    if ctx.past:
        begun = [v for v in options if v.begin <= now]
        return begun[-1] if begun else options[0]
    return next((v for v in options if v.finish >= now), options[-1])


def resolve_range(first: Spec, last: Spec, ctx: Context) -> tuple[Value, Value] | None:
    """Both ends of a range; what the second leaves out it takes from the first."""
    first = _with_clock_style(first, last, ctx)
    pairs = [(a, b) for a in values(first, ctx) for b in [second_end(a, first, last, ctx)] if b is not None]
    # 12月1日到明年1月31日: where the end is one fixed day, the nearest beginning before it is meant.
    later = [*pairs[1:], None]
    pairs = [p for p, n in zip(pairs, later, strict=True) if n is None or n[1] != p[1] or n[0].begin > p[1].finish]
    if not pairs:
        return None
    if len(pairs) == 1:
        return pairs[0]
    if ctx.past:
        begun = [p for p in pairs if p[0].begin <= ctx.now]
        return begun[-1] if begun else pairs[0]
    # A weekday said alone begins in the future; dates and clocks may already be running.
    running = first.bare_weekday is False
    return next((p for p in pairs if (p[1].finish if running else p[0].finish) >= ctx.now), pairs[-1])


def _with_clock_style(first: Spec, last: Spec, ctx: Context) -> Spec:
    """6:00-18:00 and 9时至17时 are on the 24-hour clock throughout."""
    if first.hour is None or last.hour is None or first.part or ctx.hint:
        return first
    early = 5 <= first.hour <= 6 or (first.style in ("时", ":") and 1 <= first.hour <= 6)
    return replace(first, style="24") if early and last.hour >= 13 and not last.dated else first


def second_end(start: Value, first: Spec, last: Spec, ctx: Context) -> Value | None:
    if not last.dated and last.hour is not None:
        return _second_clock(start, first, last, ctx)
    here = replace(ctx, pivot=start.begin, past=False, day=start.first)
    value = resolve(last, here)
    if value is not None and value.finish < start.begin and not last.dated:
        return replace(value, first=value.first + DAY, last=value.last + DAY)
    return value


def _second_clock(start: Value, first: Spec, last: Spec, ctx: Context) -> Value | None:
    """The earliest reading of the second clock after the first: same part, as spoken, twelve hours on, next day."""
    day, begin = start.first, start.begin
    here = replace(ctx, hint="" if first.part else ctx.hint)
    trials = [last] if last.part else [replace(last, part=first.part, word=first.word), last]
    if not last.part and last.hour is not None and last.hour < 12:
        trials.append(replace(last, hour=last.hour + 12))
    for extra in (0, 1):
        for trial in trials:
            then = day + timedelta(days=extra)
            value = settle(trial, (then, then, "day"), here)
            if value and value.at and value.at > begin:
                return value
    return None
