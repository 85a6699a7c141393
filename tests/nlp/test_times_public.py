"""Agreement with the public expressions of JioNLP and chrono; every difference is a convention named here."""

import pytest

from tests.nlp.public_times import Case, agrees, chrono, jionlp

# reason -> the public texts read differently for it; a text that comes to agree must be removed.
DIFFERENT: dict[str, str] = {
    "a bound of a whole month or year excludes it": "明年6月之前 2025年前 二〇三五年前",
    "a length of weeks, months or years away is a day, not the whole unit": (
        "3年后 两年前 一年半以前 半年之后 三年前 4个星期之后 4周后 七年半后 七年后 半年后 "
        "一年半后 3年以前 3年半前 3年半以前 "
        "两个半月前 十个多月后 十个半月后 三个季度后 20多个月之后 1000多年之后"
    ),
    "a length of hours away is an instant, not an hour": "6个小时前 60小时前 半小时前",
    "a length from or to now ends on the day itself": (
        "3年半以内 3年半以来 3年多以来 3个多月以来 三个多月以来 未来2个月 未来两个月 未来5年内 今后10年"
    ),
    "too vague to act upon, or no length at all": (
        "前两天 前两年 前两个钟头 前两分钟 二十几年前 几十年之后 4周年 七载春秋 十三分半以内"
    ),
    "centuries, decades and ordinals of a story": (
        "18世纪 上世纪80年代 十九世纪七十年代 二十世纪九十年代末期 "
        "11世纪初 20世纪60年代前期 第三天上午 第三天起 第七年 1985到89年9月"
    ),
    "gives no value here (contract 4.2)": "现在 全天 白天",
    "a bare number is no year, a score no clock": "2018 35:37 2000万小时 两万四千到3万秒",
    "a lunar date counts from the day, not from a partial base": "腊月初十 廿一",
    "weeks of a year are those of ISO 8601": "20年第52周",
    "solar terms belong to the calendar year, seasons end before the next term": "2017年大寒 20年小寒 冬季",
    "the public value is a slip (six days, a whole month)": "上月最后五天 腊月18",
    "the month is an upper bound there": "六个月以下",
    "a recurrence begins with the next occurrence": "每月4号 每年母亲节 每年春节 每个周末九点",
    "today counts while the hour is to come": "8号晚上9点 1号晚上9点 10月8号",
    "no option forbids the lunar reading here": "四月十三",
    "before dawn 明天 is the same day there": "我明天要打游戏",
    "1-6 o'clock is in the afternoon; 下午5点-7点 stays in the afternoon": "三点 下午5点-7点",
    "下星期天 is the Sunday of the next Monday-to-Sunday week": "我下星期天打游戏",
    "the public fields contradict its own date": "我二零一八年十一月二十六日下午三点半五十九秒打游戏",
}
_TEXTS = {text for texts in DIFFERENT.values() for text in texts.split()}
CASES = [*jionlp(), *chrono()]


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.source}:{c.text}@{c.now:%Y%m%d}")
def test_public_expression(case: Case) -> None:
    if case.text not in _TEXTS:
        assert agrees(case)


def test_every_difference_is_still_one() -> None:
    outcome: dict[str, list[bool]] = {}
    for case in CASES:
        outcome.setdefault(case.text, []).append(agrees(case))
    assert [t for t in _TEXTS if all(outcome[t])] == []
