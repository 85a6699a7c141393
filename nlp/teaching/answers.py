"""Fits the machine that says whether a message answers the question asked."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from nlp.answers import AFTER, ASKED, BEFORE, FREE, answer_features
from nlp.features import message_features
from nlp.linear import Taught
from nlp.reading import read
from nlp.sentences import Example, phrases
from nlp.teaching.lessons import NOW, SEED, Cut, nobody
from nlp.teaching.machines import LEAST, fit_linear, table

ANSWERS = 900  # values of each slot that teach what an answer looks like


def fit_answers(examples: Sequence[Example], cut: Cut) -> Taught:
    """Whether a message answers the question asked: bare values of the slot do, wishes do not."""
    chance = random.Random(SEED)
    asked = [*ASKED, *FREE]
    said: dict[str, set[str]] = {slot: set() for slot in asked}
    for example in examples:
        for span in example.spans:
            said.get(span.slot, set()).add(example.text[span.start : span.end])
    yes = [
        (chance.choice(BEFORE) + value + chance.choice(AFTER) + _more(said, chance), slot)
        for slot in asked
        for value in chance.sample(sorted(said[slot]), min(len(said[slot]), ANSWERS))
    ]
    no = [
        (example.text, chance.choice(asked))
        for example in examples
        if example.intent.startswith("chat")
        or not (example.intent.startswith(("dialog", "none")) or len(example.text) < 4)
    ]
    no += [(unknown, slot) for unknown in phrases()["unknown"] for slot in asked]
    pairs = [(text, slot, "yes") for text, slot in yes] + [(text, slot, "no") for text, slot in no]
    rows = []
    for text, slot, _ in pairs:
        reading = read(text, NOW, cut, nobody)
        rows.append([*message_features(reading), *answer_features(reading, slot)])
    return fit_linear(table(rows, LEAST), [label for _, _, label in pairs], balanced=True)


def _more(said: Mapping[str, set[str]], chance: random.Random) -> str:
    """Now and then an answer says more than was asked: 王阿姨 13812345678."""
    if chance.random() < 0.75:
        return ""
    return " " + chance.choice(sorted(said[chance.choice(("phone", "start", "place", "headcount", "person"))]))
