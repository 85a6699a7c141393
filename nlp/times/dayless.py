"""Whether a sentence tells an hour and leaves the day as it was: 不对，是下午四点."""

import re
from datetime import datetime

from nlp.times import find_times

# Two midnights with nothing in common: what falls on either's own day was said without a day.
MIDNIGHTS = (datetime(2026, 1, 5), datetime(2026, 7, 15))
_DAY = re.compile(r"今|当[天日]|[前后]$")


def dayless(text: str) -> bool:
    """True where every time in `text` is a clock or a part of day alone; False without any."""
    told = [(midnight, expression) for midnight in MIDNIGHTS for expression in find_times(text, midnight)]
    return bool(told) and all(
        expression.start is not None
        and expression.start.startswith(f"{midnight:%Y-%m-%d}T")
        and not _DAY.search(expression.span)
        for midnight, expression in told
    )
