"""Scores: what counts as right, and the interval around a share."""

import pytest

from nlp.evaluate import Share, evaluate
from nlp.types import Understanding


def said(intent: str, danger: bool = False, others: tuple[str, ...] = (), **slots: object) -> Understanding:
    return Understanding("", intent, 0.9, slots, danger, others, ((intent, 0.9), ("none", 0.1)), ())


def gold(intent: str, **more: object) -> dict[str, object]:
    return {"text": "x", "intent": intent, "slots": {}} | more


def test_a_frame_needs_intent_and_every_slot() -> None:
    lines = [gold("a.b", slots={"headcount": 5, "place": "村部"}), gold("a.b", slots={"headcount": 5})]
    report = evaluate(lines, [said("a.b", headcount=5), said("a.b", headcount=5.0)])
    assert (report.frame.hits, report.frame.total) == (1, 2)
    assert (report.slots_right, report.slots_said, report.slots_gold) == (2, 2, 3)
    assert report.slot_f1 == pytest.approx(4 / 5)


def test_lists_count_without_order_and_ids_only_where_gold_has_them() -> None:
    line = gold("care.record", slots={"target_group": ["残疾人", "低保对象"]})
    report = evaluate([line], [said("care.record", target_group=["低保对象", "残疾人"], organization_id="7")])
    assert report.frame.hits == 1


def test_danger_recall_and_precision() -> None:
    lines = [gold("a.b", danger=True), gold("a.b", danger=True), gold("a.b")]
    report = evaluate(lines, [said("a.b", True), said("a.b"), said("a.b", True)])
    assert report.danger_recall.rate == 0.5
    assert report.danger_precision.rate == 0.5


def test_confusions_and_top_three() -> None:
    report = evaluate([gold("none"), gold("a.b")], [said("c.d"), said("a.b")])
    assert report.confusions == [(("none", "c.d"), 1)]
    assert report.top3.hits == 2
    assert "none -> c.d: 1" in str(report)


def test_wilson_interval() -> None:
    low, high = Share(95, 100).interval
    assert (round(low, 3), round(high, 3)) == (0.888, 0.978)
    assert Share(0, 0).interval == (0.0, 1.0)


def test_lengths_must_agree() -> None:
    with pytest.raises(ValueError, match="1 gold lines"):
        evaluate([gold("none")], [])
