"""Signing up for an activity: coming, coming with others, not coming after all, and being told of a change."""

from typing import Any

from handlers.activity_words import choose, facts_of, said, shown, skill
from handlers.skill import Form, Refused, Reply, Turn, When
from models import activity, messages, signup
from models.activity import Activity
from models.period import period_bounds

CHOICES = 8


class Join(Form):
    """`leaving` and `counting` are said instead of signing up: 来不了了; 有几个人报名."""

    ticket_no: str | None = None
    title: str | None = None
    start: When | None = None
    headcount: int | None = None
    leaving: bool = False
    counting: bool = False

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        wishes = {"leaving": said("leaving", text), "counting": said("counting", text)}
        return {name: True for name, meant in wishes.items() if meant}


def sign_up(turn: Turn, form: Join) -> Reply:
    """Signs up, unless the sentence asks how many did or takes a sign-up back."""
    if form.leaving:
        return leave(turn, form)
    row = the_one(open_to(turn, form), form)
    if form.counting:
        coming = signup.coming(turn.db, row) or skill.words["nobody"]
        return skill.say("signups", **facts_of(row) | {"no": None, "coming": coming})
    coming = signup.join(turn.db, turn.user, row, form.headcount, turn.now)
    return skill.say("joined", title=row.title, when=shown(row), place=row.place, coming=coming)


def leave(turn: Turn, form: Join) -> Reply:
    """Takes a sign-up back."""
    own = signup.joined_by(turn.db, turn.user, turn.now, ticket_no=form.ticket_no, title=form.title)
    if not own:
        raise Refused("not_joined", title=form.title)
    row = the_one(own, form)
    signup.leave(turn.db, turn.user, row)
    return skill.say("left", title=row.title, when=shown(row))


def open_to(turn: Turn, form: Join) -> list[Activity]:
    """What the sender may sign up for: by number, else what is to come in the community, then the town."""
    if form.ticket_no:
        row = activity.numbered(turn.db, form.ticket_no)
        return [row] if row and row.status != activity.CANCELLED else []
    community, town = turn.community(), turn.town()
    near = open_in(turn, form, community_id=community.id) if community else []
    return near or open_in(turn, form, town_id=town.id if town else None)


def open_in(turn: Turn, form: Join, community_id: int | None = None, town_id: int | None = None) -> list[Activity]:
    """What is planned in a place, by name and day where they are said."""
    until = period_bounds(str(form.start)[:10])[1] if form.start else None
    since = str(form.start)[:10] if form.start else turn.now.strftime("%Y-%m-%d")
    found = activity.public(
        turn.db, since=since, until=until, title=form.title, community_id=community_id, town_id=town_id
    )
    return [row for row in found if row.status == activity.PLANNED][:CHOICES]


def the_one(found: list[Activity], form: Join) -> Activity:
    if not found:
        raise Refused("nothing_to_join", title=form.title)
    return found[0] if len(found) == 1 else choose(found)


def tell_signed_up(turn: Turn, row: Activity, key: str) -> int | None:
    """Tells everybody else who signed up; how many, None where nobody did."""
    others = [user_id for user_id in signup.signed_up(turn.db, row) if user_id != turn.user.id]
    text = skill.text(key, title=row.title, when=shown(row), place=row.place)
    for user_id in others:
        messages.plan(
            turn.db,
            user_id,
            key=f"{key}:{row.no}:{user_id}:{turn.now:%Y%m%d%H%M%S}",
            kind="activity",
            text=text,
            send_at=turn.now,
            urgency=messages.SOON,
            source=f"{row.no}:told",
        )
    return len(others) or None
