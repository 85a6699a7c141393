"""Activities: registered, looked up, changed, called off, reported, joined."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from handlers import words
from handlers.skill import Form, Nudge, Refused, Reply, Role, Skill, Turn, When, asked, in_community, period_bounds
from models import activity, messages
from models.activity import Activity

skill = Skill("activity")  # its words: activity.yaml, beside this file
PAGE = 20  # lines of one answer; more is asked for more narrowly


class Register(Form):
    title: str
    start: When
    place: str
    headcount: int | None = asked()
    end: When | None = None
    repeat: str | None = None
    building: str | None = None
    organization: str | None = None
    organization_id: str | None = None
    organization_name: str | None = None
    community: str | None = None
    volunteers: int | None = None
    hours: float | None = None
    money: float | None = None
    person: str | None = None
    phone: str | None = None


class Which(Form):
    """What names an existing activity."""

    ticket_no: str | None = None
    title: str | None = None
    organization: str | None = None
    organization_id: str | None = None
    start: When | None = None


class Query(Which):
    period: str | None = None
    community: str | None = None
    place: str | None = None


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


class Cancel(Which):
    reason: str | None = None


class Report(Which):
    headcount: int
    volunteers: int | None = asked()
    hours: float | None = asked()
    end: When | None = None
    place: str | None = None
    outcome: str | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        return {"outcome": text}


class Join(Which):
    headcount: int = 1


CHANGEABLE = ("start", "end", "repeat", "place", "building", "headcount", "volunteers", "person", "money")


@skill.on("register", form=Register, confirm=True, needs=Role.LEADER)
def register(turn: Turn, form: Register) -> Reply:
    organizer = turn.organization(form)
    facts = form.model_dump(
        include=set(Register.model_fields) & set(Activity.__table__.columns.keys()) - {"phone", "organization_id"}
    )
    facts |= {"organization_id": organizer.id if organizer else None, "phone": turn.seal(form.phone)}
    row = activity.register(turn.db, turn.user, turn.now, in_community(turn, form).id, facts)
    plan_reminders(turn, row)
    over = When(row.end or row.start).over() < turn.now and row.repeat is None
    count = activity.of_the_year(turn.db, organizer.id, form.start.day.year) if organizer else None
    name = organizer.name if organizer else None
    return skill.say(
        "registered_past" if over else "registered", no=row.no, title=row.title, organization=name, count=count
    )


@skill.on("query", form=Query)
def query(turn: Turn, form: Query) -> Reply:
    if form.ticket_no:
        return one(turn, form.ticket_no)
    since, until = period_bounds(form.period or (str(form.start)[:10] if form.start else None), turn.now)
    organizer = turn.organization(form) if form.organization_id else None
    community = turn.community(form)
    scope: dict[str, Any] = {} if organizer else {"community_id": community.id if community else None}
    found = activity.public(
        turn.db,
        since=since or turn.now.strftime("%Y-%m-%d"),
        until=until,
        title=form.title,
        organization_id=organizer.id if organizer else None,
        limit=PAGE,
        **scope,
    )
    where = (organizer and organizer.name) or (community and community.name)
    if not found:
        return skill.say("none", where=where)
    lines = words.numbered(words.joined(row.title, shown(row), row.place) for row in found)
    return skill.say("list", where=where, count=len(found), lines=lines)


def one(turn: Turn, no: str) -> Reply:
    found = activity.matching(turn.db, turn.user, ticket_no=no)
    if not found:
        raise Refused("unknown", ticket_no=no)
    row = found[0]
    state = skill.words["states"][row.status]
    return skill.say(
        "one",
        no=row.no,
        title=row.title,
        when=shown(row),
        place=row.place,
        headcount=row.headcount,
        attended=row.attended,
        volunteers=row.volunteers,
        state=state,
    )


@skill.on("change", form=Change, needs=Role.LEADER)
def change(turn: Turn, form: Change) -> Reply:
    facts = {name: getattr(form, name) for name in CHANGEABLE if getattr(form, name) is not None}
    row = pick(turn, form, ignore_day=True)
    if form.start and form.end is None and row.end and row.end[11:] and form.start.clock:
        facts["end"] = str(When.of(form.start.at() + (When(row.end).at() - When(row.start).at())))
    if form.start and not form.start.clock and row.start[10:]:
        facts |= {"start": str(form.start)[:10] + row.start[10:]} | (
            {"end": str(form.start)[:10] + row.end[10:]} if row.end else {}
        )
    if not facts:
        raise Refused("change_what", title=row.title)
    activity.change(turn.db, turn.user, turn.now, row, facts)
    plan_reminders(turn, row)
    tell_signed_up(turn, row, "moved")
    return skill.say("changed", no=row.no, title=row.title, when=shown(row), place=row.place, headcount=row.headcount)


@skill.on("cancel", form=Cancel, confirm=True, needs=Role.LEADER)
def cancel(turn: Turn, form: Cancel) -> Reply:
    row = pick(turn, form)
    activity.cancel(turn.db, turn.user, turn.now, row, form.reason)
    turn.remind([], source=row.no)
    tell_signed_up(turn, row, "called_off")
    return skill.say("cancelled", no=row.no, title=row.title, when=shown(row))


@skill.on("report", form=Report, needs=Role.LEADER)
def report(turn: Turn, form: Report) -> Reply:
    """Reports on a registered activity; one that was never registered is recorded on the spot."""
    found = candidates(turn, form)
    row = found[0] if len(found) == 1 else choose(found) if found else held_unregistered(turn, form)
    facts = {"attended": form.headcount, "volunteers": form.volunteers, "hours": form.hours, "outcome": form.outcome}
    activity.report(turn.db, turn.user, turn.now, row, facts)
    turn.remind([], source=row.no)
    return skill.say(
        "reported", no=row.no, title=row.title, attended=row.attended, volunteers=row.volunteers, hours=row.hours
    )


@skill.on("join", form=Join)
def join(turn: Turn, form: Join) -> Reply:
    community = turn.community()
    found = activity.public(
        turn.db,
        community_id=community.id if community else None,
        since=turn.now.strftime("%Y-%m-%d"),
        title=form.title,
        until=period_bounds(str(form.start)[:10], turn.now)[1] if form.start else None,
        limit=8,
    )
    if form.ticket_no:
        found = activity.matching(turn.db, turn.user, ticket_no=form.ticket_no) or [
            row for row in found if row.no == form.ticket_no
        ]
    if not found:
        raise Refused("nothing_to_join", title=form.title)
    row = found[0] if len(found) == 1 else choose(found)
    coming = activity.join(turn.db, turn.user, row, form.headcount, turn.now)
    return skill.say("joined", title=row.title, when=shown(row), place=row.place, coming=coming)


def candidates(turn: Turn, form: Which, *, ignore_day: bool = False) -> list[Activity]:
    """Activities the words may mean: by number, else by what is named, else the one just made."""
    organizer = turn.organization(form) if form.organization_id else None
    day = None if ignore_day or form.start is None else str(form.start)
    named = bool(form.title or organizer or day)
    if form.ticket_no or (turn.last and not named):
        return activity.matching(turn.db, turn.user, ticket_no=form.ticket_no or turn.last)
    return activity.matching(
        turn.db,
        turn.user,
        title=form.title,
        organization_id=organizer.id if organizer else None,
        day=day,
        open_only=not form.title,
    )


def pick(turn: Turn, form: Which, *, ignore_day: bool = False) -> Activity:
    found = candidates(turn, form, ignore_day=ignore_day)
    if not found:
        raise Refused("unknown", ticket_no=form.ticket_no, title=form.title)
    return found[0] if len(found) == 1 else choose(found)


def choose(found: list[Activity]) -> Activity:
    raise Refused(
        "which",
        ask="ticket_no",
        choices=[(row.no, words.joined(row.title, shown(row))) for row in found],
    )


def held_unregistered(turn: Turn, form: Report) -> Activity:
    if form.title is None:
        raise Refused("report_which", ask="title")
    organizer = turn.organization(form)
    start = form.start or When(turn.now.strftime("%Y-%m-%d"))
    facts = {
        "title": form.title,
        "start": str(start),
        "end": form.end,
        "place": form.place,
        "organization_id": organizer.id if organizer else None,
    }
    return activity.register(turn.db, turn.user, turn.now, in_community(turn).id, facts)


def shown(row: Activity) -> str:
    """When it is, as people say it; a series by its rule."""
    span = words.span(When(row.start), When(row.end) if row.end else None)
    named = words.repeated(row.repeat)
    return skill.text("series", rule=named, first=span) if named else span


def plan_reminders(turn: Turn, row: Activity) -> None:
    """The evening before and two hours before for whoever registered it; none for what has begun."""
    start = When(row.start)
    due = {"day_before": start.at().replace(hour=18, minute=0) - timedelta(days=1)}
    if start.clock:
        due["soon"] = start.at() - timedelta(hours=2)
    turn.remind(
        [
            Nudge(
                user_id=row.created_by or turn.user.id,
                key=f"activity:{row.no}:{name}:{row.start}",
                kind="activity",
                send_at=at,
                not_after=start.over(),
                text=skill.text(f"remind_{name}", facts=words.joined(row.title, shown(row), row.place)),
            )
            for name, at in due.items()
        ],
        source=row.no,
    )


def tell_signed_up(turn: Turn, row: Activity, key: str) -> None:
    for user_id in activity.signed_up(turn.db, row):
        text = skill.text(key, title=row.title, when=shown(row), place=row.place)
        messages.plan(
            turn.db,
            user_id,
            key=f"{key}:{row.no}:{user_id}:{row.start}",
            kind="activity",
            text=text,
            send_at=turn.now,
            urgency=messages.SOON,
            source=f"{row.no}:told",
        )


@skill.remind
def ask_for_report(db: Any, day: Any) -> Iterator[Nudge]:
    """The morning after: how many came, how many hours, photos."""
    morning = words.at_hour(day, 9)
    for row in activity.unreported(db, morning):
        if row.created_by:
            text = skill.text("remind_report", title=row.title, when=shown(row))
            yield Nudge(
                row.created_by,
                f"activity:{row.no}:report",
                text,
                "activity",
                morning,
                morning + timedelta(days=3),
                row.no,
            )
