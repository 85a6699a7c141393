"""Activities: registered, looked up, changed, called off, reported, joined."""

import re
from typing import Any

from handlers import words
from handlers.activity_due import plan_reminders
from handlers.activity_signup import Join, leave, sign_up, tell_signed_up
from handlers.activity_words import choose, days, ended, facts_of, held, line, said, skill
from handlers.skill import Form, Refused, Reply, Role, Turn, When, asked, in_community
from models import activity, place, signup
from models.activity import Activity
from models.period import period_bounds
from models.place import Community
from nlp.times.dayless import dayless

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
    town: str | None = None


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
    hours: float | None = None
    renamed: str | None = None
    same_day: bool = False

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        """A new name, told apart from the name by which the activity is known; whether only an hour was told."""
        found = re.search(skill.words["rename_pattern"], text)
        return ({"renamed": found.group(1)} if found else {}) | ({"same_day": True} if dayless(text) else {})

    def on(self, day: str) -> "Change":
        """The same wish, its hours on `day`."""
        moved = {name: When(day + value[10:]) for name in ("start", "end") if (value := getattr(self, name))}
        return self.model_copy(update=moved)


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


CHANGEABLE = ("start", "end", "repeat", "place", "building", "headcount", "volunteers", "person", "money", "hours")
MOVING = {"start", "end", "repeat", "place", "building"}  # what those who signed up have to learn


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


@skill.on("change", form=Change, needs=Role.LEADER)
def change(turn: Turn, form: Change) -> Reply:
    row = pick(turn, form, ignore_day=True)
    form = form.on(row.start[:10]) if form.same_day else form
    facts = {name: getattr(form, name) for name in CHANGEABLE if getattr(form, name) is not None}
    facts |= {"title": form.renamed} if form.renamed else {}
    facts |= {"phone": turn.seal(form.phone)} if form.phone else {}
    facts |= new_times(form, row)
    if not facts:
        raise Refused("change_what", title=row.title)
    if row.status == activity.REPORTED:
        return correct(turn, row, facts)
    activity.change(turn.db, turn.user, turn.now, row, facts)
    plan_reminders(turn, row)
    told = tell_signed_up(turn, row, "moved") if facts.keys() & MOVING else None
    return skill.say("changed", **facts_of(row), person=form.person, phone=form.phone, told=told)


def new_times(form: Change, row: Activity) -> dict[str, str]:
    """A day said alone keeps the hour, an hour keeps the length; of a series only the hour moves by itself."""
    new, old = form.start, When(row.start)
    if new is None:
        return {}
    if row.repeat and not form.repeat:
        if not new.clock:
            raise Refused("series_day", title=row.title, rule=words.repeated(row.repeat))
        new = When(row.start[:10] + new[10:])
    if not new[10:] and row.start[10:]:
        ends = {"end": str(new) + row.end[10:]} if row.end and row.end[:10] == row.start[:10] else {}
        return {"start": str(new) + row.start[10:], **({} if form.end else ends)}
    if form.end is None and row.end and row.end[11:] and new.clock and old.clock:
        return {"start": str(new), "end": str(When.of(new.at() + (When(row.end).at() - old.at())))}
    return {"start": str(new)}


def correct(turn: Turn, row: Activity, facts: dict[str, Any]) -> Reply:
    """What was reported is put right in every ledger: people are those who came, the time stays."""
    if facts.keys() & {"start", "end", "repeat"}:
        raise Refused("reported_already", title=row.title)
    told = {"attended" if name == "headcount" else name: value for name, value in facts.items()}
    activity.report(turn.db, turn.user, turn.now, row, told, held)
    return skill.say("corrected", **facts_of(row))


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


# -- which one is meant -----------------------------------------------------------------------------------------


def candidates(turn: Turn, form: Which, *, ignore_day: bool = False) -> list[Activity]:
    """Activities the words may mean: by number, else by what is named, else the one just made, else any still open."""
    organizer = turn.organization(form) if form.organization_id else None
    day = None if ignore_day or form.start is None else str(form.start)
    named = bool(form.title or organizer or day)
    last = turn.last if turn.last and turn.last.startswith(activity.PREFIX) and not named else None
    if form.ticket_no or last:
        return activity.matching(turn.db, turn.user, ticket_no=form.ticket_no or last)
    return activity.matching(
        turn.db,
        turn.user,
        title=form.title,
        organization_id=organizer.id if organizer else None,
        day=day,
        open_only=not form.title,
    )


def pick(turn: Turn, form: Which, *, ignore_day: bool = False) -> Activity:
    """The one activity meant; what is over and reported gives way to what is still to come."""
    found = candidates(turn, form, ignore_day=ignore_day)
    found = [row for row in found if row.status == activity.PLANNED] or found
    if not found:
        raise Refused("no_such" if form.ticket_no else "unknown", ticket_no=form.ticket_no, title=form.title)
    return found[0] if len(found) == 1 else choose(found)


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
