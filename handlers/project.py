"""Service projects: registered, brought forward, finished, changed, given up; looking up has a room beside this."""

from typing import Any, NoReturn

from handlers import project_changes as changes
from handlers import project_due, yearly
from handlers.project_changes import COLUMNS, Change, Figures, Which
from handlers.project_shown import Query, query
from handlers.project_words import CHOICES, UNTOLD, choose, days_of, facts_of, published, skill, stage
from handlers.skill import Form, Organization, Refused, Reply, Role, Turn
from models import coverage, messages, organization, project
from models.project import Project

assert project_due
__all__ = ["skill"]


class Register(Figures):
    title: str
    ticket_no: str | None = None
    organization: str | None = None
    organization_id: str | None = None
    organization_name: str | None = None
    community: str | None = None
    phone: str | None = None
    text: str | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        return {"text": text}


SERVED = ("headcount", "households", "volunteers")


# -- registered, and how it goes on ---------------------------------------------------------------------------------


@skill.on("register", form=Register, confirm=True, needs=Role.LEADER)
def register(turn: Turn, form: Register) -> Reply:
    """A new project; told how one goes on that is known, it is brought forward instead."""
    told = stage(form.text)
    known = project.changeable(turn.db, turn.user, ticket_no=form.ticket_no, title=form.title) if told else []
    if len(known) > 1:
        choose(turn, known)
    if known:
        return go_on(turn, form, known[0], told)
    row = begin(turn, form, bool(told))
    return go_on(turn, form, row, told) if told == "done" else begun(turn, row)


def begin(turn: Turn, form: Register, under_way: bool) -> Project:
    """Stores a new one; whose it is and how long it takes are asked where nobody said so."""
    team = owner(turn, form)
    if not (form.start or form.end or under_way) and form.period is None:
        year = turn.now.year
        choices = [(str(year), skill.words["whole_year"]), (UNTOLD, skill.words["untold"])]
        raise Refused("how_long", ask="period", choices=choices)
    community = None if team else turn.community(form)
    facts = {name: value for name in COLUMNS if (value := getattr(form, name)) is not None} | days_of(form.period)
    facts |= {
        "title": form.title,
        "organization_id": team.id if team else None,
        "organization": team.name if team else form.organization if form.organization != UNTOLD else None,
        "community_id": team.community_id if team else community.id if community else None,
        "phone": turn.seal(form.phone),
    }
    row = project.register(turn.db, turn.user, turn.now, facts)
    if team:
        messages.withdraw(turn.db, yearly.owing(skill, team.id))
    return row


def owner(turn: Turn, form: Register) -> Organization | None:
    """A leader's own organisation; of staff the one they name and answer for, asked for where none is named."""
    if turn.role < Role.WORKER:
        return turn.organization(Form())
    team = yearly.the_organization(turn, form)
    if team and not coverage.answers_for(turn.db, turn.user, team):
        raise Refused("not_yours", name=team.name)
    if team is None and form.organization is None and form.organization_id is None:
        ask_whose(turn)
    return team


def ask_whose(turn: Turn) -> NoReturn:
    """A community's organisations by number; a town has too many, and says the name."""
    near = organization.living(turn.db, community_id=turn.user.community_id) if turn.user.community_id else []
    if not near:
        raise Refused("whose", ask="organization", choices=[(UNTOLD, skill.words["nobody"])])
    choices = [(str(row.id), row.name) for row in near[: CHOICES + 4]]
    raise Refused("whose", ask="organization_id", choices=[*choices, ("0", skill.words["nobody"])])


def begun(turn: Turn, row: Project) -> Reply:
    year = (row.start or row.no[2:])[:4]
    mine = project.public(turn.db, organization_id=row.organization_id) if row.organization_id else []
    count = len([one for one in mine if (one.start or one.no[2:])[:4] == year]) or None
    ahead = skill.text("before_end") if row.end else None
    return skill.say("registered", **facts_of(turn, row), year=year, count=count, ahead=ahead)


def go_on(turn: Turn, form: Register, row: Project, told: str | None) -> Reply:
    """Figures are put right; one that is done is shown to everybody."""
    facts: dict[str, Any] = {name: getattr(form, name) for name in SERVED if getattr(form, name) is not None}
    facts |= {"spent": form.money} if form.money is not None and told == "done" else {}
    if told != "done":
        project.progress(turn.db, turn.user, turn.now, row, facts, form.text)
        return skill.say("went_on", **facts_of(turn, row))
    for name, value in facts.items():
        setattr(row, name, value)
    project.finish(turn.db, turn.user, turn.now, row, facts, form.text, published(row))
    turn.remind([], source=row.no)
    return skill.say("finished", **facts_of(turn, row))


# -- the rest, done in the rooms beside this ------------------------------------------------------------------------


@skill.on("change", form=Change, needs=Role.LEADER)
def change(turn: Turn, form: Change) -> Reply:
    return changes.change(turn, form)


@skill.on("cancel", form=Which, confirm=True, needs=Role.LEADER)
def cancel(turn: Turn, form: Which) -> Reply:
    return changes.undo(turn, form)


skill.on("query", form=Query)(query)
