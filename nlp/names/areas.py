"""Communities and towns: found under their full, short, former and misheard names."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from nlp.names.forms import short_area
from nlp.names.sound import exact_sound, folded_sound
from nlp.names.types import Entry

# Short names that are everyday words too: alone they hint at a place, they do not name it.
_EVERYDAY_WORDS = (
    "光明 利民 康乐 永丰 新农 群星 学苑 城南 城北 城东 城西 东区 西区 南区 北区 中区 西郊 南郊 "
    "东郊 北郊 东市 西市 和平 幸福 团结 建设 胜利 友谊 文化 科技 中心 太平 新村 新城 新区 老街 "
    "花园 广场 向阳 红旗 前进 东方 朝阳 平安 阳光 人民 解放 五一 八一 健康 和谐 文明 "
)
_EVERYDAY = frozenset(_EVERYDAY_WORDS.split())
# What dictation makes of the district's names; bare 城乡 is a policy word far more often than 城厢.
_MISHEARD = {
    "刘河": "浏河", "黄泾": "璜泾", "福桥": "浮桥", "楼东": "娄东", "沙西": "沙溪", "双峰": "双凤",
    "眼山": "弇山", "掩山": "弇山", "城乡": "城厢", "城箱": "城厢", "城相": "城厢", "浮乔": "浮桥",
    "流河": "浏河", "刘何": "浏河",
}  # fmt: skip
_SEAT = {"community": re.compile("社区|村(?!委|民|里)|居委会|村委会|居委"), "town": re.compile("镇|街道|乡(?!村|贤)")}
_NO_AREA = re.compile("[路街桥河港塘浜巷]|小学|中学|医院|大道|大厦|大桥|村规")
_POLICY_BEFORE = re.compile("统筹$")
_POLICY_AFTER = re.compile(
    "社区|居民|统筹|一体|建设|融合|结合|差|发展|规划|环境|公交|基层|治理|养老|低保|医|[、,和与]?农村"
)


@dataclass(slots=True)
class Area:
    """A mention: entries that go by this name, and how sure the wording is (full or heard name, or a bare word)."""

    start: int
    end: int
    ids: list[int]
    certain: bool


@dataclass(slots=True)
class Areas:
    """The communities and towns of a vocabulary, a few hundred names in two small tables."""

    forms: dict[str, list[int]] = field(default_factory=dict)
    heard: dict[str, list[int]] = field(default_factory=dict)
    kinds: dict[int, str] = field(default_factory=dict)
    numbers: dict[int, int] = field(default_factory=dict)
    lengths: tuple[int, ...] = ()
    heads: set[str] = field(default_factory=set)  # the first two characters, and the first two sounds, of any form

    @classmethod
    def build(cls, entries: Sequence[Entry], numbers: Mapping[str, int]) -> "Areas":
        """Index every entry that is no organisation by its position; `numbers` are the scopes' numbers by name."""
        areas = cls()
        for index, entry in enumerate(entries):
            if entry.kind != "organization":
                areas.kinds[index] = entry.kind
                areas.numbers[index] = numbers[entry.name]
                for form in _forms(entry):
                    areas._add(form, index)
        areas.lengths = tuple(sorted({len(form) for form in areas.forms}, reverse=True))
        return areas

    def _add(self, form: str, index: int) -> None:
        for table, key in ((self.forms, form), (self.heard, folded_sound(form))):
            self.heads.add(key[:2])
            owners = table.setdefault(key, [])
            if index not in owners:
                owners.append(index)

    def find(self, text: str) -> list[Area]:
        """Mentions in a text, longest first at each place, without overlap."""
        found: list[Area] = []
        heard = folded_sound(text)
        start = 0
        while start < len(text) - 1:
            begins = text[start : start + 2] in self.heads or heard[start : start + 2] in self.heads
            area = self._at(text, heard, start) if begins else None
            if area:
                found.append(area)
            start = area.end if area else start + 1
        return found

    def _at(self, text: str, heard: str, start: int) -> Area | None:
        for length in self.lengths:
            end = start + length
            if end <= len(text) and (area := self._named(text, heard, start, end)):
                return area
        return None

    def _named(self, text: str, heard: str, start: int, end: int) -> Area | None:
        """The mention that is exactly this slice, with the 社区 or 镇 that follows a short name."""
        written = text[start:end]
        if ids := self.forms.get(written):
            return self._written(text, start, end, ids)
        if ids := self.heard.get(heard[start:end]):
            return self._misheard(text, start, end, ids)
        return None

    def _written(self, text: str, start: int, end: int, ids: list[int]) -> Area | None:
        written = text[start:end]
        if written == "城乡":
            return self._policy_word(text, start, end, ids)
        seated, stop = self._with_seat(text, end, ids)
        if seated:
            return Area(start, stop, seated, True)
        if self._has_seat(written, ids):
            return Area(start, end, ids, True)
        return Area(start, end, ids, written not in _EVERYDAY and not _NO_AREA.match(text, end))

    def _with_seat(self, text: str, end: int, ids: list[int]) -> tuple[list[int], int]:
        """The ids whose kind fits the 社区 or 镇 at `end`, and where that word ends."""
        for kind, seat in _SEAT.items():
            match = seat.match(text, end)
            fitting = [index for index in ids if self.kinds[index] == kind] if match else []
            if match and fitting:
                return fitting, match.end()
        return [], end

    def _has_seat(self, written: str, ids: list[int]) -> bool:
        return any(re.search(rf"(?:{_SEAT[self.kinds[index]].pattern})$", written) for index in ids)

    def _policy_word(self, text: str, start: int, end: int, ids: list[int]) -> Area | None:
        """城乡 for 城厢: the town where 镇 follows, a question where nothing speaks for the policy word."""
        if text.startswith("镇", end):
            return Area(start, end + 1, ids, True)
        if _POLICY_BEFORE.search(text[:start]) or _POLICY_AFTER.match(text, end):
            return None
        return Area(start, end, ids, False)

    def _misheard(self, text: str, start: int, end: int, ids: list[int]) -> Area | None:
        """A name that only sounds right counts where 社区, 村, 镇 or 街道 stands in the text."""
        written = text[start:end]
        if written.startswith("城乡") and not written.endswith("镇"):
            return None
        for index in ids:
            seat = re.search(rf"(?:{_SEAT[self.kinds[index]].pattern})$", written)
            if seat and seat.start() >= 2:
                same = any(exact_sound(form) == exact_sound(written) for form in self._forms_of(index, end - start))
                return Area(start, end, ids, same)
        return None

    def _forms_of(self, index: int, length: int) -> Iterator[str]:
        return (form for form, owners in self.forms.items() if index in owners and len(form) == length)

    def whole(self, name: str) -> list[Area]:
        """The mention that takes in all of `name`, where there is one."""
        return [area for area in self.find(name) if area.start == 0 and area.end == len(name)]

    def prefixes(self, text: str) -> list[Area]:
        """Every area `text` starts with; one that only sounds right and has no 社区 or 镇 is not certain."""
        heard = folded_sound(text[: max(self.lengths, default=0)])
        found: list[Area] = []
        for length in self.lengths:
            ids = length < len(text) and (self.forms.get(text[:length]) or self.heard.get(heard[:length]))
            if ids:
                seated, end = self._with_seat(text, length, ids)
                certain = bool(seated) or text[:length] in self.forms or self._has_seat(text[:length], ids)
                found.append(Area(0, end, seated or ids, certain))
        return found


def _forms(entry: Entry) -> Iterator[str]:
    for name in (entry.name, *entry.aliases):
        short = short_area(name, entry.kind) if entry.kind in ("community", "town") else name
        yield from {name, short} - {""}
        yield from (wrong for wrong, right in _MISHEARD.items() if right == short)
