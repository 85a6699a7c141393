"""Finds receipt numbers of this bot and filing numbers of the authorities."""

from __future__ import annotations

import re

from nlp.units import Mark

_TICKET = re.compile(
    r"(?<![A-Za-z0-9])"
    r"(HD|BA|JF|PA|GK|PX|XM|GX|JB|GA|YS|FH|DJ|PS|SZ|CD)[ -]?\d{4,8}(?:[ -]?\d{2,4}[A-Z]?)?(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_FILING = re.compile(
    r"(?:苏?太[民社城沙浏浮璜双娄科]?|[城沙浏浮璜双娄科])?[备登]字?第?[\[(〔【]?20\d\d[\])〕】]?[ -]?"
    r"(?:[A-Za-z]{1,4}[ -]?)?第?\d{2,5}号?"
)


def find_codes(text: str) -> list[Mark]:
    """Marks of kind `ticket:JF` (its letters say what it is about) and `filing` in `text`, in no order."""
    tickets = [Mark(m.start(), m.end(), f"ticket:{m[1].upper()}") for m in _TICKET.finditer(text)]
    return tickets + [Mark(m.start(), m.end(), "filing") for m in _FILING.finditer(text)]
