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
from nlp.linear import Floats, Ids
from nlp.linking import bare_name, known_names, name_values
from nlp.mending import mended, with_day
from nlp.net import Seen
from nlp.reading import Reading, read
from nlp.roles import Tagged, typed_values
from nlp.segment import Jieba, Segmenter
from nlp.sentences import Span
from nlp.subtypes import subtype_values
from nlp.types import Further, Understanding
from nlp.wishes import NO_WISH, Clause, Ranked, clauses, wish_features

if TYPE_CHECKING:
    from nlp.names import Vocabulary

RANKED = 5
# Weights of the linear machine and of the network, fitted on 3,434 messages that neither had seen.
COUNTED, SEEN = 0.6, 0.5
UNHEARD = 1e-5


class Understander:
    """The loaded models. Safe to share between threads; nothing in it changes after loading."""

    def __init__(self, models: artefact.Models, segmenter: Segmenter) -> None:
        self._models = models
        self._placed = [models.net.intents.index(intent) for intent in models.intent.classes]
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
        ids = self._ids(whole)
        counted = models.intent.probabilities(ids)
        meant = models.intent.likeliest(counted)
        danger = endangered(ids, models.danger, meant[0])
        reading, later = self._parted(whole, meant)
        if reading is not whole:
            ids = self._ids(reading)
            counted = models.intent.probabilities(ids)
        seen = models.net.see(reading.row)
        # Answers were taught beside the linear machine: with a question open it judges alone.
        ranking = weighed(self._ranked(counted, None if expecting else seen), expecting)
        intent, confidence = ranking[0]
        answer = answered(reading, ids, expecting, ranking, models.answer, models.lexicon) if expecting else None
        if expecting and not answer and (name := bare_name(reading, expecting)):
            answer = 1.0, name
        if answer:
            intent, (confidence, spans) = ANSWER, answer
            found = models.tagger.tag(reading.row, "dialog.correct", seen)
            told = any(span.slot == expecting for span, _ in found) and len(reading.marks) > 0
            tagged = found if told else spans + _beside(spans, found)
        else:
            tagged = models.tagger.tag(reading.row, intent, seen)
        tagged = with_day(mended(tagged, reading), reading, intent)
        values = typed_values(tagged, reading, intent, now)
        values += name_values(tagged, reading, vocabulary, community)
        asked = expecting if answer else None
        values += subtype_values(reading, ids, intent, models.subtypes, models.lexicon, asked)
        slots = {value.slot: value.value for value in reversed(values)}
        further = self._further(whole, later, intent)
        return Understanding(
            text,
            intent,
            round(confidence, 4),
            slots,
            danger,
            tuple(wish.intent for wish in further),
            tuple(ranking[:RANKED]),
            tuple(values),
            tuple(further),
        )

    def _ids(self, reading: Reading) -> Ids:
        return self._models.lexicon.ids(message_features(reading))

    def _ranked(self, counted: Floats, seen: Seen | None) -> list[Ranked]:
        """The likeliest intents by both readers: their probabilities multiplied, each tempered by its weight."""
        model, net = self._models.intent, self._models.net
        scores = np.log(counted + UNHEARD)
        if seen:
            scores = scores * COUNTED + net.chances(seen)[self._placed] * SEEN
        raised = np.exp(scores - scores.max())
        chances = raised / raised.sum()
        best = np.argsort(-chances, kind="stable")[: 2 * RANKED]
        return [(model.classes[i], round(float(chances[i]), 4)) for i in best]

    def _parted(self, whole: Reading, meant: Ranked) -> tuple[Reading, list[Clause]]:
        """The first wish of a message, and the clauses that begin further ones."""
        cuts = [clause for clause in clauses(whole.text) if not _inside(clause.start, whole)]
        found: list[Clause] = []
        for clause in cuts:
            after = self._best(whole.part(clause.said, clause.end))
            if after[0].startswith(NO_WISH):
                continue
            before = self._best(whole.part(found[-1].said if found else 0, clause.start))
            features = wish_features(whole.text, clause, before, after, meant)
            if not before[0].startswith(NO_WISH) and self._wishes(features):
                found.append(clause)
        return (whole.part(0, found[0].start) if found else whole), found

    def _further(self, whole: Reading, found: Sequence[Clause], main: str) -> list[Further]:
        """What each of these clauses wishes up to the next, each intent once."""
        ends = [*(clause.start for clause in found[1:]), len(whole.text)]
        wished: dict[str, Further] = {}
        for clause, end in zip(found, ends, strict=False):
            wish = whole.part(clause.said, end)
            counted = self._models.intent.probabilities(self._ids(wish))
            intent, _ = self._ranked(counted, self._models.net.see(wish.row))[0]
            if intent != main and not intent.startswith(NO_WISH):
                wished.setdefault(intent, Further(intent, whole.source.cut(clause.said, end)))
        return list(wished.values())

    def _best(self, reading: Reading) -> Ranked:
        return self._models.intent.best(self._ids(reading))

    def _wishes(self, features: Sequence[str]) -> bool:
        return self._models.wish.best(self._models.lexicon.ids(features))[0] == "yes"


def _inside(at: int, reading: Reading) -> bool:
    """Whether a cut there would part a value: 12月5日 9:00."""
    return any(mark.start < at < mark.end for mark in reading.marks)


def _beside(taken: Tagged, tagged: Tagged) -> list[tuple[Span, float]]:
    """The tagged spans of other slots that leave `taken` alone."""
    return [
        (span, score)
        for span, score in tagged
        if all(span.slot != own.slot and (span.end <= own.start or own.end <= span.start) for own, _ in taken)
    ]
