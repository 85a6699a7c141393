"""Counts, amounts, phones and ID numbers in a message, each with its kind and span."""

import re
from dataclasses import dataclass

from nlp.doors import find_doors
from nlp.no_amounts import blank_out
from nlp.numerals import read_number
from nlp.phones import find_codes

__all__ = ["Number", "find_numbers", "read_number"]


@dataclass(frozen=True, slots=True)
class Number:
    """`text[start:end]` is the number with unit and inner hedge (20来个人), without 大概 before it.

    `kind`: people, households, volunteers, hours, money, places, vehicles, groups, percent, plain, phone, id_number.
    `value`: hours in hours, money in yuan, of a range the lower end.
    `unit`: as written; for phone and id_number the bare digits: a leading zero or a final X is no number.
    """

    start: int
    end: int
    value: int | float
    unit: str
    kind: str


def find_numbers(text: str) -> list[Number]:
    """Numbers left to right, non-overlapping; those inside dates, clocks, doors, codes and ordinals are left out."""
    codes = [Number(a, b, int(digits[:17]), digits, kind) for a, b, digits, kind in find_codes(text)]
    doors = [(door.start, door.end) for door in find_doors(text)]
    masked = blank_out(text, [(code.start, code.end) for code in codes] + doors)
    amounts = [number for match in _AMOUNT.finditer(masked) if (number := _number(masked, match))]
    return sorted(codes + amounts, key=lambda number: number.start)


# --- the grammar ------------------------------------------------------------------------------------------

_HAN = "〇零一二两三四五六七八九十百千万亿廿卅壹贰叁肆伍陆柒捌玖拾佰仟俩仨半"
# Possessive throughout: a long run of digits must not be split in every possible way.
_CORE = (
    rf"(?:\d++(?:,\d{{3}})*+(?:\.\d++)?+(?:\s?[十百千万亿kKwW]++)?+|[{_HAN}]++)++"
    rf"(?:点[{_HAN}]++)?(?:[多来几余][万亿])?"
)
_FEW = "[来多几余把]?"
_SMALL = "[1-9一二两三四五六七八九]"
_NOUNS = (
    "志愿者|义工|人(?!民)|老人|居民|村民|孩子|小孩|小朋友|学生|大人|家长|党员|群众|妇女|队员|成员|会员|业主|"
    "代表|阿姨|大妈|老太|大爷|骨干|社工|网格员|干部|学员|儿童|青年|同志|商户|租客|选手|观众"
)
_NOT_PEOPLE = "(?!活动|服务|中心|之家|食堂|节|协会|组织|团|队|站|工作|议事|大会)"
_KIND_OF_UNIT = {
    "percent": "%|成(?![功立员为果就本交长人品都效])",
    "money": rf"(?:块(?![地板砖田牌空石])|元|圆)钱?"
    rf"(?:{_SMALL}(?:[毛角](?:{_SMALL}分?)?|(?![\d{_HAN}个人户点月日名位])))?钱?整?"
    rf"|[毛角](?:{_SMALL}分?)?钱?(?![巾衣笔线])|分钱",
    "hours": "个?半?(?:小时|钟头)|学时|课时|分钟|刻钟",
    "households": "户(?!外|口|籍|主)(?:人家|居民|家庭)?|[个组]家庭|家(?=住户|农户|困难户|低保户)",
    "people": rf"个?人次|个?人(?![民行工家生员口大事转间防才体机道])|名(?![称字单录额义叫为次])|位(?![于置])|口人"
    rf"|个(?=[^\s\d,。;、\x00]{{0,3}}?(?:{_NOUNS}){_NOT_PEOPLE})",
    "places": "处(?![理罚分长于事室置])",
    "vehicles": "辆|[部台](?=\\w{0,3}车)",
    "groups": "组(?![织长成员团合建])|支(?=\\w{0,6}队)|队(?![员长伍])",
    "plain": "个|次|场|件|份|条|张|桌|袋|桶|盒|瓶|箱|本|期|项|家|幅|盆|棵|套|节|起|例|双|只|块|分|票|"
    "吨|公斤|斤|平方米|平米|米|台|部|支(?![出付持部教])|首",
}
_UNITS = "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _KIND_OF_UNIT.items())
_AMOUNT = re.compile(
    rf"(?=[\d{_HAN}¥$])(?:(?:百分之(?P<share>{_CORE}))"
    rf"|(?P<sign>[¥$]\s?)?(?:(?P<low>{_CORE}){_FEW}\s?(?P<low_unit>[元块人户个名位]?)(?:\(含\))?(?:[-~到至]))?"
    rf"(?P<core>{_CORE}){_FEW}(?:\s?(?:{_UNITS}))?)"
)

