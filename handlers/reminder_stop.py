"""What people no longer want to hear: one reminder, a kind, all, or only at another hour; and back again."""

import re
from datetime import time
from typing import Any

from handlers import words
from handlers.reminder_untold import untold
from handlers.reminder_words import PAGE, cancelled, dated, fits, mine, named, plan, skill, spoken_hour, wishes
from handlers.skill import Form, Refused, Reply, Role, Turn, When
from models import push, reminder
from models.push import ALL, Hours
from models.reminder import OWN, Reminder


class Spoken(Form):
    """A task, never a side question: its one required field is given by any sentence and asked for after a tap."""

    said: bool
    ticket_no: str | None = None
    start: When | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        return {"said": True}


class Stop(Spoken):
    kind: str | None = None
    text: str | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        return {"said": True} | ({"text": text} if wishes(text, "stop") else {})


def stop(turn: Turn, form: Stop) -> Reply:
    """One reminder, a kind or all; another hour; or everything back on. Asks which where it is not said."""
    if form.ticket_no:
        return cancelled(turn, mine(turn, form.ticket_no))
    if form.kind:
        return chosen(turn, form.kind, form)
    text = form.text or ""
    if fits(text, "untold"):
        return untold(turn)
    if fits(text, "back") or wishes(text, "resume"):
        return resumed(turn, text)
    if wishes(text, "hour") and form.start and form.start.clock:
        return at_hour(turn, form.start.clock)
    if wishes(text, "night"):
        return nights_off(turn)
    if place := place_in(text):
        return numbered(turn, place)
    if found := meant(turn, text, form.start):
        return cancelled(turn, found[0]) if len(found) == 1 else which(turn, found)
    if kinds := kinds_in(text):
        return muted(turn, kinds)
    if wishes(text, "all"):
        return muted(turn, [ALL])
    raise Refused("which_kind", ask="kind", choices=choices(turn))


def chosen(turn: Turn, choice: str, form: Stop) -> Reply:
    """The answer to the question which kind."""
    if choice == "keep":
        return skill.say("kept")
    if choice == "hour":
        if form.start is None or form.start.clock is None:
            raise Refused("hour_wanted", ask="start")
        return at_hour(turn, form.start.clock)
    if choice.startswith("row:"):
        reminder.drop(turn.db, turn.user, int(choice[4:]))
        return skill.say("dropped")
    return muted(turn, [choice])


def which(turn: Turn, found: list[Reminder]) -> Reply:
    shown = [(row.no, words.joined(dated(turn, When.of(row.due)), turn.unseal(row.title))) for row in found[:PAGE]]
    raise Refused("which", ask="ticket_no", choices=shown)


def numbered(turn: Turn, place: int) -> Reply:
    """The line of that number as `query` counts; an automatic one may stand for its whole kind."""
    found = reminder.coming(turn.db, turn.user, turn.now)
    if place > len(found):
        raise Refused("no_such_line", count=len(found))
    one = found[place - 1]
    if one.no:
        return cancelled(turn, mine(turn, one.no))
    labels = skill.words["automatic"]
    options = [(f"row:{one.outbox_id}", labels["one"]), (one.kind, labels["kind"].format(name=named(one.kind)))]
    raise Refused("automatic", ask="kind", choices=[*options, ("keep", labels["keep"])], text=one.text)


def place_in(text: str) -> int | None:
    found = re.search(skill.words["number"], text)
    if found is None:
        return None
    said = found.group(1)
    return int(said) if said.isdecimal() else words.load("words")["ordinals"]["numerals"].find(said) + 1 or None


def meant(turn: Turn, text: str, start: When | None) -> list[Reminder]:
    """Own reminders the sentence points at: by their title, else by their day (25号, 周五)."""
    rows = reminder.own(turn.db, turn.user)
    titled = [row for row in rows if title_in(turn.unseal(row.title) or "", text)]
    return titled or [row for row in rows if on_day(row, text, start)]


def title_in(title: str, text: str) -> bool:
    """The whole title, or three of its characters in a row that are no mere talk of reminders."""
    pieces = {title[at : at + 3] for at in range(len(title) - 2)}
    return title in text or any(piece in text for piece in pieces - set(skill.words["idle"]))


def on_day(row: Reminder, text: str, start: When | None) -> bool:
    """Whether the sentence names the day of a reminder: the date, or the weekday of what is not monthly."""
    day = When.of(row.due).day
    if start and start.day == day:
        return True
    weekly = row.repeat is None or row.repeat.startswith("FREQ=WEEKLY")
    patterns = skill.words["marks"]["month"] + (skill.words["marks"]["week"] if weekly else [])
    weekday = words.load("words")["weekdays"][day.weekday()]
    marks = (re.escape(pattern.format(day=day.day, weekday=weekday)) for pattern in patterns)
    return any(re.search(rf"(?<!\d){mark}", text) for mark in marks)


def kinds_in(text: str) -> list[str]:
    return [kind for kind, entry in skill.words["kinds"].items() if any(sign in text for sign in entry["signs"])]


def choices(turn: Turn) -> list[tuple[str, str]]:
    """What this person could switch off: the kinds planned for them, all, another hour, nothing."""
    labels = skill.words["which_kind"]
    planned = dict.fromkeys(one.kind for one in reminder.coming(turn.db, turn.user, turn.now))
    known = [(kind, labels["kind"].format(name=named(kind))) for kind in planned if kind in skill.words["kinds"]]
    return [(ALL, labels["all"]), *known[: PAGE - 3], ("hour", labels["hour"]), ("keep", labels["keep"])]


def muted(turn: Turn, kinds: list[str]) -> Reply:
    for kind in kinds:
        reminder.mute(turn.db, turn.user, kind)
    urgent = turn.role >= Role.WORKER and bool({"safety", "dispute", ALL} & set(kinds))
    said = skill.say("muted_all") if ALL in kinds else skill.say("muted", name=[named(kind) for kind in kinds])
    return said + (skill.say("urgent_stays") if urgent else Reply("")) + skill.say("how_back")


def resumed(turn: Turn, text: str) -> Reply:
    kinds = kinds_in(text) or [ALL]
    for kind in kinds:
        hear_again(turn, kind)
    if ALL in kinds:
        return skill.say("resumed_all")
    return skill.say("resumed", name=[named(kind) for kind in kinds])


def hear_again(turn: Turn, kind: str) -> None:
    reminder.unmute(turn.user, kind, skill.words["kinds"])
    if kind in (OWN, ALL):
        for row in reminder.resume(turn.db, turn.user, turn.now):
            plan(turn, row)


def at_hour(turn: Turn, clock: time) -> Reply:
    push.choose_hour(turn.user, clock.hour)
    return skill.say("hour", hour=spoken_hour(turn, time(clock.hour)))


def nights_off(turn: Turn) -> Reply:
    """Says what holds anyway; an evening hour chosen before gives way to the morning."""
    if turn.user.digest_hour is not None and turn.user.digest_hour >= 18:
        push.choose_hour(turn.user, None)
    quiet = {"since": spoken_hour(turn, Hours.quiet_from), "until": spoken_hour(turn, Hours.quiet_until)}
    chosen_hour = Hours.digest if turn.user.digest_hour is None else turn.user.digest_hour
    return skill.say("nights_off", **quiet, hour=spoken_hour(turn, time(chosen_hour)))
