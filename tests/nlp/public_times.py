"""Compares readings with the public expressions of JioNLP and chrono, in the terms both sides share."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from nlp.times import TimeExpression, find_times

DATA = Path(__file__).parent.parent / "data"
_PARTS = {"MO": (4, 12), "MI": (11, 14), "AF": (12, 18), "EV": (17, 24), "NI": (0, 24)}
_LENGTHS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "workday": 86400, "month": 2592000, "year": 31536000}


@dataclass(frozen=True, slots=True)
class Case:
    """One public expression: its text, the clock it is read at, and what is expected of it."""

    text: str
    now: datetime
    expected: Any
    source: str


def _base(value: Any) -> datetime:
    if value is None:
        return datetime(2026, 11, 24, 10)
    if isinstance(value, str):
        return datetime.fromisoformat(value)
    fields = list(value.values()) if isinstance(value, dict) else value
    return datetime(*(list(fields) + [1, 1][max(0, len(fields) - 1) :])) if len(fields) < 3 else datetime(*fields)


def jionlp() -> list[Case]:
    """All cases of the JioNLP file."""
    rows = json.loads((DATA / "jionlp_time_parse.json").read_text("utf-8"))
    return [Case(r["text"], _base(r["base"]), r["expected"], "jionlp") for r in rows]


def chrono() -> list[Case]:
    """The cases of the chrono file that state a date or its parts."""
    rows = json.loads((DATA / "chrono_zh_hans.json").read_text("utf-8"))
    return [
        Case(r["text"], datetime.fromisoformat(r["ref"]), r, "chrono")
        for r in rows
        if r["ref"] and (r["start"] or r.get("start_date"))
    ]


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text[:10] if text[10:11] == "T" and text[11:12].isalpha() else text)


def _same_start(ours: str, theirs: datetime) -> bool:
    """Days match as days, parts of day by containing the hour, clocks to the minute."""
    if len(ours) == 10:
        return ours == theirs.date().isoformat()
    if ours[11].isalpha():
        low, high = _PARTS[ours[11:]]
        return ours[:10] == theirs.date().isoformat() and low <= theirs.hour < high
    return abs(_moment(ours) - theirs) < timedelta(minutes=1)


def _same_end(ours: str, theirs: datetime) -> bool:
    if len(ours) == 10 or ours[11].isalpha():
        return ours[:10] == (theirs - timedelta(seconds=1)).date().isoformat() or ours[:10] == theirs.date().isoformat()
    return abs(_moment(ours) - theirs) <= timedelta(minutes=1)


def _agrees_interval(e: TimeExpression, first: str, last: str, now: datetime) -> bool:
    if e.kind == "before":  # 6点前 ends with 18:59 there, at 18:00 here
        return (
            last != "inf"
            and e.end is not None
            and _same_end(e.end, datetime.fromisoformat(last.replace(":59:59", ":00:00") if len(e.end) > 10 else last))
        )
    if e.start is None or (first == "-inf"):
        return (
            e.start is not None
            and last != "inf"
            and _same_start(e.start, datetime.fromisoformat(last).replace(second=0))
        )
    begins = _same_start(e.start, datetime.fromisoformat(first))
    if e.kind in ("after", "point") and (last == "inf" or len(e.start) > 10 or e.kind == "after"):
        return begins
    if e.kind == "point":
        return begins and datetime.fromisoformat(last) - datetime.fromisoformat(first) < timedelta(days=1, minutes=1)
    return begins and e.end is not None and last != "inf" and _same_end(e.end, datetime.fromisoformat(last))


def _agrees_period(e: TimeExpression, expected: dict[str, Any]) -> bool:
    if e.kind != "recurrence" or e.rule is None:
        return False
    parts = dict(p.split("=") for p in e.rule.split(";"))
    step = {
        "SECONDLY": 1,
        "MINUTELY": 60,
        "HOURLY": 3600,
        "DAILY": 86400,
        "WEEKLY": 604800,
        "MONTHLY": 2592000,
        "YEARLY": 31536000,
    }
    ours = step[parts["FREQ"]] * int(parts.get("INTERVAL", 1))
    theirs = sum(_LENGTHS[k] * v for k, v in expected["delta"].items())
    workdays = parts.get("BYDAY") == "MO,TU,WE,TH,FR"
    if abs(ours - theirs) > 0.02 * theirs and not workdays:
        return False
    point = expected.get("point")
    while isinstance(point, dict):
        point = point["time"]
    first = point[0][0] if point and isinstance(point[0], list) else point[0] if point else None
    return first is None or (e.start is not None and _same_start(e.start, datetime.fromisoformat(first)))


def _agrees_jionlp(e: TimeExpression, case: Case) -> bool:
    kind, value = case.expected["type"], case.expected["time"]
    if kind == "time_delta":
        low = value[0] if isinstance(value, list) else value
        return e.seconds is not None and abs(e.seconds - sum(_LENGTHS.get(k, 0) * v for k, v in low.items())) < 1
    if kind == "time_period":
        return _agrees_period(e, value)
    return _agrees_interval(e, value[0], value[1], case.now)


def _agrees_fields(ours: str | None, fields: dict[str, int]) -> bool:
    if ours is None:
        return False
    moment = _moment(ours)
    if len(ours) > 10 and ours[11].isalpha() and "hour" in fields:
        low, high = _PARTS[ours[11:]]
        if not low <= fields["hour"] < high:
            return False
        fields = {k: v for k, v in fields.items() if k != "hour"}
    keys = ("year", "month", "day", "hour", "minute", "second") if len(ours) > 10 else ("year", "month", "day")
    return all(getattr(moment, k) == v for k, v in fields.items() if k in keys)


def _agrees_chrono(e: TimeExpression, case: Case) -> bool:
    row = case.expected
    start = e.start or e.end
    if row.get("start_date") and start is not None:
        whole = datetime.fromisoformat(row["start_date"])
        days_only = len(start) == 10 or start[11].isalpha()
        if (
            (start[:10] != whole.date().isoformat())
            if days_only
            else abs(_moment(start) - whole) >= timedelta(minutes=1)
        ):
            # 五日内 is a day there and a range from today here; its last day is what both name.
            return e.kind == "range" and e.end is not None and e.end[:10] == whole.date().isoformat()
    fields_ok = not row["start"] or bool(row.get("start_date")) or _agrees_fields(start, row["start"])
    return fields_ok and (not row["end"] or _agrees_fields(e.end, row["end"]))


def agrees(case: Case) -> bool:
    """Whether one of the two reading directions gives the public value (neither source states a direction)."""
    check = _agrees_jionlp if case.source == "jionlp" else _agrees_chrono
    for past in (False, True):
        found = find_times(case.text, case.now, past=past)
        if found and check(found[0], case):
            return True
    return False
