"""Reminders: set by people for themselves, looked up with all that is planned for them, and switched off by kind."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from handlers import words
from handlers.reminder_stop import Spoken, Stop, at_hour, numbered, place_in, resumed, stop
from handlers.reminder_untold import untold
from handlers.reminder_when import Set, ahead, in_own_words, wanted, without_time
from handlers.reminder_words import (
    PAGE,
    cancelled,
    dated,
    fits,
    mine,
    named,
    nudge,
    plan,
    rule_named,
    skill,
    told,
    wishes,
)
from handlers.skill import Form, Nudge, Refused, Reply, Turn, When
from models import reminder
from models.base import Session
from models.period import period_bounds
from models.push import ALL
from models.reminder import OWN, Coming

__all__ = ["Set", "Stop", "rule_named", "skill"]


class Query(Form):
    title: str | None = None
    start: When | None = None
    period: str | None = None
    text: str | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        return {"text": text} if fits(text, "back") or fits(text, "untold") else {}


class Change(Spoken):
    repeat: str | None = None


class Cancel(Form):
    """`line` is the place in the list of `query`: 第二个不要了."""

    ticket_no: str | None = None
    line: int | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        return {"line": place_in(text)}


# -- set --------------------------------------------------------------------------------------------------------------


@skill.on("set", form=Set)
def set_up(turn: Turn, form: Set) -> Reply:
    if form.text:
        return stop(turn, Stop(**form.model_dump(include=set(Stop.model_fields))))
    start, repeat = wanted(turn, form)
    whom = form.person or form.organization
    title = without_time(turn, form.title) or in_own_words(turn)
    if not title:
        raise Refused("what", ask="title")
    start, title = ahead(turn, start, title)
    if whom and whom not in title:
        title = skill.text("for_whom", whom=whom, title=title)
    row = reminder.add(turn.db, turn.user, turn.now, title=title, start=start, repeat=repeat)
    reminder.unmute(turn.user, OWN, skill.words["kinds"])
    plan(turn, row)
    return told(turn, "set_", row) + (skill.say("only_you", whom=whom) if whom else Reply(""))


@skill.on("change", form=Change)
def change(turn: Turn, form: Change) -> Reply:
    """Moves one: a bare clock keeps its day, a bare day its clock."""
    if wishes(turn.text, "hour") and form.start and form.start.clock:
        return at_hour(turn, form.start.clock)
    row = mine(turn, form.ticket_no or turn.last)
    start = form.start
    if start is None and form.repeat is None:
        raise Refused("change_when", ask="start", title=turn.unseal(row.title))
    before = When.of(reminder.next_of(row, turn.now) or row.due)
    if start and start.clock and not any(sign in turn.text for sign in skill.words["day_signs"]):
        start = When(f"{before.day}{start[10:]}")
    elif start and not start[10:]:
        start = When(f"{start}{before[10:]}")
    first = start or before
    reminder.move(turn.db, turn.user, turn.now, row, first, form.repeat or reminder.shifted(row.repeat, first))
    plan(turn, row)
    return told(turn, "changed_", row)


@skill.on("cancel", form=Cancel)
def cancel(turn: Turn, form: Cancel) -> Reply:
    if form.ticket_no:
        return cancelled(turn, mine(turn, form.ticket_no))
    return numbered(turn, form.line) if form.line else query(turn, Query())


# -- looked up --------------------------------------------------------------------------------------------------------


@skill.on("query", form=Query)
def query(turn: Turn, form: Query) -> Reply:
    """All that is planned for the person, numbered as 取消第2条 counts; for staff also whom reminders do not reach."""
    if fits(form.text or "", "untold"):
        return untold(turn)
    if form.text:
        return resumed(turn, form.text)
    since, until = period_bounds(form.period or (form.start and form.start[:10]))
    everything = list(enumerate(reminder.coming(turn.db, turn.user, turn.now), 1))
    found = [
        (place, one)
        for place, one in everything
        if (not since or since <= When.of(one.at)[:10] < (until or "9"))
        and (not form.title or form.title in one.text or one.text in form.title)
    ]
    silent = silenced(turn)
    if not found:
        return skill.say("none_then" if everything else "none", silent=silent, count=len(everything))
    lines = "\n".join(line(turn, place, one) for place, one in found[:PAGE])
    return skill.say(
        "list", count=len(found), lines=lines, more=len(found) - PAGE if found[PAGE:] else None, silent=silent
    )


def line(turn: Turn, place: int, one: Coming) -> str:
    when = When.of(one.at)
    return skill.text("line", place=place, what=words.joined(dated(turn, when), one.text, rule_named(one.repeat, when)))


def silenced(turn: Turn) -> str | None:
    if ALL in turn.user.mutes:
        return skill.text("everything")
    return words.spoken([named(kind) for kind in turn.user.mutes]) or None


# -- switched off -----------------------------------------------------------------------------------------------------

skill.on("stop", form=Stop)(stop)


@skill.remind
def following(db: Session, day: date) -> Iterator[Nudge]:
    """The next occurrences of what repeats."""
    for row, at in reminder.advance(db, day):
        yield nudge(db, row, at)
