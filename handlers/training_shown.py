"""Looking trainings up: what is coming, one of them, an organisation's own year, who has none yet, and the rules."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from handlers import words, yearly
from handlers.skill import Form, Refused, Reply, Role, Turn, When
from handlers.training_changes import on_second_thoughts
from handlers.training_signup import count, leave
from handlers.training_words import bare, choose, facts_of, line, meant, shares_piece, shown, skill
from models import coverage, training
from models.period import period_bounds
from models.place import Community
from models.training import Training

PAGE = 20  # lines of one answer


class Query(Form):
    """`sure` is the number of the training that is really to be called off."""

    ticket_no: str | None = None
    title: str | None = None
    start: When | None = None
    period: str | None = None
    organization: str | None = None
    organization_id: str | None = None
    community: str | None = None
    town: str | None = None
    person: str | None = None
    text: str | None = None
    sure: str | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        return {"text": text}


def query(turn: Turn, form: Query) -> Reply:
    """Answers by what the sentence asks about; the first wish of the YAML that fits holds."""
    wish = yearly.wish(skill, form.text)
    if wish in ANSWERS:
        return ANSWERS[wish](turn, form)
    if form.ticket_no:
        return one(turn, form.ticket_no)
    if told := yearly.guide(turn, skill, form.text):
        found = coming(turn, form) if form.title or form.start else []
        return (one(turn, found[0].no) if len(found) == 1 else Reply("")) + Reply(told)
    return announced(turn, form)


# -- what is announced ----------------------------------------------------------------------------------------------


def announced(turn: Turn, form: Query) -> Reply:
    """What is coming in a period; one that is named is told whole. Where there is none, what there is at all."""
    found = coming(turn, form)
    if len(found) == 1 and form.title:
        return one(turn, found[0].no)
    period = asked_period(form)
    when, where = words.period(period) if period else None, scope(turn, form).name
    if found:
        return skill.say("list", where=where, when=when, lines=lines_of(turn, found))
    key = "none_called" if form.title else "none_then" if when else "none"
    rest = coming(turn, Query(community=form.community, town=form.town)) if when or form.title else []
    more = skill.text("instead", lines=lines_of(turn, rest)) if rest else None
    return skill.say(key, title=form.title, where=where, when=when) + Reply(more or "")


def lines_of(turn: Turn, found: list[Training]) -> str:
    """A numbered line each; with how to sign up while one is open."""
    lines = words.numbered(line(row, near(turn, row), said_over(turn, row)) for row in found[:PAGE])
    still_open = any(not training.over(row, turn.now) for row in found)
    return lines + ("\n" + skill.text("invitation") if still_open else "")


def scope(turn: Turn, form: Query) -> yearly.Around:
    """The community or town named, else the whole town around."""
    town = turn.town()
    if form.community or form.town or town is None:
        return yearly.around(turn, form.community, form.town)
    return yearly.Around({"town_id": town.id}, town.name)


def coming(turn: Turn, form: Query) -> list[Training]:
    """What is to come in a period, or in days gone by what was held; 办过 asks for what was held until today."""
    since, until = period_bounds(asked_period(form))
    today, tomorrow = (str(turn.now.date() + timedelta(days=days)) for days in (0, 1))
    if held(form):
        since, until = since or f"{turn.now.year}-01-01", min(until or tomorrow, tomorrow)
    elif since is None or since < today < (until or "9"):
        since = today
    narrowed = scope(turn, form).narrowed
    found = training.coming(turn.db, turn.user, since=since, until=until, limit=PAGE, **narrowed)
    return [row for row in found if called(row, form.title)] if form.title else found


def called(row: Training, title: str) -> bool:
    return title in row.title or row.title in title or shares_piece(row.title, bare(title))


def asked_period(form: Query) -> str | None:
    return form.period or (form.start[:10] if form.start else None)


def held(form: Query) -> bool:
    return any(sign in (form.text or "") for sign in skill.words["held_signs"])


def near(turn: Turn, row: Training) -> str | None:
    """The community of a training that is another one's than the asker's."""
    if row.community_id in (None, turn.user.community_id):
        return None
    found = turn.db.get(Community, row.community_id)
    return found.name if found else None


def said_over(turn: Turn, row: Training) -> str | None:
    return str(skill.words["ended"]) if training.over(row, turn.now) else None


def one(turn: Turn, no: str) -> Reply:
    """Announced facts are everybody's; which organisations come is told to those who organise."""
    row = training.numbered(turn.db, no)
    if row is None or (row.internal and turn.role < Role.LEADER):
        raise Refused("no_such", ticket_no=no)
    state = skill.words["states"]["over" if training.over(row, turn.now) else row.status]
    facts = facts_of(turn, row)
    return skill.say("one", **facts | {"teams": facts["teams"] if turn.role else None}, state=state)


# -- one's own year, and everybody's --------------------------------------------------------------------------------


def mine(turn: Turn, form: Query) -> Reply:
    """Which trainings an organisation was at in a year, and what it has signed up for."""
    if form.person and not form.organization:
        return skill.say("by_team")
    team = yearly.the_organization(turn, form)
    if team is None:
        return skill.say("which_team" if form.organization else "say_team" if turn.role else "no_team")
    if not coverage.answers_for(turn.db, turn.user, team):
        raise Refused("not_yours", name=team.name)
    year, first, last = yearly.year_of(turn, form.period, form.text)
    been = training.of_organization(turn.db, team.id, first, last)
    later = training.of_organization(turn.db, team.id, last, last + timedelta(days=365))
    ahead = [row for row in later if row not in been and year == turn.now.year]
    lines = words.numbered(words.joined(row.title, shown(row), hours_of(row)) for row in been)
    return skill.say(
        "mine" if been else "mine_none",
        team=team.name,
        year=year,
        count=len(been),
        lines=lines,
        hours=sum(row.hours or 0 for row in been) or None,
        ahead=[words.joined(row.title, shown(row)) for row in ahead] or None,
    )


def hours_of(row: Training) -> str | None:
    return skill.text("hours", hours=row.hours) if row.hours else None


def gaps(turn: Turn, form: Query) -> Reply:
    return yearly.gaps(turn, skill, form, training.trained, lambda: mine(turn, Query()))


# -- wishes that sound like questions -------------------------------------------------------------------------------


def counting(turn: Turn, form: Query) -> Reply:
    if form.ticket_no and (row := training.numbered(turn.db, form.ticket_no)):
        return count(turn, row)
    found = meant(coming(turn, form), turn.text)
    if not found:
        return skill.say("none", where=scope(turn, form).name)
    return count(turn, found[0]) if len(found) == 1 else choose(found)


def leaving(turn: Turn, form: Query) -> Reply:
    return leave(turn, form.ticket_no, form.title)


def cancelling(turn: Turn, form: Query) -> Reply:
    if turn.role < Role.LEADER:
        return leaving(turn, form)
    return on_second_thoughts(turn, form.ticket_no, form.title, form.sure)


ANSWERS: dict[str | None, Callable[[Turn, Query], Reply]] = {
    "leaving": leaving,
    "counting": counting,
    "cancelling": cancelling,
    "gaps": gaps,
    "mine": mine,
}
