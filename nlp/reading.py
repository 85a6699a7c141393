"""Reads a message once for all models: normalised, typed values found, cut into units and words, masked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from nlp.codes import find_codes
from nlp.doors import find_doors
from nlp.normalise import Normalised, normalise
from nlp.numbers import find_numbers
from nlp.times import find_times
from nlp.units import Mark, Unit, masked, moved_mark, moved_unit, units, without_overlaps

Names = Callable[[str], Iterable[Mark]]


@dataclass(frozen=True, slots=True)
class Reading:
    """One message as the models see it; `row` covers `text`, `masked` has one private character a typed value."""

    source: Normalised
    text: str
    marks: Sequence[Mark]
    row: Sequence[Unit]
    masked: str
    words: Sequence[str]
    tenses: Sequence[str]

    def part(self, start: int, end: int) -> Reading:
        """What was read of `text[start:end]`; a value on the border belongs to where it begins."""
        source, text = self.source, self.text[start:end]
        marks = [moved_mark(mark, -start) for mark in self.marks if start <= mark.start < end]
        timed = zip((mark for mark in self.marks if mark.family == "time"), self.tenses, strict=True)
        tenses = [tense for mark, tense in timed if start <= mark.start < end]
        row = [moved_unit(unit, -start) for unit in self.row if start <= unit.start < end]
        words = [unit.word for unit in row if unit.place in "BS"]
        cut = Normalised(text, source.original, source.offsets[start : end + 1])
        return Reading(cut, text, marks, row, masked(text, marks), words, tenses)


def read(message: str, now: datetime, cut: Callable[[str], list[str]], names: Names) -> Reading:
    """`names` gives the marks (`organization`, `community`, `town`) of known names in a normalised text."""
    source = normalise(message)
    text = source.text
    marks = find_marks(text, now, names)
    row = units(text, marks, cut)
    words = [unit.word for unit in row if unit.place in "BS"]
    tenses = [tense(mark, now) for mark in marks if mark.family == "time"]
    return Reading(source, text, marks, row, masked(text, marks), words, tenses)


def find_marks(text: str, now: datetime, names: Names) -> list[Mark]:
    """The typed values of `text` without overlaps: codes and doors first, then the longest."""
    numbers = [Mark(n.start, n.end, _number_kind(n.kind), n) for n in find_numbers(text)]
    codes = [*find_codes(text), *(mark for mark in numbers if mark.family in ("phone", "id"))]
    doors = [Mark(d.start, d.end, "door", d) for d in find_doors(text)]
    times = [Mark(t.offset, t.offset + len(t.span), f"time:{t.kind}", t) for t in find_times(text, now)]
    rest = sorted([*names(text), *numbers, *times], key=lambda mark: mark.start - mark.end)
    return without_overlaps([*codes, *doors, *rest])


def tense(mark: Mark, now: datetime) -> str:
    """Whether a time lies before (`-`), on (`0`) or after (`+`) the day of `now`; empty where it says nothing."""
    day = (mark.found.start or mark.found.end or "")[:10]
    today = now.date().isoformat()
    return "" if not day else "-" if day < today else "+" if day > today else "0"


def _number_kind(kind: str) -> str:
    return {"phone": "phone", "id_number": "id"}.get(kind, f"num:{kind}")
