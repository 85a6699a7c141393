"""Whom reminders do not reach, why, and what staff can do about it: each sees the people of their own place."""

from itertools import groupby

from handlers import words
from handlers.reminder_words import dated, skill
from handlers.skill import Organization, Reply, Role, Turn, When
from models import stuck
from models.export import masked
from models.people import User
from models.place import Community
from models.stuck import Untold

SHOWN = 8  # organisations named at the end


def untold(turn: Turn) -> Reply:
    """Names are masked; the city sees how many there are in each town. 继续 brings what is beyond one message."""
    if turn.role < Role.WORKER:
        return skill.say("untold_staff")
    if turn.role == Role.CITY:
        return by_town(turn)
    found = stuck.untold(turn.db, turn.user, turn.now)
    place = turn.community() if turn.role == Role.WORKER else turn.town()
    told = {"where": place.name if place else None, "count": len(found), "voiceless": voiceless(turn)}
    if not found:
        return skill.say("untold_none", **told)
    return skill.say("untold", **told, groups=groups(turn, found))


def groups(turn: Turn, found: list[Untold]) -> str:
    """People under what keeps them from being told, numbered through."""
    numbers, parts = iter(range(1, len(found) + 1)), []
    for why, them in groupby(found, key=lambda one: one.why):
        lines = [skill.text("untold_line", place=next(numbers), what=line(turn, one)) for one in them]
        parts += [skill.text("untold_why", **skill.words["whys"][why]), *lines]
    return "\n".join(parts)


def line(turn: Turn, one: Untold) -> str:
    kinds = list(dict.fromkeys(kind_named(kind) for kind in one.kinds))
    when = dated(turn, When(When.of(one.since)[:10]))
    return words.joined(person(turn, one.user), skill.text("untold_what", count=one.count, kinds=kinds, when=when))


def kind_named(kind: str) -> str:
    known = skill.words["kinds"].get(kind)
    return str(known["name"] if known else skill.words["other_kind"])


def person(turn: Turn, user: User) -> str:
    """Where somebody belongs, what they are, and enough of the name to know them by."""
    organization = turn.db.get(Organization, user.organization_id) if user.organization_id else None
    community = turn.db.get(Community, user.community_id) if user.community_id else None
    place = organization or (community if turn.role == Role.TOWN else None)
    role = words.load("words")["roles"][Role(user.role).name.lower()]
    name = masked("person", turn.unseal(user.name))
    return f"{place.name if place else ''}{role}{name or ''}"


def by_town(turn: Turn) -> Reply:
    found = stuck.untold_by_town(turn.db, turn.now)
    if not found:
        return skill.say("untold_none", where=skill.text("whole_city"))
    lines = [skill.text("untold_town", town=town or skill.text("no_town"), count=count) for town, count in found]
    return skill.say("untold_towns", count=sum(count for _, count in found), lines="\n".join(lines))


def voiceless(turn: Turn) -> str | None:
    names = stuck.voiceless(turn.db, turn.user)
    if not names:
        return None
    return skill.text("voiceless_more" if names[SHOWN:] else "voiceless", count=len(names), names=names[:SHOWN])
