"""Finds and resolves the time expressions of a Chinese text.

Conventions beyond the contract (4.2, 4.3):
- `before` gives `end`, `after` gives `start`. A bound that is a whole month, week or year excludes it (12月之前 ends on
  30 November); 月底前 and 年底前 end on the last day; 截至10月 and 到年底 include the whole unit.
- 三天内 and 最近三个月 are ranges from or to today. 三天后 is a day, 半小时后 a clock.
- A clock without a day takes the day named before it in the same message, else the nearest in the reading direction.
- 月初 is the 1st-5th, 月中 the 11th-20th, 月底 from the 25th; 年初 January and February, 年底 November and December.
- A spoken lunar-looking date without 日 or 号 is lunar (八月十五, 五月廿二); 小年 is the 24th, as in Taicang.
- Holidays (国庆期间) are the announced days; while none are announced, the customary ones.
"""

from datetime import date, datetime
from typing import Any

from nlp.times.bind import bind
from nlp.times.days import Context
from nlp.times.grammar import Grammar
from nlp.times.meaning import TimeExpression, express
from nlp.times.text import TRIGGER, normalise
from nlp.times.tokens import scan

__all__ = ["TimeExpression", "as_json", "find_times", "period"]


def find_times(text: str, now: datetime, *, past: bool = False) -> list[TimeExpression]:
    """The time expressions of `text` in order, resolved against the naive local `now`.

    `past` prefers the last matching day or hour where the text leaves it open (周三, 15号, 3月), else the coming one.
    Never raises on any text; offsets and spans are those of `text` as given.
    """
    plain = normalise(text)
    if TRIGGER.search(plain) is None:
        return []
    tokens = list(scan(plain))
    if not tokens:
        return []
    nodes = bind(Grammar(plain, tokens).read(), plain)
    return express(nodes, text, plain, Context(now.replace(tzinfo=None), past))


def as_json(e: TimeExpression) -> dict[str, Any]:
    """The keys of contract 4.3 that apply, in its order."""
    row: dict[str, Any] = {"span": e.span, "offset": e.offset, "kind": e.kind}
    for key in ("start", "end", "seconds", "rule"):
        value = getattr(e, key)
        if value is not None:
            row[key] = value
    return row


def period(e: TimeExpression) -> str | None:
    """The `period` slot of a query: 2026, 2026-Q3, 2026-10, 2026-W47 or first/last day; None for what is no period."""
    if e.kind not in ("point", "range") or not e.start:
        return None
    first = date.fromisoformat(e.start[:10])
    last = date.fromisoformat((e.end or e.start)[:10])
    if e.grain == "year":
        return f"{first.year}"
    if e.grain == "quarter":
        return f"{first.year}-Q{(first.month + 2) // 3}"
    if e.grain == "month":
        return f"{first.year}-{first.month:02d}"
    if e.grain == "week":
        year, week, _ = first.isocalendar()
        return f"{year}-W{week:02d}"
    return f"{first.isoformat()}/{last.isoformat()}"
