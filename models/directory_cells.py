"""The cells of a directory file: which column fills what, and what each may hold."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from models.organization import CATEGORIES, MANAGEMENT
from models.place import CITY, RURAL

COLUMNS = {  # header of the file (contract 6) -> what it fills
    "镇街": "town", "社区": "community", "城乡": "kind", "组织名称": "name", "简称": "aliases", "类别": "category",
    "管理方式": "management", "负责人": "head", "联系电话": "phone", "活动场所": "place", "成员数": "members",
    "备案编号": "filing_no", "统一社会信用代码": "credit_code", "发证日期": "issued_on", "有效期至": "expires_on",
    "备注": "note",
}  # fmt: skip
HEADERS = {name: header for header, name in COLUMNS.items()}
PLACE = ("town", "community", "kind")
LIMITS = {"town": 40, "community": 40, "name": 80, "head": 40, "place": 80, "filing_no": 40, "note": 400}
DATE = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?:[ T]00:00(?::00)?)?")
OPEN_ENDED = ("长期", "永久", "无")


class Wrong(Exception):
    """A cell that cannot be taken: a key of the YAML, and what fills it."""

    def __init__(self, key: str, **values: Any):
        super().__init__(key)
        self.key, self.values = key, values


def _text(column: str, value: str) -> str:
    if len(value) > LIMITS.get(column, 400):
        raise Wrong("long", column=HEADERS[column], limit=LIMITS.get(column, 400))
    return value


def _one_of(options: Sequence[str], suffixes: Sequence[str]) -> Callable[[str, str], str]:
    def check(column: str, value: str) -> str:
        known = [option for option in options if value == option or value in [option + suffix for suffix in suffixes]]
        if not known:
            raise Wrong("option", column=HEADERS[column], value=value, options="、".join(options))
        return known[0]

    return check


def _number(column: str, value: str) -> int:
    plain = unicodedata.normalize("NFKC", value).removesuffix("人").removesuffix("名").strip()
    if not plain.isdecimal() or len(plain) > 6:
        raise Wrong("number", column=HEADERS[column], value=value)
    return int(plain)


def _phone(_column: str, value: str) -> str:
    plain = re.sub(r"[\s()]", "", unicodedata.normalize("NFKC", value))
    if not re.fullmatch(r"\+?[\d-]{7,16}(?:[、,/;][\d-]{7,16})?", plain):
        raise Wrong("phone", value=value)
    return plain


def _credit_code(_column: str, value: str) -> str:
    plain = unicodedata.normalize("NFKC", value).replace(" ", "").upper()
    if not re.fullmatch(r"[0-9A-Z]{18}", plain):
        raise Wrong("credit_code", value=value)
    return plain


def _day(column: str, value: str) -> date | None:
    plain = unicodedata.normalize("NFKC", value)
    if column == "expires_on" and plain in OPEN_ENDED:
        return None
    found = None if plain.isdecimal() and len(plain) != 8 else DATE.fullmatch(plain)
    try:
        return date(*(int(part) for part in found.groups())) if found else _fail(column, value)
    except ValueError:
        return _fail(column, value)


def _fail(column: str, value: str) -> date:
    raise Wrong("date", column=HEADERS[column], value=value)


def _names(_column: str, value: str) -> list[str]:
    return [name for name in (part.strip() for part in re.split(r"[、,，;；/]", value)) if name]


CHECKS: dict[str, Callable[[str, str], Any]] = {
    "aliases": _names, "kind": _one_of((CITY, RURAL), ("社区",)), "category": _one_of(CATEGORIES, ("类",)),
    "management": _one_of(MANAGEMENT, ("管理",)), "phone": _phone, "members": _number, "credit_code": _credit_code,
    "issued_on": _day, "expires_on": _day,
}  # fmt: skip


def checked(cells: Mapping[str, str]) -> dict[str, Any]:
    """The non-empty cells of one line as values; raises Wrong."""
    for name in ("town", "community"):
        if name not in cells:
            raise Wrong("needs", column=HEADERS[name])
    if "name" not in cells and set(cells) - set(PLACE):
        raise Wrong("nameless")
    facts = {column: CHECKS.get(column, _text)(column, value) for column, value in cells.items()}
    issued, expires = facts.get("issued_on"), facts.get("expires_on")
    if issued and expires and expires < issued:
        raise Wrong("order", issued=issued, expires=expires)
    return facts
