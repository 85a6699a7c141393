"""A service project changed or given up: who may, and which one is meant."""

from handlers.project_words import choose, days_of, facts_of, latest, skill
from handlers.skill import Form, Refused, Reply, Turn, When
from models import project, record
from models.project import Project


class Figures(Form):
    """What may be told of a project, at first or later."""

    start: When | None = None
    end: When | None = None
    period: str | None = None
    repeat: str | None = None
    place: str | None = None
    target_group: list[str] | None = None
    headcount: int | None = None
    households: int | None = None
    volunteers: int | None = None
    money: float | None = None
    person: str | None = None


class Which(Form):
    """What names a project that is known."""

    ticket_no: str | None = None
    title: str | None = None


class Change(Figures, Which):
    pass


COLUMNS = (
    "start",
    "end",
    "repeat",
    "place",
    "target_group",
    "headcount",
    "households",
    "volunteers",
    "money",
    "person",
)
NO = "-no-"  # the choice not to give one up


def pick(turn: Turn, form: Which) -> Project:
    """The one project meant: by number or name, else the one just made."""
    number = form.ticket_no or (None if form.title else latest(turn))
    found = project.changeable(turn.db, turn.user, ticket_no=number, title=form.title)
    if not found:
        raise Refused("no_such" if form.ticket_no else "unknown", ticket_no=form.ticket_no, title=form.title)
    return found[0] if len(found) == 1 else choose(turn, found)


def change(turn: Turn, form: Change) -> Reply:
    row = pick(turn, Which(ticket_no=form.ticket_no))
    told = {name: value for name in COLUMNS if (value := getattr(form, name)) is not None} | days_of(form.period)
    if not told:
        raise Refused("change_what", title=row.title)
    project.change(turn.db, turn.user, turn.now, row, told)
    if "end" in told:
        turn.remind([], source=row.no)
    return skill.say("changed", **facts_of(turn, row))


def undo(turn: Turn, form: Which) -> Reply:
    """撤销 after a word on how it goes does not give the project up: figures are put right by saying them."""
    row = pick(turn, form)
    last = record.timeline(turn.db, row.no)[-1]
    if last.what == "progress" and row.status == project.RUNNING:
        return skill.say("only_progress", title=row.title)
    return give_up(turn, row)


def give_up(turn: Turn, row: Project) -> Reply:
    """What was reported as done goes on again; what goes on is given up."""
    if row.status == project.DONE:
        project.reopen(turn.db, turn.user, turn.now, row)
        return skill.say("reopened", no=row.no, title=row.title)
    project.cancel(turn.db, turn.user, turn.now, row)
    turn.remind([], source=row.no)
    return skill.say("cancelled", no=row.no, title=row.title)


def on_second_thoughts(turn: Turn, no: str | None, title: str | None, sure: str | None) -> Reply:
    """A wish to give one up, said where nothing was to be confirmed: done once it was picked by number."""
    if sure == NO:
        return skill.say("left_as_it_is")
    row = pick(turn, Which(ticket_no=sure or no, title=title))
    if sure:
        return give_up(turn, row)
    choices = [(row.no, skill.words["sure"][True]), (NO, skill.words["sure"][False])]
    raise Refused("giving_up", ask="sure", choices=choices, title=row.title, no=row.no)
