"""Cuts text into words with jieba, loaded quietly and without its shared cache file."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable
from types import ModuleType
from typing import Protocol

COMMON = 4  # rarer words, half of the dictionary, are names and book words that nobody here writes


class Segmenter(Protocol):
    """Anything that cuts a string into words whose concatenation is the string."""

    def cut(self, text: str) -> list[str]: ...


class Jieba:
    """jieba's dictionary without its HMM: unknown words stay single characters, the tagger joins them."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes in its source, pkg_resources
            _leave_out("jieba.finalseg.prob_emit")
            import jieba
        tokenizer = jieba.Tokenizer()
        # initialize() would trust a cache file in the shared temporary folder and log; this reads the dictionary.
        with tokenizer.get_dict_file() as file:
            tokenizer.FREQ, tokenizer.total = _common(file)
        tokenizer.initialized = True
        self._cut = tokenizer.lcut

    def cut(self, text: str) -> list[str]:
        """The words of `text`, in order."""
        words: list[str] = self._cut(text, HMM=False)
        return words


def _common(file: Iterable[bytes]) -> tuple[dict[str, int], int]:
    """Frequencies of the words that are not rare and of their beginnings (0), and their sum, as jieba keeps them."""
    found: dict[str, int] = {}
    total = 0
    for line in file:
        word, frequency, *_ = line.decode().split(" ")
        if int(frequency) < COMMON:
            continue
        found[word] = int(frequency)
        total += int(frequency)
        for end in range(1, len(word)):
            found.setdefault(word[:end], 0)
    return found, total


def _leave_out(tables: str) -> None:
    """Stands in for the emission tables of jieba's HMM: 50 MB that cutting without the HMM never looks at."""
    stand_in = ModuleType(tables)
    stand_in.P = {}  # type: ignore[attr-defined]
    sys.modules.setdefault(tables, stand_in)
