"""Vocabulary: finds the names of one district in a message and links a name to the directory."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from nlp.names.areas import Area, Areas
from nlp.names.forms import below_city, is_everyday, organization_forms
from nlp.names.index import Exact, Ids
from nlp.names.ranking import Ranking, Scope, Scored, is_certain, likely
from nlp.names.rows import Rows
from nlp.names.sound import folded_sound
from nlp.names.types import Entry, NameMatch

_QUOTES = re.compile(r"[\s\"'“”‘’「」『』《》〈〉()()【】\[\]·・.,,。、:;!?-]+")


class Vocabulary:
    """The names of one district. Immutable once built, safe to share between threads."""

    __slots__ = ("_areas", "_exact", "_heard", "_keys", "_ranking", "_rows")

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._rows = Rows(entries)
        self._keys = _area_keys(entries)
        self._areas = Areas.build(entries, self._keys)
        cores: list[str] = []
        said: list[tuple[str, int]] = []
        for index, entry in enumerate(entries):
            core, names = _spoken(entry)
            cores.append(core)
            said += [(name, index) for name in names]
        communities = np.fromiter((self._key(entry.community) for entry in entries), np.int32, len(entries))
        towns = np.fromiter((self._key(entry.town) for entry in entries), np.int32, len(entries))
        self._exact = Exact(said)
        self._heard = Exact((folded_sound(name), index) for name, index in said if len(name) >= 3)
        self._ranking = Ranking(cores, communities, towns)

    @classmethod
    def build(cls, entries: Iterable[Entry]) -> "Vocabulary":
        """Index the entries of one district."""
        return cls(list(entries))

    def _key(self, area: str | None) -> int:
        """The number of a community or town, given its id or its name; -1 for nowhere."""
        return self._keys.get(area, -1) if area else -1

    # --- linking one name -------------------------------------------------------------------------------

    def link(
        self,
        span: str,
        *,
        kind: str = "organization",
        community: str | None = None,
        town: str | None = None,
        limit: int = 5,
    ) -> list[tuple[Entry, float]]:
        """Candidates for a name somebody used, best first, with their likeness from 0 to 1.

        `community` and `town` are the sender's (id or name): their own come first.
        """
        if kind != "organization":
            return [(self._rows[index], score) for index, score, _ in self._link_area(span, kind, town)][:limit]
        return [(self._rows[s.index], s.score) for s in self._rank(span, self._scope(community, town))[:limit]]

    def resolve(
        self,
        span: str,
        *,
        kind: str = "organization",
        community: str | None = None,
        town: str | None = None,
        limit: int = 5,
    ) -> NameMatch | None:
        """The name as a match: one candidate where it is certain, else the choices to ask about; None without any."""
        if kind != "organization":
            return self._resolve_area(span, kind, town, limit)
        scope = self._scope(community, town)
        return self._match(0, len(span), self._rank(span, scope), span, scope, limit)

    def _scope(self, community: str | None, town: str | None) -> Scope:
        return Scope(self._key(community), self._key(town))

    def _rank(self, span: str, scope: Scope, search: bool = True) -> list[Scored]:
        """All candidates for a wording, read once as it stands and once behind each place it may begin with."""
        name = below_city(_QUOTES.sub("", span))
        best: dict[int, Scored] = {}
        for wording, where in self._readings(name, scope):
            for scored in self._ranking.rank(wording, self._known(wording), where, search):
                if scored.index not in best or scored.rank > best[scored.index].rank:
                    best[scored.index] = scored
        return sorted(best.values(), key=lambda scored: (-scored.rank, scored.index))

    def _known(self, wording: str) -> Ids:
        """The entries one of whose names is written or heard exactly like this."""
        return np.concatenate((self._exact.get(wording), self._heard.get(folded_sound(wording))))

    def _readings(self, name: str, scope: Scope) -> Iterator[tuple[str, Scope]]:
        """城厢镇梅园社区合唱队 may be meant as it stands, as something of the town, or as the community's 合唱队."""
        yield name, scope
        for prefix in self._areas.prefixes(name):
            rest = name[prefix.end :].removeprefix("的")
            if len(rest) >= 2:
                yield rest, self._within(prefix, scope)
                for inner in self._areas.prefixes(rest):
                    if len(rest) - inner.end >= 2:
                        yield rest[inner.end :], self._within(inner, scope)

    def _within(self, area: Area, scope: Scope) -> Scope:
        return replace(scope, asked=frozenset(self._areas.numbers[index] for index in area.ids), heard=not area.certain)

    def _match(
        self, start: int, end: int, ranked: list[Scored], name: str, scope: Scope, limit: int = 5
    ) -> NameMatch | None:
        if not ranked:
            return None
        said = _QUOTES.sub("", name)
        certain = is_certain(ranked, said, scope) or self._official(ranked, said)
        kept = ranked[:1] if certain else likely(ranked)[:limit]
        if not kept:
            return None
        candidates = tuple((self._rows[scored.index], scored.score) for scored in kept)
        return NameMatch(start, end, "organization", candidates, certain)

    def _official(self, ranked: list[Scored], name: str) -> bool:
        """The full registered name, letter for letter, of one organisation only: wherever it is, no other is meant."""
        bearers = [scored for scored in ranked if self._rows[scored.index].name == name]
        return bearers == ranked[:1] and not is_everyday(name)

    # --- communities and towns ----------------------------------------------------------------------------

    def _link_area(self, span: str, kind: str, town: str | None) -> list[tuple[int, float, bool]]:
        """(entry, score, certain) of the communities or towns a wording names."""
        name = _QUOTES.sub("", span)
        home = self._key(town)
        found = [
            (index, 1.0 if area.certain else 0.8, area.certain and home in (-1, self._ranking.towns[index]))
            for area in self._areas.whole(name)
            for index in area.ids
            if self._areas.kinds[index] == kind
        ]
        return sorted(found, key=lambda item: (-item[2], -item[1], item[0]))

    def _resolve_area(self, span: str, kind: str, town: str | None, limit: int) -> NameMatch | None:
        found = self._link_area(span, kind, town)
        if not found:
            return None
        return self._area_match(Area(0, len(span), [index for index, _, _ in found], found[0][1] == 1.0), town, limit)

    def _area_match(self, area: Area, town: str | None, limit: int = 5) -> NameMatch:
        """One name may be two places: the sender's own town decides, else it is a question."""
        home = self._key(town)
        near = [index for index in area.ids if home != -1 and self._ranking.towns[index] == home]
        ids = near if len(near) == 1 else area.ids
        certain = area.certain and len(ids) == 1
        score = 1.0 if area.certain else 0.8
        ordered = sorted(ids, key=lambda index: self._areas.kinds[index] != "town")
        candidates = tuple((self._rows[index], score) for index in ordered[:limit])
        return NameMatch(area.start, area.end, candidates[0][0].kind, candidates, certain)

    # --- finding mentions -----------------------------------------------------------------------------------

    def find(self, text: str, *, community: str | None = None, town: str | None = None) -> list[NameMatch]:
        """Mentions in a message, left to right, without overlap.

        The community of 梅园社区活动室 is reported although the whole is a place; an organisation's span takes in
        the community or town named just before it.
        """
        scope = self._scope(community, town)
        areas = self._areas.find(text)
        matches = [
            match for span in self._organization_spans(text, areas) if (match := self._found(text, *span, scope))
        ]
        taken = [(match.start, match.end) for match in matches]
        matches += [self._area_match(area, town) for area in areas if _free(area.start, area.end, taken)]
        return sorted(matches, key=lambda match: match.start)

    def _organization_spans(self, text: str, areas: list[Area]) -> list[tuple[int, int, int]]:
        """(start with the place before it, start of the name, end), the longest mentions first come."""
        spans = [(start, end) for start, end, _ in self._exact.spans(text)]
        spans += [(s, e) for s, e, _ in self._heard.spans(folded_sound(text))] if len(text) >= 3 else []
        chosen: list[tuple[int, int, int]] = []
        ends = {area.end: area.start for area in areas}
        for start, end in sorted(spans, key=lambda span: (span[0] - span[1], span[0])):
            if _free(start, end, [(first, last) for first, _, last in chosen]):
                chosen.append((self._with_place(text, start, ends), start, end))
        return chosen

    def _with_place(self, text: str, start: int, ends: dict[int, int]) -> int:
        """Where the places named directly before `start` begin."""
        while True:
            before = start - 1 if start and text[start - 1] == "的" else start
            if before in ends and ends[before] < start:
                start = ends[before]
            else:
                return start

    def _found(self, text: str, first: int, start: int, end: int, scope: Scope) -> NameMatch | None:
        name = text[first:end]
        ranked = self._rank(name, scope, search=False)
        return self._match(first, end, ranked, name, scope) if ranked and ranked[0].explained else None


def _free(start: int, end: int, taken: list[tuple[int, int]]) -> bool:
    return all(end <= first or last <= start for first, last in taken)


def _area_keys(entries: Sequence[Entry]) -> dict[str, int]:
    """One number per community or town; its id, its name and what organisations call it lead there."""
    keys: dict[str, int] = {}
    for index, entry in enumerate(entries):
        if entry.kind != "organization":
            keys[entry.id] = keys[entry.name] = index
    for entry in entries:
        for area in (entry.community, entry.town):
            if area and area not in keys:
                keys[area] = len(entries) + len(keys)
    return keys


def _spoken(entry: Entry) -> tuple[str, Iterable[str]]:
    """The text to compare with (cores, split by a unit separator) and every form to find letter for letter."""
    if entry.kind != "organization":
        return "", ()
    forms = organization_forms(entry.name, entry.aliases, entry.community, entry.town)
    names = {entry.name, *entry.aliases, *forms.cores, forms.everyday, forms.fancy}
    return "\x1f".join(forms.cores), (name for name in names if len(name) >= 2)
