"""Candidates for a wording, ordered by likeness and nearness; and when the first may be taken without asking."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, islice

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import LCSseq

from nlp.names.forms import everyday_of, fancy_of, is_everyday, own_of
from nlp.names.index import Ids, Multimap, Texts, query_keys
from nlp.names.sound import exact_sound, folded_sound

_POOL = 24  # candidates compared in full
_KEPT = 6  # of these are handed on
_PLAUSIBLE = 0.7  # below this likeness no slip of the tongue or pen explains the difference
_COMMON = 600  # a single sound that more names share says nothing
_BONUS = {"asked": 0.25, "own": 0.12, "heard": 0.1, "town": 0.05, "far": 0.0}
_ASKABLE = 0.45  # below this likeness a candidate is no sensible question
_BEHIND = 0.3  # nor is one this far behind the best
_CLEAR = 0.08  # lead over the runner-up that makes a question needless
_BREAK = "\x1f"


@dataclass(frozen=True, slots=True)
class Scope:
    """Where to look first: the sender's community and town (-1: unknown), and areas named with the name itself."""

    community: int
    town: int
    asked: frozenset[int] = frozenset()
    heard: bool = False  # the area before the name only sounds like one: a weaker hint


@dataclass(frozen=True, slots=True)
class Scored:
    """One candidate; `score` is the likeness alone, `rank` adds nearness and orders."""

    index: int
    score: float
    rank: float
    nearness: str  # asked, own, heard, town, far
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

    def rank(self, wording: str, known: Ids, scope: Scope, search: bool = True) -> list[Scored]:
        """The most likely entries for a wording, best first: those `known` to sound so, with `search` similar ones."""
        heard, own = folded_sound(wording), folded_sound(own_of(wording))
        pool = self._pool(heard, scope) if search else known[:0]
        if len(known):
            pool = np.unique(np.concatenate((pool, self._nearest(known, scope))))
        bonus = self._bonus(pool, scope).tolist()
        likely = [
            (*self._nearest_form(index, wording, heard), index, extra)
            for index, extra in zip(pool.tolist(), bonus, strict=True)
        ]
        likely.sort(key=lambda item: (-item[0] - item[4], item[3]))
        akin = islice((item for item in likely if self._akin(own, item[3])), _KEPT)
        return [self._scored(wording, heard, scope, *item) for item in akin]

    def _akin(self, own: str, index: int) -> bool:
        """Whether a name shares more than the kind of team with one whose own part sounds `own`.

        红枫艺术团 is no slip for 旗袍艺术团.
        """
        others = (own_of(form) for form in self._forms[index].split(_BREAK)) if len(own) >= 2 else ("",)
        return any(not other or LCSseq.similarity(own, folded_sound(other)) for other in others)

    def _nearest_form(self, index: int, wording: str, heard: str) -> tuple[float, str, str]:
        """The likeness of the most similar of an entry's names, that name and its sound."""
        forms, sounds = self._forms[index].split(_BREAK), self._forms.heard(index).split(_BREAK)
        return max(
            (_likeness(wording, heard, form, sound), form, sound) for form, sound in zip(forms, sounds, strict=True)
        )

    def _scored(
        self, wording: str, heard: str, scope: Scope, likeness: float, form: str, sound: str, index: int, bonus: float
    ) -> Scored:
        whole = likeness >= _PLAUSIBLE and _explains(heard, sound)
        return Scored(
            index=index,
            score=round(likeness, 4),
            rank=likeness + bonus,
            nearness=self._nearness(index, scope),
            exact=form == wording,
            named=form == wording or (wording in form and wording in (everyday_of(form), fancy_of(form))),
            explained=whole,
            same_sound=whole and exact_sound(wording) in exact_sound(form),
        )

    def _nearest(self, ids: Ids, scope: Scope) -> Ids:
        return ids[np.argsort(-self._bonus(ids, scope), kind="stable")[:_POOL]]

    def _bonus(self, ids: Ids, scope: Scope) -> NDArray[np.float64]:
        bonus = np.zeros(len(ids))
        if scope.town >= 0:
            bonus[self.towns[ids] == scope.town] = _BONUS["town"]
        if scope.community >= 0:
            bonus[self.communities[ids] == scope.community] = _BONUS["own"]
        for area in scope.asked:
            inside = (self.communities[ids] == area) | (self.towns[ids] == area)
            bonus[inside] = _BONUS["heard" if scope.heard else "asked"]
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
        ids = np.flatnonzero(mass > 0).astype(np.int32)
        if len(ids) <= _POOL:
            return ids
        shared = mass[ids] + self._bonus(ids, scope) * 4 * max(weights)
        return ids[np.argpartition(-shared, _POOL)[:_POOL]]

    def _nearness(self, index: int, scope: Scope) -> str:
        community, town = int(self.communities[index]), int(self.towns[index])
        if scope.asked:
            inside = community in scope.asked or town in scope.asked
            return ("heard" if scope.heard else "asked") if inside else "far"
        if scope.community >= 0 and community == scope.community:
            return "own"
        return "town" if scope.town >= 0 and town == scope.town else "far"


def _likeness(wording: str, heard: str, form: str, sound: str) -> float:
    """0 to 1: how much of the wording the name explains, and a little of how much of the name was said."""
    mass = 0.75 * LCSseq.similarity(heard, sound) + 0.25 * LCSseq.similarity(wording, form)
    return 0.8 * mass / (len(wording) or 1) + 0.2 * mass / (len(form) or 1)


def _explains(heard: str, sound: str) -> bool:
    """Every syllable heard is in the name: in one piece, as nearly all of it, or swapped or doubled by a slip."""
    if heard in sound:
        return True
    if LCSseq.similarity(heard, sound) == len(heard) and len(heard) >= 0.7 * len(sound):
        return True
    return len(sound) >= 4 and (sorted(heard) == sorted(sound) or _undoubled(heard) == _undoubled(sound))


def _undoubled(sound: str) -> str:
    return "".join(char for char, _ in groupby(sound))


def is_certain(ranked: Sequence[Scored], name: str, scope: Scope) -> bool:
    """Whether the first of `ranked` may be taken without asking; a wrong link is worse than a question.

    Somebody with a community of their own who names no other is asked before a team from elsewhere is taken.
    """
    best = ranked[0]
    if not best.explained or len(name) < (2 if best.exact else 3):
        return False
    if len(ranked) > 1 and best.rank - ranked[1].rank < _lead(best, ranked[1]):
        return False
    if best.nearness in ("asked", "own") or (best.nearness == "heard" and scope.community < 0):
        return best.named or best.same_sound or len(name) >= 4
    return best.exact and scope.community < 0 and not is_everyday(name)


def _lead(best: Scored, rival: Scored) -> float:
    """How far ahead the first must be: little where only it is meant letter for letter, much where both are."""
    if best.named and rival.named and best.nearness == rival.nearness:
        return 0.3
    return 0.02 if best.named and not rival.named else _CLEAR


def likely(ranked: Sequence[Scored]) -> list[Scored]:
    """The candidates worth asking about."""
    least = max(_ASKABLE, ranked[0].score - _BEHIND)
    return [scored for scored in ranked if scored.score >= least]
