"""What disputes and hazards share: outcomes read from words, the case that is meant, who is to be told."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Protocol, TypeVar

from handlers import words
from handlers.skill import Nudge, Refused, Turn, When
from models import audit, duty, people
from models.export import masked
from models.people import Role, User
from models.place import Community, Town
from nlp.doors import find_doors
from nlp.normalise import normalise
from nlp.numbers import find_numbers

BREAKS = " ,.:;!?()。，、：；！？（）\n"
NAME = 8  # characters a name before a door may have; more is a sentence


class Placed(Protocol):
    """A record that happens somewhere."""

    no: Any
    place: Any
    building: Any


Case = TypeVar("Case")
Spot = TypeVar("Spot", bound=Placed)


def setting(turn: Turn, name: str) -> Any:
    """A policy setting's value; None where the deployment leaves it open."""
    entry = turn.settings.get(name)
    return entry.get("value") if isinstance(entry, Mapping) else entry


def located(turn: Turn, *said: str | None) -> tuple[Community | None, int | None]:
    """(community, town id) of a case: what the words name, the most telling first, else the sender's own."""
    named = (duty.community_in(turn.db, part) for part in said if part)
    community = next((row for row in named if row), None)
    town = None if community else next((row for part in said if (row := duty.town_in(turn.db, part))), None)
    own = turn.community()
    if town and not (own and own.town_id == town.id):
        return None, town.id
    community = community or own
    return community, community.town_id if community else turn.user.town_id


def placed(turn: Turn, named: str | None, *said: str | None) -> tuple[Community | None, int | None]:
    """As `located`; who says neither where it is nor where they live is asked, and may leave it open."""
    community, town_id = located(turn, named, *said)
    unknown = community is None and (town_id is None or town_id == turn.user.town_id)
    if unknown and named is None:
        leave_open = _text("community_open")
        raise Refused("which_community", ask="community", choices=[(leave_open, leave_open)])
    return community, town_id


def moved(turn: Turn, row: Any, named: str | None, step: str) -> dict[str, Any]:
    """The columns of another community: where a correction names one, or anybody for a case that has none yet."""
    community = duty.community_in(turn.db, named)
    if community is None or community.id == row.community_id or (row.community_id and step != "supplement"):
        return {}
    return {"community_id": community.id, "town_id": community.town_id}


def places_in(text: str) -> dict[str, Any]:
    """`place`, `building` and `phone` read from the sentence itself: a bare answer has no other words around them."""
    said = normalise(text).text
    found: dict[str, Any] = {}
    if door := next(iter(find_doors(said)), None):
        found |= {"place": _named_before(said[: door.start]) + said[door.start : door.end], "building": door.building}
    if phone := next((number.unit for number in find_numbers(said) if number.kind == "phone"), None):
        found["phone"] = phone
    return found


def _named_before(lead: str) -> str:
    """The name that runs into a door (梅园社区5幢): what stands before it without a break, if it is short."""
    name = lead[max((lead.rfind(stop) for stop in BREAKS), default=-1) + 1 :]
    for filler in words.load("cases")["before_place"]:
        name = name.removeprefix(filler)
    return name if len(name) <= NAME else ""


def handed_to(turn: Turn, level: str, community: Community | None, town_id: int | None) -> str | None:
    """The name of the place whose staff take a case over; none for the city."""
    if community and level in ("community", "nobody"):
        return community.name
    town = turn.db.get(Town, town_id) if town_id and level == "town" else None
    return town.name if town else None


def kind_of(table: Mapping[str, Sequence[str]], text: str, default: str) -> str:
    """The first row of the table that has one of its signs in the text."""
    return next((kind for kind, signs in table.items() if any(sign in text for sign in signs)), default)


def says_something(text: str, fillers: Iterable[str]) -> bool:
    """False where nothing is left of the sentence without its fillers: a bare wish to report."""
    for filler in sorted(fillers, key=len, reverse=True):
        text = text.replace(filler, "")
    return any(char.isalnum() for char in text)


def meant(rows: Sequence[Spot], place: str | None, building: str | None) -> list[Spot]:
    """The cases at the door that is named (3幢 covers 3幢501室), else at the place; empty where nothing fits."""
    doors = [row for row in rows if building and row.building and _one_in_other(row.building, building)]
    return doors or [row for row in rows if place and not building and row.place and _one_in_other(row.place, place)]


def _text(key: str, **values: Any) -> str:
    return words.sentence(words.load("cases")["reply"][key], values)


