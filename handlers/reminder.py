"""Reminders: set by people for themselves, looked up with all that is planned for them, and switched off by kind."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from handlers import words
from handlers.skill import Form, Nudge, Refused, Reply, Role, Skill, Turn, When, period_bounds
from models import push, reminder
from models.base import Session, unseal
from models.policy import rule as setting
from models.push import ALL, Hours
from models.reminder import OWN, Coming, Reminder
from nlp.normalise import normalise
from nlp.times import TimeExpression, find_times

skill = Skill("reminder")  # its words: reminder.yaml, beside this file
PAGE = 8  # lines of one answer
HOUR = 9  # of a day without a clock, where the deployment lays down none
SPAN = 14  # days of a range that are reminded of one by one


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


class Query(Form):
    title: str | None = None
    start: When | None = None
    period: str | None = None
    text: str | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        return {"text": text} if fits(text, "back") else {}


class Change(Spoken):
    repeat: str | None = None


class Cancel(Form):
    ticket_no: str


def wishes(text: str, wish: str) -> bool:
    return any(sign in text for sign in skill.words["wishes"][wish])


def fits(text: str, pattern: str) -> bool:
    return re.search(skill.words["patterns"][pattern], text.strip()) is not None


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
    since, until = period_bounds(period, turn.now)
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


def plan(turn: Turn, row: Reminder) -> None:
    turn.remind([nudge(turn.db, row, row.due)], source=row.no)


def nudge(db: Session, row: Reminder, at: datetime) -> Nudge:
    return Nudge(
        user_id=row.created_by or 0,
        key=f"reminder:{row.no}:{at:%Y%m%d%H%M}",
        text=skill.text("due", title=unseal(db, row.title)),
        kind=OWN,
        send_at=at,
        not_after=reminder.not_after(row, at),
        source=row.no,
        urgency=reminder.urgency(at),
    )


def told(turn: Turn, key: str, row: Reminder) -> Reply:
    """What was noted, with the absolute date, and how to be rid of it."""
    first = When.of(row.due)
    often = rule_named(row.repeat, first)
    values = {"title": turn.unseal(row.title), "no": row.no, "when": dated(turn, first)}
    return skill.say(f"{key}often", **values, rule=often) if often else skill.say(f"{key}once", **values)


def dated(turn: Turn, when: When) -> str:
    """The date with its weekday, and with the year where it is another."""
    year = when.day.year
    return words.moment(when) if year == turn.now.year else skill.text("dated", year=year, moment=when)


def rule_named(repeat: str | None, first: When) -> str | None:
    """A rule and its hour as people say them: 每月25号上午9:00."""
    if repeat is None:
        return None
    parts = dict(part.split("=", 1) for part in repeat.split(";"))
    spoken = day_of_rule(parts, first) or words.repeated(repeat)
    until = parts.get("UNTIL")
    last = When(f"{until[:4]}-{until[4:6]}-{until[6:8]}") if until else None
    return skill.text("until" if last else "rule", rule=spoken, clock=words.clock(first), last=last)


def day_of_rule(parts: dict[str, str], first: When) -> str | None:
    """Rules whose day has a name of its own: 每年9月1号, 每季度最后一天; None for the others."""
    if parts["FREQ"] == "YEARLY":
        return skill.text("yearly", month=first.day.month, day=first.day.day)
    every = skill.words["every"].get(parts["FREQ"] + parts.get("INTERVAL", "1"))
    day = parts.get("BYMONTHDAY", "")
    if every is None or not day:
        return None
    return (
        skill.text("month_end", every=every) if day == "-1" else skill.text("monthly", every=every, day=day.split(","))
    )


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
    return cancelled(turn, mine(turn, form.ticket_no))


def mine(turn: Turn, no: str | None) -> Reminder:
    found = reminder.own(turn.db, turn.user, no=no) if no else []
    if not found:
        raise Refused("unknown")
    return found[0]


# -- looked up --------------------------------------------------------------------------------------------------------


@skill.on("query", form=Query)
def query(turn: Turn, form: Query) -> Reply:
    """All that is planned for the person, numbered as 取消第2条 counts."""
    if form.text:
        return resumed(turn, form.text)
    since, until = period_bounds(form.period or (form.start and form.start[:10]), turn.now)
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


@skill.on("stop", form=Stop)
def stop(turn: Turn, form: Stop) -> Reply:
    """One reminder, a kind or all; another hour; or everything back on. Asks which where it is not said."""
    if form.ticket_no:
        return cancelled(turn, mine(turn, form.ticket_no))
    if form.kind:
        return chosen(turn, form.kind, form)
    text = form.text or ""
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


def cancelled(turn: Turn, row: Reminder) -> Reply:
    reminder.cancel(turn.db, turn.user, turn.now, row)
    return skill.say("cancelled", title=turn.unseal(row.title))


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


def named(kind: str) -> str:
    return str(skill.words["kinds"].get(kind, {"name": kind})["name"])


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


def spoken_hour(turn: Turn, clock: time) -> str:
    return words.clock(When(f"{turn.now:%Y-%m-%d}T{clock:%H:%M}"))


# -- every day --------------------------------------------------------------------------------------------------------


@skill.remind
def following(db: Session, day: date) -> Iterator[Nudge]:
    """The next occurrences of what repeats."""
    for row, at in reminder.advance(db, day):
        yield nudge(db, row, at)
