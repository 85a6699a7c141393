"""Disputes: reported, routed to the mediators, followed until settled, failed or handed on; danger goes first."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from handlers import cases, danger, words
from handlers.skill import Form, Nudge, Refused, Reply, Role, Skill, Turn, When, asked, period_bounds
from models import case, dispute, duty
from models.base import Session
from models.dispute import CATEGORY, OTHER, UNDER_WAY, Dispute
from models.place import Community, Town

skill = Skill("dispute")  # its words: dispute.yaml, beside this file
PAGE = 8
AHEAD = 7  # days before the limit at which the mediators are reminded


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


def handed_over(turn: Turn, row: Dispute) -> str:
    """Tells those whose duty the dispute is; the place whose staff take it over, and its organisations of mediators."""
    community = turn.db.get(Community, row.community_id) if row.community_id else None
    on_duty = duty.responsible(turn.db, community, row.town_id, CATEGORY)
    place, until = cases.shown_place(row), cases.day(row.due_on)
    news = skill.text("news", no=row.no, type=called(row), place=place, until=until)
    cases.tell(turn, on_duty.users, news, key="new", no=row.no)
    names = [one.name for one in on_duty.organizations]
    told = skill.text(
        f"who_{'organization' if names else on_duty.level}", organizations=names, count=len(on_duty.users)
    )
    at = cases.handed_to(turn, on_duty.level, community, row.town_id)
    return skill.text("who_at", place=at, who=told) if at else told


# -- looking up -----------------------------------------------------------------------------------------------------


@skill.on("status", form=Status)
def status(turn: Turn, form: Status) -> Reply:
    if form.ticket_no:
        row = dispute.get(turn.db, turn.user, form.ticket_no.upper())
        return one(turn, row) if row else Reply(skill.text("unknown", no=form.ticket_no))
    staff = duty.serves(turn.db, turn.user, CATEGORY)
    since, until = period_bounds(form.period, turn.now)
    community = duty.community_in(turn.db, form.community)
    found = dispute.matching(
        turn.db,
        turn.user,
        statuses=in_hand(turn) if staff and not form.wide and not since else (),
        community_id=community.id if community else None,
        since=since,
        until=until,
    )
    found = cases.meant(found, form.place, form.building) or found
    if not found:
        return Reply(skill.text("none_open" if staff else "none_mine"))
    if len(found) == 1:
        return one(turn, found[0])
    title = "title_mine" if not staff else "title_all" if form.wide or since else "title_open"
    count = f"{PAGE}+" if len(found) > PAGE else len(found)
    lines = words.numbered(line(turn, row) for row in found[:PAGE])
    return Reply(skill.text("list", title=skill.text(title), count=count, lines=lines, first=found[0].no))


def in_hand(turn: Turn) -> tuple[str, ...]:
    """The states that are still somebody's work: for town and city also what was handed on to them."""
    return (*UNDER_WAY, "transferred") if turn.role >= Role.TOWN else UNDER_WAY


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


def upcoming(turn: Turn, row: Dispute) -> When | None:
    """The next meeting, while it is still to come."""
    when = When(row.next_at) if row.next_at else None
    return when if when and when.over() > turn.now else None


# -- going on -------------------------------------------------------------------------------------------------------


@skill.on("update", form=Update)
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
    told = spread(turn, row, step)
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
        next_at=upcoming(turn, row),
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
    return facts | {"phone": turn.seal(form.phone), "person": turn.seal(form.person)}


@skill.on("cancel", form=Cancel, confirm=True)
def cancel(turn: Turn, form: Cancel) -> Reply:
    """The report just made is taken back."""
    row = dispute.get(turn.db, turn.user, form.ticket_no)
    if row is None:
        raise Refused("unknown", no=form.ticket_no)
    dispute.update(turn.db, turn.user, turn.now, row, "withdrawn", {})
    plan_reminders(turn, row)
    return skill.say("withdrawn", no=row.no, what=what(row), told=spread(turn, row, "withdrawn"))


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


def what(row: Dispute) -> str:
    """A dispute in a few words that name nobody."""
    return f"{cases.shown_place(row) or ''}{called(row)}"


def called(row: Dispute) -> str:
    """The kind of a dispute as people speak of it: 邻里纠纷, 劳动争议."""
    return str(skill.words["called"].get(row.dispute_type) or skill.text("called", type=row.dispute_type))


def follow_up_day(turn: Turn, said: When | None) -> date | None:
    """The day of the visit afterwards: as said, else after the days the deployment has set."""
    days = cases.setting(turn, "dispute_follow_up_days")
    return said.day if said else turn.now.date() + timedelta(days=days) if days else None


def spread(turn: Turn, row: Dispute, step: str) -> str | None:
    """Tells the other side; what the sender is told of it."""
    staff = dispute.handlers_of(turn.db, row)
    state = skill.words["states"][row.status]
    return cases.spread(turn, row, step, state, staff, what=what(row), next_at=upcoming(turn, row))


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


# -- reminders ------------------------------------------------------------------------------------------------------


def plan_reminders(turn: Turn, row: Dispute) -> None:
    """The next meeting (the evening and two hours before), what was agreed (its last day), the visit afterwards."""

    def text(kind: str, **values: Any) -> str:
        return skill.text(f"remind_{kind}", no=row.no, what=what(row), **values)

    due: list[tuple[str, datetime, str]] = []
    if row.status in (*UNDER_WAY, "failed") and (coming := upcoming(turn, row)):
        soon = text("next", next_at=coming)
        due.append(("next", words.at_hour(coming.day - timedelta(days=1), 18), soon))
        due += [("next", coming.at() - timedelta(hours=2), soon)] if coming.clock else []
    if row.status == "settled" and row.agreed_until:
        agreed = When(row.agreed_until)
        due.append(("agreed", words.at_hour(agreed.day, 9), text("agreed", until=agreed)))
    if row.status == "settled" and row.follow_up_on:
        due.append(("follow_up", words.at_hour(row.follow_up_on, 9), text("follow_up")))
    cases.remind(turn, row, due)


@skill.remind
def limit(db: Session, day: date) -> Iterator[Nudge]:
    """The one-month limit: a week before, on its day, and every week after."""
    morning = words.at_hour(day, 9)
    for row in dispute.pressing(db, day, AHEAD):
        assert row.due_on is not None
        left = (row.due_on - day).days
        key = "remind_limit" if left > 0 else "remind_due" if left == 0 else "remind_over"
        text = skill.text(key, no=row.no, what=what(row), left=left, over=-left)
        for user in dispute.handlers_of(db, row):
            yield Nudge(
                user.id,
                f"dispute:{row.no}:limit:{day}:{user.id}",
                text,
                "dispute",
                morning,
                morning + timedelta(days=2),
                row.no,
            )
