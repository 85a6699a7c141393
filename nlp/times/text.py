"""Brings a text to one writing, character by character, so that offsets stay those of the original."""

import re
from typing import Final

# original characters above, their plain form below
_SAME: Final = (
    ("０１２３４５６７８９：－／．～〜﹕∶‐‑−", "0123456789:-/.~~::---"),
    ("　\u00a0\u2009", "   "),
    ("週禮時點鐘號個兩後開節間農曆陰陽臘閏歲從來當國慶", "周礼时点钟号个两后开节间农历阴阳腊闰岁从来当国庆"),
    ("聖誕婦兒勞動憲誌雙連續過內", "圣诞妇儿劳动宪志双连续过内"),
    ("約預計這圍壹貳叁肆伍陸柒捌玖拾離", "约预计这围一二三四五六七八九十离"),
)
_TABLE: Final = {ord(a): b for above, below in _SAME for a, b in zip(above, below, strict=True)}

# No expression is without one of these; a text without them is left alone at once.
TRIGGER: Final = re.compile(
    r"[0-9年月日天周期拜季旬节初廿卅今明昨早晚夜晨午昼晓]|小时|分钟|钟头|[半全白]天|雷锋|假|"
    r"[零一二三四五六七八九十两半几个](?:点|时|号|小|钟|分|秒|刻)|"
    r"[一二三四五六七八九十双除元国端中重七腊清圣平儿教劳][一夕旦庆午秋阳八明诞安]|"
    r"[元立春夏秋冬谷芒白寒霜处惊小大][宵夏秋冬春分至种露降暑蛰寒雨满雪]"
)


def normalise(text: str) -> str:
    """Full-width and traditional characters of time words become plain ones; the length never changes."""
    return text.translate(_TABLE)
