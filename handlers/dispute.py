"""Disputes: reported, routed to the mediators, followed until settled, failed or handed on; danger goes first."""

from collections.abc import Mapping
from typing import Any

from handlers import case_status, cases, danger
from handlers.dispute_due import limit, plan_reminders
from handlers.dispute_mediation import Update, update
from handlers.dispute_words import called, handed_over, in_hand, skill, spread, upcoming, what
from handlers.skill import Form, Refused, Reply, Turn, When, asked
from models import case, dispute, duty
from models.dispute import CATEGORY, OTHER, UNDER_WAY, Dispute
from models.place import Community

__all__ = ["Update", "limit", "skill", "update"]


class Report(Form):
    text: str
    dispute_type: str | None = asked()
    place: str | None = asked()
    building: str | None = None
    community: str | None = None
    start: When | None = None
    headcount: int | None = None
    households: int | None = None
    money: float | None = None
    person: str | None = None
    phone: str | None = None
    reason: str | None = None
    organization: str | None = None
    organization_id: str | None = None
    anonymous: str | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        found = cases.places_in(text)
        if cases.says_something(text, skill.words["fillers"]):
            found["text"] = text
        table = skill.words["anonymous"]
        return found | ({"anonymous": table["shown"]} if any(sign in text for sign in table["signs"]) else {})


class Status(Form):
    ticket_no: str | None = None
    building: str | None = None
    place: str | None = None
    community: str | None = None
    period: str | None = None
    wide: bool = False

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        return {"wide": any(sign in text for sign in skill.words["closed"])}


class Cancel(Form):
    ticket_no: str


# -- reporting ------------------------------------------------------------------------------------------------------


@skill.on("report", form=Report, confirm=True)
def report(turn: Turn, form: Report) -> Reply:
    community, town_id = cases.placed(turn, form.community, form.place, form.text)
    days = cases.setting(turn, "dispute_days")
    row = dispute.report(turn.db, turn.user, turn.now, columns(turn, form, community, town_id), days=days)
    until = cases.day(row.due_on)
    return skill.say(
        "reported",
        no=row.no,
        who=handed_over(turn, row),
        until=until,
        days=days,
        source=(turn.settings.get("dispute_days") or {}).get("source") if until else None,
        asking=None if until else cases.contact(turn, "mediation_open"),
        anonymous=skill.text("anonymous_kept") if row.anonymous else None,
    )


def columns(turn: Turn, form: Report, community: Community | None, town_id: int | None) -> dict[str, Any]:
    """The report as columns; who does not want to be named leaves no phone either."""
    plain = {"place", "building", "start", "headcount", "households", "money", "organization"}
    facts = form.model_dump(include=plain)
    facts |= {name: turn.seal(getattr(form, name)) for name in ("text", "reason", "person")}
    return facts | {
        "dispute_type": form.dispute_type or OTHER,
        "community_id": community.id if community else None,
        "town_id": town_id,
        "organization_id": int(form.organization_id) if form.organization_id else None,
        "phone": None if form.anonymous else turn.seal(form.phone),
        "anonymous": bool(form.anonymous),
    }


# -- looking up -----------------------------------------------------------------------------------------------------


@skill.on("status", form=Status)
def status(turn: Turn, form: Status) -> Reply:
    return case_status.answer(turn, form, skill, dispute, in_hand(turn), one, line, "list")


def line(turn: Turn, row: Dispute) -> str:
    state, place = skill.words["states"][row.status], cases.whereabouts(turn, row)
    limit = cases.left_or_over(row.due_on, turn) if row.status in UNDER_WAY else {}
    key = f"line_{next(iter(limit), 'ended')}"
    return skill.text(key, no=row.no, type=called(row), place=place, state=state, **limit)


def one(turn: Turn, row: Dispute) -> Reply:
    """Which step, who, how many days, what comes next; the parties only for those whose duty it is."""
    under_way = row.status in UNDER_WAY
    limit = cases.left_or_over(row.due_on if under_way else None, turn)
    text = skill.text(
        "one",
        no=row.no,
        type=called(row),
        place=cases.whereabouts(turn, row),
        urgent=skill.text("urgent") if row.urgent else None,
        state=skill.words["states"][row.status],
        officer=cases.person_named(turn, row.officer_id),
        **cases.age(turn, row),
        until=cases.day(row.due_on) if under_way else None,
        **limit,
        next_at=upcoming(turn, row),
        money=row.money if row.agreed_until else None,
        agreed=When(row.agreed_until) if row.agreed_until else None,
        follow_up=cases.day(row.follow_up_on),
        next=skill.words["next"][row.status],
        parties=parties(turn, row),
    )
    return Reply(text)


def parties(turn: Turn, row: Dispute) -> str | None:
    """Opened for mediators and town, each reading written down; masked for the city; none for the reporter."""
    if not duty.on_duty(turn.db, turn.user, row, CATEGORY):
        return None
    opened = cases.opened(turn, row, ("person", "phone", "text", "outcome"))
    if not any(opened.values()):
        return None
    return skill.text("parties", **opened, reporter=cases.reporter(turn, row))


# -- going on -------------------------------------------------------------------------------------------------------


skill.on("update", form=Update)(update)


@skill.on("cancel", form=Cancel, confirm=True)
def cancel(turn: Turn, form: Cancel) -> Reply:
    """The report just made is taken back."""
    row = dispute.get(turn.db, turn.user, form.ticket_no)
    if row is None:
        raise Refused("unknown", no=form.ticket_no)
    dispute.update(turn.db, turn.user, turn.now, row, "withdrawn", {})
    plan_reminders(turn, row)
    return skill.say("withdrawn", no=row.no, what=what(row), told=spread(turn, row, "withdrawn"))


# -- danger ---------------------------------------------------------------------------------------------------------


@skill.on_emergency
def emergency(turn: Turn, slots: Mapping[str, Any]) -> Reply:
    """Stored and passed on at once; a second cry within half an hour adds to the first."""
    type_ = slots.get("dispute_type")

    def store(known: dict[str, Any]) -> Dispute:
        facts = known | {"dispute_type": type_ or OTHER}
        return dispute.report(turn.db, turn.user, turn.now, facts, days=cases.setting(turn, "dispute_days"))

    return danger.cry(turn, slots, type_, store)


@skill.on_supplement
def supplement(turn: Turn, no: str, slots: Mapping[str, Any]) -> Reply:
    """A place, a phone, a sentence that came after."""
    if row := danger.urgent(turn, no):
        return danger.supplemented(turn, row, slots)
    found = dispute.get(turn.db, turn.user, no)
    if found is None:
        return Reply(skill.text("unknown", no=no))
    case.supplement(turn.db, turn.user, turn.now, found, danger.facts(turn, slots), turn.text or None)
    return skill.say("supplement", no=no, place=cases.shown_place(found), told=spread(turn, found, "supplement"))
