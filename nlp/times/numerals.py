"""Reads the numerals of spoken and written time expressions."""

from typing import Final

DIGITS: Final = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2, "俩": 2, "仨": 3}
TENS: Final = {"廿": 20, "卅": 30, "卌": 40}
SCALES: Final = {"十": 10, "百": 100, "千": 1000, "万": 10000}


def number(text: str) -> int:
    """The value of an Arabic or Chinese numeral; a vague pair gives its lower end (七八 -> 7, 十五六 -> 15).

    Digits spoken one by one are read so (二零二六 -> 2026). Characters that are no numeral count as nothing.
    """
    if text.isdecimal():
        return int(text)
    body = _sharpen(text)
    if not any(c in SCALES or c in TENS for c in body):
        return int("".join(str(DIGITS[c]) for c in body if c in DIGITS) or "0")
    return _positional(body)


def _sharpen(text: str) -> str:
    """Drops the upper of two neighbouring final digits: 七八 -> 七, 二十七八 -> 二十七."""
    if len(text) >= 2 and text[-1] in DIGITS and text[-2] in DIGITS and len(text) != 4:
        low, high = DIGITS[text[-2]], DIGITS[text[-1]]
        alone = len(text) == 2 or text[-3] in SCALES or text[-3] in TENS
        if low and high == low + 1 and alone:
            return text[:-1]
    return text


def _positional(text: str) -> int:
    total, current = 0, 0
    for char in text:
        if char in DIGITS:
            current = DIGITS[char]
        elif char in TENS:
            total += TENS[char]
        elif char in SCALES:
            total += (current or 1) * SCALES[char] if SCALES[char] < 10000 else 0
            total = (total + current) * 10000 if char == "万" else total
            current = 0
    return total + current


def amount(text: str) -> float:
    """A count that may be broken or vague: 2.5, 半 -> 0.5, 十来 -> 10, 几 -> 3, 1,200 -> 1200, 个把 -> 1."""
    text = text.strip().replace(",", "").rstrip("来多几余")
    if not text or text == "个把":
        return 3.0 if not text else 1.0
    if text == "半":
        return 0.5
    try:
        return float(text)
    except ValueError:
        return float(number(text))
