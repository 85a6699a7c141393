"""How far something is moved, or by how many it grows, from what stands already: 推迟一周, 提前半小时, 再加5个人."""

import re
from datetime import datetime
from typing import Final

from nlp.normalise import normalise
from nlp.numbers import find_numbers
from nlp.times import find_times

_LATER: Final = re.compile(
    r"(?:推迟|延迟|延后|顺延|延期|后延|推后|拖后|往后[推挪延移拖]?|晚(?![上饭会报点]))[了个上]?\s?"
)
_EARLIER: Final = re.compile(r"(?:提前|提早|往前[提挪移]?|早(?![上饭点]))[了个]?\s?")
_MORE: Final = re.compile(r"(?:再加|增加|再来|多来|添|加|(?<![\d十百几来])多)[了上]?\s?")
_FEWER: Final = re.compile(r"(?:减少|少来|减|去掉|少)[了掉]?\s?")
_REMINDING: Final = re.compile(r"\s?(?:就)?(?:提醒|通知|叫|喊|告诉|说|讲)")
_COUNTED: Final = {"plain": "headcount", "people": "headcount", "volunteers": "volunteers", "households": "households"}
_ANY: Final = datetime(2026, 1, 1)


def moved(text: str) -> int | None:
    """Seconds by which a time is moved, earlier ones negative; None where the text moves nothing by a length."""
    plain = normalise(text).text
    for pattern, sign in ((_LATER, 1), (_EARLIER, -1)):
        for verb in pattern.finditer(plain):
            rest = plain[verb.end() :]
            length = next((one for one in find_times(rest, _ANY) if one.offset == 0 and one.seconds), None)
            if length and length.seconds and not _REMINDING.match(rest, len(length.span)):
                return sign * round(length.seconds)
    return None


def grown(text: str) -> dict[str, int]:
    """By how many `headcount`, `volunteers` or `households` grow (fewer: negative), for each that is named."""
    plain = normalise(text).text
    found: dict[str, int] = {}
    for pattern, sign in ((_MORE, 1), (_FEWER, -1)):
        for verb in pattern.finditer(plain):
            number = next((one for one in find_numbers(plain[verb.end() :]) if one.start == 0), None)
            if number and (slot := _COUNTED.get(number.kind)):
                found.setdefault(slot, sign * int(number.value))
    return found
