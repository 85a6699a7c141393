"""The directory as a file (CSV or XLSX): read, checked line by line, and loaded whole or not at all."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import yaml
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import seal, unseal
from models.directory_cells import COLUMNS, HEADERS, PLACE, Wrong, checked
from models.organization import ACTIVE, DISSOLVED, MANAGEMENT, Organization
from models.place import CITY, RURAL, Community, Town
from models.settings import directory_changed

NEEDED = ("town", "community", "name")
TITLE_ROWS = 10  # a spreadsheet may carry a title above its header


class Unreadable(ValueError):
    """The file as a whole cannot be taken; says why."""


@dataclass(frozen=True)
class Row:
    """One line of the file: its number there, and its non-empty cells by what they fill."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Rows(Sequence[Row]):
    """The lines below the header; `ignored` are the headers nobody here knows."""

    rows: tuple[Row, ...]
    ignored: tuple[str, ...] = ()

    def __getitem__(self, place: Any) -> Any:
        return self.rows[place]

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class Refusal:
    line: int
    reason: str


@dataclass
class Outcome:
    """What a file did: full names of what is new, names with the headers that changed, and why lines were refused.

    With a refusal nothing at all was loaded, and `added` and `changed` are empty.
    """

    added: list[str] = field(default_factory=list)
    changed: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    unchanged: int = 0
    refused: list[Refusal] = field(default_factory=list)


# -- reading ----------------------------------------------------------------------------------------------------


def read(path: str | Path) -> Rows:
    """The lines of a CSV (UTF-8 with or without BOM, or GB18030) or XLSX file. Raises Unreadable."""
    path = Path(path)
    try:
        sheet = _xlsx(path) if path.suffix.lower() in (".xlsx", ".xlsm") else _csv(path.read_bytes())
        return _below_header(sheet)
    except (OSError, UnicodeDecodeError, csv.Error, BadZipFile, InvalidFileException, KeyError) as error:
        raise Unreadable(_reason("unreadable")) from error


