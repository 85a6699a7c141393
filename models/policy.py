"""Policy settings: what the deployment knows about thresholds and periods, each with its source; nothing is assumed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Rule:
    """One setting: its value, the document it comes from, and since when it holds."""

    value: Any
    source: str | None = None
    date: str | None = None


def rule(settings: Mapping[str, Any], name: str, town: str | None = None) -> Rule | None:
    """The setting `name`, a town's own before the common one; None where nobody has laid it down.

    A setting is `{value, source, date}`, optionally with `towns: {town name: {value, source, date}}`.
    """
    entry = settings.get(name)
    if not isinstance(entry, Mapping):
        return None if entry is None else Rule(entry)
    own = (entry.get("towns") or {}).get(town)
    chosen = own if isinstance(own, Mapping) else entry
    if chosen.get("value") is None:
        return None
    return Rule(chosen["value"], chosen.get("source"), str(chosen["date"]) if chosen.get("date") else None)
