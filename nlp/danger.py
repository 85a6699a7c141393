"""Says whether life or limb is at risk now: a classifier of its own, tuned so that it rather cries once too often."""

from __future__ import annotations

import re
from collections.abc import Sequence

from nlp.linear import Linear
from nlp.units import MASKS

_MASKS = re.compile("[" + "".join(MASKS.values()) + "]")
THRESHOLD = 0.42  # a false alarm costs a look, a missed one a life


def danger_features(features: Sequence[str]) -> list[str]:
    """The message's features but those of typed values: a door or a time is never the danger."""
    return [one for one in features if not one.startswith(("m=", "t=", "n=")) and not _MASKS.search(one)]


def endangered(features: Sequence[str], model: Linear) -> bool:
    """True from the tuned probability on; features the model was not taught are none to it."""
    return bool(model.probabilities(features)[model.classes.index("yes")] >= THRESHOLD)
