"""Filling a form: what is missing, what an answer fills, how it is asked and echoed; pure functions over a Task."""

from collections.abc import Container, Mapping
from typing import Any

from pydantic import ValidationError

from bot.state import Task
from handlers import words
from handlers.skill import Action, Form, When
from nlp.shifts import grown, moved
from nlp.times.dayless import dayless
from nlp.types import Understanding

SPOKEN_WHOLE = ("text", "title", "place", "person", "reason", "organization", "community", "code", "outcome")
MEASURES = ("start", "end", "repeat", "period", "headcount", "volunteers", "households", "hours", "money")


def accept(action: Action, task: Task, slots: Mapping[str, Any]) -> bool:
    """Takes over the slots this form has a place for; whether any was new."""
    wanted = {name: value for name, value in slots.items() if name in action.form.model_fields}
    fresh = {name: value for name, value in wanted.items() if task.slots.get(name) != value}
    if "organization" in fresh and "organization_id" not in fresh:
        task.slots.pop("organization_id", None)
        task.slots.pop("organization_name", None)
    if "start" in fresh:
        fresh["start"] = with_clock(fresh["start"], task.slots.get("start"))
        if "end" not in fresh:
            shift_end(task.slots, fresh["start"])
    task.slots.update(fresh)
    return bool(fresh)


def on_the_same_day(text: str, told: Mapping[str, Any], before: str | None) -> dict[str, Any]:
    """An hour said alone keeps the day: 不对，是下午四点 moves nothing to today."""
    if not before or not told.keys() & {"start", "end"} or not dayless(text):
        return dict(told)
    return {name: before[:10] + value[10:] if name in ("start", "end") else value for name, value in told.items()}


def relative(slots: Mapping[str, Any], text: str) -> dict[str, Any]:
    """推迟一小时, 再加5个人: the new values, reckoned from those that stand."""
    by, found = moved(text), dict[str, Any]()
    if by and slots.get("start"):
        found["start"] = str(When(slots["start"]).moved(by))
    for name, more in grown(text).items():
        if isinstance(slots.get(name), int):
            found[name] = max(slots[name] + more, 0)
    return found


def with_clock(start: str, before: str | None) -> str:
    """A day said alone keeps the hour: 改成礼拜天 moves nothing else."""
    return start + before[10:] if before and len(start) == 10 else start


def shift_end(slots: dict[str, Any], start: str) -> None:
    """A moved beginning moves the end with it, or drops it where the length is unknown."""
    before, end = slots.get("start"), slots.pop("end", None)
    if not before or not end or not (When(before).clock and When(end).clock and When(start).clock):
        return
    moved = When(start).at() + (When(end).at() - When(before).at())
    slots["end"] = str(When.of(moved))


def missing(action: Action, task: Task) -> str | None:
    """The next slot to ask: a required one, then one that may be skipped."""
    for name, info in action.form.model_fields.items():
        empty = task.slots.get(name) in (None, "", [])
        extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        if empty and (info.is_required() or (extra.get("asked") and name not in task.skipped)):
            return name
    return None


def missing_required(action: Action, slots: Mapping[str, Any]) -> str | None:
    """The first slot without which the form cannot be done."""
    required = (name for name, info in action.form.model_fields.items() if info.is_required())
    return next((name for name in required if name not in slots), None)


def complete(action: Action, slots: Mapping[str, Any]) -> bool:
    """Whether these slots alone would do what the form is for."""
    needs = any(info.is_required() for info in action.form.model_fields.values())
    return needs and missing_required(action, slots) is None


def skippable(action: Action, slot: str) -> bool:
    return slot in action.form.model_fields and not action.form.model_fields[slot].is_required()


def question(action: Action, task: Task, slot: str) -> str:
    """Asks for `slot` in the skill's words; where the YAML lists options they become numbered choices."""
    own, common = action.skill.words, words.load("words")
    asks = {**common.get("ask", {}), **own.get("ask", {})}
    text = str(asks.get(f"{action.verb}.{slot}") or asks[slot])
    options = own.get("options", {}).get(slot, [])
    if options and not task.choices:
        task.choices = [(option, option) for option in options]
    if task.choices:
        text += "\n" + words.numbered(label for _, label in task.choices)
    task.asked = slot
    if not task.history or task.history[-1] != slot:
        task.history.append(slot)
    return text


def filled(action: Action, task: Task) -> Form:
    """The finished form; raises ValidationError naming the slots that do not fit."""
    return action.form.model_validate(task.slots)


def drop_misfits(task: Task, error: ValidationError) -> str:
    """Forgets the values that do not fit; the first such slot."""
    wrong = [str(problem["loc"][0]) for problem in error.errors()]
    for name in wrong:
        task.slots.pop(name, None)
    return wrong[0]


def measures_inside(said: Understanding, slot: str) -> set[str]:
    """Dates and numbers that stand inside the answer for `slot`: 重阳节 in the title 重阳节慰问演出 says no day."""
    whole = next((value for value in said.values if value.slot == slot), None)
    if whole is None or slot in MEASURES:
        return set()
    return {v.slot for v in said.values if v.slot in MEASURES and whole.start <= v.start and v.end <= whole.end}


def in_own_words(task: Task, said: Understanding) -> dict[str, Any]:
    """The whole sentence as the answer, with what else it tells; a title tells no day, a story may tell anything."""
    more = {name: value for name, value in said.slots.items() if name not in task.history}
    if task.asked != "text":
        more = {name: value for name, value in more.items() if name not in task.slots and name not in MEASURES}
    return {**more, str(task.asked): said.text.strip()}


def told(said: Understanding, slots: Container[str] | None = None) -> float:
    """How much of the sentence its recognised values (of these slots) cover, 0 to 1."""
    counted = (value for value in said.values if slots is None or value.slot in slots)
    covered = {at for value in counted for at in range(value.start, value.end)}
    return len(covered) / (len(said.text.strip()) or 1)


def echo(action: Action, task: Task, community: str | None, year: int) -> str:
    """What was understood, line by line; unknown lines are left out, a year is told where it is not `year`."""
    slots = task.slots
    start, end = slots.get("start"), slots.get("end")
    values: dict[str, Any] = {
        **slots,
        "community": slots.get("community") or community,
        "when": words.in_year(When(start), words.span(When(start), When(end) if end else None), year)
        if start
        else None,
        "organization": slots.get("organization_name") or slots.get("organization"),
        "repeat": words.repeated(slots.get("repeat")),
        "period": words.period(slots.get("period")),
        "photos": len(task.photos) or None,
    }
    return words.sentence(action.skill.words["echo"][action.verb], values)


def choice(task: Task, text: str) -> tuple[str, str] | None:
    """The numbered choice a person picked: its number (1, 一, 第一个) or a distinctive piece of its label."""
    ordinals = words.load("words")["ordinals"]
    said = text.strip().strip(ordinals["around"])
    bare = said.strip(ordinals["affixes"])
    place = int(bare) if bare.isdecimal() else ordinals["numerals"].find(bare) + 1 if len(bare) == 1 else 0
    if 1 <= place <= len(task.choices):
        return task.choices[place - 1]
    if len(said) < 2:
        return None
    hits = [pair for pair in task.choices if said in pair[1] or pair[1] in said]
    return hits[0] if len(hits) == 1 else None
