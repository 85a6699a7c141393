"""Time expressions: the gold set, the shape of the answers, and what must never happen."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.times import as_json, find_times, period

GOLD: dict[str, Any] = yaml.safe_load((Path(__file__).parent.parent / "sentences" / "times.yaml").read_text("utf-8"))
NOW = datetime(2026, 11, 24, 10)
READINGS = [
    pytest.param(block["now"], block["past"], row, id=f"{row['text']}@{block['now']}")
    for block in GOLD["readings"]
    for row in block["expressions"]
]


@pytest.mark.parametrize(("now", "past", "row"), READINGS)
def test_gold(now: str, past: bool, row: dict[str, Any]) -> None:
    found = [as_json(e) for e in find_times(row["text"], datetime.fromisoformat(now), past=past)]
    for answer in found:
        answer.pop("offset")
    assert found == row["times"]


@pytest.mark.parametrize("text", GOLD["nothing"])
def test_nothing(text: str) -> None:
    assert find_times(text, NOW) == []


def test_json_keys_in_the_order_of_the_contract() -> None:
    (e,) = find_times("每周三下午两点半到五点", NOW)
    assert list(as_json(e)) == ["span", "offset", "kind", "start", "end", "rule"]


def test_offset_counts_characters_of_the_text_given() -> None:
    (e,) = find_times("😀请于１２月５日前来", NOW)
    assert (e.offset, e.span, e.end or e.start) == (3, "１２月５日", "2026-12-05")


@pytest.mark.parametrize(
    ("text", "past", "expected"),
    [
        ("今年", False, "2026"),
        ("去年", False, "2025"),
        ("上个月", False, "2026-10"),
        ("10月份", True, "2026-10"),
        ("第三季度", False, "2026-Q3"),
        ("上个季度", False, "2026-Q3"),
        ("上周", False, "2026-W47"),
        ("上半年", False, "2026-01-01/2026-06-30"),
        ("最近三个月", False, "2026-08-24/2026-11-24"),
        ("这个月以来", False, "2026-11-01/2026-11-24"),
        ("1月到3月", True, "2026-01-01/2026-03-31"),
        ("昨天", False, "2026-11-23/2026-11-23"),
        ("每周三", False, None),
        ("周五之前", False, None),
        ("两个小时", False, None),
    ],
)
def test_period(text: str, past: bool, expected: str | None) -> None:
    (e,) = find_times(text, NOW, past=past)
    assert period(e) == expected


def test_make_up_workday_that_is_not_announced_says_so() -> None:
    (e,) = find_times("补班那天", NOW)
    assert (e.start, e.note) == (None, "make-up workdays are not yet announced")


def test_a_clock_takes_the_day_named_before_it() -> None:
    day, clock = find_times("下周三在活动室排练 下午两点到四点", NOW)
    assert (day.start, clock.start, clock.end) == ("2026-12-02", "2026-12-02T14:00", "2026-12-02T16:00")


_SIGNS = "0123456789零一二三两十廿卅百半年月日号天周点时分刻:：-—~至到.、，,（）() 初第起从底个每隔上下前后"
_WORDS = (
    "星期", "礼拜", "之前", "以后", "今天", "明天", "后天", "上午", "下午", "晚上", "凌晨", "农历", "腊月", "正月",
    "春节", "国庆", "冬至", "小时", "季度", "初八", "连续", "最近", "开始", "最后",
)  # fmt: skip
_PIECES = st.sampled_from([*_SIGNS, *_WORDS])


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(max_size=40), st.lists(_PIECES, max_size=14).map("".join)), st.datetimes(), st.booleans())
def test_any_text_is_answered(text: str, now: datetime, past: bool) -> None:
    end = 0
    for e in find_times(text, now, past=past):
        assert text[e.offset : e.offset + len(e.span)] == e.span
        assert e.span
        assert e.offset >= end
        end = e.offset + len(e.span)
        assert e.kind in ("point", "range", "before", "after", "duration", "recurrence")
        assert (e.kind == "duration") == (e.seconds is not None)
        assert (e.kind == "recurrence") == (e.rule is not None)
        period(e)


@given(
    st.sets(st.sampled_from("一二三四五六日"), min_size=1, max_size=4),
    st.integers(13, 22),
    st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1)),
)
def test_first_occurrence_is_the_next_that_fits(days: set[str], hour: int, now: datetime) -> None:
    listed = "、".join(sorted(days, key="一二三四五六日".index))
    (e,) = find_times(f"每周{listed}{hour}点", now)
    assert e.start is not None
    start = datetime.fromisoformat(e.start)
    assert start >= now.replace(second=0, microsecond=0) or start >= now
    fitting = [start - timedelta(days=k) for k in range(1, 8) if "一二三四五六日"[(start.weekday() - k) % 7] in days]
    assert "一二三四五六日"[start.weekday()] in days
    assert start.hour == hour
    assert all(earlier < now for earlier in fitting)
