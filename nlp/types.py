"""What the understanding of one message is made of: typed values with their evidence, and the whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Value:
    """One slot value and what made it.

    `start`/`end` are offsets in the original text (equal when the value has no single span);
    `source` names the rule or model; `choices` are (id, full name) where a name is ambiguous.
    """

    slot: str
    value: str | int | float | list[str]
    start: int
    end: int
    source: str
    score: float = 1.0
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Further:
    """A wish after the first: its intent, and the message from its words on."""

    intent: str
    text: str


@dataclass(frozen=True, slots=True)
class Understanding:
    """The contract's answer to one message (section 4), plus the evidence for it.

    `confidence` is the calibrated probability of `intent`; `ranking` holds the best intents with theirs.
    `slots` is exactly the contract's slots object; `values` explains every entry of it.
    `further` holds the wishes that `others` names.
    """

    text: str
    intent: str
    confidence: float
    slots: Mapping[str, Any]
    danger: bool
    others: tuple[str, ...]
    ranking: tuple[tuple[str, float], ...]
    values: tuple[Value, ...]
    further: tuple[Further, ...] = ()
