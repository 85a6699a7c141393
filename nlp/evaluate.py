"""Scores understandings against gold lines: intents, slots, whole frames, danger, with 95 % intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

from nlp.types import Understanding

# Keys that depend on the directory loaded, not on the reading of the message.
_RESOLVED = frozenset({"organization_id", "organization_name"})


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `total`, with the Wilson score interval at 95 %."""

    hits: int
    total: int

    @property
    def rate(self) -> float:
        return self.hits / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        if not self.total:
            return 0.0, 1.0
        z, n, p = 1.96, self.total, self.rate
        middle, half = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.rate:6.1%}  [{low:.1%}, {high:.1%}]  {self.hits}/{self.total}"


@dataclass(frozen=True, slots=True)
class Report:
    """The scores of one run. Slot counts are of exact (slot, value) pairs; a frame is intent and all slots."""

    intent: Share
    top3: Share
    frame: Share
    slots_right: int
    slots_said: int
    slots_gold: int
    danger_recall: Share
    danger_precision: Share
    others: Share
    microseconds: float
    confusions: Sequence[tuple[tuple[str, str], int]]
    slot_errors: Sequence[tuple[str, int, int, int]] = ()
    failures: Sequence[tuple[Mapping[str, Any], Understanding]] = field(default=(), repr=False)

    @property
    def slot_f1(self) -> float:
        return 2 * self.slots_right / (self.slots_said + self.slots_gold) if self.slots_said + self.slots_gold else 1.0

    def __str__(self) -> str:
        lines = [
            f"messages          {self.intent.total}",
            f"intent accuracy   {self.intent}",
            f"intent in top 3   {self.top3}",
            f"slot F1           {self.slot_f1:6.1%}  "
            f"(right {self.slots_right}, said {self.slots_said}, gold {self.slots_gold})",
            f"joint frame       {self.frame}",
            f"danger recall     {self.danger_recall}",
            f"danger precision  {self.danger_precision}",
            f"other wishes      {self.others}",
            f"per message       {self.microseconds:.0f} µs",
        ]
        if self.confusions:
            lines.append("worst confusions (gold -> said)")
            lines += [f"  {gold} -> {said}: {count}" for (gold, said), count in self.confusions]
        if self.slot_errors:
            lines.append("worst slots (right, said, gold)")
            lines += [f"  {slot}: {right} {said} {gold}" for slot, right, said, gold in self.slot_errors]
        return "\n".join(lines)


def evaluate(gold: Sequence[Mapping[str, Any]], said: Sequence[Understanding], seconds: float = 0.0) -> Report:
    """Compares gold lines (contract section 4) with what was understood, in the same order.

    `organization_id` and `organization_name` count only where the gold line has them. `seconds` is the time
    all messages took together.
    """
    if len(gold) != len(said):
        raise ValueError(f"{len(gold)} gold lines but {len(said)} understandings")
    pairs = list(zip(gold, said, strict=True))
    frames = [_pairs(line["slots"], line["slots"]) == _pairs(u.slots, line["slots"]) for line, u in pairs]
    right_frames = [ok and line["intent"] == u.intent for ok, (line, u) in zip(frames, pairs, strict=True)]
    by_slot = _by_slot(pairs)
    alarms = [(bool(line.get("danger")), u.danger) for line, u in pairs]
    wished = [(line, u) for line, u in pairs if line.get("others") or u.others]
    confused = Counter((line["intent"], u.intent) for line, u in pairs if line["intent"] != u.intent)
    return Report(
        intent=Share(sum(line["intent"] == u.intent for line, u in pairs), len(pairs)),
        top3=Share(sum(line["intent"] in {u.intent, *(i for i, _ in u.ranking[:3])} for line, u in pairs), len(pairs)),
        frame=Share(sum(right_frames), len(pairs)),
        slots_right=sum(row[1] for row in by_slot),
        slots_said=sum(row[2] for row in by_slot),
        slots_gold=sum(row[3] for row in by_slot),
        danger_recall=Share(sum(a and b for a, b in alarms), sum(a for a, _ in alarms)),
        danger_precision=Share(sum(a and b for a, b in alarms), sum(b for _, b in alarms)),
        others=Share(sum(list(line.get("others") or ()) == list(u.others) for line, u in wished), len(wished)),
        microseconds=seconds / len(pairs) * 1e6 if pairs else 0.0,
        confusions=confused.most_common(15),
        slot_errors=sorted(by_slot, key=lambda row: 2 * row[1] - row[2] - row[3])[:12],
        failures=[pair for pair, ok in zip(pairs, right_frames, strict=True) if not ok],
    )


def _pairs(slots: Mapping[str, Any], gold: Mapping[str, Any]) -> set[tuple[str, str]]:
    return {(slot, _flat(value)) for slot, value in slots.items() if slot not in _RESOLVED or slot in gold}


def _flat(value: Any) -> str:
    if isinstance(value, list):
        return "、".join(sorted(map(str, value)))
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _by_slot(pairs: Sequence[tuple[Mapping[str, Any], Understanding]]) -> list[tuple[str, int, int, int]]:
    right: Counter[str] = Counter()
    said: Counter[str] = Counter()
    gold: Counter[str] = Counter()
    for line, understood in pairs:
        a, b = _pairs(line["slots"], line["slots"]), _pairs(understood.slots, line["slots"])
        right.update(slot for slot, _ in a & b)
        said.update(slot for slot, _ in b)
        gold.update(slot for slot, _ in a)
    return [(slot, right[slot], said[slot], gold[slot]) for slot in sorted(said | gold)]
