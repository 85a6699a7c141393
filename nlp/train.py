"""Builds the trained artefact from the example sentences: `python -m nlp.train`; `--check` only compares hashes."""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pycrfsuite

from nlp import artefact, augment
from nlp.answers import AFTER, ASKED, BEFORE, FREE, answer_features
from nlp.danger import danger_features
from nlp.features import message_features, unit_features
from nlp.linear import Lexicon, Linear, Taught
from nlp.linking import known_names
from nlp.names import Entry, Vocabulary
from nlp.normalise import Normalised
from nlp.reading import Names, Reading, read
from nlp.segment import Jieba
from nlp.sentences import Example, Span, load, phrases
from nlp.subtypes import SLOTS, subtype_features
from nlp.tagger import labelled
from nlp.units import Mark
from nlp.wishes import NO_WISH, Clause, Ranked, clauses, wish_features

SENTENCES = Path(__file__).parents[1] / "handlers"
NOW = datetime(2026, 11, 24, 10)  # any fixed moment: models see kinds of times, never dates
SEED = 20261124
VARIANTS = 2
LEAST = 2  # lines or variants a feature must occur in
HEAT = 0.45  # of a model that only helps to part wishes
ANSWERS = 900  # values of each slot that teach what an answer looks like
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
        made.append(lesson(example, cut, names if chance.random() < 0.5 else _nobody))
        for one in augment.variants(example, values, chance, 0 if example.spelt else count):
            made += [lesson(one, cut, names if chance.random() < 0.5 else _nobody)]
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


@dataclass(frozen=True, slots=True)
class Table:
    """Feature rows as a sparse matrix, with the features and their idf."""

    matrix: Any
    features: tuple[str, ...]
    idf: Any


def table(rows: Sequence[Sequence[str]], least: int) -> Table:
    """Binary features seen in `least` rows or more, weighted by idf, rows scaled to length one."""
    from scipy.sparse import csr_matrix

    counts = Counter(feature for row in rows for feature in row)
    features = tuple(sorted(feature for feature, count in counts.items() if count >= least))
    index = {feature: at for at, feature in enumerate(features)}
    idf = (np.log(len(rows) / np.array([counts[f] for f in features])) + 1.0).astype(np.float16).astype(np.float64)
    data: list[float] = []
    columns: list[int] = []
    starts = [0]
    for row in rows:
        ids = [index[feature] for feature in row if feature in index]
        data += (idf[ids] / (np.sqrt((idf[ids] ** 2).sum()) or 1.0)).tolist()
        columns += ids
        starts.append(len(columns))
    return Table(csr_matrix((data, columns, starts), shape=(len(rows), len(features))), features, idf)


def fit_linear(data: Table, labels: Sequence[str], strength: float = 0.7, balanced: bool = False) -> Taught:
    """A linear support vector machine, one class against the rest; `strength` is sklearn's C."""
    from sklearn.svm import LinearSVC

    machine = LinearSVC(C=strength, tol=1e-3, random_state=SEED, class_weight="balanced" if balanced else None)
    machine.fit(data.matrix, np.array(labels))
    slopes, bias = machine.coef_.T, machine.intercept_
    if len(machine.classes_) == 2:  # sklearn keeps one column for two classes
        slopes, bias = np.hstack([-slopes, slopes]), np.hstack([-bias, bias])
    model = Linear(
        tuple(str(c) for c in machine.classes_),
        data.idf.astype(np.float32),
        slopes.astype(np.float32),
        bias.astype(np.float32),
        np.arange(len(data.features), dtype=np.int32),
    )
    return Taught(model, Lexicon(data.features))


def fit_intents(made: Sequence[Lesson], data: Table) -> Taught:
    """The intent of the whole message, borrowing strength from what its noun and its verb have in common elsewhere.

    Scores of three machines (intent, noun, verb) are added; all being linear, the sum is one table of weights.
    """
    intents = [one.example.intent for one in made]
    taught = fit_linear(data, intents)
    whole = taught.model
    noun = fit_linear(data, [_noun(intent) for intent in intents]).model
    verb = fit_linear(data, [_verb(intent) for intent in intents]).model
    nouns = [noun.classes.index(_noun(intent)) for intent in whole.classes]
    verbs = [verb.classes.index(_verb(intent)) for intent in whole.classes]
    weights = whole.weights + noun.weights[:, nouns] + verb.weights[:, verbs]
    bias = whole.bias + noun.bias[nouns] + verb.bias[verbs]
    return replace(taught, model=replace(whole, weights=weights, bias=bias))


