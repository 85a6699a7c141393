"""A linear classifier as it is served: a dictionary of features, a table of weights, numpy and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Linear:
    """Softmax regression over binary features weighted by idf and scaled to length one.

    `weights` is (features, classes), in steps of `scale` for each class when it was read from a file: bytes take a
    quarter of the memory. `heat` is the temperature that calibrates its probabilities.
    """

    classes: tuple[str, ...]
    features: tuple[str, ...]
    idf: Floats
    weights: NDArray[np.float32] | NDArray[np.int8]
    bias: Floats
    heat: float = 1.0
    scale: Floats = field(default_factory=lambda: np.ones(1, np.float32))

    @cached_property
    def index(self) -> dict[str, int]:
        return {feature: at for at, feature in enumerate(self.features)}

    def scores(self, features: Iterable[str]) -> Floats:
        """One score a class (the logit before calibration)."""
        rows = [at for feature in features if (at := self.index.get(feature)) is not None]
        if not rows:
            return self.bias
        idf = self.idf[rows]
        length = float(np.sqrt(idf @ idf))
        summed: Floats = idf @ self.weights[rows].astype(np.float32)
        scores: Floats = summed * self.scale / np.float32(length) + self.bias
        return scores

    def probabilities(self, features: Iterable[str]) -> Floats:
        """Calibrated probabilities in the order of `classes`."""
        scores = self.scores(features) / self.heat
        raised = np.exp(scores - scores.max())
        chances: Floats = raised / raised.sum()
        return chances

    def best(self, features: Iterable[str]) -> tuple[str, float]:
        """The likeliest class and its probability."""
        chances = self.probabilities(features)
        at = int(chances.argmax())
        return self.classes[at], float(chances[at])

    def save(self, path: Path) -> None:
        """Writes one deterministic `.npz`; weights as whole steps of a scale for each class."""
        scale = np.abs(self.weights).max(axis=0) / 127
        steps = np.round(self.weights / scale).astype(np.int8)
        np.savez_compressed(
            path,
            classes=_packed(self.classes),
            features=_packed(self.features),
            idf=self.idf.astype(np.float16),
            weights=steps,
            scale=scale.astype(np.float32),
            bias=self.bias,
            heat=np.float32(self.heat),
        )

    @classmethod
    def load(cls, path: Path) -> Linear:
        """Reads what `save` wrote."""
        with np.load(path, allow_pickle=False) as stored:
            return cls(
                _unpacked(stored["classes"]),
                _unpacked(stored["features"]),
                stored["idf"].astype(np.float32),
                stored["weights"],
                stored["bias"],
                float(stored["heat"]),
                stored["scale"],
            )


def _packed(strings: Sequence[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\0".join(strings).encode(), dtype=np.uint8)


def _unpacked(stored: NDArray[np.uint8]) -> tuple[str, ...]:
    return tuple(stored.tobytes().decode().split("\0"))
