"""Finds where a further wish of a message may begin; the intent model then reads each such clause by itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

# Words that say "besides": what follows them is a wish of its own more often than not.
_BESIDES = re.compile(
    r"(?:顺便|顺带|另外|还有就是|还有(?!没|别|多|哪|几|名)|然后|同时|再(?!见|次|不|说|过|传)|对了|还想|还要|还得|也想|也要|也帮|到了我?要?|没有就|有的话|没有的话|"
    r"到时候|提前|现在先|其他)+(?:再|就|先|帮我|请|麻烦)*"
)
_SURE = re.compile(r"顺便|顺带|另外|对了")  # these begin a wish even without a pause
_PAUSE = re.compile(r"[,。;!?、\n ]+")
_ASKS = re.compile(
    "提醒|转人工|帮我|给我|登记|报名|查|看看|看下|问|吗|多少|几|哪|申请|取消|公开|借|订|记|发|注销|备案|投诉|需要"
)
LEAST = 3  # characters of a clause worth reading
AFTER_BESIDES, AFTER_PAUSE = 0.35, 0.9  # how sure the intent of a clause must be


@dataclass(frozen=True, slots=True)
class Clause:
    """`text[start:end]` may be a wish: `said` is where its connective ends, `least` the probability it needs."""

    start: int
    said: int
    end: int
    least: float


def later_clauses(text: str) -> Iterable[Clause]:
    """The parts of a normalised message, without the first, that may hold a wish of their own."""
    cuts = sorted({m.end() for m in _PAUSE.finditer(text)} | {m.start() for m in _SURE.finditer(text)})
    starts = [cut for cut in cuts if LEAST <= cut < len(text)]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=False):
        besides = _BESIDES.match(text, start)
        said = besides.end() if besides else start
        if end - said >= LEAST and (besides or _ASKS.search(text, said, end)):
            yield Clause(start, said, end, AFTER_BESIDES if besides else AFTER_PAUSE)
