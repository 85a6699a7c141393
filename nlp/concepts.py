"""Finds the ideas of the field in a text: the words of `concepts.txt`, however they are cut."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path


@cache
def _words() -> tuple[Mapping[str, tuple[str, ...]], int]:
    """Ideas by word, and the length of the longest word."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in (Path(__file__).parent / "concepts.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            idea, *words = line.split()
            for word in words:
                found[word].append(idea)
    return {word: tuple(ideas) for word, ideas in found.items()}, max(map(len, found))


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


def _found(text: str) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    words, longest = _words()
    for at in range(len(text)):
        for size in range(min(longest, len(text) - at), 0, -1):
            if ideas := words.get(text[at : at + size]):
                yield at, at + size, ideas
                break
