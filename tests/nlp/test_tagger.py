"""Spans: labels of units, and what is mended after the tagger."""

from datetime import datetime

import pytest

from nlp.codes import find_codes
from nlp.concepts import concepts, spread
from nlp.mending import mended
from nlp.names import Entry, Vocabulary
from nlp.reading import Reading, read
from nlp.roles import typed_values, written
from nlp.sentences import Span
from nlp.units import Mark, masked, without_overlaps
from nlp.wishes import clauses

NOW = datetime(2026, 11, 24, 10)


def reading(text: str, *entries: Entry) -> Reading:
    vocabulary = Vocabulary.build(entries)
    return read(text, NOW, list, lambda plain: [Mark(m.start, m.end, m.kind, m) for m in vocabulary.find(plain)])


def span(text: str, part: str, slot: str) -> Span:
    return Span(text.index(part), text.index(part) + len(part), slot)


def test_a_community_begins_the_place_behind_it() -> None:
    text = "县府社区小剧场"
    found = mended([(span(text, "县府社区", "community"), 0.9), (span(text, "小剧场", "place"), 0.8)], reading(text))
    assert found == [(Span(0, 7, "place"), 0.8)]


def test_codes_and_phones_are_never_overlooked() -> None:
    text = "太备2025-CX-018 电话13812345678"
    assert [one.slot for one, _ in mended([(Span(0, 5, "reason"), 0.4)], reading(text))] == ["filing_no", "phone"]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("单号HD20261124-0012K", ["ticket:HD"]),
        ("编号太备〔2026〕CX-0045号", ["filing"]),
        ("备案2026年", []),
        ("GKD", []),
    ],
)
def test_codes(text: str, kinds: list[str]) -> None:
    assert [mark.kind for mark in find_codes(text)] == kinds


def test_quotes_keep_their_partner() -> None:
    text = "举办“情暖重阳”文艺演出，欢迎"
    assert written(span(text, "情暖重阳”文艺演出", "title"), reading(text)) == "“情暖重阳”文艺演出"
    assert written(span(text, "情暖重阳", "title"), reading(text)) == "情暖重阳"


def test_a_day_and_a_clock_apart_are_one_time() -> None:
    text = "后天读报组学习 上午9点"
    tagged = [(span(text, "后天", "start"), 1.0), (span(text, "上午9点", "start"), 1.0)]
    values = typed_values(tagged, reading(text), "activity.register", NOW)
    assert [(v.slot, v.value) for v in values] == [("start", "2026-11-26T09:00")]


def test_reports_look_back_and_plans_ahead() -> None:
    text = "周六下午"
    for intent, day in (("activity.report", "2026-11-21TAF"), ("activity.register", "2026-11-28TAF")):
        assert typed_values([(Span(0, 4, "start"), 1.0)], reading(text), intent, NOW)[0].value == day


def test_only_volunteers_are_volunteers_and_only_money_is_money() -> None:
    text = "夜巡8个人"
    assert (
        typed_values([(span(text, "8个人", "volunteers"), 1.0)], reading(text), "safety.log", NOW)[0].slot
        == "headcount"
    )
    text = "202和203"
    assert typed_values([(span(text, "203", "money"), 1.0)], reading(text), "dispute.report", NOW) == []


def test_masks_and_overlaps() -> None:
    marks = without_overlaps([Mark(0, 4, "time:point"), Mark(2, 6, "num:people"), Mark(6, 8, "door")])
    assert [mark.kind for mark in marks] == ["time:point", "door"]
    assert masked("明天下午在三楼人", marks[:1]) == "\ue000在三楼人"


def test_ideas_of_a_text() -> None:
    assert "filing" in concepts("我们想备案")
    assert spread("备案吧")[:2] == ["Bfiling", "Ifiling"]


def test_later_clauses_start_at_a_connective() -> None:
    text = "登记合唱排练 顺便问下备案到哪步了"
    clause = clauses(text)[0]
    assert text[clause.said : clause.end] == "问下备案到哪步了"
    assert not clauses("明天下午三点合唱排练")
