"""Says whether life or limb is at risk now: a classifier of its own, tuned so that it rather cries once too often."""

from __future__ import annotations

import re
from collections.abc import Sequence

from nlp.linear import Ids, Linear
from nlp.units import MASKS

_MASKS = re.compile("[" + "".join(MASKS.values()) + "]")
REPORTS = ("safety.report", "dispute.report", "chat.human")
THRESHOLD, CALM = 0.42, 0.48  # in reports and elsewhere: a false alarm costs a look, a missed one a life


def danger_features(features: Sequence[str]) -> list[str]:
    """The message's features but those of typed values: a door or a time is never the danger."""
    return [one for one in features if not one.startswith(("m=", "t=", "n=")) and not _MASKS.search(one)]


def endangered(ids: Ids, model: Linear, intent: str) -> bool:
    """True from the tuned probability on; what the model was not taught (typed values) is nothing to it.

    Where the whole message reports nothing (`intent`) it takes a little more to cry out: 笑死, 狼人杀.
    """
    least = THRESHOLD if intent in REPORTS else CALM
    return bool(model.probabilities(ids)[model.classes.index("yes")] >= least)
