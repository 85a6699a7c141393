"""Examples made ready for training: read as the models will read messages, with their spans in the normalised text."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from nlp import augment
from nlp.linking import known_names
from nlp.names import Entry, Vocabulary
from nlp.normalise import Normalised
from nlp.reading import Names, Reading, read
from nlp.sentences import Example, Span, phrases
from nlp.units import Mark

NOW = datetime(2026, 11, 24, 10)  # any fixed moment: models see kinds of times, never dates
SEED = 20261124
VARIANTS = 2
Cut = Callable[[str], list[str]]


@dataclass(frozen=True, slots=True)
class Lesson:
    """An example made ready for training: how it reads, and its spans in the normalised text."""

    example: Example
    reading: Reading
    spans: tuple[Span, ...]


def lessons(examples: Sequence[Example], cut: Cut, seed: int = SEED, count: int = VARIANTS) -> list[Lesson]:
    """Every example as it stands and `count` variants of each that is no alternation; deterministic for a seed."""
    chance = random.Random(seed)
    values = augment.pools(examples)
    names = _directory(examples, chance)
    made = []
    for example in examples:
        made.append(lesson(example, cut, names if chance.random() < 0.5 else nobody))
        for one in augment.variants(example, values, chance, 0 if example.spelt else count):
            made += [lesson(one, cut, names if chance.random() < 0.5 else nobody)]
    return made


def lesson(example: Example, cut: Cut, names: Names) -> Lesson:
    """Reads one example with the names of some directory."""
    reading = read(example.text, NOW, cut, names)
    return Lesson(example, reading, projected(example.spans, reading.source))


def _directory(examples: Iterable[Example], chance: random.Random) -> Names:
    """A vocabulary of the real communities and towns and half of the organisations in the examples."""
    said = {e.text[s.start : s.end] for e in examples for s in e.spans if s.slot == "organization"}
    entries = [Entry("organization", f"o{i}", name) for i, name in enumerate(sorted(said)) if chance.random() < 0.5]
    entries += [Entry("community", f"c{i}", f"{name}社区") for i, name in enumerate(phrases()["communities"])]
    entries += [Entry("community", f"v{i}", f"{name}村") for i, name in enumerate(phrases()["villages"])]
    entries += [Entry("town", f"t{i}", name) for i, name in enumerate(phrases()["towns"])]
    return partial(known_names, vocabulary=Vocabulary.build(entries))


def nobody(text: str) -> list[Mark]:
    return []


def projected(spans: Iterable[Span], source: Normalised) -> tuple[Span, ...]:
    """Spans of the original text as spans of the normalised one; those normalised away vanish."""
    moved = []
    for span in spans:
        inside = [i for i, at in enumerate(source.offsets[:-1]) if span.start <= at < span.end]
        if inside:
            moved.append(Span(inside[0], inside[-1] + 1, span.slot))
    return tuple(moved)
