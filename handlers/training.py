"""Trainings: registered once planned or held, changed, called off; signing up and looking up have rooms beside this."""

from typing import Any

from handlers import training_changes as changes
from handlers.skill import Form, Refused, Reply, Role, Turn, When, asked
from handlers.training_changes import Change, Which
from handlers.training_shown import Query, query
from handlers.training_signup import Join, sign_up
from handlers.training_words import ALL, UNTOLD, came, counted, facts_of, skill, topics_of
from models import training
from models.coverage import of_year
from models.training import Training

__all__ = ["skill"]


class Register(Form):
    title: str
    start: When
    place: str | None = asked()
    headcount: int | None = asked()
    end: When | None = None
    repeat: str | None = None
    hours: float | None = None
    organization: str | None = None
    organization_id: str | None = None
    organization_name: str | None = None
    community: str | None = None
    person: str | None = None
    phone: str | None = None
    money: float | None = None
    text: str | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        return {"text": text}


COLUMNS = ("title", "start", "end", "repeat", "place", "headcount", "hours", "money", "person")


# -- registered -----------------------------------------------------------------------------------------------------


@skill.on("register", form=Register, confirm=True, needs=Role.LEADER)
def register(turn: Turn, form: Register) -> Reply:
    held = form.repeat is None and When(form.end or form.start).over() < turn.now
    if held and turn.role >= Role.WORKER and form.organization is None:
        choices = [(value, skill.words["came"][value]) for value in (ALL, UNTOLD)]
        raise Refused("who_came", ask="organization", choices=choices)
    there = came(turn, form)
    row, new = training.register(turn.db, turn.user, turn.now, facts(turn, form, held), [one.id for one in there.teams])
    counted(turn, there.teams if held else [])
    told = facts_of(turn, row) | there.told()
    if not new:
        return skill.say("added", **told | {"no": None}, known=row.no)  # 撤销 must not call the whole training off
    return skill.say("registered", **told) + Reply(next_step(turn, row, held))


def facts(turn: Turn, form: Register, held: bool) -> dict[str, Any]:
    """The row of a form: staff of a town or the city stand above communities, unless they name one."""
    community = turn.community(form)
    own = turn.organization(form)
    untold = (None, "", ALL, UNTOLD)
    return {
        **{name: getattr(form, name) for name in COLUMNS},
        "topics": topics_of(form.title),
        "community_id": community.id if community else None,
        "town_id": community.town_id if community else turn.user.town_id,
        "organization": form.organization if form.organization not in untold else None,
        "organization_id": own.id if own else None,
        "phone": turn.seal(form.phone),
        "internal": turn.role < Role.WORKER and not held,
    }


def next_step(turn: Turn, row: Training, held: bool) -> str:
    if turn.role >= Role.WORKER:
        return skill.text("counted_in" if held else "open_to_all", title=row.title, year=row.start[:4])
    own = turn.user.organization_id
    first, last = of_year(int(row.start[:4]), turn.now.date())
    count = len(training.of_organization(turn.db, own, first, last)) if own and held else None
    return skill.text("own_count" if held else "own_plan", count=count, year=row.start[:4])


# -- the rest, done in the rooms beside this ------------------------------------------------------------------------


@skill.on("change", form=Change, needs=Role.LEADER)
def change(turn: Turn, form: Change) -> Reply:
    return changes.change(turn, form)


@skill.on("cancel", form=Which, confirm=True, needs=Role.LEADER)
def cancel(turn: Turn, form: Which) -> Reply:
    return changes.call_off(turn, changes.pick(turn, form))


skill.on("join", form=Join)(sign_up)
skill.on("query", form=Query)(query)
