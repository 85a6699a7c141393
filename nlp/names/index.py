"""A packed, immutable index over many names: exact by hash, similar by the sounds of two neighbours."""

from array import array
from codecs import utf_16_le_decode
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from nlp.names.sound import sounds, units

Ids = NDArray[np.int32]
_SEPARATOR = 0x1F


class Texts:
    """Strings in one UTF-16 block, about two bytes a character, with the folded sound of each on request."""

    def __init__(self, texts: Sequence[str]) -> None:
        written = units("\x1e".join(texts))
        lengths = np.fromiter((2 * len(text) + 2 for text in texts), np.int64, len(texts))
        self._starts = array("q", np.concatenate(([0], np.cumsum(lengths))).tobytes())
        self._written = written.tobytes()
        self._heard = sounds().folded[written].tobytes()

    def __getitem__(self, index: int) -> str:
        return _text(self._written[self._starts[index] : self._starts[index + 1] - 2])

    def heard(self, index: int) -> str:
        """The folded sound, one code per character."""
        return _text(self._heard[self._starts[index] : self._starts[index + 1] - 2])

    def keys(self) -> tuple[NDArray[np.int64], Ids]:
        """(key, text index) of every sound and every pair of neighbouring sounds."""
        heard = np.frombuffer(self._heard, np.uint16).astype(np.int64)
        starts = np.frombuffer(self._starts, np.int64)
        lengths = (starts[1:] - starts[:-1]) // 2
        owner = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)[: len(heard)]
        inner = heard > _SEPARATOR
        pairs = inner[:-1] & inner[1:]
        both = (heard[:-1] << 16 | heard[1:])[pairs]
        return np.concatenate((heard[inner], both)), np.concatenate((owner[inner], owner[:-1][pairs]))


def _text(block: bytes) -> str:
    """As `block.decode("utf-16-le", "replace")`, at half the price."""
    return utf_16_le_decode(block, "replace", True)[0]


def query_keys(heard: str) -> list[int]:
    """The keys a query looks up: its sounds and its neighbouring pairs."""
    codes = [ord(char) for char in heard]
    return codes + [left << 16 | right for left, right in pairwise(codes)]


class Multimap:
    """Integer key to sorted ids in three arrays."""

    def __init__(self, keys: NDArray[np.int64], ids: Ids) -> None:
        order = np.lexsort((ids, keys))
        keys, ids = keys[order], ids[order]
        fresh = np.ones(len(keys), bool)
        fresh[1:] = (keys[1:] != keys[:-1]) | (ids[1:] != ids[:-1])
        keys, self._ids = keys[fresh], ids[fresh]
        self._keys, starts = np.unique(keys, return_index=True)
        self._starts = np.append(starts, len(keys)).astype(np.int64)

    def get(self, keys: Sequence[int]) -> list[Ids]:
        """For each key its ids, empty where unknown."""
        if not len(self._keys):
            return [self._ids[:0] for _ in keys]
        wanted = np.array(keys, np.int64)
        places = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1)
        known = self._keys[places] == wanted
        bounds = self._starts
        return [
            self._ids[bounds[p] : bounds[p + 1]] if k else self._ids[:0]
            for p, k in zip(places.tolist(), known.tolist(), strict=True)
        ]


class Exact:
    """Strings to ids by hash, sixteen bytes a string; knows which lengths can start with two given characters."""

    def __init__(self, forms: Iterable[tuple[str, int]]) -> None:
        hashes: list[int] = []
        ids: list[int] = []
        heads: dict[str, int] = {}
        for form, owner in forms:
            hashes.append(hash(form))
            ids.append(owner)
            head = form[:2]
            heads[head] = heads.get(head, 0) | 1 << min(len(form), 63)
        self._map = Multimap(np.array(hashes, np.int64), np.array(ids, np.int32))
        lengths = {mask: tuple(n for n in range(63, 1, -1) if mask >> n & 1) for mask in set(heads.values())}
        self._lengths = {head: lengths[mask] for head, mask in heads.items()}

    def get(self, form: str) -> Ids:
        """The ids of one string."""
        return self._map.get([hash(form)])[0]

    def spans(self, text: str) -> list[tuple[int, int, Ids]]:
        """Every known string inside a text: (start, end, ids), longest first at each start."""
        spans = [
            (start, start + length)
            for start in range(len(text) - 1)
            for length in self._lengths.get(text[start : start + 2], ())
            if start + length <= len(text)
        ]
        if not spans:
            return []
        found = self._map.get([hash(text[start:end]) for start, end in spans])
        return [(start, end, ids) for (start, end), ids in zip(spans, found, strict=True) if len(ids)]
