"""How many were checked, found and fixed: numbers of a sentence by the verb just before them."""

from collections.abc import Mapping
from typing import Any

from nlp.normalise import normalise
from nlp.numbers import Number, find_numbers

REACH = 8  # characters between a verb and its number
STOPS = ",.。，;；!！?？\n"
COUNTED = ("plain", "places", "households", "vehicles", "people")


def counted(text: str, words: Mapping[str, Any]) -> dict[str, int]:
    """`checked`, `found`, `fixed` where they are said; `words` holds counts, after, clear, done (safety.yaml)."""
    said = normalise(text).text
    counts: dict[str, int] = {}
    before = 0
    for number in find_numbers(said):
        if number.kind in COUNTED and (name := _name(said, before, number, words)) and name not in counts:
            counts[name] = int(number.value)
        before = number.end
    if "found" not in counts and any(sign in said for sign in words["clear"]):
        counts["found"] = 0
    if counts.get("found") and "fixed" not in counts and any(sign in said for sign in words["done"]):
        counts["fixed"] = counts["found"]
    return counts


def _name(said: str, since: int, number: Number, words: Mapping[str, Any]) -> str | None:
    """The count whose verb stands nearest before the number, else whose noun follows it; people count only as found."""
    lead = said[max(since, number.start - REACH) : number.start]
    lead = lead[max((lead.rfind(stop) for stop in STOPS), default=-1) + 1 :]
    nearest = max(
        (
            (lead.rfind(sign) + len(sign), len(sign), name)
            for name, signs in words["counts"].items()
            for sign in signs
            if sign in lead
        ),
        default=None,
    )
    if nearest and number.kind != "people":
        return str(nearest[2])
    tail = said[number.end : number.end + 4]
    after: Mapping[str, list[str]] = words["after"]
    return next((name for name, signs in after.items() if tail.startswith(tuple(signs))), None)
