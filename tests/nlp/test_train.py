"""Training: deterministic, and the committed artefact is the one its sources make."""

import random
from pathlib import Path

import numpy as np

from nlp import artefact, augment
from nlp.linear import Lexicon, Linear
from nlp.segment import Jieba
from nlp.sentences import parse_line
from nlp.tagger import labelled
from nlp.teaching.lessons import lesson
from nlp.teaching.machines import fit_linear, table
from nlp.train import SENTENCES


def test_the_committed_artefact_matches_its_sources() -> None:
    assert artefact.mismatch(artefact.FOLDER, SENTENCES) == ""


def test_a_missing_artefact_is_said_so(tmp_path: Path) -> None:
    assert "no artefact" in artefact.mismatch(tmp_path, SENTENCES)


def test_the_same_rows_give_the_same_model(tmp_path: Path) -> None:
    rows = [["a", "b"], ["a", "c"], ["d"], ["d", "b"]] * 3
    labels = ["x", "x", "y", "y"] * 3
    first, second = (fit_linear(table(rows, 1), labels) for _ in range(2))
    assert np.array_equal(first.model.weights, second.model.weights)
    shared = Lexicon(["0", "a", "b", "b2", "c", "d"])
    first.placed(shared).save(tmp_path / "one.npz")
    second.placed(shared).save(tmp_path / "two.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    stored = Linear.load(tmp_path / "one.npz")
    assert stored.best(shared.ids(["a", "b2", "never seen"]))[0] == "x"
    assert stored.best(shared.ids(["d"]))[0] == "y"


def test_variants_keep_their_marks_on_the_new_values() -> None:
    example = parse_line("[明天](start)在[村部](place)搞[讲座](title)，[40人](headcount)", "activity.register")
    made = augment.variants(example, augment.pools([example]), random.Random(1), 30)
    assert len({one.text for one in made}) > 10
    for one in made:
        assert [span.slot for span in one.spans] == ["start", "place", "title", "headcount"]
        assert all(one.text[span.start : span.end].strip() for span in one.spans)
    assert made == augment.variants(example, augment.pools([example]), random.Random(1), 30)


def test_labels_follow_units() -> None:
    example = parse_line("[明天下午](start)在[三楼会议室](place)", "activity.register")
    made = lesson(example, Jieba().cut, lambda text: [])
    assert labelled(made.reading.row, made.spans) == ["B-start", "O", "B-place", *["I-place"] * 4]
