"""Life or limb at risk: the right numbers first, two things to do, and everybody whose duty it is told at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from handlers import cases, words
from handlers.skill import Reply, Turn
from models import audit, case, dispute, duty, safety
from models.dispute import Dispute
from models.place import Community
from models.safety import Hazard

OTHER = "other"  # the kind of a danger that no words name


@dataclass(frozen=True)
class Danger:
    """What threatens: `call` is the line with the numbers, `also` further numbers that the words ask for."""

    kind: str
    name: str
    call: str
    do: tuple[str, ...]
    numbers: tuple[str, ...]
    also: str | None
    silent: bool


def judge(text: str, type_: str | None = None) -> Danger:
    """The kind of danger by the words of the message, else by its type; the last kind of the table fits all."""
    table = words.load("danger")
    kinds: list[dict[str, Any]] = table["kinds"]
    hits = [row for row in kinds if any(word in text for word in row["words"])]
    first = hits[0] if hits else next((row for row in kinds if type_ in row.get("types", ())), kinds[-1])
    more = sorted({number for row in hits for number in row["numbers"]} - set(first["numbers"]))
    return Danger(
        kind=first["kind"],
        name=first["name"],
        call=first["call"],
        do=tuple(first["do"]),
        numbers=(*first["numbers"], *more),
        also=_text("also", numbers=more) if more else None,
        silent=any(sign in text for sign in table["silent"]),
    )


def first_words(danger: Danger) -> str:
    """What the person reads first: whom to call and what to do; next to nothing where the phone is watched."""
    if danger.silent:
        return _text("silent", call=danger.call)
    one, two = (*danger.do, None)[:2]
    return _text("first", call=danger.call, also=danger.also, one=one, two=two)


def cry(turn: Turn, slots: Mapping[str, Any], type_: str | None, report: Callable[[dict[str, Any]], Any]) -> Reply:
    """Stores what is known at once (`report` makes the row) and alarms; more about the same danger is added to it."""
    known = facts(turn, slots)
    row = crying(turn)
    judged = same(turn, row) if row and not elsewhere(row, known) else None
    if row and judged:
        return once_more(turn, row, known, judged)
    judged = judge(turn.text, type_)
    row = report(known | {"urgent": True, "quiet": judged.silent, "text": turn.seal(turn.text)})
    return raise_alarm(turn, row, judged, again=False)


def elsewhere(row: Dispute | Hazard, known: Mapping[str, Any]) -> bool:
    """Whether a cry names another building or place than the one before it."""
    if row.building and known.get("building"):
        return not _within(row.building, known["building"])
    return bool(row.place and known.get("place")) and not _within(row.place or "", known["place"])


def _within(one: str, other: str) -> bool:
    return one in other or other in one


def same(turn: Turn, row: Dispute | Hazard) -> Danger | None:
    """The danger of an earlier cry, if this sentence names no other."""
    before, now = judge(turn.unseal(row.text) or "", kind_column(row)), judge(turn.text)
    if now.kind == OTHER:
        return replace(before, silent=now.silent or row.quiet)
    return replace(now, silent=now.silent or row.quiet) if now.kind == before.kind else None


def once_more(turn: Turn, row: Dispute | Hazard, known: dict[str, Any], judged: Danger) -> Reply:
    """The same danger within half an hour: passed on again, more quietly where it is over or the phone is watched."""
    case.supplement(turn.db, turn.user, turn.now, row, known | {"quiet": judged.silent}, turn.text)
    if any(sign in turn.text for sign in words.load("danger")["calm"]):
        alert(turn, row, "staff_more", judged)
        return Reply(_text("calmer", no=row.no))
    return raise_alarm(turn, row, judged, again=True)


def crying(turn: Turn) -> Dispute | Hazard | None:
    """The urgent report this person made within the last half hour, of whichever kind."""
    found = (one.crying(turn.db, turn.user, turn.now) for one in (dispute, safety))
    return max((row for row in found if row), key=lambda row: row.created_at, default=None)


def hushed(turn: Turn) -> Reply | None:
    """Somebody in danger asks not to be rung up: noted, and told to the staff; None where nobody cried for help."""
    row = crying(turn) if judge(turn.text).silent else None
    judged = same(turn, row) if row else None
    return Reply(once_more(turn, row, {}, judged).text) if row and judged else None


def urgent(turn: Turn, no: str) -> Dispute | Hazard | None:
    """The urgent report of this number, of whichever kind."""
    found = (one.get(turn.db, turn.user, no) for one in (dispute, safety))
    return next((row for row in found if row and row.urgent), None)


def supplemented(turn: Turn, row: Dispute | Hazard, slots: Mapping[str, Any]) -> Reply:
    """A place, a phone, a sentence that came after."""
    before = row.place or row.building
    known = facts(turn, slots) | ({"quiet": True} if judge(turn.text).silent else {})
    case.supplement(turn.db, turn.user, turn.now, row, known, turn.text or None)
    return added(turn, row, place_before=before)


def kind_column(row: Dispute | Hazard) -> str:
    return row.dispute_type if isinstance(row, Dispute) else row.hazard_type


def raise_alarm(turn: Turn, row: Any, danger: Danger, *, again: bool) -> Reply:
    """Tells the staff about the stored report and answers the person; the place is asked only after the numbers."""
    told = alert(turn, row, "staff", danger)
    lines = [first_words(danger)]
    if again:
        lines.append(_text("again", no=row.no))
    elif not told:
        lines.append(_text("nobody", no=row.no))
    else:
        key = "told_silent" if danger.silent else "told"
        lines.append(_text(key, no=row.no, place=area(turn, row), count=told))
    if not danger.silent:
        lines.append(_text("free" if row.place or row.building else "where"))
    return Reply("\n".join(lines), row.no)


def alert(turn: Turn, row: Any, key: str, danger: Danger) -> int:
    """Pushes the urgent news to everybody in charge of the place; how many were told."""
    community = turn.db.get(Community, row.community_id) if row.community_id else None
    category = dispute.CATEGORY if isinstance(row, Dispute) else safety.CATEGORY
    users = [user for user in duty.alarmed(turn.db, community, row.town_id, category) if user.id != turn.user.id]
    text = _text(
        key,
        name=danger.name,
        place=row.place or row.building or _text("place_unknown"),
        building=row.building if row.building and row.building not in (row.place or "") else None,
        text=turn.text or None,
        phone=turn.unseal(row.phone),
        no=row.no,
        numbers=danger.numbers,
        silent=_text("staff_silent") if row.quiet else None,
    )
    cases.tell(turn, users, text, key="danger", no=row.no, urgent=True)
    for user in users:
        for what in ("text", "phone") if row.phone else ("text",):
            audit.read(turn.db, user, turn.now, row.no, what)
    return len(users)


def added(turn: Turn, row: Any, *, place_before: str | None) -> Reply:
    """Passes a supplement on to the staff and says so; asks once more for the place while it is not known."""
    told = alert(turn, row, "staff_more", judge(turn.text))
    known = row.place or row.building
    if known and known != place_before:
        return Reply(_text("added_where", place=known, community=area(turn, row), count=told))
    return Reply(_text("added", no=row.no) if known else "\n".join((_text("added", no=row.no), _text("where"))))


def facts(turn: Turn, slots: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of the place and the people, as columns of a report; absent where nothing was said."""
    slots = {**cases.places_in(turn.text), **slots}
    community, town_id = cases.located(turn, slots.get("community"), slots.get("place"), turn.text)
    found: dict[str, Any] = {
        "community_id": community.id if community else None,
        "town_id": town_id,
        "place": slots.get("place"),
        "building": slots.get("building"),
        "headcount": slots.get("headcount"),
        "phone": turn.seal(slots.get("phone")),
        "person": turn.seal(slots.get("person")),
        "latitude": turn.message.latitude,
        "longitude": turn.message.longitude,
    }
    return {name: value for name, value in found.items() if value is not None}


def area(turn: Turn, row: Any) -> str:
    community = turn.db.get(Community, row.community_id) if row.community_id else None
    return _text("area_community", name=community.name) if community else _text("area_unknown")


def _text(key: str, **values: Any) -> str:
    return words.sentence(words.load("danger")["reply"][key], values)
