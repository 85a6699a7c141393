"""Finds where a further wish of a message begins: at pauses and connectives, judged by what is wished on both sides."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Words that say "besides": what follows them is a wish of its own more often than not.
_BESIDES = re.compile(
    r"(?:顺便|顺带|另外|另(?![一有行起类议])|还有就是|还有(?!没|别|多|哪|几|名)|然后|同时|再(?!见|次|不|说|过|传)|对了|还想|还要|还得|也想|也要|也帮|到了我?要?|没有就|有的话|没有的话|"
    r"到时候|现在先|其他)+(?:再|就|先|帮我|请|麻烦)*"
)
_SURE = re.compile(r"顺便|顺带|另外|对了")  # these begin a wish even without a pause
_PAUSE = re.compile(r"[,。;!?、\n ]+")
_ASKS = re.compile(
    "提醒|转人工|帮我|给我|登记|报名|查|看看|看下|问|吗|多少|几|哪|申请|取消|公开|借|订|记|发|注销|备案|投诉|需要|怎么|咋|啥|没有|报|补|要|想|伐|呢|什么|撤|换|约"
)
LEAST = 3  # characters of a clause worth reading
MOST = 8  # clauses looked at: a long notice is one wish
NO_WISH = ("dialog.", "chat.greet", "chat.thanks", "chat.help", "none")
_STEPS = (0.2, 0.4, 0.6, 0.8, 0.95)

Ranked = tuple[str, float]  # an intent and its probability


@dataclass(frozen=True, slots=True)
class Clause:
    """`text[start:end]` may be a wish: `said` is where its connective ends."""

    start: int
    said: int
    end: int


def clauses(text: str) -> list[Clause]:
    """The parts of a normalised message, without the first, that may hold a wish of their own."""
    cuts = sorted({m.end() for m in _PAUSE.finditer(text)} | {m.start() for m in _SURE.finditer(text)})
    starts = [cut for cut in cuts if LEAST - 1 <= cut < len(text)]
    found = []
    for start, end in zip(starts, [*starts[1:], len(text)], strict=False):
        besides = _BESIDES.match(text, start)
        said = besides.end() if besides else start
        if end - said >= LEAST and (besides or _ASKS.search(text, said, end)):
            found.append(Clause(start, said, end))
    if len(found) > MOST:  # what says "besides", then what comes last
        found = sorted(
            sorted(found, key=lambda one: (one.said == one.start, -one.start))[:MOST], key=lambda one: one.start
        )
    return found


def wish_features(text: str, clause: Clause, before: Ranked, after: Ranked, whole: Ranked) -> list[str]:
    """What tells a further wish from more about the same one.

    `before` is what has been wished so far, `after` what the clause wishes by itself, `whole` what the message does.
    """
    besides = text[clause.start : clause.said]
    noun, other = before[0].partition(".")[0], after[0].partition(".")[0]
    apart = "same" if before[0] == after[0] else "verb" if noun == other else "noun"
    asks = bool(_ASKS.search(text, clause.said, clause.end))
    pause = _PAUSE.search(text[max(clause.start - 1, 0) : clause.start])
    sure = sum(after[1] >= step for step in _STEPS)
    ready = sum(before[1] >= step for step in _STEPS)
    kept = {before[0]: "before", after[0]: "after"}.get(whole[0], "third")
    return [
        f"besides={besides}",
        f"pause={pause[0][-1] if pause else ''}",
        f"first={text[clause.said : clause.said + 2]}",
        f"last={text[max(clause.start - 3, 0) : clause.start].strip(' ,。;!?、')[-1:]}",
        f"apart={apart}",
        f"apart={apart}/{bool(besides)}/{asks}",
        f"nouns={noun}>{other}",
        f"after={after[0]}",
        f"before={before[0]}",
        f"kept={kept}/{apart}",
        f"kept={kept}/{bool(besides)}",
        f"sure={sure}/{apart}/{bool(besides)}",
        f"ready={ready}/{apart}",
        f"both={min(sure, ready)}/{bool(besides)}",
        *(f"sure>{n}" for n in range(sure)),
        *(f"ready>{n}" for n in range(ready)),
        f"length={min((clause.end - clause.said) // 3, 5)}",
        f"room={min(clause.start // 4, 5)}",
    ]
