"""Doors: buildings, units, floors and rooms as people write them, in one normal form (3幢2单元501室)."""

import re
from dataclasses import dataclass

from nlp.numerals import read_number


@dataclass(frozen=True, slots=True)
class Door:
    """One door at `text[start:end]`; `building` is the contract's form: 3幢2单元501室, 12幢, 6幢3层, 88弄12号."""

    start: int
    end: int
    building: str


def find_doors(text: str) -> list[Door]:
    """The doors in a message, left to right. A bare floor (三楼会议室) or a bare number (501) is no door."""
    return [
        Door(match.start(), match.end(), building)
        for match in _DOOR.finditer(text)
        if (building := _building(match.groupdict()))
    ]


_HAN = "〇零一二两三四五六七八九十百幺"
_N = rf"(?:\d{{1,3}}|[{_HAN}]{{1,4}})"
_COUNTS = r"[\d.:年月日点人户元块名个位次%-]|小时"
_ROOM = rf"(?:\d{{3,4}}|[{_HAN}]{{3,5}}|\d{{1,2}}(?=室))(?!{_COUNTS}|[{_HAN}])室?"
_FLOOR = rf"(?P<below>地下|负)?(?P<floor>{_N})[楼层]"
_HOUSES = "楼(?![道上下顶梯前后里外层长门内口]|[北南东西]面)"  # 三栋楼 counts, 三栋楼道 is a place
_TOWER = rf"""(?<![\d共有第余几多{_HAN}A-Za-z.-])(?P<tower>{_N}|[A-Za-z])\s?
    (?:号楼|号[幢栋]|\#楼?|[幢栋](?!{_HOUSES})|(?P<seat>座)(?![桥山城位谈房庙塔岛小])|
       楼(?=\s?{_N}\s?(?:单元|室|\d)|\s?\d{{3,4}}))"""
_UNIT = rf"(?P<unit>{_N}|[东西南北中甲乙丙A-Da-d])\s?(?:单元|门(?=\s?\d))"
_DOOR = re.compile(
    rf"""(?=[\dA-Za-z{_HAN}])(?:
    (?:{_TOWER}) (?:\s?{_UNIT})? (?:\s?{_FLOOR})? (?:\s?(?P<room>{_ROOM}))?
  | (?<![\d{_HAN}])(?P<lane>\d{{1,4}}|[{_HAN}]{{1,5}})弄(?:\s?(?P<house>{_N})号)?(?:\s?(?P<house_room>{_ROOM}))?
  | (?<![\d.{_HAN}-])(?P<tower3>{_N})(?:-|杠)(?P<unit3>\d{{1,2}}|[{_HAN}]{{1,2}})(?:-|杠)
    (?P<room3>\d{{3,4}}|[{_HAN}]{{3,4}})室?(?![\d-])
  | (?<![\d.:/-])(?P<tower2>\d{{1,2}})-(?P<room2>[1-9]\d?(?:0[1-9]|1\d|2[0-4]))(?:室|(?!{_COUNTS}))
  | (?<![\d{_HAN}])(?P<group>{_N})组(?P<group_house>{_N})号(?!楼|线)
  | (?<![\d月{_HAN}第])(?P<number>\d{{1,3}})号
    (?P<number_room>\d{{3,4}}(?=室)|[1-9]\d?0[1-9](?!{_COUNTS}))室?
  | (?<![\d{_HAN}])(?P<lone_unit>\d|[{_HAN}])单元(?:\s?(?P<lone_room>{_ROOM}))?
  | (?<![\d.:A-Za-z{_HAN}-])(?P<bare_room>[1-9]\d{{2,3}}|[{_HAN}]{{3,4}})室
    )""",
    re.X,
)


# A match fills the groups of one alternative; joined in this order they spell its normal form.
_SUFFIXES = {
    "lane": "弄",
    "house": "号",
    "house_room": "室",
    "tower": "幢",
    "unit": "单元",
    "floor": "层",
    "room": "室",
    "tower3": "幢",
    "unit3": "单元",
    "room3": "室",
    "tower2": "幢",
    "room2": "室",
    "group": "组",
    "group_house": "号",
    "number": "号",
    "number_room": "室",
    "lone_unit": "单元",
    "lone_room": "室",
    "bare_room": "室",
}
_DIGITS = str.maketrans("〇零一二两三四五六七八九幺", "0012234567891")


def _building(part: dict[str, str | None]) -> str:
    """The normal form, or nothing where the words count things (一栋, 两座)."""
    tower = part["tower"]
    detailed = part["unit"] or part["floor"] or part["room"]
    if tower and not detailed and (tower in "一两" or (part["seat"] and not tower.isascii())):
        return ""
    if part["room"]:
        part["floor"] = None  # 2单元5楼501 says the floor twice
    below = "-" if part["below"] else ""
    return "".join(
        f"{below if key == 'floor' else ''}{_number(written)}{suffix}"
        for key, suffix in _SUFFIXES.items()
        if (written := part[key])
    )


def _number(written: str) -> str:
    """Digits for a building, unit or room number; letters and compass words pass through."""
    written = written.rstrip("室").strip()
    if written[0] not in _HAN:
        return written.upper()
    digits = written.translate(_DIGITS)
    if digits.isdigit():
        return digits
    value = read_number(written)
    return written if value is None else f"{value:g}"
