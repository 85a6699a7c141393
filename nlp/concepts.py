"""Finds the ideas of the field in a text: the words of `concepts.txt`, however they are cut."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

_NONE: Final[Mapping[str, tuple[str, ...]]] = {}


@cache
def _words() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Ideas by word, by the word's first character, longest words first."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in (Path(__file__).parent / "concepts.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            idea, *words = line.split()
            for word in words:
                found[word].append(idea)
    by_first: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for word in sorted(found, key=len, reverse=True):
        by_first[word[0]][word] = tuple(found[word])
    return by_first


def concepts(text: str) -> list[str]:
    """The ideas in `text` in the order their words begin; at each place the longest word counts."""
    return [idea for _, _, ideas in _found(text) for idea in ideas]


def spread(text: str) -> list[str]:
    """For each character the idea of the first word that covers it (`B` where the word begins), or nothing."""
    covered = [""] * len(text)
    for start, end, ideas in _found(text):
        for at in range(start, end):
            covered[at] = covered[at] or f"{'B' if at == start else 'I'}{ideas[0]}"
    return covered


@lru_cache(maxsize=64)
def _found(text: str) -> list[tuple[int, int, tuple[str, ...]]]:
    """(start, end, ideas) of the longest word at each place that begins one."""
    words = _words()
    found = []  # asked for twice: by the message's features and by its units'
    for at, char in enumerate(text):
        for word, ideas in words.get(char, _NONE).items():
            if text.startswith(word, at):
                found.append((at, at + len(word), ideas))
                break
    return found
