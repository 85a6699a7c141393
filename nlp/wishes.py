"""Finds the further wishes of a message: clauses that begin anew, each read by the intent model."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Where a second wish usually begins: after a pause, mostly with a word that says "besides".
_BESIDES = r"顺便|顺带|另外|还有|然后|同时|再(?!见|次|不|说)|对了|还想|还要|还得|也想|也要|也帮|并且|以及|以后|直接"
_NEW = re.compile(rf"(?:(?<=[,.。;!?、\n …])|(?<=吗)|(?<=了))(?={_BESIDES})|(?={_BESIDES.split('|再')[0]})|(?<=[?。;])")
LEAST = 4  # characters of a clause worth reading


def later_clauses(text: str) -> Iterable[str]:
    """The parts of a normalised message that may hold a wish of their own, without the first."""
    cuts = sorted({match.start() for match in _NEW.finditer(text)} - {0})
    for at, until in zip(cuts, [*cuts[1:], len(text)], strict=False):
        clause = text[at:until].strip(" ,.。;!?、\n")
        if at >= LEAST - 1 and len(clause) >= LEAST:
            yield clause
