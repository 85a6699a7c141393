"""Brings a text to one writing, character by character, so that offsets stay those of the original."""

import re
from typing import Final

_SAME: Final = dict(
    zip(
        "０１２３４５６７８９：－／．～　〜週禮時點鐘號個兩後開節間點農曆陰陽臘閏歲從來當國慶聖誕婦兒勞動憲誌雙連續隔過內約預計這圍號晚壹貳叁肆伍陸柒捌玖拾離",
        "0123456789:-/.~ ~周礼时点钟号个两后开节间点农历阴阳腊闰岁从来当国庆圣诞妇儿劳动宪志双连续隔过内约预计这围号晚一二三四五六七八九十离",
        strict=True,
    )
)
_TABLE: Final = str.maketrans({k: v for k, v in _SAME.items() if k not in "陸"} | {"﹕": ":", "∶": ":", "‐": "-", "‑": "-", "−": "-", "\u00a0": " ", "\u2009": " "})

# No expression is without one of these; a text without them is left alone at once.
TRIGGER: Final = re.compile(
    r"[0-9]|[一二三四五六七八九十两廿卅半几](?:点|时|号|日|月|年|天|周|个|小|星|礼|分|秒|刻|季|旬|钟)|[今明昨后前去本上下当每]|周|星期|礼拜|早|晚|夜|晨|午|节|初|旬|季|"
    r"[元除国春清端中重七腊小大立夏秋冬谷惊芒白寒霜处万圣][旦夕庆节明午秋阳八年寒雪暑雨满春夏秋冬至分降露种蛰圣诞水]|[一二三四五六七八九十]{2}|雷锋|[假暑]|宪法|日|月|天"
)


def normalise(text: str) -> str:
    """Full-width and traditional characters of time words become plain ones; the length never changes."""
    return text.translate(_TABLE)
