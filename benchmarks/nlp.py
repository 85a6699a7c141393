"""Measures the understanding: start, memory, microseconds by stage and a message; `python benchmarks/nlp.py`."""

from __future__ import annotations

import resource
import statistics
import sys
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from nlp.danger import endangered
from nlp.doors import find_doors
from nlp.features import message_features, unit_features
from nlp.linking import known_names
from nlp.names import Entry, Vocabulary
from nlp.normalise import normalise
from nlp.numbers import find_numbers
from nlp.reading import read
from nlp.sentences import load, phrases
from nlp.times import find_times
from nlp.understand import Understander

NOW = datetime(2026, 11, 24, 10)
MESSAGES = 2000


def names(count: int) -> Vocabulary:
    """A directory of `count` organisations spread over the communities."""
    areas = [f"{name}社区" for name in phrases()["communities"]] + [f"{name}村" for name in phrases()["villages"]]
    entries = [Entry("community", area, area) for area in areas]
    words = phrases()
    made = [
        f"{a}{b}{c}{d}" for d in ("", "一队") for b in words["team_name"] for c in words["team_kind"] for a in areas
    ]
    step = max(len(made) // count, 1)
    entries += [Entry("organization", str(i), name, (), name[:4]) for i, name in enumerate(made[::step][:count])]
    return Vocabulary.build(entries)


def timed(run: Callable[[str], object], texts: list[str]) -> list[float]:
    """Microseconds of processor time of each call, the first hundred as a warm-up left out."""
    taken = []
    for text in texts:
        begun = time.process_time()
        run(text)
        taken.append((time.process_time() - begun) * 1e6)
    return taken[100:]


def line(name: str, taken: list[float]) -> str:
    ordered = sorted(taken)
    return f"| {name} | {statistics.median(ordered):.0f} | {ordered[int(len(ordered) * 0.99)]:.0f} |"


def peak() -> int:
    """The most memory held so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    begun = time.process_time()
    understander = Understander.load()
    print(f"load: {time.process_time() - begun:.2f} s, peak {peak()} MB\n")
    examples = [one for one in load(Path(__file__).parents[1] / "handlers") if not one.spelt]
    texts = [one.text for one in examples[:: max(len(examples) // MESSAGES, 1)]]
    vocabulary = names(10_000)
    cut, models = understander._cut, understander._models
    find = partial(known_names, vocabulary=vocabulary)
    reading = {text: read(text, NOW, cut, find) for text in texts}
    seen = {text: models.net.see(one.row) for text, one in reading.items()}
    ids = {text: models.lexicon.ids(message_features(reading[text])) for text in texts}
    print(f"{len(texts)} messages, {statistics.mean(map(len, texts)):.0f} characters on average, 10,000 names\n")
    print("| stage | median µs | 99 % µs |\n| --- | ---: | ---: |")
    for name, run in {
        "normalise": lambda text: normalise(text),
        "times": lambda text: find_times(reading[text].text, NOW),
        "numbers": lambda text: find_numbers(reading[text].text),
        "doors": lambda text: find_doors(reading[text].text),
        "names": lambda text: list(find(reading[text].text)),
        "words": lambda text: cut(reading[text].text),
        "features of the message": lambda text: message_features(reading[text]),
        "their numbers": lambda text: models.lexicon.ids(message_features(reading[text])),
        "intent": lambda text: models.intent.probabilities(ids[text]),
        "danger": lambda text: endangered(ids[text], models.danger, "safety.report"),
        "features of the units": lambda text: unit_features(reading[text].row, "activity.register"),
        "network": lambda text: models.net.see(reading[text].row),
        "tagger": lambda text: models.tagger.tag(reading[text].row, "activity.register", seen[text]),
        "all": lambda text: understander.understand(text, NOW, vocabulary),
    }.items():
        print(line(name, timed(run, texts)))
    print(f"\npeak memory {peak()} MB")


if __name__ == "__main__":
    main()
