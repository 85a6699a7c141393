"""An hour alone keeps the day."""

import pytest

from nlp.times.dayless import dayless


@pytest.mark.parametrize("text", ["不对,是下午四点", "改成晚上七点半", "三点半到五点", "上午", "14:30开始"])
def test_an_hour_alone(text: str) -> None:
    assert dayless(text)


@pytest.mark.parametrize(
    "text", ["明天下午四点", "今天下午三点", "周五", "12月3号9点", "改到后天", "一个小时后", "人数改成35", ""]
)
def test_a_day_or_none(text: str) -> None:
    assert not dayless(text)
