"""Reads elliptical answers against the slot the open form has just asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from nlp.artefact import Models
from nlp.reading import Reading
from nlp.types import Value

ANSWER = "dialog.answer"


class Answers:
    """Decides whether a message answers the question asked."""

    def __init__(self, models: Models) -> None:
        self._models = models

    def read(self, reading: Reading, expecting: str, ranking: Sequence[tuple[str, float]],
             now: datetime) -> tuple[str, float, list[Value]] | None:
        """Intent, confidence and the values of an answer; None where the message is a wish of its own."""
        return None
