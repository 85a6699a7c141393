"""Safety: hazards reported, put right, looked at again; patrols, inspections, talks, drills; danger goes first."""

from collections.abc import Mapping
from typing import Any

from handlers import case_status, cases, danger, words
from handlers.safety_due import deadline, plan_reminders
from handlers.safety_rectifying import Update, update
from handlers.safety_words import called, handed_over, in_hand, limit_days, severity_name, skill, spread, what
from handlers.safety_work import Log, log, supplement_work, work_done
from handlers.skill import (
    Form,
    Refused,
    Reply,
    Role,
    Turn,
    When,
    asked,
)
from models import case, duty, record, safety
from models.period import period_bounds
from models.place import Community
from models.safety import CATEGORY, OTHER, UNDER_WAY, Hazard

__all__ = ["Log", "Update", "deadline", "log", "skill", "update"]


class Report(Form):
    text: str
    hazard_type: str | None = asked()
    place: str
    severity: str | None = asked()
    building: str | None = None
    community: str | None = None
    start: When | None = None
    headcount: int | None = None
    households: int | None = None
    person: str | None = None
    phone: str | None = None
    anonymous: bool = False

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        found = cases.places_in(text)
        if cases.says_something(text, skill.words["fillers"]):
            found["text"] = text
        if severity := cases.kind_of(skill.words["severities"], text, ""):
            found["severity"] = severity
        if any(sign in text for sign in skill.words["anonymous"]["signs"]):
            found["anonymous"] = True
        return found


class Status(Form):
    ticket_no: str | None = None
    building: str | None = None
    place: str | None = None
    community: str | None = None
    period: str | None = None
    wide: bool = False
    work: bool = False

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        return {
            "wide": any(sign in text for sign in skill.words["closed_words"]),
            "work": any(sign in text for sign in skill.words["work_words"]),
        }


class Cancel(Form):
    ticket_no: str


# -- reporting ------------------------------------------------------------------------------------------------------


@skill.on("report", form=Report, confirm=True)
def report(turn: Turn, form: Report) -> Reply:
    community, town_id = cases.placed(turn, form.community, form.place, form.text)
    severity = skill.words["codes"].get(form.severity, "middle")
    facts = columns(turn, form, community, town_id, severity)
    row = safety.report(turn.db, turn.user, turn.now, facts, days=limit_days(turn, severity))
    until = cases.day(row.due_on)
    return skill.say(
        "reported",
        no=row.no,
        who=handed_over(turn, row),
        until=until,
        asking=None if until else cases.contact(turn, "rectification_open"),
        photos=len(turn.photos) or None,
        wish=None if turn.photos else skill.text("photo_wish"),
    )


def columns(
    turn: Turn, form: Report, community: Community | None, town_id: int | None, severity: str
) -> dict[str, Any]:
    """The report as columns; who does not want to be named leaves no phone either."""
    facts = form.model_dump(include={"place", "building", "start", "headcount", "households", "anonymous"})
    return facts | {
        "hazard_type": form.hazard_type or OTHER,
        "severity": severity,
        "community_id": community.id if community else None,
        "town_id": town_id,
        "text": turn.seal(form.text),
        "person": turn.seal(form.person),
        "phone": None if form.anonymous else turn.seal(form.phone),
    }


# -- looking up -----------------------------------------------------------------------------------------------------


skill.on("log", form=Log, confirm=True, needs=Role.LEADER)(log)


@skill.on("status", form=Status)
def status(turn: Turn, form: Status) -> Reply:
    if form.work and not form.ticket_no and duty.serves(turn.db, turn.user, CATEGORY):
        since, until = period_bounds(form.period)
        return work_done(turn, since or f"{turn.now:%Y-%m}-01", until)
    return case_status.answer(turn, form, skill, safety, in_hand(turn), one, line, "list")


def line(turn: Turn, row: Hazard) -> str:
    state, place = skill.words["states"][row.status], cases.whereabouts(turn, row)
    limit = cases.left_or_over(row.due_on, turn) if row.status in UNDER_WAY else {}
    key = f"line_{next(iter(limit), 'ended')}"
    return skill.text(key, no=row.no, type=called(row), place=place, state=state, **limit)


def one(turn: Turn, row: Hazard) -> Reply:
    """Which step, who, how many days, what comes next."""
    under_way = row.status in UNDER_WAY
    limit = cases.left_or_over(row.due_on if under_way else None, turn)
    text = skill.text(
        "one",
        no=row.no,
        type=called(row),
        place=cases.whereabouts(turn, row),
        urgent=skill.text("urgent") if row.urgent else None,
        severity=severity_name(row.severity),
        state=skill.words["states"][row.status],
        officer=cases.person_named(turn, row.officer_id),
        **cases.age(turn, row),
        until=cases.day(row.due_on) if under_way else None,
        **limit,
        recheck=words.day_name(When(row.recheck_on.isoformat()))
        if row.recheck_on and row.status == "rectified"
        else None,
        photos=len(record.attachments(turn.db, row.no)) or None,
        next=skill.words["next"][row.status],
        more=more(turn, row),
    )
    return Reply(text)


def more(turn: Turn, row: Hazard) -> str | None:
    """What was said and by whom: for those whose duty it is, each reading written down; masked for the city."""
    if not duty.on_duty(turn.db, turn.user, row, CATEGORY):
        return None
    opened = cases.opened(turn, row, ("person", "phone", "text", "outcome"))
    return skill.text("more", **opened, reporter=cases.reporter(turn, row)) if any(opened.values()) else None


# -- going on -------------------------------------------------------------------------------------------------------


skill.on("update", form=Update)(update)


@skill.on("cancel", form=Cancel, confirm=True)
def cancel(turn: Turn, form: Cancel) -> Reply:
    """The report or the work just recorded is taken back."""
    if work := safety.get_work(turn.db, turn.user, form.ticket_no):
        safety.amend(turn.db, turn.user, turn.now, work, {"status": safety.WITHDRAWN})
        return skill.say("withdrawn", no=work.no, what=work.work)
    row = safety.get(turn.db, turn.user, form.ticket_no)
    if row is None:
        raise Refused("unknown", no=form.ticket_no)
    safety.update(turn.db, turn.user, turn.now, row, "withdrawn", {})
    plan_reminders(turn, row)
    return skill.say("withdrawn", no=row.no, what=what(row), told=spread(turn, row, "withdrawn"))


# -- danger ---------------------------------------------------------------------------------------------------------


@skill.on_emergency
def emergency(turn: Turn, slots: Mapping[str, Any]) -> Reply:
    """Stored and passed on at once; a second cry within half an hour adds to the first."""
    type_ = slots.get("hazard_type")

    def store(known: dict[str, Any]) -> Hazard:
        facts = known | {"hazard_type": type_ or OTHER, "severity": "high"}
        return safety.report(turn.db, turn.user, turn.now, facts, days=limit_days(turn, "high"))

    return danger.cry(turn, slots, type_, store)


@skill.on_supplement
def supplement(turn: Turn, no: str, slots: Mapping[str, Any]) -> Reply:
    """A place, a phone, a sentence that came after."""
    if row := danger.urgent(turn, no):
        return danger.supplemented(turn, row, slots)
    found = safety.get(turn.db, turn.user, no)
    if found is None:
        return supplement_work(turn, no, slots)
    case.supplement(turn.db, turn.user, turn.now, found, danger.facts(turn, slots), turn.text or None)
    return skill.say("supplement", no=no, place=cases.shown_place(found), told=spread(turn, found, "supplement"))
