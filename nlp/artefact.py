"""Keeps the trained models in `nlp/artefact/` together with the hash of the sources they were built from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from nlp.linear import Lexicon, Linear, Taught
from nlp.net import Net
from nlp.sentences import load as load_sentences
from nlp.tagger import Tagger

FOLDER = Path(__file__).parent / "artefact"
_CODE = (
    "answers.py",
    "augment.py",
    "codes.py",
    "concepts.py",
    "concepts.txt",
    "danger.py",
    "features.py",
    "linear.py",
    "net.py",
    "phrases.txt",
    "reading.py",
    "segment.py",
    "sentences.py",
    "subtypes.py",
    "tagger.py",
    "teaching/answers.py",
    "teaching/lessons.py",
    "teaching/machines.py",
    "teaching/net.py",
    "teaching/spans.py",
    "teaching/wishes.py",
    "train.py",
    "units.py",
    "wishes.py",
)
_LIBRARIES = ("jax", "jieba", "optax", "python-crfsuite", "scikit-learn")


@dataclass(frozen=True, slots=True)
class Models:
    """Everything that was learned; `lexicon` numbers the features for all linear ones."""

    lexicon: Lexicon
    intent: Linear
    danger: Linear
    answer: Linear
    wish: Linear
    subtypes: Mapping[str, Linear]
    net: Net
    tagger: Tagger


def save(
    folder: Path, linear: Mapping[str, Taught], subtypes: Mapping[str, Taught], crf: bytes, net: Net, sources: str
) -> None:
    """Writes the models (`linear`: intent, danger, answer, wish) and `meta.json`."""
    folder.mkdir(exist_ok=True)
    taught = {**linear, **subtypes}
    lexicon = Lexicon(sorted({feature for one in taught.values() for feature in one.lexicon.at}))
    lexicon.save(folder / "lexicon.npz")
    for name, one in taught.items():
        one.placed(lexicon).save(folder / f"{name}.npz")
    (folder / "tagger.crfsuite").write_bytes(crf)
    net.save(folder / "net.npz")
    meta = {"sources": sources, "subtypes": sorted(subtypes), "libraries": _versions()}
    (folder / "meta.json").write_text(json.dumps(meta, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def load(folder: Path = FOLDER) -> Models:
    """Reads what `save` wrote; FileNotFoundError names what is missing."""
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    whole = {name: Linear.load(folder / f"{name}.npz") for name in ("intent", "danger", "answer", "wish")}
    subtypes = {slot: Linear.load(folder / f"{slot}.npz") for slot in meta["subtypes"]}
    net = Net.load(folder / "net.npz")
    tagger = Tagger((folder / "tagger.crfsuite").read_bytes(), net)
    return Models(Lexicon.load(folder / "lexicon.npz"), **whole, subtypes=subtypes, net=net, tagger=tagger)


def sources_hash(sentences: Path) -> str:
    """One hash over the example sentences and the code that turns them into models."""
    digest = hashlib.sha256()
    for example in load_sentences(sentences):
        digest.update(
            repr(
                (
                    example.text,
                    example.intent,
                    example.spans,
                    sorted(example.facts.items()),
                    example.danger,
                    example.others,
                )
            ).encode()
        )
    for name in _CODE:
        digest.update((Path(__file__).parent / name).read_bytes())
    return digest.hexdigest()


def mismatch(folder: Path, sentences: Path) -> str:
    """Why the stored artefact is not the one its sources make; empty when it is."""
    try:
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return "there is no artefact: run python -m nlp.train"
    if meta["sources"] != sources_hash(sentences):
        return "sentences or training code have changed: run python -m nlp.train"
    stale = [name for name, built in meta["libraries"].items() if _versions().get(name) != built]
    return f"built with other versions of {', '.join(stale)}: run python -m nlp.train" if stale else ""


def _versions() -> dict[str, str]:
    return {name: version(name) for name in _LIBRARIES}
