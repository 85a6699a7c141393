"""Moved by a length, grown by a number; and what only looks like it."""

import pytest

from nlp.shifts import grown, moved

HOUR, DAY = 3600, 86400


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("推迟一周", 7 * DAY),
        ("合唱排练延后一个小时吧", HOUR),
        ("提前半小时", -HOUR / 2),
        ("往后挪两天", 2 * DAY),
        ("晚十分钟", 600),
        ("顺延一天", DAY),
        ("推迟到周五", None),
        ("提前一天提醒我", None),
        ("晚上七点", None),
        ("早点开始", None),
        ("改成下午四点", None),
    ],
)
def test_moved(text: str, seconds: float | None) -> None:
    assert moved(text) == seconds


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("再加5个人", {"headcount": 5}),
        ("多三个", {"headcount": 3}),
        ("少来两位", {"headcount": -2}),
        ("加2名志愿者", {"volunteers": 2}),
        ("少了3户", {"households": -3}),
        ("20多个人", {}),
        ("人数改成35", {}),
        ("多谢", {}),
    ],
)
def test_grown(text: str, by: dict[str, int]) -> None:
    assert grown(text) == by