def _one_in_other(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def likest(rows: Sequence[Case], said: str, described: Callable[[Case], str]) -> list[Case]:
    """The cases, those that share most with the words first; equals keep their order."""
    wanted = _pairs(said)
    return sorted(rows, key=lambda row: -len(wanted & _pairs(described(row))))


def tell(turn: Turn, users: Iterable[User], text: str, *, key: str, no: str, urgent: bool = False) -> None:
    """Sends the news to each of them but the sender; the same message never twice."""
    kind = no_kind(no)
    for user in users:
        if user.id != turn.user.id:
            unique = f"{no}:{key}:{user.id}:{turn.message.key[-60:]}"
            turn.notify(user, text, key=unique, kind=kind, source=f"{no}:told", urgent=urgent)


def no_kind(no: str) -> str:
    """Which switch of the reminders a piece of news belongs to."""
    return "dispute" if no.startswith("JF") else "safety"


def opened(turn: Turn, row: Any, names: Iterable[str]) -> dict[str, str | None]:
    """Sealed fields for somebody on duty, each reading written down; for the city masked, and without the words."""
    if turn.role == Role.CITY:
        return {name: masked(name, turn.unseal(getattr(row, name))) for name in names if name in ("person", "phone")}
    return {name: audit.reveal(turn.db, turn.user, turn.now, row.no, name, getattr(row, name)) for name in names}


def reporter(turn: Turn, row: Any) -> str | None:
    """Who reported it; never the name of somebody who wishes to stay unnamed."""
    if row.anonymous:
        return _text("unnamed")
    maker = turn.db.get(User, row.created_by) if row.created_by else None
    name = turn.unseal(maker.name) if maker else None
    return masked("person", name) if turn.role == Role.CITY else name


def contact(turn: Turn, key: str) -> str | None:
    """Whom to ask where policy leaves something open (`key` says what)."""
    town = turn.town()
    return _text(key, contact=town.contact) if town and town.contact else None


def narrowed(turn: Turn, found: Sequence[Spot], form: Any) -> list[Spot]:
    """The cases that may be meant: those at the place named, else the one just made, else none of other doors."""
    hits = meant(found, form.place, form.building)
    if not hits and not form.building and turn.last:
        hits = [row for row in found if row.no == turn.last]
    return hits or [row for row in found if not (form.building and row.building)]


def choices(turn: Turn, rows: Iterable[Any], called: Callable[[Any], str]) -> list[tuple[str, str]]:
    """Numbered choices of cases; `called` says what each is about."""
    return [
        (
            row.no,
            _text(
                "choice",
                type=called(row),
                place=whereabouts(turn, row),
                reported=words.day_name(When.of(row.created_at)),
            ),
        )
        for row in rows
    ]


def spread(turn: Turn, row: Any, step: str, state: str, staff: Iterable[User], **values: Any) -> str | None:
    """Tells the other side (the reporter what staff did, `staff` what the reporter said); the town what was handed on.

    `state` is the case's state in words. Returns what the sender is told of it.
    """
    values |= {"no": row.no, "state": state, "noun": words.load("cases")["nouns"][no_kind(row.no)]}
    news = _text("changed_staff", **values)
    if step == "transferred" and row.town_id:
        tell(turn, people.staff(turn.db, Role.TOWN, town_id=row.town_id), news, key="handed_on", no=row.no)
    if row.created_by == turn.user.id:
        others = [user for user in staff if user.id != turn.user.id]
        tell(turn, others, news, key=step, no=row.no)
        return _text("told_staff") if others else None
    maker = turn.db.get(User, row.created_by) if row.created_by else None
    if maker is None or not maker.followed or row.quiet or step == "supplement":
        return None
    tell(turn, [maker], _text("changed", **values), key=step, no=row.no)
    return _text("told_reporter")


def remind(turn: Turn, row: Any, due: Iterable[tuple[str, datetime, str]]) -> None:
    """Plans (kind, when, text) for whoever is in charge of the case, in place of what was planned before."""
    subject = no_kind(row.no)
    turn.remind(
        [
            Nudge(
                user_id=row.officer_id or turn.user.id,
                key=f"{subject}:{row.no}:{kind}:{at:%Y%m%d%H%M}",
                kind=subject,
                send_at=at,
                not_after=at + timedelta(days=2),
                text=text,
            )
            for kind, at, text in due
        ],
        source=row.no,
    )


def left_or_over(due_on: date | None, turn: Turn) -> dict[str, Any]:
    """`left` days until the limit, that it `ends` today, or days `over` it."""
    left = days_left(due_on, turn)
    if left is None or due_on is None:
        return {}
    return {"left": left} if left > 0 else {"over": -left} if left else {"ends": day(due_on)}


def age(turn: Turn, row: Any) -> dict[str, Any]:
    """`reported` and the `days` since; on the day itself `today` alone."""
    days = (turn.now.date() - row.created_at.date()).days
    reported = words.day_name(When.of(row.created_at))
    return {"reported": reported, "days": days} if days else {"today": reported}


def day(value: date | None) -> str | None:
    """A day as people say it."""
    return words.day_name(When(value.isoformat())) if value else None


def days_left(due_on: date | None, turn: Turn) -> int | None:
    return (due_on - turn.now.date()).days if due_on else None


def person_named(turn: Turn, user_id: int | None) -> str | None:
    """A member of staff by name."""
    user = turn.db.get(User, user_id) if user_id else None
    return turn.unseal(user.name) if user and user.role > Role.RESIDENT else None


def whereabouts(turn: Turn, row: Any) -> str:
    """The place of a case in a list: for who serves many communities with the community or town before it."""
    community = turn.db.get(Community, row.community_id) if row.community_id else None
    town = turn.db.get(Town, row.town_id) if row.town_id and not community else None
    home, said = community or town, shown_place(row)
    far = home is not None and (turn.role >= Role.TOWN or not said)
    parts = [home.name if far and home and home.name not in (said or "") else None, said]
    return " ".join(filter(None, parts)) or _text("no_place")


def shown_place(row: Placed) -> str | None:
    """The place as it was said, its door in the normal form; the door after it where the words lack it."""
    place: str | None = row.place
    door: str | None = row.building
    if not place or not door:
        return place or door
    found = next((one for one in find_doors(place) if one.building == door), None)
    if found:
        return place[: found.start] + door + place[found.end :]
    return place if door in place else f"{place}({door})"


def _pairs(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)}
