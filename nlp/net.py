"""A small network reads the units too: it says how likely each intent is, then which slot each unit belongs to.

Where the linear machines count features, it looks for likeness: neighbouring units are mixed by four convolutions over
learned vectors. What the two readers agree on is right more often than what either says alone
(`docs/decisions/0014-two-readers.md`). It is taught by `nlp/teaching/net.py` and served by numpy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nlp.features import unit_columns
from nlp.linear import Floats, packed, unpacked
from nlp.units import Unit

REACH = (1, 2, 4, 1)  # how far each convolution looks to both sides
WHOLE = 2  # convolutions before the message as a whole is judged
UNKNOWN = 0  # the number of whatever was not seen in training, in every column
# The columns, and the length of the vectors that stand for what is in them.
LENGTHS = {"unit": 64, "word": 48, "place": 4, "label": 12, "idea": 16, "ending": 8, "count": 16}


@dataclass(frozen=True, slots=True)
class Seen:
    """What the network sees of a message: (units, width) after its first convolutions, and the message as a whole."""

    units: Floats
    whole: Floats


class Net:
    """The weights by name and the vocabularies by column. Nothing in it changes after loading."""

    def __init__(
        self,
        weights: Mapping[str, Floats],
        known: Mapping[str, Sequence[str]],
        intents: Sequence[str],
        labels: Sequence[str],
    ) -> None:
        self.weights, self.intents, self.labels = dict(weights), tuple(intents), tuple(labels)
        self.known = {name: tuple(words) for name, words in known.items()}
        self._at = {name: {word: i + 1 for i, word in enumerate(words)} for name, words in self.known.items()}
        self._intent_at = {intent: i for i, intent in enumerate(self.intents)}

    def numbers(self, row: Sequence[Unit]) -> list[list[int]]:
        """The numbers of the units in every column of `LENGTHS`."""
        columns = unit_columns(row)
        return [[self._at[name].get(word, UNKNOWN) for word in columns[name]] for name in LENGTHS]

    def see(self, row: Sequence[Unit]) -> Seen:
        """Reads a row of units; of an empty one it sees nothing."""
        weights = self.weights
        if not row:
            return Seen(np.zeros((0, len(weights["told"])), np.float32), np.zeros(len(weights["intent"]), np.float32))
        looked_up = [
            weights[f"column_{name}"].take(numbers, axis=0)
            for name, numbers in zip(LENGTHS, self.numbers(row), strict=True)
        ]
        units = np.maximum(np.concatenate(looked_up, axis=1) @ weights["enter"] + weights["enter_bias"], 0)
        for layer in range(WHOLE):
            units = self._mixed(units, layer)
        return Seen(units, np.concatenate([units.max(axis=0), units.mean(axis=0)]))

    def chances(self, seen: Seen) -> Floats:
        """The logarithm of the probability of each intent, in the order of `intents`."""
        scores = seen.whole @ self.weights["intent"] + self.weights["intent_bias"]
        scores = scores - scores.max()
        chances: Floats = scores - np.log(np.exp(scores).sum())
        return chances

    def scores(self, seen: Seen, intent: str) -> Floats:
        """(units, labels): the score of every label at every unit, if the message has this intent."""
        weights = self.weights
        told = np.maximum(seen.whole[: len(weights["told"])] @ weights["told"], 0)
        at = self._intent_at.get(intent)
        units = seen.units + told + (weights["meant"][at] if at is not None else 0)
        for layer in range(WHOLE, len(REACH)):
            units = self._mixed(units, layer)
        found: Floats = units @ weights["label"] + weights["label_bias"]
        return found

    def _mixed(self, units: Floats, layer: int) -> Floats:
        """The units after one convolution, added to what they were and scaled to one length."""
        weights, reach, (count, width) = self.weights, REACH[layer], units.shape
        padded = np.zeros((count + 2 * reach, width), np.float32)
        padded[reach:-reach] = units
        around = np.concatenate([padded[:count], units, padded[2 * reach :]], axis=1)
        mixed = np.maximum(around @ weights[f"mix{layer}"] + weights[f"mix{layer}_bias"], 0)
        mixed += units
        length = np.sqrt(np.einsum("ij,ij->i", mixed, mixed) / width + 1e-5)
        scaled: Floats = mixed / length[:, None] * weights[f"scale{layer}"]
        return scaled

    def save(self, path: Path) -> None:
        """Writes one deterministic `.npz`; weights in half precision."""
        halves = {f"w_{name}": array.astype(np.float16) for name, array in self.weights.items()}
        words = {f"k_{name}": packed(known) for name, known in self.known.items()}
        np.savez_compressed(
            path, allow_pickle=False, intents=packed(self.intents), labels=packed(self.labels), **halves, **words
        )

    @classmethod
    def load(cls, path: Path) -> Net:
        """Reads what `save` wrote."""
        with np.load(path, allow_pickle=False) as stored:
            weights = {name[2:]: stored[name].astype(np.float32) for name in stored.files if name.startswith("w_")}
            known = {name[2:]: unpacked(stored[name]) for name in stored.files if name.startswith("k_")}
            return cls(weights, known, unpacked(stored["intents"]), unpacked(stored["labels"]))
