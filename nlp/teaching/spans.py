"""Fits the CRF that labels units with slots."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pycrfsuite

from nlp.features import unit_features
from nlp.tagger import labelled
from nlp.teaching.lessons import Lesson


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
