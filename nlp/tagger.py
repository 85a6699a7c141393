"""Tags the units of a message with slots: a linear-chain CRF (crfsuite) in the BIO scheme."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import pycrfsuite

from nlp.features import unit_features
from nlp.sentences import Span
from nlp.units import Unit

LEFT_OUT = 0.2
_ROLES = {
    "time": ("B-start", "B-end", "B-repeat", "B-period"),
    "num": ("B-headcount", "B-volunteers", "B-households", "B-hours", "B-money"),
    "door": ("B-place",),
    "organization": ("B-organization",),
    "community": ("B-community",),
    "town": ("B-town",),
}


class Tagger:
    """A trained CRF. crfsuite's tagger keeps the sequence it is working on, hence the lock."""

    def __init__(self, model: bytes) -> None:
        self._model = model  # crfsuite reads from this buffer for as long as it lives
        self._crf = pycrfsuite.Tagger()
        self._crf.open_inmemory(model)
        self._known = frozenset(self._crf.labels())
        self._lock = threading.Lock()

    @classmethod
    def load(cls, path: Path) -> Tagger:
        return cls(path.read_bytes())

    def tag(self, row: Sequence[Unit], intent: str) -> list[tuple[Span, float]]:
        """The slot spans of the message (offsets of the normalised text), each with its probability."""
        if not row:
            return []
        features = unit_features(row, intent)
        with self._lock:
            labels: list[str] = self._crf.tag(features)
            self._doubt(row, labels)
            sure = [float(self._crf.marginal(label, i)) if label != "O" else 1.0 for i, label in enumerate(labels)]
        return [(span, min(sure[a:b])) for span, a, b in _spans(row, labels)]

    def _doubt(self, row: Sequence[Unit], labels: list[str]) -> None:
        """Takes in a typed value that was left out where one of its roles is likely enough."""
        for i, unit in enumerate(row):
            if unit.mark and labels[i] == "O":
                roles = [role for role in _ROLES.get(unit.mark.family, ()) if role in self._known]
                chance, role = max(((self._crf.marginal(role, i), role) for role in roles), default=(0.0, ""))
                if chance >= LEFT_OUT:
                    labels[i] = role


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
