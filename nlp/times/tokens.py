"""Cuts a text into time tokens: at each place only the patterns that may begin there are tried."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from nlp.times.firsts import first_characters
from nlp.times.skips import SKIPS
from nlp.times.words import ROWS, Fill, Reader


@dataclass(slots=True)
class Token:
    """A piece of time language: its kind, place, the slots it fills and its rank from coarse (1) to fine (6)."""

    kind: str
    start: int
    end: int
    fill: Fill = field(default_factory=dict)
    rank: int = 0


_RULES: Final[tuple[tuple[str, int, str, Reader], ...]] = (*(("skip", 0, pattern, dict) for pattern in SKIPS), *ROWS)
_PARSED: Final = tuple(first_characters(pattern) for _, _, pattern, _ in _RULES)
_STARTS: Final = tuple(starts for starts, _ in _PARSED)
_STARTER: Final = re.compile(f"[{re.escape(''.join(sorted(set().union(*_STARTS))))}]")


@lru_cache(maxsize=2048)
def _rules_for(char: str) -> tuple[int, ...]:
    return tuple(i for i, starts in enumerate(_STARTS) if char in starts)


@lru_cache(maxsize=2048)
def _pattern(rules: tuple[int, ...]) -> tuple[re.Pattern[str], dict[int, tuple[int, int, int]]]:
    """One pattern of the rules that may begin with a character, and which of its groups belong to which rule."""
    parts: list[str] = []
    owners: dict[int, tuple[int, int, int]] = {}
    base = 0
    for rule in rules:
        groups = _PARSED[rule][1]
        parts.append(f"({_RULES[rule][2]})")
        owners[base + 1] = (rule, base + 1, base + 1 + groups)
        base += 1 + groups
    return re.compile("|".join(parts)), owners


_DOUBLE: Final = {"二月二": 2, "三月三": 3, "五月五": 5, "六月六": 6, "七月七": 7, "八月八": 8, "九月九": 9}


def scan(text: str) -> Iterator[Token]:
    """The time tokens of a normalised text, in order; everything else is left out."""
    at = 0
    while (here := _STARTER.search(text, at)) is not None:
        at = here.start()
        pattern, owners = _pattern(_rules_for(text[at]))
        match = pattern.match(text, at)
        if match is None or match.end() == at:
            at += 1
            continue
        at = match.end()
        rule, first, last = owners[match.lastindex or 1]
        kind, rank, _, reader = _RULES[rule]
        if kind != "skip":
            yield _token(kind, rank, match, reader(*match.groups()[first:last]))


def _token(kind: str, rank: int, match: re.Match[str], fill: Fill) -> Token:
    word = match.group()
    if word in _DOUBLE:
        fill = {"lunar": True, "month": _DOUBLE[word], "day": _DOUBLE[word]}
    if fill.get("day", 0) > 31 and word[-1] == "日":
        kind, fill = "dur", {"amounts": [(float(fill["day"]), "d")]}
    return Token(kind, match.start(), match.end(), fill, rank)