def heated(taught: Taught, heat: float) -> Taught:
    return replace(taught, model=replace(taught.model, heat=heat))


def _noun(intent: str) -> str:
    return intent.partition(".")[0]


def _verb(intent: str) -> str:
    return intent.partition(".")[2] or intent


def best_heat(taught: Taught, rows: Sequence[Sequence[str]], labels: Sequence[str]) -> float:
    """The heat that makes `labels` of unseen `rows` likeliest."""
    scores = np.array([taught.model.scores(taught.lexicon.ids(row)) for row in rows])
    right = np.array([taught.model.classes.index(label) for label in labels])
    loss = {}
    for heat in np.arange(0.1, 2.0, 0.05):
        raised = scores / heat
        raised = raised - raised.max(axis=1, keepdims=True)
        loss[float(heat)] = float(np.mean(np.log(np.exp(raised).sum(axis=1)) - raised[np.arange(len(right)), right]))
    return min(loss, key=lambda heat: loss[heat])


def fit_danger(made: Sequence[Lesson], rows: Sequence[Sequence[str]]) -> Taught:
    """Life or limb at risk now: `yes` or `no`."""
    return fit_linear(
        table([danger_features(row) for row in rows], LEAST),
        ["yes" if one.example.danger else "no" for one in made],
        balanced=True,
    )


def fit_answers(examples: Sequence[Example], cut: Cut) -> Taught:
    """Whether a message answers the question asked: bare values of the slot do, wishes do not."""
    chance = random.Random(SEED)
    asked = [*ASKED, *FREE]
    said: dict[str, set[str]] = {slot: set() for slot in asked}
    for example in examples:
        for span in example.spans:
            said.get(span.slot, set()).add(example.text[span.start : span.end])
    yes = [
        (chance.choice(BEFORE) + value + chance.choice(AFTER) + _more(said, chance), slot)
        for slot in asked
        for value in chance.sample(sorted(said[slot]), min(len(said[slot]), ANSWERS))
    ]
    no = [
        (example.text, chance.choice(asked))
        for example in examples
        if example.intent.startswith("chat")
        or not (example.intent.startswith(("dialog", "none")) or len(example.text) < 4)
    ]
    no += [(unknown, slot) for unknown in phrases()["unknown"] for slot in asked]
    pairs = [(text, slot, "yes") for text, slot in yes] + [(text, slot, "no") for text, slot in no]
    rows = []
    for text, slot, _ in pairs:
        reading = read(text, NOW, cut, _nobody)
        rows.append([*message_features(reading), *answer_features(reading, slot)])
    return fit_linear(table(rows, LEAST), [label for _, _, label in pairs], balanced=True)


def _more(said: Mapping[str, set[str]], chance: random.Random) -> str:
    """Now and then an answer says more than was asked: 王阿姨 13812345678."""
    if chance.random() < 0.75:
        return ""
    return " " + chance.choice(sorted(said[chance.choice(("phone", "start", "place", "headcount", "person"))]))


def fit_subtypes(made: Sequence[Lesson]) -> dict[str, Taught]:
    """One model for each classified slot, on the messages of the intents that carry it."""
    fitted = {}
    for slot, intents in SLOTS.items():
        chosen = [
            one
            for one in made
            if one.example.intent in intents and (slot in one.example.facts or not one.example.spelt)
        ]
        data = table([subtype_features(message_features(one.reading), one.example.intent) for one in chosen], LEAST)
        fitted[slot] = fit_linear(data, [_fact(one.example, slot) for one in chosen], strength=3.0)
    return fitted


def _fact(example: Example, slot: str) -> str:
    value = example.facts.get(slot, "")
    return "、".join(value) if isinstance(value, list) else str(value)


def fit_tagger(made: Sequence[Lesson], passes: int = 70, c1: float = 0.05, c2: float = 0.02) -> bytes:
    """The CRF over units, as the bytes of its model file."""
    trainer = pycrfsuite.Trainer(verbose=False)
    trainer.set_params({"c1": c1, "c2": c2, "max_iterations": passes, "feature.minfreq": 2})
    for one in made:
        if one.reading.row:
            trainer.append(unit_features(one.reading.row, one.example.intent), labelled(one.reading.row, one.spans))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "tagger"
        trainer.train(str(path))
        return path.read_bytes()


