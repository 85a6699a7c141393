"""Makes honest variants of example sentences: other names and values, dictation, greetings, lost punctuation."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache

from nlp.sentences import Example, Span, phrases

_SWAPPED_BY_NOUN = frozenset({"title", "reason", "period", "start", "end", "repeat"})

Pools = Mapping[tuple[str, str], Sequence[str]]


def pools(examples: Iterable[Example]) -> Pools:
    """Values of each slot seen in the examples, kept apart by intent where meaning depends on it."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for example in examples:
        for span in example.spans:
            found[_pool(span.slot, example.intent)].add(example.text[span.start : span.end])
    return {key: sorted(values) for key, values in found.items()}


def variants(example: Example, values: Pools, chance: random.Random, count: int) -> list[Example]:
    """`count` variants of one example; the same seed gives the same variants."""
    return [_noised(_swapped(example, values, chance), chance) for _ in range(count)]


def _pool(slot: str, intent: str) -> tuple[str, str]:
    return (slot, intent if slot in _SWAPPED_BY_NOUN else "")


def _swapped(example: Example, values: Pools, chance: random.Random) -> Example:
    edits = []
    for span in example.spans:
        if chance.random() < 0.6:
            edits.append((span.start, span.end, _another(example, span, values, chance), span.slot))
        else:
            edits.append((span.start, span.end, example.text[span.start : span.end], span.slot))
    return _edited(example, edits)


def _edited(example: Example, edits: Sequence[tuple[int, int, str, str]]) -> Example:
    """The example with characters `start:end` replaced; a fourth part names the slot the new text carries."""
    text, spans, at = "", [], 0
    for start, end, new, slot in sorted(edits):
        text += example.text[at:start]
        if slot:
            spans.append(Span(len(text), len(text) + len(new), slot))
        text, at = text + new, end
    return replace(example, text=text + example.text[at:], spans=tuple(spans))


def _another(example: Example, span: Span, values: Pools, chance: random.Random) -> str:
    make = _MAKERS.get(span.slot)
    if make and chance.random() < 0.6:
        return make(chance)
    return chance.choice(values.get(_pool(span.slot, example.intent)) or [example.text[span.start : span.end]])


def _community(chance: random.Random) -> str:
    if chance.random() < 0.4:
        return chance.choice(phrases()["villages"]) + "村"
    return chance.choice(phrases()["communities"]) + chance.choice(("社区", "社区", ""))


def _organization(chance: random.Random) -> str:
    kind = chance.choice(phrases()["team_kind"])
    name = chance.choice(phrases()["team_name"]) if chance.random() < 0.75 else ""
    return (_community(chance) if chance.random() < 0.35 else "") + name + kind


def _person(chance: random.Random) -> str:
    surname = chance.choice(phrases()["surname"])
    style = chance.random()
    if style < 0.3:
        return surname + chance.choice(phrases()["given"])
    if style < 0.55:
        return surname + "".join(chance.choices(phrases()["given_char"], k=chance.choice((1, 2, 2))))
    return chance.choice(("老", "小")) + surname if style < 0.72 else surname + chance.choice(phrases()["called"])


def _place(chance: random.Random) -> str:
    if chance.random() < 0.3:
        return _door(chance)
    front = chance.choice(("", "", _community(chance), chance.choice(phrases()["estate"])))
    return front + chance.choice(phrases()["room"]) if chance.random() < 0.85 else chance.choice(phrases()["estate"])


def _door(chance: random.Random) -> str:
    front = chance.choice(("", "", chance.choice(phrases()["estate"])))
    block = f"{chance.randint(1, 60)}{chance.choice(('号楼', '幢', '栋', '座'))}"
    unit = f"{chance.randint(1, 4)}单元" if chance.random() < 0.5 else ""
    room = f"{chance.randint(1, 18)}0{chance.randint(1, 4)}" if chance.random() < 0.7 else ""
    return front + block + unit + room + chance.choice(("", "", "楼道", "楼下")) * (not room)


def _phone(chance: random.Random) -> str:
    if chance.random() < 0.3:
        return f"53{chance.randint(100000, 999999)}"
    return f"1{chance.choice('3578')}{chance.randint(10**8, 10**9 - 1)}"


_MAKERS: dict[str, Callable[[random.Random], str]] = {
    "community": _community,
    "organization": _organization,
    "person": _person,
    "place": _place,
    "phone": _phone,
    "town": lambda chance: chance.choice(phrases()["towns"]),
}


def _noised(example: Example, chance: random.Random) -> Example:
    keep = [(span.start, span.end, example.text[span.start : span.end], span.slot) for span in example.spans]
    free = _free(example)
    edits: list[tuple[int, int, str, str]] = []
    style = chance.random()
    for i in free:
        char = example.text[i]
        if style < 0.25 and re.match(r"[，。！？、,.!?~ ]", char):
            edits.append((i, i + 1, "", ""))
        elif style < 0.45 and re.match(r"[，。、,]", char):
            edits.append((i, i + 1, " ", ""))
        elif style > 0.85 and chance.random() < 0.06:
            edits.append((i, i + 1, chance.choice(_homophones().get(char, char)), ""))
    noised = _edited(example, keep + edits)
    return _greeted(noised, chance) if not example.intent.startswith(("dialog", "chat", "none")) else noised


def _greeted(example: Example, chance: random.Random) -> Example:
    front = chance.choice(phrases()["greeting"]) if chance.random() < 0.15 else ""
    back = chance.choice(phrases()["thanks"]) if chance.random() < 0.15 else ""
    spans = tuple(Span(s.start + len(front), s.end + len(front), s.slot) for s in example.spans)
    return replace(example, text=front + example.text + back, spans=spans)


def _free(example: Example) -> list[int]:
    covered = {i for span in example.spans for i in range(span.start, span.end)}
    return [i for i in range(len(example.text)) if i not in covered]


@cache
def _homophones() -> dict[str, str]:
    """Common characters by toneless pinyin: what dictation writes instead."""
    from pypinyin import lazy_pinyin

    common = phrases()["common"][0]
    groups: dict[str, str] = defaultdict(str)
    for char, sound in zip(common, lazy_pinyin(list(common)), strict=True):
        groups[sound] += char
    return {char: rest for group in groups.values() for char in group if (rest := group.replace(char, ""))}
