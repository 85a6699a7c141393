"""Linear classifiers as they are served: one dictionary of features, tables of weights, numpy and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ids = NDArray[np.int32]


class Lexicon:
    """Every feature that any model knows, numbered once: a message is looked up once for all of them."""

    def __init__(self, features: Iterable[str]) -> None:
        self.at = {feature: number for number, feature in enumerate(features)}

    def ids(self, features: Iterable[str]) -> Ids:
        """The numbers of the known ones among `features`."""
        find = self.at.get
        return np.array([number for number in map(find, features) if number is not None], np.int32)

    def save(self, path: Path) -> None:
        np.savez_compressed(path, features=packed(list(self.at)))

    @classmethod
    def load(cls, path: Path) -> Lexicon:
        with np.load(path, allow_pickle=False) as stored:
            return cls(unpacked(stored["features"]))


@dataclass(frozen=True)
class Linear:
    """Softmax regression over binary features weighted by idf and scaled to length one.

    `weights` is (features, classes), in steps of `scale` for each class when it was read from a file: bytes take a
    quarter of the memory. `heat` is the temperature that calibrates its probabilities. `rows` says where each feature
    of the lexicon stands here (-1: this model does not know it).
    """

    classes: tuple[str, ...]
    idf: Floats
    weights: NDArray[np.float32] | NDArray[np.int8]
    bias: Floats
    rows: Ids
    heat: float = 1.0
    scale: Floats = field(default_factory=lambda: np.ones(1, np.float32))

    def scores(self, ids: Ids) -> Floats:
        """One score a class (the logit before calibration) for the lexicon's numbers of a message's features."""
        rows = self.rows[ids]
        rows = rows[rows >= 0]
        if not len(rows):
            return self.bias
        idf = self.idf[rows]
        length = float(np.sqrt(idf @ idf))
        summed: Floats = idf @ self.weights[rows].astype(np.float32)
        scores: Floats = summed * self.scale / np.float32(length) + self.bias
        return scores

    def probabilities(self, ids: Ids) -> Floats:
        """Calibrated probabilities in the order of `classes`."""
        scores = self.scores(ids) / self.heat
        raised = np.exp(scores - scores.max())
        chances: Floats = raised / raised.sum()
        return chances

    def best(self, ids: Ids) -> tuple[str, float]:
        """The likeliest class and its probability."""
        return self.likeliest(self.probabilities(ids))

    def likeliest(self, chances: Floats) -> tuple[str, float]:
        """The likeliest class by these probabilities."""
        at = int(chances.argmax())
        return self.classes[at], float(chances[at])

    def save(self, path: Path) -> None:
        """Writes one deterministic `.npz`; weights as whole steps of a scale for each class."""
        scale = np.abs(self.weights).max(axis=0) / 127
        np.savez_compressed(
            path,
            classes=packed(self.classes),
            known=np.flatnonzero(self.rows >= 0).astype(np.int32),
            size=np.int32(len(self.rows)),
            idf=self.idf.astype(np.float16),
            weights=np.round(self.weights / scale).astype(np.int8),
            scale=scale.astype(np.float32),
            bias=self.bias,
            heat=np.float32(self.heat),
        )

    @classmethod
    def load(cls, path: Path) -> Linear:
        """Reads what `save` wrote."""
        with np.load(path, allow_pickle=False) as stored:
            rows = np.full(int(stored["size"]), -1, np.int32)
            rows[stored["known"]] = np.arange(len(stored["known"]), dtype=np.int32)
            return cls(
                unpacked(stored["classes"]),
                stored["idf"].astype(np.float32),
                stored["weights"],
                stored["bias"],
                rows,
                float(stored["heat"]),
                stored["scale"],
            )


@dataclass(frozen=True)
class Taught:
    """A model fresh from training, with a lexicon of its own."""

    model: Linear
    lexicon: Lexicon

    def probabilities(self, features: Iterable[str]) -> Floats:
        return self.model.probabilities(self.lexicon.ids(features))

    def best(self, features: Iterable[str]) -> tuple[str, float]:
        return self.model.best(self.lexicon.ids(features))

    def placed(self, shared: Lexicon) -> Linear:
        """The model for messages numbered by a lexicon that holds all of its features, in the same order."""
        rows = np.full(len(shared.at), -1, np.int32)
        rows[shared.ids(self.lexicon.at)] = np.arange(len(self.lexicon.at), dtype=np.int32)
        return replace(self.model, rows=rows)


def packed(strings: Sequence[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\0".join(strings).encode(), dtype=np.uint8)


def unpacked(stored: NDArray[np.uint8]) -> tuple[str, ...]:
    return tuple(stored.tobytes().decode().split("\0")) if len(stored) else ()
