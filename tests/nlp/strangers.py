"""Times and names as a stranger wrote them down, from the contract and the domain pages alone."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from nlp.names import Entry, Vocabulary
from nlp.times import as_json, find_times

FOLDER = Path(__file__).parents[1] / "sentences" / "blind"
COMPARED = ("span", "kind", "start", "end", "seconds", "rule")


def expressions(name: str) -> list[dict[str, Any]]:
    """Lines with `text`, `now`, perhaps `past`, and the `times` a reader finds in it (contract 4.3), of set `name`."""
    return _lines(FOLDER / "times" / f"{name}.jsonl")


def agrees(line: dict[str, Any]) -> bool:
    """Whether every time of a line is read with span, kind and value, and nothing else is."""
    found = find_times(line["text"], datetime.fromisoformat(line["now"]), past=bool(line.get("past")))
    return [_compared(one) for one in line["times"]] == [_compared(dict(as_json(one))) for one in found]


@dataclass(frozen=True)
class Query:
    """A message that names an organisation, several that it may mean, or none."""

    text: str
    community: str | None
    organization: str | None
    candidates: tuple[str, ...]


@cache
def queries() -> tuple[Query, ...]:
    rows = _lines(FOLDER / "names" / "queries.jsonl")
    return tuple(
        Query(row["text"], row.get("community"), row["organization"], tuple(row.get("candidates") or ()))
        for row in rows
    )


@cache
def vocabulary() -> Vocabulary:
    """The stranger's directory; every id is the full name."""
    return Vocabulary.build(_entries())


def _entries() -> Iterator[Entry]:
    with (FOLDER / "names" / "directory.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for town in dict.fromkeys(row["镇街"] for row in rows):
        yield Entry("town", town, town, (), None, town)
    for community, town in dict.fromkeys((row["社区"], row["镇街"]) for row in rows):
        yield Entry("community", community, community, (), community, town)
    for row in rows:
        aliases = tuple(filter(None, row["简称"].split("、")))
        yield Entry("organization", row["组织名称"], row["组织名称"], aliases, row["社区"], row["镇街"])


def _compared(one: dict[str, Any]) -> dict[str, Any]:
    kept = {key: one[key] for key in COMPARED if key in one}
    return kept | ({"rule": sorted(kept["rule"].split(";"))} if "rule" in kept else {})


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
