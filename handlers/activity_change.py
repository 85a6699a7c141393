"""An activity is moved or amended, before it is held and after it was reported."""

import re
from collections.abc import Mapping
from typing import Any

from handlers import words
from handlers.activity_due import plan_reminders
from handlers.activity_signup import tell_signed_up
from handlers.activity_which import Which, pick
from handlers.activity_words import facts_of, held, skill
from handlers.skill import Refused, Reply, Turn, When
from models import activity
from models.activity import Activity
from nlp.shifts import grown, moved
from nlp.times.dayless import dayless

CHANGEABLE = ("start", "end", "repeat", "place", "building", "headcount", "volunteers", "person", "money", "hours")
MOVING = {"start", "end", "repeat", "place", "building"}  # what those who signed up have to learn


class Change(Which):
    end: When | None = None
    repeat: str | None = None
    place: str | None = None
    building: str | None = None
    headcount: int | None = None
    volunteers: int | None = None
    person: str | None = None
    phone: str | None = None
    money: float | None = None
    hours: float | None = None
    renamed: str | None = None
    same_day: bool = False
    later: int | None = None
    more: Mapping[str, int] | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        """A new name; whether only an hour was told; how far it is moved, by how many it grows."""
        found = re.search(skill.words["rename_pattern"], text)
        told = {"later": moved(text), "more": grown(text), "same_day": dayless(text)}
        return ({"renamed": found.group(1)} if found else {}) | {name: value for name, value in told.items() if value}

    def on(self, day: str) -> "Change":
        """The same wish, its hours on `day`."""
        hours = {name: When(day + value[10:]) for name in ("start", "end") if (value := getattr(self, name))}
        return self.model_copy(update=hours)

    def reckoned(self, row: Activity) -> "Change":
        """推迟一周, 再加5个人: the same wish in figures, reckoned from the activity as it stands."""
        start = {"start": When(row.start).moved(self.later), "end": None} if self.later else {}
        counts = {name: max((getattr(row, name) or 0) + by, 0) for name, by in (self.more or {}).items()}
        return self.model_copy(update={**start, **counts})


def change(turn: Turn, form: Change) -> Reply:
    """Moves or amends one; whoever signed up is told of a new time or place."""
    row = pick(turn, form, ignore_day=True)
    form = (form.on(row.start[:10]) if form.same_day else form).reckoned(row)
    facts = {name: getattr(form, name) for name in CHANGEABLE if getattr(form, name) is not None}
    facts |= {"title": form.renamed} if form.renamed else {}
    facts |= {"phone": turn.seal(form.phone)} if form.phone else {}
    facts |= new_times(form, row)
    if not facts:
        raise Refused("change_what", title=row.title)
    if row.status == activity.REPORTED:
        return correct(turn, row, facts)
    activity.change(turn.db, turn.user, turn.now, row, facts)
    plan_reminders(turn, row)
    told = tell_signed_up(turn, row, "moved") if facts.keys() & MOVING else None
    return skill.say("changed", **facts_of(row), person=form.person, phone=form.phone, told=told)


def new_times(form: Change, row: Activity) -> dict[str, str]:
    """A day said alone keeps the hour, an hour keeps the length; of a series only the hour moves by itself."""
    new, old = form.start, When(row.start)
    if new is None:
        return {}
    if row.repeat and not form.repeat:
        if not new.clock:
            raise Refused("series_day", title=row.title, rule=words.repeated(row.repeat))
        new = When(row.start[:10] + new[10:])
    if not new[10:] and row.start[10:]:
        ends = {"end": str(new) + row.end[10:]} if row.end and row.end[:10] == row.start[:10] else {}
        return {"start": str(new) + row.start[10:], **({} if form.end else ends)}
    if form.end is None and row.end and row.end[11:] and new.clock and old.clock:
        return {"start": str(new), "end": str(When.of(new.at() + (When(row.end).at() - old.at())))}
    return {"start": str(new)}


def correct(turn: Turn, row: Activity, facts: dict[str, Any]) -> Reply:
    """What was reported is put right in every ledger: people are those who came, the time stays."""
    if facts.keys() & {"start", "end", "repeat"}:
        raise Refused("reported_already", title=row.title)
    told = {"attended" if name == "headcount" else name: value for name, value in facts.items()}
    activity.report(turn.db, turn.user, turn.now, row, told, held)
    return skill.say("corrected", **facts_of(row))
