"""What every organisation owes once a year: who has none yet, the share that has, how it was counted, the rules."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from handlers import words
from handlers.skill import Nudge, Organization, Refused, Reply, Role, Skill, Turn, When
from models import coverage, organization, place
from models.policy import rule

MORNING, LASTING = 9, timedelta(days=7)  # hour at which leaders are reminded, and how long that is worth telling
Having = Callable[[Any, date, date], Collection[int]]  # ids of the organisations that have one between two days


@dataclass(frozen=True)
class Around:
    """A place a question is about: what narrows a query to it, and its name."""

    narrowed: Mapping[str, int]
    name: str


def text(key: str, **values: Any) -> str:
    return words.sentence(words.load("yearly")["reply"][key], values)


def wish(skill: Skill, said: str | None) -> str | None:
    """The first entry of `wishes` {name: pattern} of the YAML that fits."""
    table: Mapping[str, str] = skill.words["wishes"]
    return next((name for name, pattern in table.items() if re.search(pattern, said or "")), None)


def around(turn: Turn, community: str | None, town: str | None) -> Around:
    """The community or town named, else the asker's own, else the whole city."""
    named = place.community_named(turn.db, community) if community else None
    if named is None and town and (found := place.town_named(turn.db, town)):
        return Around({"town_id": found.id}, found.name)
    if near := named or turn.community():
        return Around({"community_id": near.id}, near.name)
    if own := turn.town():
        return Around({"town_id": own.id}, own.name)
    return Around({}, words.load("yearly")["everywhere"])


def in_duty(turn: Turn, scope: Around) -> bool:
    """Whether staff may see who of this place has none: their own place and what is in it."""
    town = scope.narrowed.get("town_id")
    key = scope.narrowed.get("community_id")
    community = turn.db.get(place.Community, key) if key else None
    match turn.role:
        case Role.CITY:
            return True
        case Role.TOWN:
            return turn.user.town_id is not None and turn.user.town_id in (town, community and community.town_id)
        case Role.WORKER:
            return key is not None and key == turn.user.community_id
    return False


def inclusive(since: str, until: str) -> tuple[date, date]:
    """First and last day of what ends before the day `until`."""
    return date.fromisoformat(since), date.fromisoformat(until) - timedelta(days=1)


def year_of(turn: Turn, period: str | None, said: str | None) -> tuple[int, date, date]:
    """(year, first day, last day that counts) of a question; this year unless it names another, also as 去年."""
    away = next((years for name, years in words.load("yearly")["years"].items() if name in (said or "")), 0)
    year = int(period[:4]) if period else turn.now.year + away
    return year, *coverage.of_year(year, turn.now.date())


def owing(skill: Skill, organization_id: int) -> str:
    """The source of the reminders that an organisation has none this year."""
    return f"{skill.name}:none:{organization_id}"


def gaps(turn: Turn, skill: Skill, form: Any, having: Having, own: Callable[[], Reply]) -> Reply:
    """Who has none this year and what share has, for staff; a leader is told about the `own` organisation instead."""
    scope = around(turn, form.community, form.town)
    if turn.role < Role.WORKER:
        return skill.say("for_staff") + (own() if turn.role == Role.LEADER else Reply(""))
    if not in_duty(turn, scope):
        return skill.say("not_your_place", where=scope.name)
    year, first, last = year_of(turn, form.period, form.text)
    return Reply(shares(turn, skill, scope, having(turn.db, first, last), year, last))


def none_yet(db: Any, skill: Skill, today: date, dates: Sequence[str], having: Having) -> Iterator[Nudge]:
    """On the dates laid down (setting `<skill>_missing_dates`, else `dates`), to who leads one that has none."""
    found = rule(db.info.get("settings", {}), f"{skill.name}_missing_dates")
    due = coverage.dates_due(found.value if found else dates, today)
    have = having(db, date(today.year, 1, 1), date(today.year, 12, 31)) if due else set()
    at = words.at_hour(today, MORNING)
    for day in due:
        for user, team in coverage.leaders_without(db, have):
            told = skill.text("remind_none", organization=team.name, year=today.year)
            key = f"{owing(skill, team.id)}:{day}:{user.id}"
            yield Nudge(user.id, key, told, skill.name, at, at + LASTING, owing(skill, team.id))


def shares(turn: Turn, skill: Skill, scope: Around, having: Collection[int], year: int, until: date) -> str:
    """The figure, how it was counted, up to when, and who has none; of the whole city town by town."""
    found = coverage.coverage(turn.db, having, **scope.narrowed)
    common = {
        "where": scope.name,
        "year": year,
        "thing": skill.words["thing"],
        "total": found.total,
        "having": len(found.having),
        "missing": len(found.without),
        "percent": f"{found.percent:g}",
        "done": skill.words["done"],
        "undone": skill.words["undone"],
        "counted": skill.words["counted"],
        "until": words.day_name(When(until.isoformat())),
    }
    if not found.total:
        return text("nobody", **common)
    if not scope.narrowed:
        towns = coverage.by_town(turn.db, having)
        done = skill.words["done"]
        lines = "\n".join(text("town", name=name, having=have, total=total, done=done) for name, have, total in towns)
        return text("figure", **common) + "\n" + text("towns", lines=lines, ask=skill.words["town_by_name"])
    if not found.without:
        return text("figure", **common) + "\n" + text("all")
    names = words.numbered(row.name for row in found.without)
    return text("figure", **common) + "\n" + text("without", lines=names, undone=skill.words["undone"])


def guide(turn: Turn, skill: Skill, said: str | None) -> str | None:
    """The answers of the rules a question touches: what is laid down with its source, else whom to ask."""
    entries = [entry for entry in skill.words["guide"] if re.search(entry["signs"], said or "")][:2]
    return "\n".join(answer(turn, entry) for entry in entries) or None


def answer(turn: Turn, entry: Mapping[str, Any]) -> str:
    """One rule: its standing words, the local setting where there is one, and the source."""
    town = turn.town()
    known = rule(turn.settings, entry.get("setting", ""), town.name if town else None)
    lines = [str(entry.get("answer", "")).strip("\n")]
    if known:
        value = words.spoken(known.value)
        lines.append(text("rule", about=entry["about"], value=value, source=known.source, date=known.date))
    elif "about" in entry:
        lines.append(str(entry.get("open") or text("open", about=entry["about"])))
        lines.append(text("ask", contact=contact(turn)))
    lines += [str(entry[name]).strip("\n") for name in ("history", "source") if name in entry]
    return "\n".join(line for line in lines if line)


def contact(turn: Turn) -> str:
    """Whom to ask: the town's own contact where it is known."""
    town = turn.town()
    return (town.contact if town else None) or str(words.load("yearly")["somebody"])


def the_organization(turn: Turn, form: Any) -> Organization | None:
    """The organisation named, else the asker's own; asks which where the name fits several."""
    if found := turn.organization(form):
        return found
    said = form.organization
    rows = organization.called(turn.db, said, turn.user.community_id, turn.user.town_id) if said else []
    if len(rows) > 1:
        choices = [(str(row.id), row.name) for row in rows[:8]]
        raise Refused("which_organization", ask="organization_id", choices=choices, name=said)
    return turn.db.get(Organization, rows[0].id) if rows else None
