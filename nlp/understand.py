"""Understands one message: normalise, find typed values, classify, tag, resolve, and check against what was asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from nlp import artefact
from nlp.answers import ANSWER, answered, weighed
from nlp.danger import endangered
from nlp.features import message_features
from nlp.linking import bare_name, known_names, name_values
from nlp.mending import mended, with_day
from nlp.reading import Names, Reading, read
from nlp.roles import Tagged, typed_values
from nlp.segment import Jieba, Segmenter
from nlp.sentences import Span
from nlp.subtypes import subtype_values
from nlp.types import Understanding
from nlp.wishes import AFTER_PAUSE, later_clauses

if TYPE_CHECKING:
    from nlp.names import Vocabulary

RANKED = 5
SURE_FIRST = 0.4  # what comes before a further wish must be a wish itself, from this probability on
_NO_WISH = ("dialog.", "chat.greet", "chat.thanks", "chat.help", "none")


class Understander:
    """The loaded models. Safe to share between threads; nothing in it changes after loading."""

    def __init__(self, models: artefact.Models, segmenter: Segmenter) -> None:
        self._models = models
        self._cut = segmenter.cut

    @classmethod
    def load(cls) -> Understander:
        """Loads the committed artefact and the dictionary of the segmenter."""
        return cls(artefact.load(), Jieba())

    def understand(
        self,
        text: str,
        now: datetime,
        vocabulary: Vocabulary,
        *,
        expecting: str | None = None,
        community: str | None = None,
        role: str | None = None,
    ) -> Understanding:
        """Reads `text`, sent at the local time `now`.

        `expecting` is the slot the open form has just asked for, or `confirm`, or `choice`; an answer to it has the
        intent `dialog.answer`. `community` is the sender's own, where names are looked up first.
        """
        models = self._models
        names = partial(known_names, vocabulary=vocabulary, community=community)
        whole = read(text, now, self._cut, names)
        features = message_features(whole)
        danger = endangered(features, models.danger)
        reading, later = self._parted(whole, now, names)
        features = features if reading is whole else message_features(reading)
        ranking = weighed(self._ranked(features), expecting)
        intent, confidence = ranking[0]
        answer = answered(reading, features, expecting, ranking, models.answer) if expecting else None
        if expecting and not answer and (name := bare_name(reading, expecting)):
            answer = 1.0, name
        if answer:
            intent, (confidence, spans) = ANSWER, answer
            found = models.tagger.tag(reading.row, "dialog.correct")
            told = any(span.slot == expecting for span, _ in found) and len(reading.marks) > 0
            tagged = found if told else spans + _beside(spans, found)
        else:
            tagged = models.tagger.tag(reading.row, intent)
        tagged = with_day(mended(tagged, reading), reading, intent)
        values = typed_values(tagged, reading, intent, now)
        values += name_values(tagged, reading, vocabulary, community)
        values += subtype_values(reading, features, intent, models.subtypes, expecting if answer else None)
        slots = {value.slot: value.value for value in reversed(values)}
        return Understanding(
            text,
            intent,
            round(confidence, 4),
            slots,
            danger,
            tuple(other for other in later if other != intent),
            tuple(ranking[:RANKED]),
            tuple(values),
        )

    def _ranked(self, features: Sequence[str]) -> list[tuple[str, float]]:
        model = self._models.intent
        chances = model.probabilities(features)
        best = np.argsort(-chances, kind="stable")[: 2 * RANKED]
        return [(model.classes[i], round(float(chances[i]), 4)) for i in best]

    def _parted(self, whole: Reading, now: datetime, names: Names) -> tuple[Reading, list[str]]:
        """The first wish of a message and the intents of those after it; the whole where there is but one."""
        for clause in later_clauses(whole.text):
            other = self._alone(whole, clause.said, clause.end, now, names)
            if not self._wishes(other, clause.least):
                continue
            first = read(whole.source.original[: whole.source.offsets[clause.start]], now, self._cut, names)
            main, sure = self._ranked(message_features(first))[0]
            alike = clause.least < AFTER_PAUSE or self._ranked(message_features(whole))[0][0] == main
            if sure >= SURE_FIRST and alike and not main.startswith(_NO_WISH) and _apart(main, other[0], clause.least):
                return first, self._rest(whole, clause.start, now, names)
        return whole, []

    def _rest(self, whole: Reading, start: int, now: datetime, names: Names) -> list[str]:
        """The intents of the clauses from `start` on that are wishes, each once."""
        found: list[str] = []
        for clause in later_clauses(whole.text):
            other = self._alone(whole, clause.said, clause.end, now, names)
            if clause.start >= start and self._wishes(other, clause.least) and other[0] not in found:
                found.append(other[0])
        return found

    def _alone(self, whole: Reading, start: int, end: int, now: datetime, names: Names) -> tuple[str, float]:
        part = read(whole.source.cut(start, end), now, self._cut, names)
        return self._ranked(message_features(part))[0]

    def _wishes(self, other: tuple[str, float], least: float) -> bool:
        return other[1] >= least and not other[0].startswith(_NO_WISH)


def _apart(main: str, other: str, least: float) -> bool:
    """Two intents are two wishes; without a connective only where they are about different things."""
    return main != other and (least < AFTER_PAUSE or main.partition(".")[0] != other.partition(".")[0])


def _beside(taken: Tagged, tagged: Tagged) -> list[tuple[Span, float]]:
    """The tagged spans of other slots that leave `taken` alone."""
    return [
        (span, score)
        for span, score in tagged
        if all(span.slot != own.slot and (span.end <= own.start or own.end <= span.start) for own, _ in taken)
    ]
