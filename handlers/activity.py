"""Activities: registered, looked up, changed, called off, reported, joined."""

from typing import Any

from handlers import words
from handlers.activity_change import Change, change
from handlers.activity_due import plan_reminders
from handlers.activity_signup import Join, leave, sign_up, tell_signed_up
from handlers.activity_which import Which, candidates, pick
from handlers.activity_words import choose, days, ended, facts_of, held, line, said, skill
from handlers.skill import Form, Refused, Reply, Role, Turn, When, asked, in_community
from models import activity, place, signup
from models.activity import Activity
from models.period import period_bounds
from models.place import Community

__all__ = ["skill"]
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


class Query(Which):
    period: str | None = None
    community: str | None = None
    town: str | None = None


class Cancel(Which):
    """`own` where only the sender's sign-up is meant."""

    reason: str | None = None
    own: str | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        return {"own": skill.words["own_signup"]} if said("leaving", text) else {}


class Report(Which):
    headcount: int
    volunteers: int | None = asked()
    hours: float | None = asked()
    end: When | None = None
    place: str | None = None
    outcome: str | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        return {"outcome": text} | ({"volunteers": 0} if said("no_volunteers", text) else {})


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


# -- looking up -------------------------------------------------------------------------------------------------


@skill.on("query", form=Query)
def query(turn: Turn, form: Query) -> Reply:
    if form.ticket_no:
        return one(turn, form.ticket_no)
    period = form.period or (str(form.start)[:10] if form.start else None)
    since, until = period_bounds(period)
    scope, where = around(turn, form)
    first = since or turn.now.strftime("%Y-%m-%d")
    found = activity.public(turn.db, since=first, until=until, title=form.title, limit=PAGE + 1, **scope)
    own, town = None, turn.town()
    if not found and "community_id" in scope and not form.community and town:
        scope, own, where = {"town_id": town.id}, where, town.name
        found = activity.public(turn.db, since=first, until=until, title=form.title, limit=PAGE + 1, **scope)
    when = days(period, since, until)
    if not found:
        return skill.say("none_on" if when else "none", where=own or where, when=when)
    wide = not scope.keys() & {"community_id", "organization_id"}
    if len(found) == 1 and form.title:
        return one(turn, found[0].no)
    shown = (line(row, community_of(turn, row) if wide else None, ended(row, turn.now)) for row in found[:PAGE])
    more = skill.text("more") if len(found) > PAGE else None
    return skill.say("list", own=own, where=where, when=when, lines=words.numbered(shown), more=more)


def around(turn: Turn, form: Query) -> tuple[dict[str, int], str]:
    """What the question is about and its name: one organisation, else a community, a town, or the whole city."""
    if organizer := turn.organization(form) if form.organization_id else None:
        return {"organization_id": organizer.id}, organizer.name
    if town := place.town_named(turn.db, form.town) if form.town and not form.community else None:
        return {"town_id": town.id}, town.name
    if community := turn.community(form):
        return {"community_id": community.id}, community.name
    if town := turn.town():
        return {"town_id": town.id}, town.name
    return {}, skill.words["everywhere"]


def community_of(turn: Turn, row: Activity) -> str | None:
    found = turn.db.get(Community, row.community_id) if row.community_id else None
    return found.name if found else None


def one(turn: Turn, no: str) -> Reply:
    """Activities are public: anybody who has the number may see the facts."""
    row = activity.numbered(turn.db, no)
    if row is None:
        raise Refused("no_such", ticket_no=no)
    coming = signup.coming(turn.db, row) or None
    return skill.say("one", **facts_of(row), coming=coming, state=skill.words["states"][row.status])


# -- changing and calling off -----------------------------------------------------------------------------------


skill.on("change", form=Change, needs=Role.LEADER)(change)


@skill.on("cancel", form=Cancel, confirm=True)
def cancel(turn: Turn, form: Cancel) -> Reply:
    """Calls an activity off; for whoever only signed up, takes the sign-up back."""
    if form.own or turn.role < Role.LEADER:
        return leave(turn, Join(ticket_no=form.ticket_no, title=form.title))
    row = pick(turn, form)
    if form.title and form.title not in row.title and row.title not in form.title:
        raise Refused("not_the_one", title=row.title, other=form.title, no=row.no)
    if row.repeat and form.start:
        raise Refused("series_once", title=row.title, rule=words.repeated(row.repeat))
    activity.cancel(turn.db, turn.user, turn.now, row, form.reason)
    turn.remind([], source=row.no)
    told = tell_signed_up(turn, row, "called_off")
    return skill.say("cancelled", **facts_of(row), told=told)


@skill.on("join", form=Join)
def join(turn: Turn, form: Join) -> Reply:
    return sign_up(turn, form)


# -- how it went ------------------------------------------------------------------------------------------------


@skill.on("report", form=Report, needs=Role.LEADER)
def report(turn: Turn, form: Report) -> Reply:
    """Reports on a registered activity; one that was never registered is recorded on the spot."""
    found = [row for row in candidates(turn, form) if activity.may_change(turn.user, row)]
    row = found[0] if len(found) == 1 else choose(found) if found else held_unregistered(turn, form)
    if row.repeat:
        row = activity.one_day_of(turn.db, turn.user, turn.now, row, form.start)
    facts = {"attended": form.headcount, "volunteers": form.volunteers, "hours": form.hours, "outcome": form.outcome}
    activity.report(turn.db, turn.user, turn.now, row, facts, held)
    turn.remind([], source=row.no)
    return skill.say("reported", **facts_of(row), draft=skill.words["ledgers"][bool(row.volunteers)])


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