def build(folder: Path) -> None:
    """Trains everything and writes the artefact."""
    examples, cut = load(SENTENCES), Jieba().cut
    whole = lessons(
        examples, cut, count=0
    )  # names and values are masked anyway: variants teach the classifiers nothing
    plain, wish = parted(whole)
    rows = [message_features(one.reading) for one in plain]
    heat = _heat(plain, rows)
    data = table(rows, LEAST)
    linear = {
        "intent": heated(fit_intents(plain, data), heat),
        "danger": fit_danger(whole, [message_features(one.reading) for one in whole]),
        "answer": fit_answers(examples, cut),
        "wish": wish,
    }
    tagger = fit_tagger(lessons(examples, cut))
    artefact.save(folder, linear, fit_subtypes(plain), tagger, artefact.sources_hash(SENTENCES))


def parted(made: Sequence[Lesson]) -> tuple[list[Lesson], Taught]:
    """Lessons with one wish each, and the model that says where a further wish begins.

    Lines say that there are further wishes, not where: each is parted where a model that has not seen it finds the
    wishes likeliest. The model of cuts learns from the same probabilities, as it meets them when it serves.
    """
    single: list[Lesson] = []
    judged: list[tuple[list[str], str]] = []
    for aside in (0, 1):
        seen = [one for i, one in enumerate(made) if i % 2 != aside and not one.example.others]
        rows = [message_features(one.reading) for one in seen]
        model = heated(fit_intents(seen, table(rows, LEAST)), HEAT)
        for one in (one for i, one in enumerate(made) if i % 2 == aside):
            parts, cuts = wish_lessons(one, model)
            single += parts
            judged += cuts
    rows, labels = [row for row, _ in judged], [label for _, label in judged]
    return single, fit_linear(table(rows, LEAST), labels)


def wish_lessons(one: Lesson, taught: Taught) -> tuple[list[Lesson], list[tuple[list[str], str]]]:
    """The single wishes of a lesson, and its cuts with what tells them (`yes`: a further wish begins here)."""
    reading, others, classes = one.reading, one.example.others, taught.model.classes
    cuts = [c for c in clauses(reading.text) if not any(m.start < c.start < m.end for m in reading.marks)]
    if len(cuts) < max(len(others), 1) or (one.example.spelt and not others):
        return [one], []

    @cache
    def chances(start: int, end: int) -> Any:
        return taught.probabilities(message_features(reading.part(start, end)))

    def likely(chosen: Sequence[Clause]) -> float:
        wished = zip((one.example.intent, *others), _stretches(chosen, reading.text), strict=True)
        return sum(float(np.log(chances(*part)[classes.index(intent)] + 1e-6)) for intent, part in wished)

    def best(start: int, end: int) -> Ranked:
        found = chances(start, end)
        return classes[int(found.argmax())], float(found.max())

    begun = max(combinations(cuts, len(others)), key=likely)
    judged, begin = [], 0
    for clause in cuts:
        before, after = best(begin, clause.start), best(clause.said, clause.end)
        if not (before[0].startswith(NO_WISH) or after[0].startswith(NO_WISH)):
            features = wish_features(reading.text, clause, before, after, best(0, len(reading.text)))
            judged.append((features, "yes" if clause in begun else "no"))
        begin = clause.said if clause in begun else begin
    wishes = zip((one.example.intent, *others), _stretches(begun, reading.text), strict=True)
    parts = [
        Lesson(replace(one.example, intent=intent, others=(), spelt=start > 0), reading.part(start, end), ())
        for intent, (start, end) in wishes
    ]
    return parts if others else [one], judged


def _stretches(begun: Sequence[Clause], text: str) -> list[tuple[int, int]]:
    """Where each wish is said, the first from the start of the message."""
    starts, ends = [0, *(clause.said for clause in begun)], [*(clause.start for clause in begun), len(text)]
    return list(zip(starts, ends, strict=True))


def _heat(made: Sequence[Lesson], rows: Sequence[Sequence[str]]) -> float:
    """The heat of an intent model that has not seen every tenth line."""
    aside = [int(one.example.where.rpartition(":")[2] or 0) % 10 == 0 for one in made]
    seen = [i for i, out in enumerate(aside) if not out]
    unseen = [i for i, out in enumerate(aside) if out and not made[i].example.spelt]
    model = fit_intents([made[i] for i in seen], table([rows[i] for i in seen], LEAST))
    return best_heat(model, [rows[i] for i in unseen], [made[i].example.intent for i in unseen])


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
