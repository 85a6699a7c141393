"""Incubation: applied for, asked about, moved on step by step by the town, corrected and taken back."""

from typing import Any

from handlers import incubation_steps
from handlers.incubation_news import plan_reminders, tell_duty
from handlers.incubation_shown import answer
from handlers.incubation_which import Named, mine, of_form, target
from handlers.incubation_words import base_of, listed, progress, skill
from handlers.skill import Form, Organization, Refused, Reply, Role, Turn, When, asked, in_community
from models import incubation
from models.incubation import Incubation
from models.place import Community

__all__ = ["skill"]


class Apply(Form):
    """`what` is one of the YAML's `wishes`: moving in, or something asked for from inside."""

    reason: str | None = asked()
    phone: str | None = asked()
    person: str | None = None
    organization: str | None = None
    organization_id: str | None = None
    organization_name: str | None = None
    place: str | None = None
    start: When | None = None
    money: float | None = None
    what: str | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        """What is wanted; whoever asks from inside has told everything already."""
        what = listed("wish_signs", text)
        if what is None:
            return {"what": skill.words["wishes"]["enter"]}
        return {"what": skill.words["wishes"][what], "reason": text, "phone": skill.words["as_known"]}


class Query(Named):
    """`step`, `start` and `money` are what staff answer when they move one on."""

    text: str | None = None
    period: str | None = None
    town: str | None = None
    step: str | None = None
    start: When | None = None
    end: When | None = None
    money: float | None = None
    reason: str | None = None
    cause: str | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        return {"text": text}


class Change(Form):
    ticket_no: str
    place: str | None = None
    start: When | None = None
    reason: str | None = None
    person: str | None = None
    phone: str | None = None


class Cancel(Named):
    reason: str | None = None


@skill.on("apply", form=Apply, confirm=True, needs=Role.LEADER)
def apply(turn: Turn, form: Apply) -> Reply:
    """Moving in; what is asked for from inside goes to whoever takes care of the stay."""
    team = target(turn, form)
    name = team.name if team else form.organization
    assert name is not None
    wish = next(key for key, label in skill.words["wishes"].items() if label == form.what)
    community = (turn.db.get(Community, team.community_id) if team else None) or in_community(turn)
    if wish != "enter":
        return from_inside(turn, form, incubation.in_hand(turn.db, community.id, team, name), wish, name)
    row = incubation.apply(turn.db, turn.user, turn.now, community, team, facts_in(turn, form, team, name, community))
    tell_duty(turn, row, "came_in")
    return skill.say("applied", **progress(turn, row))


def facts_in(turn: Turn, form: Apply, team: Organization | None, name: str, community: Community) -> dict[str, Any]:
    """What was told, as columns; a phone or a head nobody told are taken from the directory."""
    told = form.phone if form.phone != skill.words["as_known"] else None
    return {
        "organization": name,
        "place": base_of(turn, community, form.place),
        "start": form.start,
        "needs": form.reason,
        "person": turn.seal(form.person or (team.head if team else None)),
        "phone": turn.seal(told) if told else team.phone if team else None,
    }


def from_inside(turn: Turn, form: Apply, row: Incubation | None, wish: str, name: str) -> Reply:
    """An assessment, a longer stay, the subsidy, to leave; or the application itself taken back."""
    if row is None:
        raise Refused("not_inside", name=name)
    if wish == "withdraw" or (wish == "leave" and row.status in incubation.BEFORE):
        return taken_back(turn, row, form.reason)
    incubation.request(turn.db, turn.user, turn.now, row, wish, form.reason)
    tell_duty(turn, row, "asked_for", said=form.reason)
    return skill.say("requested", **progress(turn, row))


@skill.on("query", form=Query)
def query(turn: Turn, form: Query) -> Reply:
    """A step where staff say one, else where it stands, the figures, or what one has to know."""
    form = form.model_copy(update=incubation_steps.said(form.text or "", form.ticket_no))
    rows = of_form(turn, form)
    if len(rows) == 1 and incubation.possible(turn.db, turn.user, rows[0]):
        return incubation_steps.move(turn, form, rows[0])
    return answer(turn, form, rows)


@skill.on("change", form=Change, needs=Role.LEADER)
def change(turn: Turn, form: Change) -> Reply:
    """Corrects what was just handed in."""
    row = mine(turn, Named(ticket_no=form.ticket_no))
    facts: dict[str, Any] = {"place": form.place, "start": form.start, "needs": form.reason}
    facts |= {"person": turn.seal(form.person), "phone": turn.seal(form.phone)}
    known = {column: value for column, value in facts.items() if value is not None}
    if not known:
        raise Refused("change_what", name=row.organization)
    incubation.amend(turn.db, turn.user, turn.now, row, known)
    return skill.say("amended", **progress(turn, row), person=form.person, phone=form.phone)


@skill.on("cancel", form=Cancel, confirm=True, needs=Role.LEADER)
def cancel(turn: Turn, form: Cancel) -> Reply:
    return taken_back(turn, mine(turn, form), form.reason)


def taken_back(turn: Turn, row: Incubation, reason: str | None) -> Reply:
    incubation.withdraw(turn.db, turn.user, turn.now, row, reason)
    plan_reminders(turn, row)
    tell_duty(turn, row, "went_back")
    return skill.say("withdrawn", name=row.organization, no=row.no)
