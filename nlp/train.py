"""Builds the trained artefact from the example sentences: `python -m nlp.train`; `--check` only compares hashes."""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pycrfsuite

from nlp import artefact, augment
from nlp.danger import danger_features
from nlp.features import message_features, unit_features
from nlp.linear import Linear
from nlp.linking import known_names
from nlp.names import Entry, Vocabulary
from nlp.normalise import Normalised
from nlp.reading import Names, Reading, read
from nlp.segment import Jieba
from nlp.sentences import Example, Span, load
from nlp.subtypes import SLOTS, subtype_features
from nlp.tagger import labelled
from nlp.units import Mark

SENTENCES = Path(__file__).parents[1] / "handlers"
NOW = datetime(2026, 11, 24, 10)  # any fixed moment: models see kinds of times, never dates
SEED = 20261124
VARIANTS = 3
Cut = Callable[[str], list[str]]


@dataclass(frozen=True, slots=True)
class Lesson:
    """An example made ready for training: how it reads, and its spans in the normalised text."""

    example: Example
    reading: Reading
    spans: tuple[Span, ...]
    weight: float = 1.0


def lessons(examples: Sequence[Example], cut: Cut, seed: int = SEED, count: int = VARIANTS) -> list[Lesson]:
    """Every example as it stands and `count` variants of it; deterministic for a seed."""
    chance = random.Random(seed)
    values = augment.pools(examples)
    names = _directory(examples, chance)
    made = []
    for example in examples:
        made.append(lesson(example, cut, names if chance.random() < 0.5 else _nobody))
        for one in augment.variants(example, values, chance, count):
            made.append(lesson(one, cut, names if chance.random() < 0.5 else _nobody, 1 / count))
    return made


def lesson(example: Example, cut: Cut, names: Names, weight: float = 1.0) -> Lesson:
    """Reads one example with the names of some directory."""
    reading = read(example.text, NOW, cut, names)
    return Lesson(example, reading, projected(example.spans, reading.source), weight)


def _directory(examples: Iterable[Example], chance: random.Random) -> Names:
    """A vocabulary of the real communities and towns and half of the organisations in the examples."""
    said = {e.text[s.start : s.end] for e in examples for s in e.spans if s.slot == "organization"}
    entries = [Entry("organization", f"o{i}", name) for i, name in enumerate(sorted(said)) if chance.random() < 0.5]
    entries += [Entry("community", f"c{i}", f"{name}社区") for i, name in enumerate(augment.COMMUNITIES)]
    entries += [Entry("community", f"v{i}", f"{name}村") for i, name in enumerate(augment.VILLAGES)]
    entries += [Entry("town", f"t{i}", name) for i, name in enumerate(augment.TOWNS)]
    return partial(known_names, vocabulary=Vocabulary.build(entries))


def _nobody(text: str) -> list[Mark]:
    return []


def projected(spans: Iterable[Span], source: Normalised) -> tuple[Span, ...]:
    """Spans of the original text as spans of the normalised one; those normalised away vanish."""
    moved = []
    for span in spans:
        inside = [i for i, at in enumerate(source.offsets[:-1]) if span.start <= at < span.end]
        if inside:
            moved.append(Span(inside[0], inside[-1] + 1, span.slot))
    return tuple(moved)


def fit_linear(rows: Sequence[Sequence[str]], labels: Sequence[str], weights: Sequence[float], strength: float = 10.0,
               least: int = 2, balanced: bool = False) -> Linear:
    """Multinomial logistic regression over binary features; `strength` is sklearn's C, `least` the fewest rows of a feature."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    counts = Counter(feature for row in rows for feature in row)
    features = sorted(feature for feature, count in counts.items() if count >= least)
    index = {feature: at for at, feature in enumerate(features)}
    idf = np.log(len(rows) / np.array([counts[f] for f in features], dtype=np.float64)) + 1.0
    data: list[float] = []
    columns: list[int] = []
    starts = [0]
    for row in rows:
        ids = [index[f] for f in row if f in index]
        length = float(np.sqrt((idf[ids] ** 2).sum())) or 1.0
        columns += ids
        data += (idf[ids] / length).tolist()
        starts.append(len(columns))
    matrix = csr_matrix((data, columns, starts), shape=(len(rows), len(features)))
    model = LogisticRegression(C=strength, max_iter=300, tol=1e-3, class_weight="balanced" if balanced else None)
    model.fit(matrix, np.array(labels), sample_weight=np.array(weights))
    return _linear(model, features, idf)


def _linear(model: Any, features: Sequence[str], idf: Any) -> Linear:
    weights, bias = model.coef_.T, model.intercept_
    if len(model.classes_) == 2:  # sklearn keeps one column for two classes
        weights, bias = np.hstack([-weights / 2, weights / 2]), np.hstack([-bias / 2, bias / 2])
    return Linear(tuple(str(c) for c in model.classes_), tuple(features), idf.astype(np.float16).astype(np.float32),
                  weights.astype(np.float16).astype(np.float32), bias.astype(np.float32))


def fit_intents(made: Sequence[Lesson], strength: float = 20.0) -> Linear:
    """The intent of the whole message."""
    return fit_linear([features_of(one.reading) for one in made], [one.example.intent for one in made],
                      [one.weight for one in made], strength)


def features_of(reading: Reading) -> list[str]:
    return message_features(reading.masked, reading.words, reading.marks)


def fit_danger(made: Sequence[Lesson]) -> Linear:
    """Life or limb at risk now: `yes` or `no`."""
    return fit_linear([danger_features(one.reading) for one in made], ["yes" if one.example.danger else "no" for one in made],
                      [one.weight for one in made], 20.0, balanced=True)


def fit_subtypes(made: Sequence[Lesson]) -> dict[str, Linear]:
    """One model for each classified slot, on the messages of the intents that carry it."""
    fitted = {}
    for slot, intents in SLOTS.items():
        chosen = [one for one in made if one.example.intent in intents]
        labels = [_fact(one.example, slot) for one in chosen]
        if len(set(labels)) > 1:
            rows = [subtype_features(one.reading) for one in chosen]
            fitted[slot] = fit_linear(rows, labels, [one.weight for one in chosen], 20.0)
    return fitted


def _fact(example: Example, slot: str) -> str:
    value = example.facts.get(slot, "")
    return "、".join(value) if isinstance(value, list) else str(value)


def fit_tagger(made: Sequence[Lesson], passes: int = 120, c1: float = 0.05, c2: float = 0.02) -> bytes:
    """The CRF over units, as the bytes of its model file."""
    trainer = pycrfsuite.Trainer(verbose=False)
    trainer.set_params({"c1": c1, "c2": c2, "max_iterations": passes, "feature.possible_transitions": False})
    for one in made:
        if one.reading.row:
            trainer.append(unit_features(one.reading.row, one.example.intent), labelled(one.reading.row, one.spans))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "tagger"
        trainer.train(str(path))
        return path.read_bytes()


def build(folder: Path) -> None:
    """Trains everything and writes the artefact."""
    examples = load(SENTENCES)
    made = lessons(examples, Jieba().cut)
    artefact.save(folder, fit_intents(made), fit_danger(made), fit_subtypes(made), fit_tagger(made),
                  artefact.sources_hash(SENTENCES))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m nlp.train", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say whether the artefact matches its sources")
    if parser.parse_args().check:
        wrong = artefact.mismatch(artefact.FOLDER, SENTENCES)
        print(wrong or "the artefact matches its sources", file=sys.stderr if wrong else sys.stdout)
        return 1 if wrong else 0
    build(artefact.FOLDER)
    return 0


if __name__ == "__main__":
    sys.exit(main())
