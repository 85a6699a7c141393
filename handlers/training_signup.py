"""Signing up for an announced training: for one's organisation or oneself, how many did, and not coming after all."""

from typing import Any

from handlers import yearly
from handlers.skill import Form, Organization, Refused, Reply, Role, Turn, When
from handlers.training_changes import on_second_thoughts
from handlers.training_words import CHOICES, choose, facts_of, meant, personal, says_more, shown, skill
from models import coverage, messages, training, training_signup
from models.period import period_bounds
from models.training import Training

WISHES = ("leaving", "counting", "cancelling", "how_to")


class Join(Form):
    """`wish` is one of WISHES said instead of signing up: 培训我不去了; 有几个人报名; 怎么报名."""

    ticket_no: str | None = None
    title: str | None = None
    start: When | None = None
    organization: str | None = None
    organization_id: str | None = None
    headcount: int | None = None
    wish: str | None = None
    sure: str | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        meant = yearly.wish(skill, text)
        return {"wish": meant} if meant in WISHES else {}


def sign_up(turn: Turn, form: Join) -> Reply:
    """Signs up, unless the sentence asks how many did or takes a sign-up back."""
    if form.wish == "cancelling" and turn.role >= Role.LEADER:
        return on_second_thoughts(turn, form.ticket_no, form.title, form.sure)
    if form.wish in ("leaving", "cancelling"):
        return leave(turn, form.ticket_no, form.title)
    row = the_one(turn, form)
    if form.wish == "counting":
        return count(turn, row)
    if form.wish == "how_to":
        return skill.say("how_to", **facts_of(turn, row) | {"no": None})
    team = sent_by(turn, form)
    coming = training_signup.join(turn.db, turn.user, turn.now, row, team.id if team else None, form.headcount)
    return skill.say("joined", **facts_of(turn, row) | {"no": None, "coming": coming}, team=team and team.name)


def sent_by(turn: Turn, form: Join) -> Organization | None:
    """Of a leader their own organisation, of staff the one they name and answer for; of a resident none."""
    if turn.role < Role.WORKER:
        return turn.organization(Form()) if turn.role == Role.LEADER else None
    team = yearly.the_organization(turn, form) if form.organization or form.organization_id else None
    if team and not coverage.answers_for(turn.db, turn.user, team):
        raise Refused("not_yours", name=team.name)
    return team


def the_one(turn: Turn, form: Join) -> Training:
    """By number, else the only one announced that fits; asks by number where there are several."""
    if form.ticket_no:
        row = training.numbered(turn.db, form.ticket_no)
        if row is None or row.status != training.PLANNED:
            raise Refused("no_such", ticket_no=form.ticket_no)
        return row
    town = turn.town()
    everything = [row for row in announced(turn, town_id=town.id if town else None) if not training.over(row, turn.now)]
    if not everything:
        raise Refused("nothing_to_join")
    named = [row for row in everything if fits(row, form)]
    close = meant(named, turn.text)
    if len(close) == 1 and (form.title or form.start or len(close) < len(everything) or not says_more(turn.text)):
        return close[0]
    if len(close) > 1:
        choose(close)
    return choose(meant(everything, form.title or turn.text), "not_that_one", title=form.title)


def announced(turn: Turn, town_id: int | None) -> list[Training]:
    return training.coming(turn.db, turn.user, since=turn.now.strftime("%Y-%m-%d"), town_id=town_id, limit=CHOICES)


def fits(row: Training, form: Join) -> bool:
    named = not form.title or form.title in row.title or row.title in form.title
    since, until = period_bounds(form.start[:10]) if form.start else (None, None)
    return named and (since is None or until is None or row.repeat is not None or since <= row.start < until)


def count(turn: Turn, row: Training) -> Reply:
    """How many come; staff also learn which organisations."""
    facts = facts_of(turn, row) | {"no": None}
    coming = facts["coming"] or skill.words["nobody"]
    return skill.say("signups", **facts | {"coming": coming, "teams": facts["teams"] if turn.role else None})


def leave(turn: Turn, no: str | None, title: str | None) -> Reply:
    """Takes a sign-up back, and the reminder with it."""
    own = training_signup.joined_by(turn.db, turn.user, turn.now, title)
    own = [row for row in own if no in (None, row.no)]
    if not own:
        raise Refused("not_joined", title=title)
    own = meant(own, turn.text)
    row = own[0] if len(own) == 1 else choose(own)
    training_signup.leave(turn.db, turn.user, row)
    messages.withdraw(turn.db, personal(row, turn.user.id))
    return skill.say("left", title=row.title, when=shown(row))
