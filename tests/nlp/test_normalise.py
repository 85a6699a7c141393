"""normalise: one form for the grammars, every character traceable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.normalise import normalise


@pytest.mark.parametrize(
    ("original", "expected"),
    [
        ("２０２６年１０月１８日　上午９：００—１１：００", "2026年10月18日 上午9:00-11:00"),
        ("登記活動，臺灣歌會，頭髮", "登记活动,台湾歌会,头发"),
        ("收到 [强]", "收到"),
        ("好的😊😊明天见", "好的 明天见"),
        ("太好了！！！真的吗？？", "太好了!真的吗?"),
        ("等等……再说。。。", "等等…再说。"),
        ("10月8曰晚", "10月8日晚"),
        ("2O26年1O月", "2026年10月"),
        ("二O二六年", "二〇二六年"),
        ("①5人②6人", "(1)5人(2)6人"),
        ("帮我登记一下那个下周三上午", "帮我登记一下下周三上午"),
        ("我我我想问一下", "我想问一下"),
        ("就是就是那个那个活动", "就是那个活动"),
        ("阿有啥人来管管 呒没人管", "有没有谁来管管 没有人管"),
        ("讲勿清爽 请勿打扰", "讲不清爽 请勿打扰"),
        ("伲村今朝夜里向", "我们村今朝夜里向"),
        ("阿拉伯舞 伊拉克", "阿拉伯舞 伊拉克"),
        ("第一行\r\n\r\n 第二行", "第一行\n第二行"),
        ("昨天那个登记重复了", "昨天那个登记重复了"),
        ("嗯", "嗯"),
        ("👌", "好的"),
        ("[OK]", "好的"),
        ("🌹", ""),
        ("  ", ""),
        ("【活动通知】", "【活动通知】"),
        ("ＡBc", "ABc"),
        ("\u200b5\ufe0f人", "5人"),
    ],
)
def test_text(original: str, expected: str) -> None:
    assert normalise(original).text == expected


@pytest.mark.parametrize(
    ("original", "part", "source"),
    [
        ("帮我登记一下那个下周三", "一下下周三", "一下那个下周三"),
        ("😊😊梅園社區😊", "梅园社区", "梅園社區"),
        ("他们吵相骂了", "吵架", "吵相骂"),
        ("９：００——１１：００", "9:00-11:00", "９：００——１１：００"),
        ("阿有人", "有没有", "阿有"),
    ],
)
def test_cut_gives_the_words_of_the_message(original: str, part: str, source: str) -> None:
    normal = normalise(original)
    start = normal.text.index(part)
    assert normal.cut(start, start + len(part)) == source


def test_empty_span_has_no_source() -> None:
    assert normalise("今天").cut(1, 1) == ""


_ODD = st.text("那个呃嗯我勿阿有。!~-… \n01oO曰月[强]😊", max_size=40)


@given(st.text(alphabet=st.characters(), max_size=60) | _ODD)
def test_offsets_are_monotone_and_inside(text: str) -> None:
    normal = normalise(text)
    assert len(normal.offsets) == len(normal.text) + 1
    assert list(normal.offsets) == sorted(normal.offsets)
    assert normal.offsets[-1] == len(text)
    assert normal.text == normal.text.strip()
    first, last = normal.source(0, len(normal.text))
    assert 0 <= first <= last <= len(text)
