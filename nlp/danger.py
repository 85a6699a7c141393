"""Says whether life or limb is at risk now: a classifier of its own, tuned so that it rather cries once too often."""

from __future__ import annotations

from collections.abc import Sequence

from nlp.features import message_features
from nlp.linear import Linear
from nlp.reading import Reading

THRESHOLD = 0.5
_FARTHEST = 12  # words between which a pair still counts


def danger_features(reading: Reading) -> list[str]:
    """The message's features and pairs of its words: 煤气 with 闻到 is not 煤气 with 讲座."""
    words: Sequence[str] = [word for word in reading.words if not word.isspace()]
    pairs = {f"d={a}~{b}" for i, a in enumerate(words) for b in words[i + 2 : i + _FARTHEST]}
    return [*message_features(reading.masked, reading.words, reading.marks), *sorted(pairs)]


def endangered(reading: Reading, model: Linear) -> bool:
    """True from the tuned probability on."""
    return bool(model.probabilities(danger_features(reading))[model.classes.index("yes")] >= THRESHOLD)
