"""Reads the example sentences of `handlers/*.yaml`: the data the understanding is trained and tested on.

One line is one message: `[span](slot)` marks a slot, a leading `!` danger, `{slot=value; …}` at the end
values without a single span (lists by comma), `++intent` at the very end a further wish; `\\n` a line break.
`<a|b|>` stands for any of its alternatives, `<@name>` for any entry of that list in `phrases.txt`.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

CLASSIFIED = frozenset(
    {"dispute_type", "hazard_type", "organization_type", "disclosure_topic", "target_group", "decision", "direction"}
)
SPAN_SLOTS = frozenset(
    {
        "organization",
        "community",
        "town",
        "title",
        "start",
        "end",
        "repeat",
        "period",
        "place",
        "headcount",
        "volunteers",
        "households",
        "hours",
        "money",
        "person",
        "phone",
        "id_number",
        "filing_no",
        "ticket_no",
        "reason",
    }
)

_MARK = re.compile(r"\[([^\[\]]+)\]\(([a-z_]+)\)")
_OTHER = re.compile(r"\s*\+\+([a-z]+(?:\.[a-z]+)?)\s*$")
_ALTERNATION = re.compile(r"<([^<>]+)>")
LEAST_SPELT = 12
_FACTS = re.compile(r"\s*\{([a-z_]+=[^{}]*)\}\s*$")


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start:end` of a message that are one slot's span."""

    start: int
    end: int
    slot: str


@dataclass(frozen=True, slots=True)
class Example:
    """One annotated message; `where` is `file:verb:number`, `spelt` marks one choice of an alternation."""

    text: str
    intent: str
    spans: tuple[Span, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    danger: bool = False
    others: tuple[str, ...] = ()
    where: str = ""
    spelt: bool = False


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
        replace(
            parse_line(one, noun if verb == noun else f"{noun}.{verb}", f"{noun}:{verb}:{number}"), spelt=one != line
        )
        for verb, block in says.items()
        for number, line in enumerate((block or "").splitlines(), 1)
        if line.strip() and not line.startswith("# ")
        for one in spelt_out(line)
    ]


def spelt_out(line: str) -> list[str]:
    """A line without alternations as it is; else enough random choices to hear each alternative about twice."""
    longest = max((len(body.split("|")) for body in _ALTERNATION.findall(line) if body[0] != "@"), default=0)
    if not _ALTERNATION.search(line):
        return [line]
    chance = random.Random(line)
    made = [_chosen(line, chance) for _ in range(max(LEAST_SPELT, 2 * longest))]
    return list(dict.fromkeys(made))


def _chosen(line: str, chance: random.Random) -> str:
    def choose(match: re.Match[str]) -> str:
        name = match[1].removeprefix("@")
        words: list[str] = phrases()[name] if name != match[1] else match[1].split("|")
        return chance.choice(words)

    while (spelt := _ALTERNATION.sub(choose, line)) != line:
        line = spelt
    return line


@cache
def phrases() -> Mapping[str, list[str]]:
    """The named lists of `phrases.txt`."""
    lines = (Path(__file__).parent / "phrases.txt").read_text(encoding="utf-8").splitlines()
    return {
        name: values[1:].split("|") for name, _, values in (line.partition(":") for line in lines if line[0] != "#")
    }


def load(folder: Path) -> list[Example]:
    """The examples of every `*.yaml` in `folder`, in the order of file names and lines, alternations spelt out."""
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
