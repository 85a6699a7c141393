"""Tags the units of a message with slots (BIO): a linear-chain CRF of crfsuite and the network, weighed together."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
import pycrfsuite

from nlp.features import unit_features
from nlp.linear import Floats
from nlp.net import Net, Seen
from nlp.sentences import Span
from nlp.units import Unit

LEFT_OUT = 0.2
BELIEF = 1.4  # what the label of the CRF counts beside the scores of the network
HOPELESS = 7.0  # labels this far behind the best of a unit are not weighed
_ROLES = {
    "time": ("B-start", "B-end", "B-repeat", "B-period"),
    "num": ("B-headcount", "B-volunteers", "B-households", "B-hours", "B-money"),
    "door": ("B-place",),
    "organization": ("B-organization",),
    "community": ("B-community",),
    "town": ("B-town",),
}


class Tagger:
    """A trained CRF and the network: the likeliest labels by both. crfsuite keeps its sequence, hence the lock."""

    def __init__(self, model: bytes, net: Net) -> None:
        self._model = model  # crfsuite reads from this buffer for as long as it lives
        self._crf = pycrfsuite.Tagger()
        self._crf.open_inmemory(model)
        self._labels = net.labels
        self._at = {label: at for at, label in enumerate(net.labels)}
        self._net = net
        self._first, self._next = net.weights["first"].tolist(), net.weights["next"].tolist()
        self._lock = threading.Lock()

    def tag(self, row: Sequence[Unit], intent: str, seen: Seen) -> list[tuple[Span, float]]:
        """The slot spans of the message (offsets of the normalised text), each with its probability."""
        if not row:
            return []
        features = unit_features(row, intent)
        with self._lock:
            said: list[str] = self._crf.tag(features)
        scores = self._net.scores(seen, intent)
        scores[range(len(row)), [self._at[label] for label in said]] += BELIEF
        raised = np.exp(scores - scores.max(axis=1, keepdims=True))
        chances = raised / raised.sum(axis=1, keepdims=True)
        labels = [self._labels[at] for at in likeliest(scores, self._first, self._next)]
        self._doubt(row, labels, chances)
        sure = [float(chances[i, self._at[label]]) for i, label in enumerate(labels)]
        return [(span, min(sure[a:b])) for span, a, b in _spans(row, labels)]

    def _doubt(self, row: Sequence[Unit], labels: list[str], chances: Floats) -> None:
        """Takes in a typed value that was left out where one of its roles is likely enough."""
        for i, unit in enumerate(row):
            if unit.mark and labels[i] == "O":
                roles = [role for role in _ROLES.get(unit.mark.family, ()) if role in self._at]
                chance, role = max(((float(chances[i, self._at[role]]), role) for role in roles), default=(0.0, ""))
                if chance >= LEFT_OUT:
                    labels[i] = role


def likeliest(scores: Floats, first: Sequence[float], steps: Sequence[Sequence[float]]) -> list[int]:
    """The row of labels with the highest sum of scores and steps (Viterbi), hopeless labels left out."""
    near = scores >= scores.max(axis=1, keepdims=True) - HOPELESS
    reached = {at: scores.item(0, at) + first[at] for at in np.flatnonzero(near[0]).tolist()}
    came: list[dict[int, int]] = []
    for i in range(1, len(scores)):
        further: dict[int, float] = {}
        origins: dict[int, int] = {}
        for at in np.flatnonzero(near[i]).tolist():
            origin = max(reached, key=lambda before: reached[before] + steps[before][at])
            further[at] = reached[origin] + steps[origin][at] + scores.item(i, at)
            origins[at] = origin
        reached = further
        came.append(origins)
    labels = [max(reached, key=lambda at: reached[at])]
    for origins in reversed(came):
        labels.append(origins[labels[-1]])
    return labels[::-1]


def labelled(row: Sequence[Unit], spans: Sequence[Span]) -> list[str]:
    """BIO labels of the units for the given spans; a unit belongs to the span that covers its start."""
    labels = ["O"] * len(row)
    for span in spans:
        inside = [i for i, unit in enumerate(row) if span.start <= unit.start < span.end]
        for i in inside:
            labels[i] = f"{'B' if i == inside[0] else 'I'}-{span.slot}"
    return labels


def _spans(row: Sequence[Unit], labels: Sequence[str]) -> list[tuple[Span, int, int]]:
    found: list[tuple[Span, int, int]] = []
    first = 0
    for i, label in enumerate([*labels, "O"]):
        before = labels[i - 1] if i else "O"
        if before != "O" and label != f"I-{before[2:]}":
            found.append((Span(row[first].start, row[i - 1].end, before[2:]), first, i))
        if label[0] == "B" or (label[0] == "I" and (before == "O" or before[2:] != label[2:])):
            first = i
    return found
