"""The network: what jax taught is what numpy serves, the same lessons make the same weights."""

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from nlp.artefact import FOLDER
from nlp.names import Vocabulary
from nlp.net import Net
from nlp.segment import Jieba
from nlp.sentences import parse_line
from nlp.tagger import labelled, likeliest
from nlp.teaching.lessons import Lesson, lesson
from nlp.teaching.net import fit_net
from nlp.understand import Understander

LINES = {
    "activity.register": (
        "[明天](start)在[活动室](place)排练",
        "[后天](start)在[广场](place)跳操",
        "[周五](start)[长廊](place)义诊",
    ),
    "activity.cancel": ("[明天](start)的排练取消", "[周五](start)义诊不办了", "[后天](start)跳操取消吧"),
    "disclosure.query": ("看看账目", "公开了什么", "账目在哪看"),
}


@pytest.fixture(scope="module")
def taught() -> list[Lesson]:
    cut = Jieba().cut
    return [lesson(parse_line(line, intent), cut, lambda text: []) for intent, lines in LINES.items() for line in lines]


@pytest.fixture(scope="module")
def net(taught: list[Lesson]) -> Net:
    return fit_net(taught * 40, rounds=60)


def test_what_was_taught_is_served(net: Net, taught: list[Lesson], tmp_path: Path) -> None:
    net.save(tmp_path / "net.npz")
    stored = Net.load(tmp_path / "net.npz")
    for one in taught:
        seen = stored.see(one.reading.row)
        assert stored.intents[int(stored.chances(seen).argmax())] == one.example.intent
        steps = stored.weights["first"].tolist(), stored.weights["next"].tolist()
        said = likeliest(stored.scores(seen, one.example.intent), *steps)
        assert [stored.labels[at] for at in said] == labelled(one.reading.row, one.spans)


def test_the_same_lessons_make_the_same_network(net: Net, taught: list[Lesson], tmp_path: Path) -> None:
    again = fit_net(taught * 40, rounds=60)
    assert all(np.array_equal(again.weights[name], array) for name, array in net.weights.items())


def test_chances_are_probabilities(net: Net, taught: list[Lesson]) -> None:
    for one in taught:
        assert np.exp(net.chances(net.see(one.reading.row))).sum() == pytest.approx(1, abs=1e-5)


def test_an_intent_never_taught_is_no_error(net: Net, taught: list[Lesson]) -> None:
    row = taught[0].reading.row
    assert net.scores(net.see(row), "award.query").shape == (len(row), len(net.labels))


@pytest.mark.parametrize("text", ["", " ", "\n", "😀", "。"])
def test_nothing_to_read_is_none(understander: Understander, text: str) -> None:
    assert understander.understand(text, datetime(2026, 1, 1), Vocabulary.build([])).intent == "none"


def test_the_network_is_small() -> None:
    assert (FOLDER / "net.npz").stat().st_size < 3_000_000


def test_the_likeliest_row_weighs_steps() -> None:
    scores = np.array([[2.0, 0.0, 1.5], [0.0, 1.0, 0.9]], np.float32)
    assert likeliest(scores, [0, 0, 0], [[0] * 3] * 3) == [0, 1]
    assert likeliest(scores, [0, 0, 0], [[-9, -9, -9], [0, 0, 0], [-9, -9, 0]]) == [2, 2]
    assert likeliest(scores[:1], [0, 0, 9], [[0] * 3] * 3) == [2]