# A word just before a number without a telling unit says what is counted: 人数 200, 志愿者8个, 花了860.
_ABOUT = r"[:\s]*(?:共计?|有|是|为|约|大概|大约|了|改[成为]|到了?|加到?|又|各)?[:\s]*$"
_LABELS = {
    "volunteers": "志愿者|义工|志愿服务人员",
    "hours": "时长|小时|工时|学时",
    "households": "户数|入户",
    "money": "经费|费用|金额|预算|支出|收入|花费?|用掉|[支实]付|付了?|赔偿?|押金|退款?|罚款?|收费|捐款?|捐赠|补[贴助]|"
    "拨款|报销|单?价|一共花|[每一人户][人户家均]",
    "people": "人数|人次|[实应]到|到场|参加|参与|出动|受益|来|来了|到了|报名|报了|服务对象",
}
_LABEL = re.compile("(?:" + "|".join(f"(?P<{kind}>{words})" for kind, words in _LABELS.items()) + ")" + _ABOUT)
_RELABELLED = {"", "个", "人", "名", "位"}


def _number(text: str, match: re.Match[str]) -> Number | None:
    """The reading of one match, or nothing where the characters only look like an amount."""
    if match["share"]:
        return _made(match, read_number(match["share"]), "", "percent")
    kind = next((kind for kind in _KIND_OF_UNIT if match[kind]), "plain")
    unit = (match[kind] or "") if kind in match.groupdict() else ""
    if not _is_amount(text, match, unit, kind):
        return None
    value = _value(match, unit, kind)
    if match["sign"] or re.search("[kKwW]", match["core"]):
        kind = "money"
    kind = _labelled(text, match, unit, kind)
    return _made(match, value, unit, kind)


def _made(match: re.Match[str], value: int | float | None, unit: str, kind: str) -> Number | None:
    return None if value is None else Number(match.start(), _end(match), value, unit, kind)


def _end(match: re.Match[str]) -> int:
    return match.start() + len(match.group().rstrip())


def _is_amount(text: str, match: re.Match[str], unit: str, kind: str) -> bool:
    """Whether it counts: 三十, 两户, 5 do; 一个, 百家, 三 and the 三 of 三星村 do not."""
    core, after = match["core"], text[match.end() : match.end() + 1]
    if core[0].isascii():
        before = text[match.start() - 1 : match.start()] if match.start() else ""
        return not (before.isascii() and before.isalnum()) and (bool(unit) or after not in set("+") | _LETTERS)
    if core in ("百", "千", "万", "亿", "百万", "千万"):
        hedged = match.group()[len(core) : len(core) + 1] in set("把来余多") or text[
            match.start() - 1 : match.start()
        ] in set("上近成过")
        return hedged and bool(unit)
    if core == "半":
        return kind == "hours"
    if core == "一":
        return kind != "plain" and not after.isdigit()
    if unit:
        return True
    compound = len(core) > 1 and any(char in "十百千万廿卅" for char in core)
    return compound and not ("一" <= after <= "鿿" and after not in "左上以")


_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_SCALE = {"k": "千", "K": "千", "w": "万", "W": "万"}


def _value(match: re.Match[str], unit: str, kind: str) -> int | float | None:
    """In the kind's own measure: yuan, hours, percent or pieces; the lower end of a range."""
    core = "".join(_SCALE.get(char, char) for char in match["core"])
    value = read_number(core + unit if kind == "money" else core)
    if value is None:
        return None
    if match["low"]:
        value = _lower_end(match["low"], core, value)
    if kind == "hours":
        value = value + 0.5 if "半" in unit else value
        return round(value * {"分钟": 1 / 60, "刻钟": 0.25}.get(unit, 1), 2)
    return value * 10 if unit == "成" else value


def _lower_end(low: str, high: str, high_value: int | float) -> int | float:
    """两到三万 → 20000: the lower end borrows the magnitude of the upper one where that still leaves it lower."""
    for size in range(len(high), -1, -1):
        tail = high[len(high) - size :]
        doubled = low[-1] in "十百千" and tail[:1] in ("十", "百", "千")
        if not doubled and all(char in "十百千万亿" for char in tail):
            value = read_number(low + tail)
            if value is not None and value < high_value:
                return value
    return high_value


def _labelled(text: str, match: re.Match[str], unit: str, kind: str) -> str:
    """The kind after the word before it or the noun behind it has had its say."""
    if unit in _RELABELLED:
        if re.match(rf"\w{{0,3}}?(?:志愿者|义工){_NOT_PEOPLE}", text[match.end() :]):
            return "volunteers"
        label = _LABEL.search(text[max(0, match.start() - 10) : match.start()])
        if label and label.lastgroup and (not unit or label.lastgroup in ("people", "volunteers")):
            return label.lastgroup
    return kind
