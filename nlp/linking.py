"""Links the tagged names of organisations, communities and towns to the entries of the user's vocabulary."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from nlp.reading import Reading
from nlp.roles import Tagged, bare, written
from nlp.sentences import Span
from nlp.types import Value
from nlp.units import Mark

if TYPE_CHECKING:
    from nlp.names import Vocabulary

_OURS = re.compile(r"(?:我们|咱们|咱|伲|阿拉)(?:的|这个|村的?|社区的?)?$")  # 我们合唱队 is no team of another community
BESIDE = 3  # characters people put around a bare name
NAMED = ("organization", "community", "town")


def known_names(text: str, vocabulary: Vocabulary, community: str | None = None) -> Iterable[Mark]:
    """Marks of the vocabulary's names in a normalised text."""
    return [Mark(m.start, m.end, m.kind, m) for m in vocabulary.find(text, community=community)]


def bare_name(reading: Reading, kind: str) -> list[tuple[Span, float]]:
    """The span of a known name of that kind where it is nearly all the message says (我们合唱队, 梅园的)."""
    return [
        (Span(mark.start, mark.end, kind), 1.0)
        for mark in reading.marks
        if mark.family == kind and len(reading.text) - (mark.end - mark.start) <= BESIDE
    ][:1]


def name_values(tagged: Tagged, reading: Reading, vocabulary: Vocabulary, community: str | None) -> list[Value]:
    """Values of the tagged names: the span, and where it resolves without doubt its id and full name."""
    values: list[Value] = []
    for span, score in tagged:
        if span.slot in NAMED and not any(value.slot == span.slot for value in values):
            values += _linked(span, score, reading, vocabulary, community)
    return values


def _linked(span: Span, score: float, reading: Reading, vocabulary: Vocabulary, community: str | None) -> list[Value]:
    start, end = reading.source.source(span.start, span.end)
    said = written(span, reading)
    name = bare(reading.text[span.start : span.end])
    if not said:
        return []
    match = vocabulary.resolve(name, kind=span.slot, community=community)
    entries = [entry for entry, _ in match.candidates] if match else []
    if match and not match.certain and community and _OURS.search(reading.text[: span.start]):
        entries = [entry for entry in entries if community in (entry.community, entry.id)]
    if not match or not match.certain or span.slot != "organization":
        value = entries[0].name if match and match.certain else said
        choices = tuple((entry.id, entry.name) for entry in entries) if match and not match.certain else ()
        return [Value(span.slot, value, start, end, "names" if entries else "tagger", score, choices)]
    entry, sure = match.candidates[0]
    return [
        Value("organization", said, start, end, "names", score),
        Value("organization_id", entry.id, start, end, "names", round(sure, 4)),
        Value("organization_name", entry.name, start, end, "names", round(sure, 4)),
    ]
