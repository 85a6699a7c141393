"""Candidates for a wording, ordered by likeness and nearness; and when the first may be taken without asking."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import LCSseq

from nlp.names.forms import everyday_of, fancy_of, is_everyday
from nlp.names.index import Ids, Multimap, Texts, query_keys
from nlp.names.sound import exact_sound, folded_sound

_POOL = 24  # candidates compared in full
_COMMON = 600  # a single sound that more names share says nothing
_BONUS = {"asked": 0.25, "own": 0.12, "town": 0.05, "far": 0.0}
_CLEAR = 0.08  # lead over the runner-up that makes a question needless
_BREAK = "\x1f"


@dataclass(frozen=True, slots=True)
class Scope:
    """Where to look first: areas named with the name itself, then the sender's community and town (-1: unknown)."""

    asked: frozenset[int]
    community: int
    town: int


@dataclass(frozen=True, slots=True)
class Scored:
    """One candidate; `score` is the likeness alone, `rank` adds nearness and orders."""

    index: int
    score: float
    rank: float
    nearness: str  # asked, own, town, far
    exact: bool  # the name without its place, or an alias, letter for letter
    named: bool  # exact, or the everyday or fancy part letter for letter
    explained: bool  # every syllable of the wording is heard in the name, in one piece or nearly all of it
    same_sound: bool  # and without dialect merging


class Ranking:
    """Comparable names of a vocabulary with where they belong."""

    __slots__ = ("_forms", "_pairs", "communities", "towns")

    def __init__(self, cores: Sequence[str], communities: NDArray[np.int32], towns: NDArray[np.int32]) -> None:
        self._forms = Texts(cores)
        self._pairs = Multimap(*self._forms.keys())
        self.communities = communities
        self.towns = towns

    def rank(self, wording: str, exact: Ids, scope: Scope) -> list[Scored]:
        """The most likely entries for a wording, unordered; `exact` holds those known under it letter for letter."""
        heard = folded_sound(wording)
        pool = self._pool(heard, scope)
        if len(exact):
            pool = np.unique(np.concatenate((pool, self._nearest(exact, scope))))
        return [self._score(int(index), wording, heard, scope) for index in pool]

    def _nearest(self, ids: Ids, scope: Scope) -> Ids:
        return ids[np.argsort(-self._bonus(ids, scope), kind="stable")[:_POOL]]

    def _bonus(self, ids: Ids, scope: Scope) -> NDArray[np.float64]:
        bonus = np.zeros(len(ids))
        if scope.town >= 0:
            bonus[self.towns[ids] == scope.town] = _BONUS["town"]
        if scope.community >= 0:
            bonus[self.communities[ids] == scope.community] = _BONUS["own"]
        for area in scope.asked:
            bonus[(self.communities[ids] == area) | (self.towns[ids] == area)] = _BONUS["asked"]
        return bonus

    def _pool(self, heard: str, scope: Scope) -> Ids:
        """The entries that share the rarest sounds with the wording; near ones get a head start."""
        keys = query_keys(heard)
        postings = self._pairs.get(keys)
        useful = [
            ids for key, ids in zip(keys, postings, strict=True) if len(ids) and (key >> 16 or len(ids) <= _COMMON)
        ]
        if not useful:
            return np.zeros(0, np.int32)
        total = len(self.communities)
        weights = [math.log(1 + total / len(ids)) for ids in useful]
        mass = np.bincount(np.concatenate(useful), np.repeat(weights, [len(ids) for ids in useful]), minlength=total)
        ids = np.flatnonzero(mass).astype(np.int32)
        if len(ids) <= _POOL:
            return ids
        mass = mass[ids] + self._bonus(ids, scope) * 4 * max(weights)
        return ids[np.argpartition(-mass, _POOL)[:_POOL]]

    def _score(self, index: int, wording: str, heard: str, scope: Scope) -> Scored:
        nearness = self._nearness(index, scope)
        best: Scored | None = None
        for form, sound in zip(self._forms[index].split(_BREAK), self._forms.heard(index).split(_BREAK), strict=True):
            same = LCSseq.similarity(heard, sound)
            mass = 0.75 * same + 0.25 * LCSseq.similarity(wording, form)
            score = 0.8 * mass / (len(wording) or 1) + 0.2 * mass / (len(form) or 1)
            if best is None or score > best.score:
                whole = same == len(wording) and (heard in sound or same >= 0.7 * len(form))
                best = Scored(
                    index,
                    round(score, 4),
                    score + _BONUS[nearness],
                    nearness,
                    form == wording,
                    form == wording or wording in (everyday_of(form), fancy_of(form)),
                    whole,
                    whole and exact_sound(wording) in exact_sound(form),
                )
        assert best is not None
        return best

    def _nearness(self, index: int, scope: Scope) -> str:
        community, town = self.communities[index], self.towns[index]
        if scope.asked:
            return "asked" if community in scope.asked or town in scope.asked else "far"
        if scope.community >= 0 and community == scope.community:
            return "own"
        return "town" if scope.town >= 0 and town == scope.town else "far"


def is_certain(ranked: Sequence[Scored], name: str) -> bool:
    """Whether the first of `ranked` may be taken without asking; a wrong link is worse than a question."""
    best = ranked[0]
    if not best.explained or len(name) < 2 or (len(name) < 3 and not best.exact):
        return False
    if len(ranked) > 1 and best.rank - ranked[1].rank < _lead(best, ranked[1]):
        return False
    if best.nearness in ("asked", "own"):
        return best.named or best.same_sound or (best.explained and len(name) >= 4)
    if is_everyday(name) or len(name) < 4:
        return False
    return best.exact


def _lead(best: Scored, rival: Scored) -> float:
    """How far ahead the first must be: little where only it is meant letter for letter, much where both are."""
    if best.named and rival.named and best.nearness == rival.nearness:
        return 0.3
    return 0.02 if best.named and not rival.named else _CLEAR
