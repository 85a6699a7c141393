"""The message as a row of units: every typed value one unit, everything else one character."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

# One private character a kind, so that n-grams over the masked text see "a time", never which.
MASKS = {
    "time": "\ue000",
    "num": "\ue001",
    "door": "\ue002",
    "phone": "\ue003",
    "id": "\ue004",
    "ticket": "\ue005",
    "filing": "\ue006",
    "organization": "\ue007",
    "community": "\ue008",
    "town": "\ue009",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A typed value found by a grammar in the normalised text; `kind` is `time:range`, `num:people`, `door` …"""

    start: int
    end: int
    kind: str
    found: Any = None

    @property
    def family(self) -> str:
        return self.kind.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit: its characters, its mark (None for a plain character), the word around it and its BMES place."""

    start: int
    end: int
    text: str
    mark: Mark | None
    word: str
    place: str


def moved_mark(one: Mark, by: int) -> Mark:
    """A mark `by` characters further on."""
    return Mark(one.start + by, one.end + by, one.kind, one.found)


def moved_unit(one: Unit, by: int) -> Unit:
    """A unit `by` characters further on."""
    return Unit(one.start + by, one.end + by, one.text, one.mark, one.word, one.place)


def without_overlaps(marks: Iterable[Mark]) -> list[Mark]:
    """The marks in text order, earlier-listed (stronger) ones winning where two overlap."""
    kept: list[Mark] = []
    for mark in marks:
        if all(mark.end <= other.start or mark.start >= other.end for other in kept):
            kept.append(mark)
    return sorted(kept, key=lambda mark: mark.start)


def masked(text: str, marks: Sequence[Mark]) -> str:
    """`text` with every mark replaced by the private character of its family."""
    parts, at = [], 0
    for mark in marks:
        parts += [text[at : mark.start], MASKS[mark.family]]
        at = mark.end
    return "".join([*parts, text[at:]])


def units(text: str, marks: Sequence[Mark], cut: Any) -> list[Unit]:
    """The units of `text`; `cut` (str -> words) segments what lies between the marks."""
    row: list[Unit] = []
    at = 0
    for mark in [*marks, None]:
        until = mark.start if mark else len(text)
        for word in cut(text[at:until]) if until > at else ():
            row += _characters(word, at)
            at += len(word)
        if mark:
            row.append(Unit(mark.start, mark.end, text[mark.start : mark.end], mark, MASKS[mark.family], "S"))
            at = mark.end
    return row


def _characters(word: str, at: int) -> list[Unit]:
    if len(word) == 1:
        return [Unit(at, at + 1, word, None, word, "S")]
    places = "B" + "M" * (len(word) - 2) + "E"
    return [Unit(at + i, at + i + 1, c, None, word, p) for i, (c, p) in enumerate(zip(word, places, strict=True))]
