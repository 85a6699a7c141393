"""Directory entries packed in one block of bytes and unpacked one at a time."""

from collections.abc import Sequence

import numpy as np

from nlp.names.types import Entry

_FIELD = "\x1f"


class Rows:
    """Read-only list of entries at about a hundred bytes each."""

    __slots__ = ("_block", "_starts")

    def __init__(self, entries: Sequence[Entry]) -> None:
        rows = [_pack(entry) for entry in entries]
        self._block = b"".join(rows)
        self._starts = np.cumsum([0, *map(len, rows)], dtype=np.int64)

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __getitem__(self, index: int) -> Entry:
        row = self._block[self._starts[index] : self._starts[index + 1]].decode("utf-8", "surrogatepass")
        kind, key, name, community, town, *aliases = row.split(_FIELD)
        return Entry(kind, key, name, tuple(aliases), community or None, town or None)


def _pack(entry: Entry) -> bytes:
    fields = (entry.kind, entry.id, entry.name, entry.community or "", entry.town or "", *entry.aliases)
    return _FIELD.join(field.replace(_FIELD, " ") for field in fields).encode("utf-8", "surrogatepass")
