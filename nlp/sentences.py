"""Reads the example sentences of `handlers/*.yaml`: the data the understanding is trained and tested on.

One line is one message: `[span](slot)` marks a slot, a leading `!` danger, `{slot=value; …}` at the end
values without a single span (lists by comma), `++intent` at the very end a further wish; `\\n` a line break.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CLASSIFIED = frozenset({"dispute_type", "hazard_type", "organization_type", "disclosure_topic", "target_group",
                        "decision", "direction"})
SPAN_SLOTS = frozenset({"organization", "community", "town", "title", "start", "end", "repeat", "period", "place",
                        "headcount", "volunteers", "households", "hours", "money", "person", "phone", "id_number",
                        "filing_no", "ticket_no", "reason"})

_MARK = re.compile(r"\[([^\[\]]+)\]\(([a-z_]+)\)")
_OTHER = re.compile(r"\s*\+\+([a-z]+(?:\.[a-z]+)?)\s*$")
_FACTS = re.compile(r"\s*\{([a-z_]+=[^{}]*)\}\s*$")


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start:end` of a message that are one slot's span."""

    start: int
    end: int
    slot: str


@dataclass(frozen=True, slots=True)
class Example:
    """One annotated message; `where` is `file:verb:number` for error messages and grouping."""

    text: str
    intent: str
    spans: tuple[Span, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    danger: bool = False
    others: tuple[str, ...] = ()
    where: str = ""


def parse_line(line: str, intent: str, where: str = "") -> Example:
    """One line of the grammar above as an Example; ValueError says what is wrong with it."""
    body = line.strip()
    others: list[str] = []
    facts: dict[str, Any] = {}
    while found := _OTHER.search(body) or _FACTS.search(body):
        body = body[: found.start()]
        if "=" in found[0]:
            facts |= _facts(found[1])
        else:
            others.insert(0, found[1])
    danger = body.startswith(("!", "！"))
    text, spans = _spans(body.lstrip("!！").strip() if danger else body)
    return Example(text, intent, spans, facts, danger, tuple(others), where)


def parse_says(noun: str, says: Mapping[str, str]) -> list[Example]:
    """All lines of one file's `says` block; `none` stands without a verb."""
    return [
        parse_line(line, noun if verb == noun else f"{noun}.{verb}", f"{noun}:{verb}:{number}")
        for verb, block in says.items()
        for number, line in enumerate((block or "").splitlines(), 1)
        if line.strip() and not line.startswith("# ")
    ]


def load(folder: Path) -> list[Example]:
    """The examples of every `*.yaml` in `folder`, in the order of file names and lines."""
    import yaml  # only training and tests read YAML

    examples: list[Example] = []
    for path in sorted(folder.glob("*.yaml")):
        says = (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("says") or {}
        examples += parse_says(path.stem, says)
    return examples


def _facts(text: str) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for pair in re.split(r"[;；]", text):
        slot, _, value = pair.strip().partition("=")
        if slot not in CLASSIFIED:
            raise ValueError(f"{slot!r} is not a classified slot")
        values = [part.strip() for part in re.split(r"[,，、]", value)]
        facts[slot] = values if slot == "target_group" else values[0]
    return facts


def _spans(body: str) -> tuple[str, tuple[Span, ...]]:
    text, spans, at = "", [], 0
    for mark in _MARK.finditer(body):
        text += body[at : mark.start()].replace("\\n", "\n")
        if mark[2] not in SPAN_SLOTS:
            raise ValueError(f"{mark[2]!r} is not a span slot")
        inside = mark[1].replace("\\n", "\n")
        spans.append(Span(len(text), len(text) + len(inside), mark[2]))
        text, at = text + inside, mark.end()
    text += body[at:].replace("\\n", "\n")
    if re.search(r"\]\([a-z]|\[[^\]]*$", text):
        raise ValueError(f"unbalanced mark in {body!r}")
    return text, tuple(spans)
