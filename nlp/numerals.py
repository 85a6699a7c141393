"""Read one Chinese or Arabic numeral, as spoken in chat, into a number."""

import re

_PLAIN = str.maketrans(
    dict(
        zip(
            "壹贰叁肆伍陆柒捌玖拾佰仟萬億貳參陸两俩仨零○幺，",
            "一二三四五六七八九十百千万亿二三六二二三〇〇一,",
            strict=True,
        )
    )
    | dict(zip("０１２３４５６７８９", "0123456789", strict=True))
    | {"廿": "二十", "卅": "三十", "卌": "四十", " ": ""}
)
_DIGITS = {char: value for value, char in enumerate("〇一二三四五六七八九")}
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}
_TOKEN = re.compile(r"[0-9]+(?:\.[0-9]+)?|[〇一二三四五六七八九十百千万亿]")
_WRITTEN = re.compile(r"(?:[0-9]++(?:\.[0-9]++)?+|[〇一二三四五六七八九十百千万亿])++")
_BEFORE = re.compile(r"^(?:大概|大约|差不多|将近|约|近|有|上(?=[百千万])|成(?=[百千万])|小(?=[一二三]?[百千万]))+")
_LONGEST = 32  # characters; anything longer is noise
_HEDGE = "来|多|几|余|把|出头|左右|上下"
_AFTER = re.compile(rf"(?:{_HEDGE})*个?(?:{_HEDGE})*(?:人|块|元|圆)?(?:{_HEDGE})*钱?整?$")
_PRICE = re.compile(
    r"^(?:(?P<yuan>[^块元圆毛角分]+)[块元圆])?(?:(?P<jiao>[^块元圆毛角分]+)[毛角]?)?"
    r"(?:(?<=[毛角])(?P<fen>[^块元圆毛角分]+)分?)?钱?$"
)


def read_number(text: str) -> int | float | None:
    """The value of a whole numeral (廿几个 → 20, 1千5 → 1500, 两块五 → 2.5), or None where it has none.

    Hedges give their lower bound: 十几 → 10, 四五百 → 400, 三十来个 → 30; 几十 has none.
    """
    if len(text) > _LONGEST:
        return None
    written = re.sub(r"(?<=\d),(?=\d{3})", "", text.strip().translate(_PLAIN))
    written = _BEFORE.sub("", written)
    price = _PRICE.match(written) if re.search("[块元圆毛角]", written) else None
    value = _price(price) if price else None
    return value if value is not None else _amount(_AFTER.sub("", written) or written)


def _price(part: re.Match[str]) -> int | float | None:
    """两块五 → 2.5, 三块两毛五 → 3.25, 五毛 → 0.5."""
    cents = 0.0
    for name, worth in (("yuan", 100), ("jiao", 10), ("fen", 1)):
        if part[name]:
            value = _amount(_AFTER.sub("", part[name]))
            if value is None:
                return None
            cents += value * worth
    return _tidy(cents / 100)


def _amount(written: str) -> int | float | None:
    """A numeral without hedges; 半 counts as one half, 百分之 is left to the caller."""
    if written in ("半百", "半"):
        return 50 if written == "半百" else 0.5
    if written.endswith("半"):
        whole = _amount(written.removesuffix("半").removesuffix("个").removesuffix("块"))
        return None if whole is None else whole + 0.5
    if "点" in written:
        return _decimal(written)
    if not _WRITTEN.fullmatch(written):
        return None
    tokens = _TOKEN.findall(written)
    return _spelled(tokens) if all(token in _DIGITS for token in tokens) else _composed(tokens)


def _decimal(written: str) -> int | float | None:
    """三点五万 → 35000."""
    whole, _, rest = written.partition("点")
    digits = rest.rstrip("十百千万亿")
    left = _amount(whole)
    if left is None or not digits or any(char not in _DIGITS and char not in "0123456789" for char in digits):
        return None
    fraction = "".join(str(_DIGITS.get(char, char)) for char in digits)
    value = float(f"{int(left)}.{fraction}")
    for unit in rest[len(digits) :]:
        value *= _UNITS[unit]
    return _tidy(value)


def _spelled(tokens: list[str]) -> int:
    """五〇一 → 501; two neighbours (七八, 三五) are a hedge and give the lower."""
    digits = [_DIGITS[token] for token in tokens]
    if len(digits) == 2 and _hedged(*digits):
        return digits[0]
    return int("".join(map(str, digits)))


def _hedged(low: int, high: int) -> bool:
    return low > 0 and (high == low + 1 or (low, high) == (3, 5))


def _composed(tokens: list[str]) -> int | float | None:
    """Digits and units: 一万二 → 12000, 两百五 → 250, 一百二三十 → 120, 3千5 → 3500."""
    total, section = 0.0, 0.0
    digit: float | None = None
    last, gap = 1, False
    for token in tokens:
        unit = _UNITS.get(token)
        if token == "〇":
            digit, gap = None if digit is None else digit * 10, True
        elif unit is None:
            value = _DIGITS[token] if token in _DIGITS else float(token)
            if digit is not None and not _hedged(int(digit), int(value)):
                return None
            digit = value if digit is None else digit
        elif unit < 10**4:
            section += (1 if digit is None else digit) * unit
            digit, last, gap = None, unit, False
        else:
            section += digit or 0
            total = ((total + section) or 1) * unit if token == "亿" or not total else total + section * unit
            section, digit, last, gap = 0.0, None, unit, False
    if digit is not None:
        short = last >= 100 and not gap and digit < 10  # 一万二 leaves the thousand out
        section += digit * last / 10 if short else digit
    return _tidy(total + section)


def _tidy(value: float) -> int | float:
    """Whole numbers as int; cents keep two places."""
    rounded = round(value, 4)
    return int(rounded) if rounded == int(rounded) else rounded
