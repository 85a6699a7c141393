"""Words of a skill: its YAML file, and sentences filled from it."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

import yaml

from models.when import SHANGHAI, When

HERE = Path(__file__).parent
_formatter = Formatter()


@cache
def load(name: str) -> Mapping[str, Any]:
    """The YAML beside the handler; empty when there is none."""
    path = HERE / f"{name}.yaml"
    if not path.exists():
        return {}
    with path.open(encoding="utf-8") as file:
        return yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)) or {}


def sentence(template: str, values: Mapping[str, Any]) -> str:
    """Fills `{slot}`; a line with a slot that has no value is left out whole."""
    filled = (_line(line, values) for line in template.strip("\n").split("\n"))
    return "\n".join(line for line in filled if line is not None)


def _line(line: str, values: Mapping[str, Any]) -> str | None:
    out: list[str] = []
    for literal, field, _, _ in _formatter.parse(line):
        out.append(literal)
        if field is not None:
            value = spoken(values.get(field))
            if value == "":
                return None
            out.append(value)
    return "".join(out)


def spoken(value: Any) -> str:
    """A value as people say it: dates with weekday, numbers without `.0`, lists joined."""
    if value is None:
        return ""
    if isinstance(value, When):
        return moment(value)
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return str(load("words")["comma"]).join(spoken(item) for item in value)
    return str(value)


def day_name(value: When) -> str:
    """11月25日(周三)."""
    words = load("words")
    day = value.day
    return str(words["day"]).format(month=day.month, day=day.day, weekday=words["weekdays"][day.weekday()])


def moment(value: When) -> str:
    """11月25日(周三)下午2:30, or with the part of day, or the day alone."""
    if value.clock is None:
        return day_name(value) + (load("words")["parts"][value.part] if value.part else "")
    return day_name(value) + clock(value)


def clock(value: When) -> str:
    """下午2:30; the hour as people say it, never 14:30."""
    words, hour = load("words"), value.at().hour
    part = next(row["name"] for row in words["hours"] if hour < row["before"])
    shown = hour - 12 if hour > 12 else hour
    return f"{part}{shown}:{value.at().minute:02d}"


def span(start: When, end: When | None) -> str:
    """A start and, where there is one, its end, without saying the day twice."""
    if end is None:
        return moment(start)
    same_day = start.day == end.day
    if same_day and end.clock is None:
        return moment(start)
    return f"{moment(start)}{load('words')['to']}{clock(end) if same_day else moment(end)}"


def joined(*parts: Any) -> str:
    """What is known of several facts, in one breath: 合唱排练，周六上午9:00，活动室."""
    return str(load("words")["pause"]).join(text for part in parts if (text := spoken(part)))


def numbered(labels: Iterable[str]) -> str:
    """Choices a thumb can answer: one a line, with its number."""
    return "\n".join(f"{place}. {label}" for place, label in enumerate(labels, 1))


def in_year(start: When, told: str, year: int) -> str:
    """`told` as it is, or with its year where that is not the one people are in."""
    if start.day.year == year:
        return told
    return str(load("words")["other_year"]).format(year=start.day.year, day=told)


def repeated(rule: str | None) -> str | None:
    """An RFC 5545 rule as people say it (每周二、四); None for one that has no short name."""
    if not rule:
        return None
    table = load("words")["repeat"]
    parts = dict(part.split("=", 1) for part in rule.split(";"))
    days = [table["days"][day[-2:]] for day in parts.get("BYDAY", "").split(",") if day[-2:] in table["days"]]
    every = table["every"].get(parts["FREQ"] + parts.get("INTERVAL", "1"), table["other"])
    named = every + (load("words")["comma"].join(days) if parts["FREQ"] == "WEEKLY" else "")
    if "BYMONTHDAY" in parts:
        named += table["monthday"].format(day=parts["BYMONTHDAY"])
    return str(named)


def at_hour(day: date, hour: int) -> datetime:
    """A local instant, aware."""
    return datetime.combine(day, time(hour), SHANGHAI)


def period(value: str | None) -> str | None:
    """A period of the contract as people say it: 2026-Q3 is 2026年第三季度."""
    table = load("words")
    for entry in table["periods"] if value else ():
        if found := re.fullmatch(entry["pattern"], str(value)):
            parts: dict[str, Any] = {name: int(digits) for name, digits in found.groupdict().items()}
            if "quarter" in parts:
                parts["quarter"] = table["ordinals"]["numerals"][parts["quarter"] - 1]
            return str(entry["name"]).format(**parts)
    return value
