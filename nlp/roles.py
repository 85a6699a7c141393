"""Turns tagged spans into the contract's slot values: times by the past or future reading, numbers, doors, names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from nlp.doors import find_doors
from nlp.features import SURNAMES
from nlp.numbers import Number, find_numbers
from nlp.reading import Reading
from nlp.sentences import Span
from nlp.times import as_json, find_times, period
from nlp.types import Value

COUNTS = frozenset({"headcount", "volunteers", "households"})
TIMES = frozenset({"start", "end", "repeat", "period"})
# Intents that tell of what has happened: 周三 is the last Wednesday.
PAST = frozenset(
    {
        "activity.report",
        "dispute.report",
        "dispute.update",
        "safety.report",
        "safety.log",
        "safety.update",
        "care.record",
        "points.record",
        "finance.record",
        "party.record",
        "disclosure.publish",
        "disclosure.query",
        "stats.query",
        "points.query",
        "dispute.status",
        "safety.status",
        "filing.status",
        "deliberation.query",
        "project.query",
        "coverage.query",
    }
)
_EDGES = " \n\t,，.。;；:：、!！?？\"'“”‘’()（）【】《》「」…~-"

_PAIRS = {"“": "”", "‘": "’", "(": ")", "（": "）", "《": "》", "【": "】", "「": "」"}
_VOLUNTEERS = re.compile("志愿|义工|红马甲")
ALONE = 3  # characters beside a number that is all the message says
_MONEY = re.compile(r"[钱费款赔花付收支补押租共要价额捐垫账块金销用买卖¥￥]|(?<!单)元")
MOVING = ("activity.change", "dialog.correct")
_NIGHT = re.compile(r"夜[巡里间查跑市校读班]|晚会|晚上|晚间|今晚|昨晚|明晚")
_DAYTIME = re.compile(r"[早晨上中下午晚夜]|0\d:|[aApP]\.?[mM]")
_CLOCK = re.compile(r"T(?:0[5-9]|1[01]):")
_FIGURE = re.compile(r"[\d号]")
_AHEAD = re.compile(r"约|定于|定在|准备|打算|计划|下次|等|争取|限|要求")  # said just before a day still to come
_FORMER = re.compile(r"(?:原来?的?|原负责人|以前的?|前任|老队长|老会长)(?:是|叫)?$")
_GOING = re.compile(r"不干|不做|走了|去世|过世|病|退|身体|年纪|搬|辞|离|调走")
_CALLED = re.compile(r"(?:老师|师傅|书记|主任|医生|律师|教授|队长|会长|社长|阿姨|女士|先生|同志|大姐|大哥)$")
_ORDINAL = re.compile(r"(?:第|接龙[:：]?\s?)$")
_THEN = re.compile(r"[以之]?前|内|再")  # said just after one

Tagged = Sequence[tuple[Span, float]]


def typed_values(tagged: Tagged, reading: Reading, intent: str, now: datetime) -> list[Value]:
    """The values of all spans but names of organisations, communities and towns (those need the vocabulary)."""
    values = _times([one for one in tagged if one[0].slot in TIMES], reading, intent, now)
    for span, score in sorted(tagged, key=lambda one: (_counted(one[0], reading), _leaving(one[0], reading))):
        made = _READERS.get(span.slot, _text)(span, reading) if span.slot not in TIMES else {}
        values += [_value(slot, value, span, reading, score) for slot, value in made.items()]
    return values


def _counted(span: Span, reading: Reading) -> int:
    """Of several head counts the one that says so goes first: 磨刀56把, 受益140人次; 一个 counts nobody."""
    number = _number(span, reading) if span.slot in COUNTS else None
    return 0 if number is None or number.kind != "plain" else 2 if number.value == 1 else 1


def _leaving(span: Span, reading: Reading) -> bool:
    """Whether a person is named as the one who goes: 原来的张玉芬不干了, 现在是沈美华."""
    before, after = reading.text[max(span.start - 4, 0) : span.start], reading.text[span.end : span.end + 4]
    return span.slot == "person" and bool(_FORMER.search(before) or _GOING.match(after))


def bare(text: str) -> str:
    """`text` without the punctuation around it."""
    return text.strip(_EDGES)


def written(span: Span, reading: Reading) -> str:
    """The span as it stands in the message, with an opening quote whose partner is inside (“情暖重阳”文艺演出)."""
    start, end = reading.source.source(span.start, span.end)
    core = bare(reading.source.original[start:end])
    before = reading.source.original[max(start - 1, 0) : start]
    return before + core if before in _PAIRS and _PAIRS[before] in core else core


def _value(slot: str, value: Any, span: Span, reading: Reading, score: float, source: str = "tagger") -> Value:
    start, end = reading.source.source(span.start, span.end)
    return Value(slot, value, start, end, source, round(score, 4))


# --- times ----------------------------------------------------------------------------------------------------


def _times(tagged: Tagged, reading: Reading, intent: str, now: datetime) -> list[Value]:
    past = intent in PAST
    values: list[Value] = []
    for slot in ("start", "repeat", "end", "period"):
        spans = [(span, score) for span, score in tagged if span.slot == slot]
        back = past and slot != "end" and not any(_ahead(span, reading) for span, _ in spans)
        for (span, score), found in _by_weight(_resolved(spans, reading, now, back), intent, reading):
            taken = {value.slot for value in values}
            values += [
                _value(name, _at_night(value, span, reading), span, reading, score, f"times:{found['kind']}")
                for name, value in _slots_of(slot, found).items()
                if name not in taken
            ]
    return values


def _at_night(value: str, span: Span, reading: Reading) -> str:
    """夜巡七点 is 19:00 (contract 4.2): a morning hour without a part of day, where the message speaks of the night."""
    said = reading.text[span.start : span.end]
    if not _CLOCK.search(value) or _DAYTIME.search(said) or not _NIGHT.search(reading.text):
        return value
    moved = datetime.fromisoformat(value) + timedelta(hours=12)
    return moved.isoformat(timespec="minutes")


Resolved = tuple[tuple[Span, float], dict[str, Any]]


def _by_weight(found: Iterable[Resolved], intent: str, reading: Reading) -> list[Resolved]:
    """What counts first: of a change the time told last (原定周六 改到周日); else a clock, then a date in figures."""
    row = list(found)
    return row[::-1] if intent in MOVING else sorted(row, key=lambda one: _vagueness(one[0][0], one[1], reading))


def _vagueness(span: Span, found: Mapping[str, Any], reading: Reading) -> tuple[int, bool]:
    start, said = found.get("start") or "", reading.text[span.start : span.end]
    return 0 if ":" in start else 1 if "T" in start else 2, not _FIGURE.search(said)


def _ahead(span: Span, reading: Reading) -> bool:
    """Whether a report speaks here of what is still to come: 约周五下午两点再谈, 三天内换."""
    before, after = reading.text[max(span.start - 4, 0) : span.start], reading.text[span.end : span.end + 2]
    return bool(_AHEAD.search(before) or _THEN.match(after))


def _resolved(spans: Tagged, reading: Reading, now: datetime, past: bool) -> Iterable[Resolved]:
    """Each span with what it says in its place: an hour takes its day from before (周四那场改九点).

    A day and a clock that stand apart (后天 … 9点) are read as one.
    """
    texts = [reading.text[span.start : span.end] for span, _ in spans]
    if len(spans) > 1:
        joined = find_times(" ".join(texts), now, past=past)
        if len(joined) == 1:
            return [(spans[0], _json(joined[0]))]
    placed = _in_place(reading, now, past) if spans else {}
    return [
        (one, _json(found))
        for one, text in zip(spans, texts, strict=True)
        if (found := placed.get((one[0].start, one[0].end)) or next(iter(find_times(text, now, past=past)), None))
    ]


def _in_place(reading: Reading, now: datetime, past: bool) -> dict[tuple[int, int], Any]:
    """What the times of the message say, by where they stand."""
    if past:
        return {(e.offset, e.offset + len(e.span)): e for e in find_times(reading.text, now, past=True)}
    return {(mark.start, mark.end): mark.found for mark in reading.marks if mark.family == "time"}


def _json(expression: Any) -> dict[str, Any]:
    found: dict[str, Any] = dict(as_json(expression))
    return found | {"period": period(expression)}


def _slots_of(slot: str, found: dict[str, Any]) -> dict[str, Any]:
    """The slots one expression fills when tagged `slot`."""
    start, end, kind = found.get("start"), found.get("end"), found["kind"]
    if slot == "period":
        first, _, last = (found["period"] or "").partition("/")
        one_day = first == last and not found["span"].endswith("期间")
        return {"start": start} if one_day and start else _present({"period": found["period"]})
    if kind == "recurrence":
        clocked = {"start": start, "end": end} if start and "T" in start else {}
        return _present({"repeat": found.get("rule"), **clocked})
    if slot == "end" or kind == "before":
        return _present({"end": end or start})
    return _present({"start": start, "end": end if kind == "range" else None})


def _present(slots: dict[str, Any]) -> dict[str, Any]:
    return {slot: value for slot, value in slots.items() if value is not None}


# --- everything else ------------------------------------------------------------------------------------------


def _text(span: Span, reading: Reading) -> dict[str, Any]:
    text = written(span, reading)
    return {span.slot: text} if text else {}


def _place(span: Span, reading: Reading) -> dict[str, Any]:
    if reading.text[span.start] in "从在到于" and span.end - span.start > 2:
        span = replace(span, start=span.start + 1)
    doors = find_doors(reading.text[span.start : span.end])
    return _text(span, reading) | ({"building": doors[0].building} if doors else {})


def _person(span: Span, reading: Reading) -> dict[str, Any]:
    """A full name without what its bearer is called: 姚静老师 is 姚静, 王阿姨 stays."""
    text = written(span, reading)
    name = _CALLED.sub("", text)
    return {"person": name if len(name) >= 2 and name[0] in SURNAMES else text} if text else {}


def _count(span: Span, reading: Reading) -> dict[str, Any]:
    number = _number(span, reading)
    slot = "headcount" if span.slot == "volunteers" and not _VOLUNTEERS.search(reading.text) else span.slot
    return {slot: int(number.value)} if number else {}


def _amount(span: Span, reading: Reading) -> dict[str, Any]:
    """A bare number is money only where a word of money is near: 2号楼202和203 is none."""
    number = _number(span, reading)
    if number and len(reading.text) - (span.end - span.start) <= ALONE:
        return {span.slot: number.value}
    near = reading.text[max(span.start - 8, 0) : span.end + 2]
    return {span.slot: number.value} if number and (number.kind == "money" or _MONEY.search(near)) else {}


def _hours(span: Span, reading: Reading) -> dict[str, Any]:
    number = _number(span, reading)
    if number and number.kind in ("hours", "plain"):
        return {"hours": number.value}
    lasting = [e.seconds for e in find_times(reading.text[span.start : span.end], datetime(2026, 1, 1)) if e.seconds]
    return {"hours": round(lasting[0] / 3600, 2)} if lasting else {}


def _number(span: Span, reading: Reading) -> Number | None:
    """The number of a span: as found in the whole text, else as the span alone reads (第12期 counts nothing)."""
    for mark in reading.marks:
        if mark.start < span.end and span.start < mark.end and isinstance(mark.found, Number):
            return mark.found
    if _ORDINAL.search(reading.text[: span.start]):
        return None
    return next(iter(find_numbers(reading.text[span.start : span.end])), None)


def _digits(span: Span, reading: Reading) -> dict[str, Any]:
    number = _number(span, reading)
    return {span.slot: number.unit} if number and number.kind in ("phone", "id_number") else _text(span, reading)


_READERS: dict[str, Callable[[Span, Reading], dict[str, Any]]] = {
    "place": _place,
    "person": _person,
    "headcount": _count,
    "volunteers": _count,
    "households": _count,
    "hours": _hours,
    "money": _amount,
    "phone": _digits,
    "id_number": _digits,
    "organization": lambda span, reading: {},
    "community": lambda span, reading: {},
    "town": lambda span, reading: {},
}
