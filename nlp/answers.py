"""Reads elliptical answers against the slot the open form has just asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from nlp.linear import Ids, Lexicon, Linear
from nlp.reading import Reading
from nlp.roles import bare
from nlp.sentences import CLASSIFIED, Span

ANSWER = "dialog.answer"
DIALOG = ("dialog.confirm", "dialog.deny", "dialog.cancel", "dialog.correct")
# The family of typed value that each question asks for; the rest are answered in free words.
ASKED = {
    "headcount": "num",
    "volunteers": "num",
    "households": "num",
    "hours": "num",
    "money": "num",
    "start": "time",
    "end": "time",
    "repeat": "time",
    "period": "time",
    "phone": "phone",
    "id_number": "id",
    "ticket_no": "ticket",
    "filing_no": "filing",
}
FREE = ("title", "place", "organization", "community", "town", "person", "reason")
# What people put around a bare answer.
BEFORE = ("", "", "", "就是", "在", "是", "大概", "应该是", "就", "嗯 ", "那就", "叫", "放在", "因为")
AFTER = ("", "", "", "吧", "啊", "的", "左右", "。", "呀", "好了")
_AROUND = re.compile(
    r"^(?:嗯|哦|那|就|是|在|叫做?|放在|应该|大概|因为|为了|由于|我们|的|\s|,)*|(?:吧|啊|呀|哦|呢|哈|好了|就行|就好|左右|\s|。|!)*$"
)
_BOOST = 4.0  # how much likelier yes, no and corrections are when a confirmation was asked for


def answer_features(reading: Reading, expecting: str) -> list[str]:
    """How the typed values of a message fit the question: what is known besides its own features."""
    family = ASKED.get(expecting, "")
    fits = [mark for mark in reading.marks if mark.family == family]
    bare_length = len(reading.text) - sum(mark.end - mark.start for mark in fits)
    return [
        f"e={expecting}",
        f"e={expecting}/{bool(fits)}",
        f"e={bool(fits)}/{min(bare_length, 8)}",
        f"e={bool(family)}/{min(len(reading.text) // 3, 6)}",
    ]


def weighed(ranking: Sequence[tuple[str, float]], expecting: str | None) -> list[tuple[str, float]]:
    """The ranking when a yes or no was asked for: those count for more."""
    if expecting != "confirm":
        return list(ranking)
    raised = [(intent, chance * (_BOOST if intent in DIALOG else 1.0)) for intent, chance in ranking]
    total = sum(chance for _, chance in raised) or 1.0
    return sorted(((intent, round(chance / total, 4)) for intent, chance in raised), key=lambda pair: -pair[1])


def answered(
    reading: Reading, ids: Ids, expecting: str, ranking: Sequence[tuple[str, float]], model: Linear, lexicon: Lexicon
) -> tuple[float, list[tuple[Span, float]]] | None:
    """Probability and span of an answer to the question; None where the message is a wish, a yes or a no of its own.

    A classified slot (dispute_type …) is answered without a span.
    """
    if expecting not in ASKED and expecting not in FREE and expecting not in CLASSIFIED:
        return None
    family = ASKED.get(expecting)
    fits = [mark for mark in reading.marks if mark.family == family]
    intent, sure = ranking[0]
    if not reading.row or (family and not fits) or (intent in DIALOG and sure >= 0.5 and not fits):
        return None
    asked = lexicon.ids(answer_features(reading, expecting))
    chance = float(model.probabilities(np.concatenate((ids, asked)))[model.classes.index("yes")])
    if chance < 0.5:
        return None
    if expecting in CLASSIFIED:
        return chance, []
    span = Span(fits[0].start, fits[0].end, expecting) if fits else _inside(reading.text, expecting)
    return chance, [(span, 1.0)]


def _inside(text: str, slot: str) -> Span:
    """The answer without what people put around it."""
    core = bare(_AROUND.sub("", text)) or bare(text)
    start = max(text.find(core), 0)
    return Span(start, start + len(core), slot)
