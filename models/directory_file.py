"""The directory as a file (CSV or XLSX): read, checked line by line, and loaded whole or not at all."""

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import yaml
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import seal, unseal
from models.organization import ACTIVE, CATEGORIES, DISSOLVED, MANAGEMENT, Organization
from models.place import CITY, RURAL, Community, Town
from models.settings import directory_changed

COLUMNS = {  # header of the file (contract 6) -> what it fills
    "镇街": "town", "社区": "community", "城乡": "kind", "组织名称": "name", "简称": "aliases", "类别": "category",
    "管理方式": "management", "负责人": "head", "联系电话": "phone", "活动场所": "place", "成员数": "members",
    "备案编号": "filing_no", "统一社会信用代码": "credit_code", "发证日期": "issued_on", "有效期至": "expires_on",
    "备注": "note",
}  # fmt: skip
HEADERS = {name: header for header, name in COLUMNS.items()}
NEEDED = ("town", "community", "name")
PLACE = ("town", "community", "kind")
TITLE_ROWS = 10  # a spreadsheet may carry a title above its header
LIMITS = {"town": 40, "community": 40, "name": 80, "head": 40, "place": 80, "filing_no": 40, "note": 400}
DATE = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?:[ T]00:00(?::00)?)?")
OPEN_ENDED = ("长期", "永久", "无")


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


class _Wrong(Exception):
    """A cell that cannot be taken: a key of the YAML, and what fills it."""

    def __init__(self, key: str, **values: Any):
        super().__init__(key)
        self.key, self.values = key, values


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


# -- checking ---------------------------------------------------------------------------------------------------


def _text(column: str, value: str) -> str:
    if len(value) > LIMITS.get(column, 400):
        raise _Wrong("long", column=HEADERS[column], limit=LIMITS.get(column, 400))
    return value


def _one_of(options: Sequence[str], suffixes: Sequence[str]) -> Callable[[str, str], str]:
    def check(column: str, value: str) -> str:
        known = [option for option in options if value == option or value in [option + suffix for suffix in suffixes]]
        if not known:
            raise _Wrong("option", column=HEADERS[column], value=value, options="、".join(options))
        return known[0]

    return check


def _number(column: str, value: str) -> int:
    plain = unicodedata.normalize("NFKC", value).removesuffix("人").removesuffix("名").strip()
    if not plain.isdecimal() or len(plain) > 6:
        raise _Wrong("number", column=HEADERS[column], value=value)
    return int(plain)


def _phone(_column: str, value: str) -> str:
    plain = re.sub(r"[\s()]", "", unicodedata.normalize("NFKC", value))
    if not re.fullmatch(r"\+?[\d-]{7,16}(?:[、,/;][\d-]{7,16})?", plain):
        raise _Wrong("phone", value=value)
    return plain


def _credit_code(_column: str, value: str) -> str:
    plain = unicodedata.normalize("NFKC", value).replace(" ", "").upper()
    if not re.fullmatch(r"[0-9A-Z]{18}", plain):
        raise _Wrong("credit_code", value=value)
    return plain


def _day(column: str, value: str) -> date | None:
    plain = unicodedata.normalize("NFKC", value)
    if column == "expires_on" and plain in OPEN_ENDED:
        return None
    found = DATE.fullmatch(plain)
    try:
        return date(*(int(part) for part in found.groups())) if found else _fail(column, value)
    except ValueError:
        return _fail(column, value)


def _fail(column: str, value: str) -> date:
    raise _Wrong("date", column=HEADERS[column], value=value)


def _names(_column: str, value: str) -> list[str]:
    return [name for name in (part.strip() for part in re.split(r"[、,，;；/]", value)) if name]


CHECKS: dict[str, Callable[[str, str], Any]] = {
    "aliases": _names, "kind": _one_of((CITY, RURAL), ("社区",)), "category": _one_of(CATEGORIES, ("类",)),
    "management": _one_of(MANAGEMENT, ("管理",)), "phone": _phone, "members": _number, "credit_code": _credit_code,
    "issued_on": _day, "expires_on": _day,
}  # fmt: skip


def _checked(row: Row) -> dict[str, Any]:
    """The cells as values; raises _Wrong."""
    for name in ("town", "community"):
        if name not in row.cells:
            raise _Wrong("needs", column=HEADERS[name])
    if "name" not in row.cells and set(row.cells) - set(PLACE):
        raise _Wrong("nameless")
    facts = {column: CHECKS.get(column, _text)(column, value) for column, value in row.cells.items()}
    issued, expires = facts.get("issued_on"), facts.get("expires_on")
    if issued and expires and expires < issued:
        raise _Wrong("order", issued=issued, expires=expires)
    return facts


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
    checked = list(_check(rows, known, outcome))
    if outcome.refused:
        return outcome
    for facts in checked:
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
            facts = _checked(row)
            seen.compare(row.line, facts)
            _compare(known, facts)
            yield facts
        except _Wrong as wrong:
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
            raise _Wrong("kinds", before=self.kinds[place], value=kind)
        if name and self.organizations.setdefault((*place, name), line) != line:
            raise _Wrong("twice", line=self.organizations[(*place, name)])
        if filing_no and self.filed.setdefault(filing_no, name or "") != name:
            raise _Wrong("filing_no", value=filing_no, other=self.filed[filing_no])


def _compare(known: _Directory, facts: Mapping[str, Any]) -> None:
    organization = known.known(facts)[2]
    holder = known.filed.get(facts.get("filing_no", ""))
    if holder and holder is not organization:
        raise _Wrong("filing_no", value=holder.filing_no, other=holder.name)
    if organization and organization.status == DISSOLVED:
        raise _Wrong("dissolved", name=organization.name)


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