def _csv(data: bytes) -> list[tuple[int, list[str]]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030")
    reader, rows, before = csv.reader(io.StringIO(text, newline="")), [], 0
    for cells in reader:
        rows.append((before + 1, [cell.strip() for cell in cells]))
        before = reader.line_num
    return rows


def _xlsx(path: Path) -> list[tuple[int, list[str]]]:
    """The first sheet; a merged cell counts in every row it covers."""
    sheet = load_workbook(path, data_only=True).worksheets[0]
    cells = {(cell.row, cell.column): _shown(cell.value) for row in sheet.iter_rows() for cell in row}
    for area in sheet.merged_cells.ranges:
        for place in area.cells:
            cells[place] = cells[(area.min_row, area.min_col)]
    columns = range(1, sheet.max_column + 1)
    return [(row, [cells[(row, column)] for column in columns]) for row in range(1, sheet.max_row + 1)]


def _shown(value: Any) -> str:
    """A cell as its text: a day without its midnight, a phone number without its `.0`."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _below_header(sheet: list[tuple[int, list[str]]]) -> Rows:
    needed = {HEADERS[name] for name in NEEDED}
    start = next((place for place, (_, cells) in enumerate(sheet[:TITLE_ROWS]) if needed <= set(cells)), None)
    if start is None:
        raise Unreadable(_reason("header"))
    headers = sheet[start][1]
    named = (Row(line, _named(headers, cells)) for line, cells in sheet[start + 1 :])
    rows = tuple(row for row in named if row.cells)
    if not rows:
        raise Unreadable(_reason("empty"))
    return Rows(rows, tuple(header for header in headers if header and header not in COLUMNS))


def _named(headers: list[str], cells: list[str]) -> dict[str, str]:
    pairs = zip(headers, cells, strict=False)
    return {COLUMNS[header]: cell for header, cell in pairs if cell and header in COLUMNS}


# -- loading ----------------------------------------------------------------------------------------------------


class _Directory:
    """What the database knows already, and what the lines so far have added to it."""

    def __init__(self, db: Session):
        self.db = db
        towns, communities = list(db.scalars(select(Town))), list(db.scalars(select(Community)))
        self.towns = {name: town for town in towns for name in (*town.aliases, town.name)}
        self.communities = {(c.town_id, name): c for c in communities for name in (*c.aliases, c.name)}
        self.organizations = {(o.community_id, o.name): o for o in db.scalars(select(Organization))}
        self.filed = {o.filing_no: o for o in self.organizations.values() if o.filing_no}

    def known(self, facts: Mapping[str, Any]) -> tuple[Town | None, Community | None, Organization | None]:
        town = self.towns.get(facts["town"])
        community = self.communities.get((town.id, facts["community"])) if town else None
        organization = self.organizations.get((community.id, facts.get("name", ""))) if community else None
        return town, community, organization


def load(db: Session, rows: Iterable[Row]) -> Outcome:
    """Brings towns, communities and organisations to what the lines say; an empty cell leaves what is known.

    All or nothing: one line that cannot be taken, and nothing is loaded.
    A community without 城乡 is rural when its name ends in 村.
    """
    outcome, known = Outcome(), _Directory(db)
    taken = list(_check(rows, known, outcome))
    if outcome.refused:
        return outcome
    for facts in taken:
        _put(known, facts, outcome)
    if outcome.added or outcome.changed:
        directory_changed(db)
        db.flush()
    return outcome


def _check(rows: Iterable[Row], known: _Directory, outcome: Outcome) -> Iterator[dict[str, Any]]:
    """The lines that can be taken; the others go to `outcome.refused`."""
    seen = _Seen({}, {}, {})
    for row in rows:
        try:
            facts = checked(row.cells)
            seen.compare(row.line, facts)
            _compare(known, facts)
            yield facts
        except Wrong as wrong:
            outcome.refused.append(Refusal(row.line, _reason(wrong.key, **wrong.values)))


@dataclass(frozen=True)
class _Seen:
    """What earlier lines of the same file said."""

    kinds: dict[tuple[str, str], str]
    organizations: dict[tuple[str, str, str], int]
    filed: dict[str, str]

    def compare(self, line: int, facts: Mapping[str, Any]) -> None:
        place = facts["town"], facts["community"]
        kind, name, filing_no = facts.get("kind"), facts.get("name"), facts.get("filing_no")
        if kind and self.kinds.setdefault(place, kind) != kind:
            raise Wrong("kinds", before=self.kinds[place], value=kind)
        if name and self.organizations.setdefault((*place, name), line) != line:
            raise Wrong("twice", line=self.organizations[(*place, name)])
        if filing_no and self.filed.setdefault(filing_no, name or "") != name:
            raise Wrong("filing_no", value=filing_no, other=self.filed[filing_no])


def _compare(known: _Directory, facts: Mapping[str, Any]) -> None:
    organization = known.known(facts)[2]
    holder = known.filed.get(facts.get("filing_no", ""))
    if holder and holder is not organization:
        raise Wrong("filing_no", value=holder.filing_no, other=holder.name)
    if organization and organization.status == DISSOLVED:
        raise Wrong("dissolved", name=organization.name)


def _put(known: _Directory, facts: dict[str, Any], outcome: Outcome) -> None:
    town, community, organization = known.known(facts)
    town = town or _add_town(known, facts, outcome)
    if community is None:
        community = _add_community(known, town, facts, outcome)
    elif facts.get("kind", community.kind) != community.kind:
        community.kind = facts["kind"]
        outcome.changed.append((f"{town.name}{community.name}", (HEADERS["kind"],)))
    own = {name: value for name, value in facts.items() if name not in PLACE}
    if own and organization:
        _change(known.db, organization, own, f"{town.name}{community.name} {organization.name}", outcome)
    elif own:
        own["phone"] = seal(known.db, own.get("phone"))
        own = {"aliases": [], "management": MANAGEMENT[2], **own}
        organization = Organization(community_id=community.id, status=ACTIVE, **own)
        known.organizations[(community.id, organization.name)] = organization
        known.db.add(organization)
        outcome.added.append(f"{town.name}{community.name} {organization.name}")


def _add_town(known: _Directory, facts: Mapping[str, Any], outcome: Outcome) -> Town:
    town = Town(name=facts["town"], aliases=[])
    known.db.add(town)
    known.db.flush()
    known.towns[town.name] = town
    outcome.added.append(town.name)
    return town


def _add_community(known: _Directory, town: Town, facts: Mapping[str, Any], outcome: Outcome) -> Community:
    name = facts["community"]
    kind = facts.get("kind") or (RURAL if name.endswith("村") else CITY)
    community = Community(town_id=town.id, name=name, aliases=[], kind=kind)
    known.db.add(community)
    known.db.flush()
    known.communities[(town.id, name)] = community
    outcome.added.append(f"{town.name}{name}")
    return community


def _change(db: Session, organization: Organization, facts: Mapping[str, Any], label: str, outcome: Outcome) -> None:
    changed = []
    for column, value in facts.items():
        before = getattr(organization, column)
        if (unseal(db, before) if column == "phone" else before) != value:
            setattr(organization, column, seal(db, value) if column == "phone" else value)
            changed.append(HEADERS[column])
    if changed:
        outcome.changed.append((label, tuple(changed)))
    else:
        outcome.unchanged += 1


def _reason(key: str, **values: Any) -> str:
    words = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    return str(words[key]).format(**values)
