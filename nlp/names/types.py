"""What goes into a vocabulary and what comes out of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One name of the directory; `community` and `town` are the keys (or names) of where it belongs."""

    kind: str  # organization, community, town
    id: str
    name: str
    aliases: tuple[str, ...] = ()
    community: str | None = None
    town: str | None = None


@dataclass(frozen=True, slots=True)
class NameMatch:
    """A mention at `text[start:end]` with its candidates, best first; `certain` where linking needs no question.

    A score of 0.85 and more means that every syllable of the mention is explained by the candidate.
    """

    start: int
    end: int
    kind: str
    candidates: tuple[tuple[Entry, float], ...]
    certain: bool
