"""What a stranger wrote down: times to the letter; names found, and never a wrong one without asking."""

from collections import Counter
from datetime import datetime

import pytest

from nlp.evaluate import Share
from nlp.understand import Understander
from tests.nlp import strangers

KNOWN = {"明天下午两点开始,大概要两个小时"}  # 开始 is read as part of the time; to be removed once it is not


@pytest.mark.parametrize("name", ["first", "second"])
def test_times(name: str) -> None:
    lines = strangers.expressions(name)
    missed = {line["text"] for line in lines if not strangers.agrees(line)}
    assert missed == KNOWN & {line["text"] for line in lines}


def test_names(understander: Understander) -> None:
    outcomes = Counter(outcome(understander, query) for query in strangers.queries())
    total = sum(outcomes.values())
    named = sum(1 for query in strangers.queries() if query.organization)
    assert outcomes["wrong"] <= 0.005 * total, outcomes
    assert Share(outcomes["found"], named).rate >= 0.9, outcomes


def outcome(understander: Understander, query: strangers.Query) -> str:
    """`found`, `wrong` (linked without asking), `asked` with the one meant, `missed`, or `nobody` rightly."""
    said = understander.understand(
        query.text, datetime(2026, 11, 24, 10), strangers.vocabulary(), community=query.community
    )
    linked = said.slots.get("organization_id")
    offered = {key for value in said.values if value.slot == "organization" for key, _ in value.choices}
    meant = {query.organization, *query.candidates} - {None}
    if linked:
        return "found" if linked == query.organization else "wrong"
    if not meant:
        return "nobody"
    return "asked" if offered & meant else "missed"
