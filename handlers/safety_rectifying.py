"""Putting a hazard right: which one a sentence speaks of, which step it tells, and what follows."""

from datetime import date, timedelta
from typing import Any

from handlers import cases
from handlers.counts import counted
from handlers.safety_due import plan_reminders
from handlers.safety_words import called, handed_over, in_hand, skill, spread, what
from handlers.safety_work import PAGE, amend
from handlers.skill import (
    Form,
    Refused,
    Reply,
    Turn,
    When,
)
from models import duty, safety
from models.safety import CATEGORY, Hazard


class Update(Form):
    outcome: str
    ticket_no: str | None = None
    hazard_type: str | None = None
    place: str | None = None
    building: str | None = None
    start: When | None = None
    end: When | None = None
    money: float | None = None
    phone: str | None = None
    person: str | None = None
    community: str | None = None
    headcount: int | None = None
    volunteers: int | None = None
    households: int | None = None
    hours: float | None = None
    checked: int | None = None
    found: int | None = None
    fixed: int | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        return {"outcome": text, **cases.places_in(text), **counted(text, skill.words)}


def update(turn: Turn, form: Update) -> Reply:
    if form.ticket_no and (work := safety.get_work(turn.db, turn.user, form.ticket_no.upper())):
        return amend(turn, form, work)
    row = pick(turn, form)
    step = step_of(turn, form, row)
    facts: dict[str, Any] = {"outcome": turn.seal(form.outcome), "money": form.money}
    if step in ("progress", "reopened"):
        facts["due_on"] = form.end.day if form.end else None
    if step in ("rectified", "closed"):
        facts["recheck_on"] = recheck_day(turn, form) if step == "rectified" else None
    if step == "supplement":
        facts = correction(turn, form)
    facts |= (moved := cases.moved(turn, row, form.community, step))
    safety.update(turn.db, turn.user, turn.now, row, step, facts)
    plan_reminders(turn, row)
    limit = cases.left_or_over(row.due_on, turn)
    return skill.say(
        step,
        no=row.no,
        what=what(row),
        until=cases.day(row.due_on),
        **limit,
        recheck=cases.day(row.recheck_on),
        place=cases.shown_place(row) if step == "supplement" else None,
        handed=handed_over(turn, row) if moved else None,
        told=spread(turn, row, step),
    )


def correction(turn: Turn, form: Update) -> dict[str, Any]:
    """What a later sentence puts right in the report: only what it names."""
    facts = form.model_dump(include={"place", "building", "headcount", "households"})
    return facts | {"phone": turn.seal(form.phone), "person": turn.seal(form.person)}


def step_of(turn: Turn, form: Update, row: Hazard) -> str:
    """What the sentence says happened; from the reporter everything but a withdrawal is a supplement."""
    if turn.said and turn.said.intent == "dialog.correct":
        return "supplement"
    step = cases.kind_of(skill.words["outcomes"], form.outcome, "progress")
    if duty.on_duty(turn.db, turn.user, row, CATEGORY):
        return step
    taken_back = step == "withdrawn" or any(sign in form.outcome for sign in skill.words["takes_back"])
    return "withdrawn" if taken_back else "supplement"


def recheck_day(turn: Turn, form: Update) -> date | None:
    """When it is looked at again: as said, else after the days the deployment has set."""
    if form.start and form.start.over() > turn.now:
        return form.start.day
    days = cases.setting(turn, "safety_recheck_days")
    return turn.now.date() + timedelta(days=days) if days else None


def pick(turn: Turn, form: Update) -> Hazard:
    """The hazard that is meant: by number, by door, the only one, the one just made; else the person picks."""
    if form.ticket_no:
        row = safety.get(turn.db, turn.user, form.ticket_no.upper())
        if row is None:
            raise Refused("unknown", no=form.ticket_no)
        return row
    found = safety.matching(turn.db, turn.user, statuses=in_hand(turn))
    found = cases.narrowed(turn, found, form)
    if not found:
        raise Refused("nothing")
    if len(found) > 1:
        best = cases.likest(found, form.outcome + (form.hazard_type or ""), lambda row: described(turn, row))
        raise Refused("which", ask="ticket_no", choices=cases.choices(turn, best[:PAGE], called))
    return found[0]


def described(turn: Turn, row: Hazard) -> str:
    """What a hazard shares with a later sentence about it; compared here, shown to nobody."""
    return "".join((row.hazard_type, row.place or "", row.building or "", turn.unseal(row.text) or ""))
