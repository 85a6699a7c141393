"""The commands that bring data in and out: the directory, binding codes, records."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO

from bot.commands import console, opening
from models import directory_file, organization, people, place
from models import export as exports
from models.base import Database, Session, seal
from models.people import Role, User
from models.when import SHANGHAI

OPERATOR = ("cli", "operator")  # channel and openid under which the command line reads personal data
NEAREST = 5
STEP = 2000


# -- directory ----------------------------------------------------------------------------------------------------


def import_directory(file: Path) -> None:
    """Loads the file whole or not at all, and prints what it did."""
    rows = directory_file.read(existing(file))
    console.note("reading_file", count=len(rows))
    if rows.ignored:
        console.note("ignored_headers", names="、".join(rows.ignored))
    with opening.database() as database:
        outcome = database.run(lambda db: directory_file.load(db, rows))
    if outcome.refused:
        lines = "\n".join(console.text("refused_line", line=one.line, reason=one.reason) for one in outcome.refused)
        raise console.Failure("refused", count=len(outcome.refused), lines=lines)
    for name in outcome.added:
        console.say("added", name=name)
    for name, columns in outcome.changed:
        console.say("changed", name=name, columns="、".join(columns))
    console.say("imported", added=len(outcome.added), changed=len(outcome.changed), unchanged=outcome.unchanged)


def existing(file: Path) -> Path:
    if not file.is_file():
        raise FileNotFoundError(2, "", str(file))
    return file


# -- binding codes ------------------------------------------------------------------------------------------------

PLACES = {  # what says where a role belongs; the city stands for all
    Role.RESIDENT: ("community",),
    Role.WORKER: ("community",),
    Role.LEADER: ("org",),
    Role.TOWN: ("town",),
    Role.CITY: (),
}


def invite(role: str, *, community: str | None, town: str | None, organization: str | None, name: str | None) -> None:
    """Prints the code alone; how to use it goes beside it."""
    given = {"community": community, "town": town, "org": organization}
    needed = PLACES[Role.named(role)]
    if any(not given[option] for option in needed):
        raise console.Failure("invite_place", role=role, options="、".join(f"--{option}" for option in needed))

    def make(db: Session) -> str:
        bound = {} if not needed else place_of(db, needed[0], given)
        return people.invite(db, Role.named(role), datetime.now(SHANGHAI), seal(db, name), **bound)

    with opening.database() as database:
        code = database.run(make)
    print(code, flush=True)
    console.note("invite_hint", code=code)


def place_of(db: Session, option: str, given: dict[str, str | None]) -> dict[str, int | None]:
    """The id a name stands for; a failure names what is near or what it could mean."""
    if option == "town":
        return {"town_id": only(str(given["town"]), towns_named(db, str(given["town"])), "")}
    if option == "community":
        return {"community_id": only(str(given["community"]), communities_named(db, given), "--town")}
    return {"organization_id": only(str(given["org"]), organizations_named(db, given), "--community")}


Known = list[tuple[int, str, tuple[str, ...]]]  # (id, full name, everything it answers to)


def towns_named(db: Session, _name: str) -> Known:
    return [(town.id, town.name, (town.name, *town.aliases)) for town in place.towns(db)]


def communities_named(db: Session, given: dict[str, str | None]) -> Known:
    towns = {town.id: town.name for town in place.towns(db)}
    return [
        (one.id, f"{towns[one.town_id]}{one.name}", (one.name, f"{towns[one.town_id]}{one.name}", *one.aliases))
        for one in place.communities(db)
        if given["town"] in (None, towns[one.town_id])
    ]


def organizations_named(db: Session, given: dict[str, str | None]) -> Known:
    return [
        (one.id, f"{one.town}{one.community} {one.name}", (one.name, *one.aliases))
        for one in organization.named(db)
        if given["community"] in (None, one.community) and given["town"] in (None, one.town)
    ]


def only(name: str, known: Known, option: str) -> int:
    """The one that answers to the name: by its own name first, then by another."""
    for answers in (lambda one: name == one[2][0], lambda one: name in one[2]):
        found = [one for one in known if answers(one)]
        if len(found) == 1:
            return found[0][0]
        if found:
            more = console.text("many_add", option=option) if option else ""
            full = "\n".join(f"  {one[1]}" for one in found)
            raise console.Failure("many_such", name=name, option=more, names=full)
    near = [one[1] for one in known if name in one[1] or one[2][0] in name][:NEAREST]
    raise console.Failure("no_such", name=name, near=console.text("near", names="、".join(near)) if near else "")


# -- records ------------------------------------------------------------------------------------------------------


def export(
    kind: str,
    format_: str,
    *,
    since: str | None,
    until: str | None,
    community: str | None,
    output: Path | None,
    with_personal: bool,
) -> None:
    """Writes the rows of a kind to a file or standard output."""
    if kind not in exports.CODES:
        raise console.Failure("unknown_kind", kind=kind, kinds=" ".join(exports.CODES))
    if format_ == "xlsx" and output is None and sys.stdout.isatty():
        raise console.Failure("xlsx_needs_file")
    days = day(since), day(until)
    with opening.database() as database:
        wanted = database.run(lambda db: narrowed(db, days, community, with_personal=with_personal))
        write(database, kind, format_, wanted, output)


def day(value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise console.Failure("bad_day", value=value) from None


def narrowed(
    db: Session, days: tuple[date | None, date | None], community: str | None, *, with_personal: bool
) -> exports.Wanted:
    given: dict[str, str | None] = {"community": community, "town": None}
    community_id = place_of(db, "community", given)["community_id"] if community else None
    return exports.Wanted(days[0], days[1], community_id, operator(db) if with_personal else None)


def operator(db: Session) -> User:
    """In whose name the command line reads personal data."""
    now = datetime.now(SHANGHAI)
    return people.get(db, *OPERATOR) or people.add(db, *OPERATOR, now, role=Role.CITY, followed=False)


def write(database: Database, kind: str, format_: str, wanted: exports.Wanted, output: Path | None) -> None:
    from bot.tables import WRITERS

    counter = Counted(exports.rows(database, kind, wanted))
    columns: Sequence[str] = exports.columns(kind)
    if output is None:
        WRITERS[format_](counter, columns, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    else:
        with output.open("wb") as file:
            into: BinaryIO = file
            WRITERS[format_](counter, columns, into)
    console.note("exported", count=counter.count)


class Counted(Iterable[dict[str, Any]]):
    """Rows on their way, with a word of progress now and then."""

    def __init__(self, rows: Iterator[dict[str, Any]]):
        self.rows, self.count = rows, 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for row in self.rows:
            self.count += 1
            if self.count % STEP == 0:
                console.note("exporting", count=self.count)
            yield row
