"""When to remind and of what, as a sentence says it."""

import re
from datetime import date, timedelta
from typing import Any

from handlers import words
from handlers.reminder_stop import Stop
from handlers.reminder_words import dated, fits, skill, wishes
from handlers.skill import Refused, Turn, When
from models import reminder
from models.period import period_bounds
from models.policy import rule as setting
from nlp.normalise import normalise
from nlp.times import TimeExpression, find_times

HOUR = 9  # of a day without a clock, where the deployment lays down none
SPAN = 14  # days of a range that are reminded of one by one


class Set(Stop):
    """`text` only where the sentence says the contrary: 不要提醒我…, 恢复提醒."""

    title: str | None = None
    repeat: str | None = None
    end: When | None = None
    period: str | None = None
    person: str | None = None
    organization: str | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        contrary = fits(text, "never") or fits(text, "back")
        return {"said": True} | ({"text": text} if contrary else {})


def wanted(turn: Turn, form: Set) -> tuple[When, str | None]:
    """The first moment and the rule; asks when neither is said."""
    start, repeat = form.start, form.repeat or recurrence(turn)
    if reminder.vague(repeat, start):
        raise Refused("which_day", ask="start") if form.title else Refused("when", ask="title")
    if repeat and form.end and "UNTIL" not in repeat:
        repeat += f";UNTIL={form.end.day:%Y%m%d}"
    if repeat is None and start is None:
        start, repeat = ranged(turn, form.period) if form.period else (form.end or spoken_time(turn), None)
    if start is None and repeat is None:
        raise Refused("when", ask="start" if form.title else "title")
    first = at_clock(turn, start or When.of(turn.now)[:10])
    return first, reminder.completed(repeat, first) if repeat else None


def times(turn: Turn) -> list[TimeExpression]:
    """What the sentence says of time, for the parts of it that were not understood as such."""
    return find_times(turn.text, turn.now.replace(tzinfo=None))


def recurrence(turn: Turn) -> str | None:
    return next((found.rule for found in times(turn) if found.rule), None)


def spoken_time(turn: Turn) -> When | None:
    said = next((found.start or found.end for found in times(turn) if found.start or found.end), None)
    return When(said) if said else None


def without_time(turn: Turn, title: str | None) -> str | None:
    """The title without a recurrence that ran into it (每月25号交信息公开)."""
    for found in times(turn) if title else []:
        if found.rule:
            title = (title or "").replace(found.span, "").strip()
    return title


def in_own_words(turn: Turn) -> str:
    """What is left of the sentence without its times and the mere talk of reminding."""
    left = normalise(turn.text).text
    for found in times(turn):
        left = left.replace(found.span, "")
    left = re.sub(skill.words["frame"], "", left).strip(" ,.，。!！~")
    return left or (skill.text("wake") if wishes(turn.text, "wake") else "")


def ahead(turn: Turn, start: When, title: str) -> tuple[When, str]:
    """提前一天: the reminder comes before what it is about, and says when that is."""
    found = re.search(skill.words["ahead"]["pattern"], normalise(turn.text).text)
    if found is None:
        return start, title
    numeral, unit = found.groups()
    count = int(numeral) if numeral.isdecimal() else skill.words["ahead"]["numerals"].get(numeral, 1)
    earlier = start.at() - timedelta(minutes=count * skill.words["ahead"]["units"][unit])
    return When.of(earlier), skill.text("ahead", title=title, when=dated(turn, start))


def ranged(turn: Turn, period: str) -> tuple[When | None, str | None]:
    """Every day of a short range; of a long one the first."""
    since, until = period_bounds(period)
    if since is None or until is None:
        return None, None
    last = date.fromisoformat(until) - timedelta(days=1)
    days = (last - date.fromisoformat(since)).days
    return When(since), f"FREQ=DAILY;UNTIL={last:%Y%m%d}" if 0 < days < SPAN else None


def at_clock(turn: Turn, start: str) -> When:
    """A day without a clock gets the deployment's hour."""
    when = When(start)
    if when.clock or when.part:
        return When.of(when.at())
    found = setting(turn.settings, "reminder_hour")
    return When.of(words.at_hour(when.day, int(found.value) if found else HOUR))
