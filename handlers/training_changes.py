"""A training put right, moved, called off: who may, which one is meant, and who has to learn of it."""

from typing import Any

from handlers.skill import Form, Refused, Reply, Turn, When
from handlers.training_due import after_change
from handlers.training_words import came, choose, counted, facts_of, meant, shown, skill
from models import training
from models.training import Training
from nlp.times.dayless import dayless


class Which(Form):
    """What names a training that is known."""

    ticket_no: str | None = None
    title: str | None = None


class Change(Which):
    start: When | None = None
    end: When | None = None
    repeat: str | None = None
    place: str | None = None
    headcount: int | None = None
    hours: float | None = None
    money: float | None = None
    person: str | None = None
    organization: str | None = None
    organization_id: str | None = None
    same_day: bool = False

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        return {"same_day": True} if dayless(text) else {}


CHANGEABLE = ("end", "repeat", "place", "headcount", "hours", "money", "person")
NO = "-no-"  # the choice not to call one off
MOVING = {"start", "end", "repeat", "place"}  # what those who signed up have to learn


def pick(turn: Turn, form: Which) -> Training:
    """The one training meant: by number or name, else the one just made; what is over gives way to what is to come."""
    last = turn.last if turn.last and turn.last.startswith(training.PREFIX) and not form.title else None
    found = training.matching(turn.db, turn.user, ticket_no=form.ticket_no or last, title=form.title)
    found = [row for row in found if not training.over(row, turn.now)] or found
    found = meant(found, turn.text) if len(found) > 1 else found
    if not found:
        raise Refused("no_such" if form.ticket_no else "unknown", ticket_no=form.ticket_no, title=form.title)
    return found[0] if len(found) == 1 else choose(found)


def change(turn: Turn, form: Change) -> Reply:
    """Moves or amends one; organisations named are added to those that were there."""
    row = pick(turn, Which(ticket_no=form.ticket_no))
    told: dict[str, Any] = {name: getattr(form, name) for name in CHANGEABLE if getattr(form, name) is not None}
    told |= new_times(row, form)
    there = came(turn, form) if form.organization else None
    if not told and there is None:
        raise Refused("change_what", title=row.title)
    if there:
        training.attend(turn.db, row, [one.id for one in there.teams])
        counted(turn, there.teams if training.over(row, turn.now) else [])
    training.change(turn.db, turn.user, turn.now, row, told)
    others = after_change(turn, row, "moved") if told.keys() & MOVING else None
    return skill.say("changed", **facts_of(turn, row) | (there.told() if there else {}), told=others)


def new_times(row: Training, form: Change) -> dict[str, str]:
    """A day said alone keeps the hour, an hour said alone keeps the day; the length goes along."""
    if form.start is None:
        return {}
    new = When(row.start[:10] + form.start[10:]) if form.same_day else form.start
    new = new if new[10:] else When(new + row.start[10:])
    if form.end or not row.end:
        return {"start": str(new)}
    end = When.of(new.at() + (When(row.end).at() - When(row.start).at()))
    return {"start": str(new), "end": str(end) if row.end[10:] else str(end)[:10]}


def call_off(turn: Turn, row: Training) -> Reply:
    """It counts for nobody any more; what was planned goes with it, and who signed up is told."""
    teams = [one.name for one in training.attending(turn.db, row)] if training.over(row, turn.now) else []
    training.cancel(turn.db, turn.user, turn.now, row)
    others = after_change(turn, row, "called_off")
    return skill.say("cancelled", no=row.no, title=row.title, when=shown(row), told=others, teams=teams)


def on_second_thoughts(turn: Turn, no: str | None, title: str | None, sure: str | None) -> Reply:
    """A wish to call one off, said where nothing was to be confirmed: done once it was picked by number."""
    if sure == NO:
        return skill.say("left_as_it_is")
    row = pick(turn, Which(ticket_no=sure or no, title=title))
    if sure:
        return call_off(turn, row)
    choices = [(row.no, skill.words["sure"][True]), (NO, skill.words["sure"][False])]
    raise Refused("calling_off", ask="sure", choices=choices, title=row.title, when=shown(row), no=row.no)
