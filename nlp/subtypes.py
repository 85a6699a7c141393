"""Values that are a meaning, not a span: types of disputes and hazards, disclosure topics, target groups and the like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nlp.features import message_features
from nlp.linear import Linear
from nlp.reading import Reading
from nlp.types import Value

# The intents whose messages carry each classified slot (contract 4.2).
SLOTS: dict[str, frozenset[str]] = {
    "dispute_type": frozenset({"dispute.report", "dispute.status", "dispute.update"}),
    "hazard_type": frozenset({"safety.report", "safety.status", "safety.update"}),
    "disclosure_topic": frozenset({"disclosure.query", "disclosure.publish"}),
    "decision": frozenset({"filing.review"}),
    "direction": frozenset({"finance.record"}),
}


def subtype_features(reading: Reading) -> list[str]:
    """The same features as the intent's: character n-grams, words, kinds of values."""
    return message_features(reading.masked, reading.words, reading.marks)


def subtype_values(reading: Reading, intent: str, models: Mapping[str, Linear]) -> list[Value]:
    """The classified values that belong to the intent; they have no span."""
    values = []
    for slot, model in models.items():
        if intent in SLOTS[slot]:
            label, score = model.best(subtype_features(reading))
            if label:
                value: Any = label.split("、") if slot == "target_group" else label
                values.append(Value(slot, value, 0, 0, "subtypes", round(score, 4)))
    return values
