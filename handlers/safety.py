"""Safety: hazards reported, put right, looked at again; patrols, inspections, talks, drills; danger goes first."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from handlers import cases, danger, words
from handlers.counts import counted
from handlers.skill import (
    Form,
    Nudge,
    Refused,
    Reply,
    Role,
    Skill,
    Turn,
    When,
    asked,
    in_community,
    period_bounds,
)
from models import case, duty, record, safety
from models.base import Session
from models.place import Community
from models.safety import CATEGORY, OTHER, UNDER_WAY, Hazard, SafetyWork

skill = Skill("safety")  # its words: safety.yaml, beside this file
PAGE = 8


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


def limit_days(turn: Turn, severity: str) -> int | None:
    """How many days putting it right may take, where the deployment has said so (`safety_days`, by severity)."""
    days = cases.setting(turn, "safety_days")
    return days.get(severity) if isinstance(days, Mapping) else days


def handed_over(turn: Turn, row: Hazard) -> str:
    """Tells those whose duty the hazard is; the place whose staff take it over."""
    community = turn.db.get(Community, row.community_id) if row.community_id else None
    on_duty = duty.responsible(turn.db, community, row.town_id, CATEGORY)
    news = skill.text(
        "news",
        no=row.no,
        type=called(row),
        place=cases.shown_place(row),
        severity=severity_name(row.severity),
        until=cases.day(row.due_on),
    )
    cases.tell(turn, on_duty.users, news, key="new", no=row.no, urgent=row.severity == "high")
    told = skill.text(f"who_{on_duty.level}", count=len(on_duty.users))
    at = cases.handed_to(turn, on_duty.level, community, row.town_id)
    return skill.text("who_at", place=at, who=told) if at else told


def severity_name(code: str) -> str:
    codes: Mapping[str, str] = skill.words["codes"]
    return next(name for name, known in codes.items() if known == code)


# -- safety work ----------------------------------------------------------------------------------------------------


@skill.on("log", form=Log, confirm=True, needs=Role.LEADER)
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


# -- looking up -----------------------------------------------------------------------------------------------------


@skill.on("status", form=Status)
def status(turn: Turn, form: Status) -> Reply:
    if form.ticket_no:
        row = safety.get(turn.db, turn.user, form.ticket_no.upper())
        return one(turn, row) if row else Reply(skill.text("unknown", no=form.ticket_no))
    staff = duty.serves(turn.db, turn.user, CATEGORY)
    since, until = period_bounds(form.period, turn.now)
    if staff and form.work:
        return work_done(turn, since or f"{turn.now:%Y-%m}-01", until)
    community = duty.community_in(turn.db, form.community)
    found = safety.matching(
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
    return (*UNDER_WAY, "rectified", *(("transferred",) if turn.role >= Role.TOWN else ()))


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


@skill.on("update", form=Update)
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


def amend(turn: Turn, form: Update, row: SafetyWork) -> Reply:
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


def what(row: Hazard) -> str:
    """A hazard in a few words."""
    return f"{cases.shown_place(row) or ''}{called(row)}"


def called(row: Hazard) -> str:
    """The kind of a hazard as people speak of it: 消防隐患, 环境卫生问题."""
    return str(skill.words["called"].get(row.hazard_type) or skill.text("called", type=row.hazard_type))


def spread(turn: Turn, row: Hazard, step: str) -> str | None:
    """Tells the other side; what the sender is told of it."""
    staff = safety.handlers_of(turn.db, row)
    state = skill.words["states"][row.status]
    return cases.spread(turn, row, step, state, staff, what=what(row))


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


def supplement_work(turn: Turn, no: str, slots: Mapping[str, Any]) -> Reply:
    """A place that came after safety work was recorded."""
    row = safety.get_work(turn.db, turn.user, no)
    if row is None:
        return Reply(skill.text("unknown", no=no))
    safety.amend(turn.db, turn.user, turn.now, row, {"place": slots.get("place"), "building": slots.get("building")})
    return skill.say("supplement", no=no, place=row.place)


# -- reminders ------------------------------------------------------------------------------------------------------


def plan_reminders(turn: Turn, row: Hazard) -> None:
    """The day before the deadline, and the day of the reinspection."""
    due: list[tuple[str, datetime, str]] = []
    if row.status in UNDER_WAY and row.due_on:
        text = skill.text("remind_before", no=row.no, what=what(row))
        due.append(("before", words.at_hour(row.due_on - timedelta(days=1), 9), text))
    if row.status == "rectified" and row.recheck_on:
        text = skill.text("remind_recheck", no=row.no, what=what(row))
        due.append(("recheck", words.at_hour(row.recheck_on, 9), text))
    cases.remind(turn, row, due)


@skill.remind
def deadline(db: Session, day: date) -> Iterator[Nudge]:
    """The deadline for putting it right: on its day, and every week after."""
    morning = words.at_hour(day, 9)
    for row in safety.pressing(db, day):
        assert row.due_on is not None
        over = (day - row.due_on).days
        text = skill.text("remind_over" if over else "remind_due", no=row.no, what=what(row), over=over)
        for user in safety.handlers_of(db, row):
            key = f"safety:{row.no}:deadline:{day}:{user.id}"
            yield Nudge(user.id, key, text, "safety", morning, morning + timedelta(days=2), row.no)
