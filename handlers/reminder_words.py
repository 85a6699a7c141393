"""How a reminder is spoken of: its date, its rule, its kind, and what is sent when it falls due."""

import re
from datetime import datetime, time

from handlers import words
from handlers.skill import Nudge, Refused, Reply, Skill, Turn, When
from models import reminder
from models.base import Session, unseal
from models.messages import SOON
from models.reminder import OWN, Reminder

skill = Skill("reminder")  # its words: reminder.yaml, beside this file
PAGE = 8  # lines of one answer


def wishes(text: str, wish: str) -> bool:
    return any(sign in text for sign in skill.words["wishes"][wish])


def fits(text: str, pattern: str) -> bool:
    return re.search(skill.words["patterns"][pattern], text.strip()) is not None


def plan(turn: Turn, row: Reminder) -> None:
    turn.remind([nudge(turn.db, row, row.due)], source=row.no)


def nudge(db: Session, row: Reminder, at: datetime) -> Nudge:
    return Nudge(
        user_id=row.created_by or 0,
        key=f"reminder:{row.no}:{at:%Y%m%d%H%M}",
        text=skill.text("due", title=unseal(db, row.title)),
        kind=OWN,
        send_at=at,
        not_after=reminder.not_after(row, at),
        source=row.no,
        urgency=SOON,  # at its minute, which is quiet to nobody who asked for it (models/due.py)
    )


def told(turn: Turn, key: str, row: Reminder) -> Reply:
    """What was noted, with the absolute date, and how to be rid of it."""
    first = When.of(row.due)
    often = rule_named(row.repeat, first)
    values = {"title": turn.unseal(row.title), "no": row.no, "when": dated(turn, first)}
    return skill.say(f"{key}often", **values, rule=often) if often else skill.say(f"{key}once", **values)


def dated(turn: Turn, when: When) -> str:
    """The date with its weekday, and with the year where it is another."""
    year = when.day.year
    return words.moment(when) if year == turn.now.year else skill.text("dated", year=year, moment=when)


def rule_named(repeat: str | None, first: When) -> str | None:
    """A rule and its hour as people say them: 每月25号上午9:00."""
    if repeat is None:
        return None
    parts = dict(part.split("=", 1) for part in repeat.split(";"))
    spoken = day_of_rule(parts, first) or words.repeated(repeat)
    until = parts.get("UNTIL")
    last = When(f"{until[:4]}-{until[4:6]}-{until[6:8]}") if until else None
    return skill.text("until" if last else "rule", rule=spoken, clock=words.clock(first), last=last)


def day_of_rule(parts: dict[str, str], first: When) -> str | None:
    """Rules whose day has a name of its own: 每年9月1号, 每季度最后一天; None for the others."""
    if parts["FREQ"] == "YEARLY":
        return skill.text("yearly", month=first.day.month, day=first.day.day)
    every = skill.words["every"].get(parts["FREQ"] + parts.get("INTERVAL", "1"))
    day = parts.get("BYMONTHDAY", "")
    if every is None or not day:
        return None
    return (
        skill.text("month_end", every=every) if day == "-1" else skill.text("monthly", every=every, day=day.split(","))
    )


def mine(turn: Turn, no: str | None) -> Reminder:
    found = reminder.own(turn.db, turn.user, no=no) if no else []
    if not found:
        raise Refused("unknown")
    return found[0]


def cancelled(turn: Turn, row: Reminder) -> Reply:
    reminder.cancel(turn.db, turn.user, turn.now, row)
    return skill.say("cancelled", title=turn.unseal(row.title))


def named(kind: str) -> str:
    return str(skill.words["kinds"].get(kind, {"name": kind})["name"])


def spoken_hour(turn: Turn, clock: time) -> str:
    return words.clock(When(f"{turn.now:%Y-%m-%d}T{clock:%H:%M}"))
