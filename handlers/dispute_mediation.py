"""Mediation as it goes on: which dispute a sentence speaks of, which step it tells, and what follows."""

from typing import Any

from handlers import cases
from handlers.dispute_due import follow_up_day, plan_reminders
from handlers.dispute_words import called, handed_over, in_hand, skill, spread, upcoming, what
from handlers.skill import Form, Refused, Reply, Role, Turn, When
from models import dispute, duty
from models.dispute import CATEGORY, OTHER, UNDER_WAY, Dispute
from models.place import Town

PAGE = 8


class Update(Form):
    outcome: str
    ticket_no: str | None = None
    dispute_type: str | None = None
    place: str | None = None
    building: str | None = None
    start: When | None = None
    end: When | None = None
    money: float | None = None
    hours: float | None = None
    headcount: int | None = None
    households: int | None = None
    phone: str | None = None
    person: str | None = None
    community: str | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        return {"outcome": text, **cases.places_in(text)}


def update(turn: Turn, form: Update) -> Reply:
    row = pick(turn, form)
    step = step_of(turn, form, row)
    coming = form.start if form.start and form.start.over() > turn.now else None
    facts: dict[str, Any] = {"outcome": turn.seal(form.outcome)}
    if step in ("settled", "progress"):
        facts |= {"money": form.money, "hours": form.hours}
    if step == "settled":
        facts["agreed_until"] = str(form.end) if form.end and form.end.over() > turn.now else None
        facts["follow_up_on"] = follow_up_day(turn, coming)
    if step in ("progress", "failed"):
        facts["next_at"] = coming and str(coming)
    if step == "supplement":
        facts = correction(turn, form)
    facts |= (moved := cases.moved(turn, row, form.community, step))
    dispute.update(turn.db, turn.user, turn.now, row, step, facts)
    plan_reminders(turn, row)
    told = spread(turn, row, "progress" if step == "supplement" and facts.get("next_at") else step)
    limit = cases.left_or_over(row.due_on, turn)
    town = turn.db.get(Town, row.town_id) if row.town_id else None
    return skill.say(
        step,
        no=row.no,
        what=what(row),
        money=row.money,
        until=When(row.agreed_until) if row.agreed_until else None,
        follow_up=cases.day(row.follow_up_on),
        town=town.name if town else skill.text("local"),
        next_at=upcoming(turn, row) if step != "supplement" or facts.get("next_at") else None,
        **limit,
        place=cases.shown_place(row) if step == "supplement" else None,
        handed=handed_over(turn, row) if moved else None,
        told=told,
    )


def correction(turn: Turn, form: Update) -> dict[str, Any]:
    """What a later sentence puts right in the report: only what it names."""
    facts = form.model_dump(include={"place", "building", "headcount", "households", "money"})
    if form.start and form.start.at() <= turn.now:
        facts["start"] = str(form.start)
    elif form.start and duty.serves(turn.db, turn.user, CATEGORY):
        facts["next_at"] = str(form.start)
    return facts | {"phone": turn.seal(form.phone), "person": turn.seal(form.person)}


def step_of(turn: Turn, form: Update, row: Dispute) -> str:
    """What the sentence says happened; from the reporter everything but a withdrawal is a supplement."""
    if turn.said and turn.said.intent == "dialog.correct":
        return "supplement"
    step = cases.kind_of(skill.words["outcomes"], form.outcome, "progress")
    if duty.on_duty(turn.db, turn.user, row, CATEGORY):
        return "progress" if step == "followed_up" and row.status in UNDER_WAY else step
    taken_back = step == "withdrawn" or any(sign in form.outcome for sign in skill.words["takes_back"])
    return "withdrawn" if taken_back else "supplement"


def pick(turn: Turn, form: Update) -> Dispute:
    """The dispute that is meant: by number, by door, the only one, the one just made; else the person picks."""
    if form.ticket_no:
        row = dispute.get(turn.db, turn.user, form.ticket_no.upper())
        if row is None:
            raise Refused("unknown", no=form.ticket_no)
        return row
    step = cases.kind_of(skill.words["outcomes"], form.outcome, "progress")
    statuses = (*in_hand(turn), "settled") if step == "followed_up" else in_hand(turn)
    found = dispute.matching(turn.db, turn.user, statuses=statuses)
    if not found and step in ("transferred", "settled"):  # what failed may still be handed on, or end well
        found = dispute.matching(turn.db, turn.user, statuses=("failed",))
    found = cases.narrowed(turn, found, form)
    if not found:
        return on_the_spot(turn, form)
    if len(found) > 1:
        best = cases.likest(found, form.outcome + (form.dispute_type or ""), lambda row: described(turn, row))
        raise Refused("which", ask="ticket_no", choices=cases.choices(turn, best[:PAGE], called))
    return found[0]


def on_the_spot(turn: Turn, form: Update) -> Dispute:
    """Staff tell of a dispute nobody registered: it is registered now."""
    community, town_id = cases.located(turn, form.community, form.place, form.outcome)
    if turn.role < Role.WORKER or community is None or not (form.building or form.place):
        raise Refused("nothing")
    facts = form.model_dump(include={"place", "building", "headcount", "households"})
    facts |= {"dispute_type": form.dispute_type or OTHER, "community_id": community.id, "town_id": town_id}
    facts |= {"text": turn.seal(form.outcome), "person": turn.seal(form.person), "phone": turn.seal(form.phone)}
    return dispute.report(turn.db, turn.user, turn.now, facts, days=cases.setting(turn, "dispute_days"))


def described(turn: Turn, row: Dispute) -> str:
    """What a dispute shares with a later sentence about it; compared here, shown to nobody."""
    return "".join(
        (
            row.dispute_type,
            row.place or "",
            row.building or "",
            turn.unseal(row.text) or "",
            turn.unseal(row.person) or "",
        )
    )
