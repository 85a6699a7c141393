"""Builds the trained artefact from the example sentences: `python -m nlp.train`; `--check` only compares hashes."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from nlp import artefact
from nlp.features import message_features
from nlp.segment import Jieba
from nlp.sentences import load
from nlp.teaching.answers import fit_answers
from nlp.teaching.lessons import lessons
from nlp.teaching.machines import LEAST, fair_heat, fit_danger, fit_intents, fit_subtypes, heated, table
from nlp.teaching.net import fit_net
from nlp.teaching.spans import fit_tagger
from nlp.teaching.wishes import parted

SENTENCES = Path(__file__).parents[1] / "handlers"


def build(folder: Path) -> None:
    """Trains everything and writes the artefact."""
    examples, cut = load(SENTENCES), Jieba().cut
    whole = lessons(examples, cut, count=0)  # names and values are masked: variants teach nothing but the CRF
    plain, wish = parted(whole)
    rows = [message_features(one.reading) for one in plain]
    heat = fair_heat(plain, rows)
    data = table(rows, LEAST)
    linear = {
        "intent": heated(fit_intents(plain, data), heat),
        "danger": fit_danger(whole, [message_features(one.reading) for one in whole]),
        "answer": fit_answers(examples, cut),
        "wish": wish,
    }
    crf, net = fit_tagger(lessons(examples, cut)), fit_net(whole)
    artefact.save(folder, linear, fit_subtypes(plain), crf, net, artefact.sources_hash(SENTENCES))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m nlp.train", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say whether the artefact matches its sources")
    if parser.parse_args().check:
        wrong = artefact.mismatch(artefact.FOLDER, SENTENCES)
        print(wrong or "the artefact matches its sources", file=sys.stderr if wrong else sys.stdout)
        return 1 if wrong else 0
    build(artefact.FOLDER)
    return 0


if __name__ == "__main__":
    sys.exit(main())
