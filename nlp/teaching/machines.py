"""Fits the linear machines: intent, danger and the classified slots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nlp.danger import danger_features
from nlp.features import message_features
from nlp.linear import Lexicon, Linear, Taught
from nlp.sentences import Example
from nlp.subtypes import SLOTS, subtype_features
from nlp.teaching.lessons import SEED, Lesson

LEAST = 2  # lines or variants a feature must occur in


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


def fair_heat(made: Sequence[Lesson], rows: Sequence[Sequence[str]]) -> float:
    """The heat of an intent model that has not seen every tenth line."""
    aside = [int(one.example.where.rpartition(":")[2] or 0) % 10 == 0 for one in made]
    seen = [i for i, out in enumerate(aside) if not out]
    unseen = [i for i, out in enumerate(aside) if out and not made[i].example.spelt]
    model = fit_intents([made[i] for i in seen], table([rows[i] for i in seen], LEAST))
    return best_heat(model, [rows[i] for i in unseen], [made[i].example.intent for i in unseen])
