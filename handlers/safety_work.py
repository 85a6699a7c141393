"""Safety work done: patrols, inspections, talks and drills, recorded, corrected and summed up."""

from collections.abc import Mapping
from typing import Any

from handlers import cases, words
from handlers.counts import counted
from handlers.safety_words import skill
from handlers.skill import (
    Form,
    Refused,
    Reply,
    Turn,
    When,
    asked,
    in_community,
)
from models import duty, safety
from models.safety import SafetyWork

PAGE = 8


class Log(Form):
    work: str | None = asked()
    start: When | None = asked()
    headcount: int | None = asked()
    end: When | None = None
    period: str | None = None
    repeat: str | None = None
    hours: float | None = None
    place: str | None = None
    building: str | None = None
    community: str | None = None
    organization: str | None = None
    organization_id: str | None = None
    volunteers: int | None = None
    households: int | None = None
    checked: int | None = None
    found: int | None = None
    fixed: int | None = None
    person: str | None = None
    text: str | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        work = cases.kind_of(skill.words["works"], text, "")
        return {"text": text, **counted(text, skill.words), **({"work": work} if work else {})}


def log(turn: Turn, form: Log) -> Reply:
    named = duty.community_in(turn.db, form.community)
    community = named or in_community(turn)
    organizer = turn.organization(form)
    facts = form.model_dump(include=set(Log.model_fields) - {"community", "organization_id", "text"})
    facts |= {
        "work": form.work or skill.words["other_work"],
        "organization_id": organizer.id if organizer else None,
        "text": turn.seal(form.text),
        "start": form.start or turn.now.strftime("%Y-%m-%d"),
        "hours": form.hours or hours_between(form.start, form.end),
    }
    row = safety.log(turn.db, turn.user, turn.now, community.id, facts)
    left = (row.found or 0) - (row.fixed or 0)
    return skill.say(
        "logged",
        no=row.no,
        what=" ".join(filter(None, (row.work, row.place, words.span(When(row.start or ""), form.end)))),
        headcount=row.headcount,
        checked=row.checked,
        found=row.found,
        fixed=row.fixed,
        left=skill.text("left", count=left) if left > 0 else None,
        photos=None if turn.photos else skill.text("photos"),
    )


def hours_between(start: When | None, end: When | None) -> float | None:
    if not (start and end and start.clock and end.clock):
        return None
    return round((end.at() - start.at()).total_seconds() / 3600, 2) or None


def work_done(turn: Turn, since: str, until: str | None) -> Reply:
    """Patrols and the like of a period (this month), with what they checked, found and fixed."""
    rows = safety.work(turn.db, turn.user, since, until)
    if not rows:
        return Reply(skill.text("work_none"))
    lines = words.numbered(
        skill.text(
            "work_line",
            when=words.moment(When(row.start or since)),
            work=row.work,
            place=row.place or skill.text("no_place"),
            headcount=row.headcount or 0,
        )
        for row in rows[:PAGE]
    )
    sums = {name: sum(getattr(row, name) or 0 for row in rows) for name in ("checked", "found", "fixed")}
    return Reply(skill.text("work_list", count=len(rows), lines=lines, **sums))


AMENDED = (
    "start",
    "end",
    "place",
    "building",
    "headcount",
    "volunteers",
    "households",
    "hours",
    "checked",
    "found",
    "fixed",
)


def amend(turn: Turn, form: Form, row: SafetyWork) -> Reply:
    """改成… about safety work just recorded."""
    facts = form.model_dump(include=set(AMENDED))
    if not any(value is not None for value in facts.values()):
        raise Refused("amend_what")
    safety.amend(turn.db, turn.user, turn.now, row, facts)
    return skill.say("amended", no=row.no, **shown(row))


def shown(row: SafetyWork) -> dict[str, Any]:
    """Safety work as its echo names it."""
    told = {name: getattr(row, name) for name in (*AMENDED, "work")}
    return told | {"start": words.span(When(row.start), When(row.end) if row.end else None) if row.start else None}


def supplement_work(turn: Turn, no: str, slots: Mapping[str, Any]) -> Reply:
    """A place that came after safety work was recorded."""
    row = safety.get_work(turn.db, turn.user, no)
    if row is None:
        return Reply(skill.text("unknown", no=no))
    safety.amend(turn.db, turn.user, turn.now, row, {"place": slots.get("place"), "building": slots.get("building")})
    return skill.say("supplement", no=no, place=row.place)
