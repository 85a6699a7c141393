"""Values that are a meaning, not a span: kinds of disputes, hazards, disclosures, people, organisations."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from nlp.linear import Ids, Lexicon, Linear
from nlp.reading import Reading
from nlp.types import Value

# Slots learned from the examples, and the intents whose messages carry them (contract 4.2).
SLOTS: dict[str, frozenset[str]] = {
    "dispute_type": frozenset({"dispute.report", "dispute.status", "dispute.update"}),
    "hazard_type": frozenset({"safety.report", "safety.status", "safety.update"}),
    "disclosure_topic": frozenset({"disclosure.query", "disclosure.publish"}),
    "decision": frozenset({"filing.review", "deliberation.respond"}),
    "direction": frozenset({"finance.record"}),
}
# Slots that are closed lists of words, and the intents in which they are named.
_GROUPS = {
    "低保对象": "低保",
    "特困人员": "特困|五保|三无老人",
    "空巢老人": "空巢|独居|孤老|孤寡|孤身|一个人住|单身老人",
    "农村留守人员": "留守|(?:爸妈|爹妈|父母|爹娘)[^,。 ]{0,3}(?:不在身边|在外|外出)",
    "困境儿童": "困境儿童|困境学子|困难儿童|困境孩子|孤儿|事实无人抚养|无人抚养|困境未成年",
    "残疾人": (
        "残疾|残健|瞎眼|坐轮椅|轮椅(?=老|住户|上的)|残友|残障|盲人|聋哑|聋人|手语|孤独症|助残|肢残|视障|听障|智障|"
        "自闭症|脑瘫"
    ),
}
_KINDS = {
    "公益慈善": "公益慈善|(?:公益|慈善)(?=类|性质|组织|品牌)|做公益的",
    "居民互助": "居民互助|互助(?=类|性质|组织)",
    "文体科教": "文体科教|(?:文体|文艺|文化体育)(?=类|一类|队|组织|性质|的|$)|类型文体",
    "纠纷调处": "纠纷调处|调处纠纷|(?:调解|调处|纠纷)(?=类)|调解的?(?=组织|队伍)",
    "平安建设": "平安建设|平安(?=类|组织)",
    "特色": "特色(?=类|组织|品牌|队|的|$)",
}
_LISTS = {
    "target_group": (
        _GROUPS,
        frozenset(
            {
                "care.record",
                "match.need",
                "match.offer",
                "organization.query",
                "project.register",
                "project.query",
                "stats.query",
            }
        ),
    ),
    "organization_type": (
        _KINDS,
        frozenset(
            {
                "filing.apply",
                "filing.change",
                "filing.guide",
                "organization.query",
                "coverage.query",
                "stats.query",
                "incubation.apply",
                "award.apply",
                "dialog.correct",
            }
        ),
    ),
}
_COMPILED = {
    slot: ({label: re.compile(words) for label, words in table.items()}, intents)
    for slot, (table, intents) in _LISTS.items()
}


def subtype_features(features: Sequence[str], intent: str) -> list[str]:
    """The message's features without pairs of words, and its intent: a report always has a type, an update need not."""
    return [*(one for one in features if not one.startswith("d=")), f"i={intent}"]


def subtype_values(
    reading: Reading,
    ids: Ids,
    intent: str,
    models: Mapping[str, Linear],
    lexicon: Lexicon,
    asked: str | None = None,
) -> list[Value]:
    """The classified values that belong to the intent, or the one that was asked for; those learned have no span."""
    values = []
    known = np.concatenate((ids, lexicon.ids([f"i={intent}"])))
    for slot, model in models.items():
        if intent in SLOTS[slot] or slot == asked:
            label, score = model.best(known)
            if label:
                values.append(Value(slot, label, 0, 0, "subtypes", round(score, 4)))
    for slot, (table, intents) in _COMPILED.items():
        if intent in intents or slot == asked:
            values += _listed(slot, table, reading)
    return values


def _listed(slot: str, table: Mapping[str, re.Pattern[str]], reading: Reading) -> list[Value]:
    found = [
        (match.start(), match.end(), label) for label, words in table.items() if (match := words.search(reading.text))
    ]
    if not found:
        return []
    start, end, label = max(found)  # 从文体科教改成特色: the last one counts
    first, last = reading.source.source(start, end)
    groups = [name for _, _, name in sorted(found)]
    return [Value(slot, groups if slot == "target_group" else label, first, last, "lexicon")]
