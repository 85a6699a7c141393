"""Understands one message: normalise, find typed values, classify, tag, resolve, and check against what was asked."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from nlp import artefact
from nlp.answers import Answers
from nlp.danger import endangered
from nlp.features import message_features
from nlp.linking import known_names, name_values
from nlp.reading import Reading, read
from nlp.roles import typed_values
from nlp.segment import Jieba, Segmenter
from nlp.subtypes import subtype_values
from nlp.types import Understanding, Value
from nlp.wishes import later_clauses

if TYPE_CHECKING:
    from nlp.names import Vocabulary

RANKED = 5
SURE_OTHER = 0.6  # a later clause is a wish of its own from this probability on
_NO_WISH = ("dialog.", "chat.greet", "chat.thanks", "none")


class Understander:
    """The loaded models. Safe to share between threads; nothing in it changes after loading."""

    def __init__(self, models: artefact.Models, segmenter: Segmenter) -> None:
        self._models = models
        self._cut = segmenter.cut

    @classmethod
    def load(cls) -> Understander:
        """Loads the committed artefact and the dictionary of the segmenter."""
        return cls(artefact.load(), Jieba())

    def understand(self, text: str, now: datetime, vocabulary: Vocabulary, *, expecting: str | None = None,
                   community: str | None = None, role: str | None = None) -> Understanding:
        """Reads `text`, sent at the local time `now`.

        `expecting` is the slot the open form has just asked for, or `confirm`, or `choice`; an answer to it has the
        intent `dialog.answer`. `community` is the sender's own, where names are looked up first.
        """
        reading = read(text, now, self._cut, partial(known_names, vocabulary=vocabulary, community=community))
        ranking = self._ranked(reading)
        intent, confidence = ranking[0]
        values: list[Value] = []
        if expecting and (answer := Answers(self._models).read(reading, expecting, ranking, now)):
            intent, confidence, values = answer
        tagged = self._models.tagger.tag(reading.row, intent) if reading.row else []
        tagged = [(s, p) for s, p in tagged if s.slot not in {v.slot for v in values}]
        values += typed_values(tagged, reading, intent, now)
        values += name_values(tagged, reading, vocabulary, community)
        values += subtype_values(reading, intent, self._models.subtypes)
        slots = {value.slot: value.value for value in reversed(values)}
        return Understanding(text, intent, round(confidence, 4), slots, endangered(reading, self._models.danger),
                             self._others(reading, intent, now), tuple(ranking[:RANKED]), tuple(values))

    def _ranked(self, reading: Reading) -> list[tuple[str, float]]:
        model = self._models.intent
        chances = model.probabilities(message_features(reading.masked, reading.words, reading.marks))
        best = np.argsort(-chances, kind="stable")[: 2 * RANKED]
        return [(model.classes[i], round(float(chances[i]), 4)) for i in best]

    def _others(self, reading: Reading, intent: str, now: datetime) -> tuple[str, ...]:
        found: list[str] = []
        for clause in later_clauses(reading.text):
            other, chance = self._ranked(read(clause, now, self._cut, lambda text: ()))[0]
            if chance >= SURE_OTHER and other != intent and other not in found and not other.startswith(_NO_WISH):
                found.append(other)
        return tuple(found)
