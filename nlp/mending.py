"""Mends the tagger's spans by what is certain: codes and phones, known names, and names that begin a longer one."""

from __future__ import annotations

from dataclasses import replace

from nlp.reading import Reading
from nlp.roles import TIMES, Tagged
from nlp.sentences import Span

_MISTAKEN = ("title", "community", "town", "person")  # what the tagger takes names of organisations for
KNOWN = 0.9  # likeness to a name of the directory from which it is that name
_ALWAYS = {"ticket": "ticket_no", "filing": "filing_no", "phone": "phone", "id": "id_number"}
_AREAS = ("community", "town")
_BEGUN_BY = {
    "community": ("place", "organization"),
    "town": ("place", "organization"),
    "person": ("organization",),
}
_AREA_ENDS = ("社区", "村", "镇", "街道", "新城")
_LEADING = {"organization": "和跟与由请让给帮替", "person": "找由请让给"}


def mended(tagged: Tagged, reading: Reading) -> list[tuple[Span, float]]:
    """The spans in text order, each character in one span at most."""
    certain = [
        (Span(mark.start, mark.end, _ALWAYS[mark.family]), 1.0) for mark in reading.marks if mark.family in _ALWAYS
    ]
    kept = certain + [one for one in tagged if _free(one[0], certain)]
    kept += [
        (Span(mark.start, mark.end, mark.family), 0.5)
        for mark in reading.marks
        if mark.family in _AREAS
        and reading.text[mark.start : mark.end].endswith(_AREA_ENDS)
        and _free(Span(mark.start, mark.end, mark.family), kept)
    ]
    kept = _without_names(reading, kept)
    kept += _said_by_name(reading, kept)
    return _joined(
        sorted(((_trimmed(span, reading.text), score) for span, score in kept), key=lambda one: one[0].start)
    )


def _without_names(reading: Reading, kept: Tagged) -> list[tuple[Span, float]]:
    """丝竹社排练 is titled 排练 where 丝竹社 is somebody of the directory; alone it is no title, nor a community."""
    sure = [m for m in reading.marks if m.family == "organization" and m.found.certain]
    row: list[tuple[Span, float]] = []
    for span, score in kept:
        name = next((m for m in sure if span.slot in _MISTAKEN and m.start == span.start and m.end <= span.end), None)
        rest = replace(span, start=name.end) if name else span
        row += [(rest, score)] if not name or (span.slot == "title" and rest.end - rest.start > 1) else []
    return row


def _said_by_name(reading: Reading, kept: Tagged) -> list[tuple[Span, float]]:
    """The first organisation that is called by a name of the directory, where the tagger passed it over."""
    said = [
        Span(mark.start, mark.end, "organization")
        for mark in reading.marks
        if mark.family == "organization" and mark.found.candidates[0][1] >= KNOWN
    ]
    passed = not any(span.slot == "organization" for span, _ in kept)
    return [(span, 0.5) for span in said if passed and _free(span, kept)][:1]


def with_day(tagged: Tagged, reading: Reading, intent: str) -> list[tuple[Span, float]]:
    """取消明天那场: the one day told says which is called off, also where the tagger passed it over."""
    times = [mark for mark in reading.marks if mark.family == "time"]
    if intent != "activity.cancel" or len(times) != 1 or any(span.slot in TIMES for span, _ in tagged):
        return list(tagged)
    day = Span(times[0].start, times[0].end, "start")
    return [*tagged, (day, 0.5)] if _free(day, tagged) else list(tagged)


def _free(span: Span, others: Tagged) -> bool:
    return all(span.end <= other.start or other.end <= span.start for other, _ in others)


def _trimmed(span: Span, text: str) -> Span:
    """和德企志愿队 without its 和; of 合唱队、先锋队 the first."""
    listed = text.find("、", span.start + 1, span.end)
    if span.slot in ("organization", "person") and listed > 0:
        span = replace(span, end=listed)
    leads = text[span.start] in _LEADING.get(span.slot, "") and span.end - span.start > 3
    return replace(span, start=span.start + 1) if leads else span


def _joined(tagged: Tagged) -> list[tuple[Span, float]]:
    """A community or town right before a place or an organisation begins its name; a person too (周玉兰毽球队)."""
    row: list[tuple[Span, float]] = []
    for span, score in tagged:
        before = row[-1][0] if row else None
        if before and before.end == span.start and span.slot in _BEGUN_BY.get(before.slot, ()):
            row[-1] = (replace(span, start=before.start), score)
        else:
            row.append((span, score))
    return row
