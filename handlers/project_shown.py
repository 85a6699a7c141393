"""Looking service projects up: those of an organisation or a place, one of them, who has none yet, and the rules."""

from typing import Any

from handlers import words, yearly
from handlers.project_changes import on_second_thoughts
from handlers.project_words import choose, facts_of, line, skill, state
from handlers.skill import Form, Organization, Refused, Reply, Role, Turn
from models import project
from models.period import period_bounds
from models.project import Project

PAGE = 20  # lines of one answer
MOST = 2000  # projects that are counted


class Query(Form):
    """`sure` is the number of the project that is really given up."""

    ticket_no: str | None = None
    title: str | None = None
    organization: str | None = None
    organization_id: str | None = None
    community: str | None = None
    town: str | None = None
    period: str | None = None
    target_group: list[str] | None = None
    text: str | None = None
    sure: str | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        return {"text": text}


def query(turn: Turn, form: Query) -> Reply:
    """Answers by what the sentence asks about: a wish of the YAML, one project, a rule, else what there is."""
    wish = yearly.wish(skill, form.text)
    if wish == "cancelling" and turn.role >= Role.LEADER:
        return on_second_thoughts(turn, form.ticket_no, form.title, form.sure)
    if form.ticket_no:
        return one(turn, form.ticket_no)
    if wish == "gaps":
        return gaps(turn, form)
    named = called(turn, form.title) if form.title else []
    told = yearly.guide(turn, skill, form.text)
    if len(named) == 1:
        return one(turn, named[0].no) + Reply(told or "")
    if named:
        choose(turn, named)
    unknown = skill.say("none_called", title=form.title) if form.title else None
    if told:
        return (unknown or Reply("")) + Reply(told)
    return unknown or listed(turn, form)


def called(turn: Turn, title: str) -> list[Project]:
    """By name, in the own community, else in the town, else anywhere."""
    community, town = turn.community(), turn.town()
    near = project.public(turn.db, title=title, community_id=community.id) if community else []
    near = near or (project.public(turn.db, title=title, town_id=town.id) if town else [])
    return near or project.public(turn.db, title=title)


def one(turn: Turn, no: str) -> Reply:
    row = project.numbered(turn.db, no)
    if row is None:
        raise Refused("no_such", ticket_no=no)
    return skill.say("one", **facts_of(turn, row), state=state(row))


# -- what there is --------------------------------------------------------------------------------------------------


def listed(turn: Turn, form: Query) -> Reply:
    """The projects of an organisation, else of a place, in a year or another period."""
    team = whose(turn, form)
    if team is None and form.organization:
        return skill.say("which_team", name=form.organization)
    place = yearly.around(turn, form.community, form.town)
    narrowed: dict[str, Any] = {"organization_id": team.id} if team else dict(place.narrowed)
    days, when = days_asked(form)
    target = form.target_group[0] if form.target_group else None
    found = project.public(turn.db, days=days, target=target, limit=MOST, **narrowed)
    where = team.name if team else place.name
    own = team is not None and team.id == turn.user.organization_id
    if not found:
        invitation = skill.text("register_one") if own else None
        return skill.say("none", where=where, when=when, target=target, invitation=invitation)
    lines = [line(turn, row, state(row)) if team is None else own_line(turn, row) for row in found[:PAGE]]
    more = skill.text("more") if len(found) > PAGE else None
    return skill.say(
        "list", where=where, when=when, target=target, count=len(found), lines=words.numbered(lines), more=more
    )


def whose(turn: Turn, form: Query) -> Organization | None:
    """The organisation named, else a leader's own unless a place or a kind of people is asked about."""
    if form.organization or form.organization_id:
        return yearly.the_organization(turn, form)
    elsewhere = form.community or form.town or form.target_group
    return None if elsewhere or turn.role != Role.LEADER else turn.organization(Form())


def own_line(turn: Turn, row: Project) -> str:
    facts = facts_of(turn, row)
    moved = skill.text("moved", moved=facts["moved"]) if facts["moved"] else None
    return words.joined(row.title, facts["when"], state(row), moved)


def days_asked(form: Query) -> tuple[Any, str | None]:
    """First and last day of the period asked about, and its name."""
    since, until = period_bounds(form.period)
    if since is None or until is None:
        return None, None
    return yearly.inclusive(since, until), words.period(form.period)


def gaps(turn: Turn, form: Query) -> Reply:
    return yearly.gaps(turn, skill, form, project.with_project, lambda: listed(turn, Query()))
