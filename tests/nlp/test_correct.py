"""Corrections: the slot follows from the kind of the value that is given."""

from datetime import datetime
from typing import Any

import pytest

from nlp.names import Vocabulary
from nlp.understand import Understander

NOW = datetime(2026, 11, 24, 10)
NOBODY = Vocabulary.build([])

CORRECTIONS: list[tuple[str, str, Any]] = [
    ("不对，是下午四点", "start", "2026-11-24T16:00"),
    ("人数改成35", "headcount", 35),
    ("不是20人，是25人", "headcount", 25),
    ("地点换成三楼会议室", "place", "三楼会议室"),
    ("电话打错了是13812345678", "phone", "13812345678"),
    ("负责人应该是李芳", "person", "李芳"),
    ("金额不对，是1200元", "money", 1200),
    ("志愿者应该是8个", "volunteers", 8),
]


@pytest.mark.parametrize(("text", "slot", "value"), CORRECTIONS, ids=[text for text, _, _ in CORRECTIONS])
def test_the_new_value_lands_in_its_slot(understander: Understander, text: str, slot: str, value: Any) -> None:
    said = understander.understand(text, NOW, NOBODY, expecting="confirm")
    assert said.intent in ("dialog.correct", "dialog.answer")
    assert said.slots.get(slot) == value


def test_a_correction_needs_no_open_form(understander: Understander) -> None:
    assert understander.understand("刚才说错了 是周六", NOW, NOBODY).intent == "dialog.correct"
