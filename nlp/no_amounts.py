"""What looks like a number in a message but counts nothing: dates, clocks, ordinals, codes, set phrases."""

import re

BLANK = "\x00"
_HAN = "〇零一二两三四五六七八九十"
_DAY = rf"(?:(?<!\d)\d{{1,2}}|[{_HAN}廿卅]{{1,3}})"
_SOME = rf"(?:\d++|[{_HAN}百半廿卅]++)"
_WEEKDAY = "[一二三四五六日天1-7]"

_PATTERNS = {
    "year": rf"(?:\d{{2,4}}|[{_HAN}]{{2,4}})\s?年(?![级以来多])(?:\s?{_DAY}\s?月份?(?:\s?{_DAY}[日号]?)?)?",
    "month": rf"{_DAY}\s?月份?(?:底|初|[上中下]旬)?(?:\s?{_DAY}(?:[日号]|(?![\d{_HAN}人个户元块名位百万千点])))?",
    "lunar": rf"[正腊冬]月(?:初?[{_HAN}廿卅]{{1,3}})?|[大年]*(?:初[{_HAN}]{{1,2}}|年三十)",
    "day": rf"{_DAY}[日号](?![楼幢栋])",
    "ISO date": r"\d{4}[-/.]\d{1,2}(?:[-/.]\d{1,2})?|(?<![\d.])\d{1,2}[./]\d{1,2}(?=\s?\d{1,2}[:点])",
    "clock": r"\d{1,2}:\d{2}(?::\d{2})?(?:-\d{1,2}(?::\d{2})?)?",
    "spoken clock": rf"{_DAY}\s?(?:点(?![{_HAN}]*[万千])钟?|时(?![长间候]))"
    rf"(?:半|整|过|[一三]刻|(?:\d|[{_HAN}]){{1,3}}分?(?!\d))?",
    "hours to hours": rf"{_DAY}(?=[-到至]{_DAY}\s?(?:[点时日号月楼幢]|:\d))",
    "weekday": rf"(?:周|星期|礼拜){_WEEKDAY}(?:[到至、,和](?:周|星期|礼拜)?{_WEEKDAY}(?![个名户位人]))*",
    "ordinal": rf"第\s?(?:\d+|[{_HAN}百千]+)",
    "age": rf"(?:{_SOME}[-到至])?{_SOME}(?:多|来)?周?岁",
    "grade": rf"{_SOME}(?:年级|号线|路(?![人车])|单元|弄|门栋)",
    "floor": rf"{_SOME}(?:层|楼(?!栋))",
    "days": rf"(?:{_SOME}[-到至])?{_SOME}(?:多|来)?个?(?:天|日|年|月|星期|礼拜|周|晚上?|秒钟?)(?![级套])",
    "label of a series": r"(?:周|季度|版|附件|规则|[Qq])\s?\d+(?![\d个人户元])|[一二三四1-4]季度|[二三四五六七八九]类",
    "authority's number": r"太?备\s?[〔\[(]?\d{4}[〕\])]?[A-Za-z\d-]*号?|[〔\[(]\d{4}[〕\])]\s?[A-Za-z\d-]*号",
    "code": r"(?<![\dA-Za-z])(?=[\d-]*[A-Za-z])(?=[A-Za-z-]*\d)(?!\d+(?:\.\d+)?[kKwW](?![A-Za-z\d]))"
    r"[\dA-Za-z]+(?:-[\dA-Za-z]+)*",
    "day in the name": r"[五八三]一(?=[路社村节劳大])|三八(?=妇|节|红)|八一(?=建)|五一|六一|七一|五四"
    r"|十一(?=国庆|假|黄金|长假|期间)|双十[一二]|双1[12]",
    "set phrase": r"十分|千万(?=[别不要注记小])|百分(?!之)|万一|一[定些下起直样共切般边方面旦路会]"
    r"|统一|同一|唯一|四处|五\+[xX]|\d\+[xX]",
    "hotline": r"(?<=[拨打报])(?:1[12][0-29]|12\d{3})(?!\d)"
    r"|(?<!\d)(?:110|119|120|122|12345|12348|12349)(?=热线|平台|来|电话)",
}
# Only these characters begin one of the patterns.
_BEGINS = rf"\d{_HAN}廿卅百千万半正腊冬大年初周星礼第版附规季太备〔\[(A-Za-z双统同唯"
_ANY = re.compile(rf"(?=[{_BEGINS}])(?:" + "|".join(f"(?:{pattern})" for pattern in _PATTERNS.values()) + ")")


def blank_out(text: str, spans: list[tuple[int, int]]) -> str:
    """The text, same length, with `spans` and everything that counts nothing turned into BLANK."""
    for start, end in spans:
        text = f"{text[:start]}{BLANK * (end - start)}{text[end:]}"
    return _ANY.sub(lambda match: BLANK * len(match.group()), text)
