"""The grammar of the example sentences, and that every line of the handlers obeys it."""

from pathlib import Path

import pytest

from nlp.sentences import Span, load, parse_line, spelt_out

HANDLERS = Path(__file__).parents[2] / "handlers"


def test_marks_become_spans_of_the_plain_text() -> None:
    example = parse_line("[明天下午](start)在[三楼会议室](place)搞[讲座](title)", "activity.register")
    assert example.text == "明天下午在三楼会议室搞讲座"
    assert example.spans == (Span(0, 4, "start"), Span(5, 10, "place"), Span(11, 13, "title"))


def test_danger_facts_and_further_wishes() -> None:
    example = parse_line(
        "!闻到煤气味 [7幢](place) {hazard_type=燃气; target_group=残疾人,低保对象} ++filing.status ++stats.query", "x"
    )
    assert example.danger
    assert example.text == "闻到煤气味 7幢"
    assert example.facts == {"hazard_type": "燃气", "target_group": ["残疾人", "低保对象"]}
    assert example.others == ("filing.status", "stats.query")


def test_escaped_line_breaks_count_as_one_character() -> None:
    example = parse_line(r"时间：[周六](start)\n地点：[村部](place)", "activity.register")
    assert example.text == "时间：周六\n地点：村部"
    assert example.spans[1] == Span(9, 11, "place")


def test_brackets_that_mark_nothing_stay() -> None:
    assert parse_line("好的 收到 [强]", "dialog.confirm").text == "好的 收到 [强]"


@pytest.mark.parametrize("line", ["[明天](tomorrow)", "[明天(start)", "在[村部](place) {colour=red}"])
def test_a_wrong_line_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"slot|mark"):
        parse_line(line, "x")


def test_alternations_are_spelt_out_the_same_way_each_time() -> None:
    made = spelt_out("<查|看|>一下<备案|进度>")
    assert made == spelt_out("<查|看|>一下<备案|进度>")
    assert set(made) <= {f"{a}一下{b}" for a in ("查", "看", "") for b in ("备案", "进度")}
    assert len(made) > 3


def test_named_lists_are_looked_up() -> None:
    assert all("<" not in one and one.endswith("](place)") for one in spelt_out("[<@place>](place)"))


def test_every_intent_has_lines_enough() -> None:
    count: dict[str, int] = {}
    for example in load(HANDLERS):
        count[example.intent] = count.get(example.intent, 0) + 1
    assert len(count) >= 60
    assert not {intent: lines for intent, lines in count.items() if lines < 40}
