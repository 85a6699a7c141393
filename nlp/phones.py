"""Telephone and ID numbers in a message."""

import re
from collections.abc import Iterator

_PHONE = re.compile(
    r"""(?<![\dA-Za-z.])(?:\(?\+?86\)?[- ]?)?1[3-9]\d(?:[- ]?\d){8}(?!\d)
      | (?<![\dA-Za-z.])\(?0\d{2,3}\)?[- ]?[2-8]\d{2,3}[- ]?\d{4}(?:-\d{1,4})?(?!\d)
      | (?<![\dA-Za-z.-])400[- ]?\d{3}[- ]?\d{4}(?!\d)
      | (?<![\dA-Za-z.-])(?!20[0-4]\d[01]\d[0-3]\d)[2-8]\d{7}(?![\d元块人])
      | (?<![\dA-Za-z.-])[5-8]\d{3}[- ]\d{4}(?![\d元块人])
      | (?<![一幺\d])[幺一][三四五六七八九][〇零一二三四五六七八九幺]{9}(?![〇零一二三四五六七八九幺])""",
    re.X,
)
_ID = re.compile(r"(?<![\dA-Za-z])\d{6}[ ]?\d{8}[ ]?\d{3}[\dXx](?![\dA-Za-z])|(?<![\dA-Za-z])\d{15}(?![\dA-Za-z])")
_SPOKEN = str.maketrans("〇零一二三四五六七八九幺", "001234567891")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def find_codes(text: str) -> Iterator[tuple[int, int, str, str]]:
    """(start, end, bare digits, kind) of ID numbers (GB 11643 checksum, or the 15 digits before 1999) and phones."""
    taken = -1
    for match in _ID.finditer(text):
        digits = match.group().replace(" ", "").upper()
        if _is_id(digits):
            taken = match.end()
            yield match.start(), match.end(), digits, "id_number"
    for match in _PHONE.finditer(text):
        if match.start() >= taken:
            digits = re.sub(r"\D", "", match.group().translate(_SPOKEN))
            mobile = digits.removeprefix("86") if len(digits) == 13 else digits
            yield match.start(), match.end(), mobile, "phone"


def _is_id(digits: str) -> bool:
    month, day = (digits[8:10], digits[10:12]) if len(digits) == 15 else (digits[10:12], digits[12:14])
    if not ("01" <= month <= "12" and "01" <= day <= "31"):
        return False
    if len(digits) == 15:
        return True
    check = sum(weight * int(digit) for weight, digit in zip(_ID_WEIGHTS, digits, strict=False)) % 11
    return digits[17] == "10X98765432"[check]
