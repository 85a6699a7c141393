"""Parts the examples that hold several wishes, and fits the machine that says where a further one begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np

from nlp.features import message_features
from nlp.linear import Taught
from nlp.teaching.lessons import Lesson
from nlp.teaching.machines import LEAST, fit_intents, fit_linear, heated, table
from nlp.wishes import NO_WISH, Clause, Ranked, clauses, wish_features

HEAT = 0.45  # of a model that only helps to part wishes


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
