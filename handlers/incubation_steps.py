"""How staff move a stay on: what can be done now, by number or in a sentence with its number, and what that needs."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from dateutil.relativedelta import relativedelta

from handlers.incubation_news import plan_reminders, tell_applicants
from handlers.incubation_words import listed, phrase, progress, setting, skill, town_of
from handlers.skill import Refused, Reply, Turn
from models import audit, incubation
from models.incubation import Incubation

LATER, OTHER = "later", "other"
GROUPS: Mapping[str, tuple[str, ...]] = {"assess": ("passed", "failed"), "dates": ("midterm", "until", "papers")}
DATES = {"enter": "until_on", "midterm": "midterm_on", "until": "until_on", "papers": "papers_on"}
HALFWAY = 2  # the assessment is planned for the middle of the agreement; staff may move it


def said(text: str, no: str | None) -> dict[str, Any]:
    """The step, and the cause after it, of a sentence that names the number; a question is none."""
    if not no or no.upper() not in text.upper() or listed("question_signs", text):
        return {}
    step = listed("step_signs", text)
    if step is None:
        return {}
    sign = next(sign for sign in skill.words["step_signs"][step] if sign in text)
    rest = re.sub(re.escape(no), "", text, flags=re.IGNORECASE).replace(sign, "", 1).strip(skill.words["around"])
    return {"step": step} | ({"cause": rest} if len(rest) > 1 else {})


def move(turn: Turn, form: Any, row: Incubation) -> Reply:
    """Shows what can be done, asks what a step needs, does it, tells the applicant."""
    can = incubation.possible(turn.db, turn.user, row)
    step = "decline" if form.step == "return" and "decline" in can else form.step
    if step == LATER:
        return skill.say("kept", name=row.organization, no=row.no)
    if step in GROUPS:
        raise Refused(f"which_{step}", ask="step", choices=named(GROUPS[step]), name=row.organization)
    if step not in can:
        raise Refused("detail", ask="step", choices=named(menu(can)), **detail(turn, row))
    if step == "paid":
        return paid(turn, form, row)
    facts: dict[str, Any] = {DATES[step]: day_for(turn, form, row, step)} if step in DATES else {}
    facts |= {"left_on": turn.now.date()} if step in ("graduate", "leave") else {}
    facts |= {"assessment": step} if step in GROUPS["assess"] else {}
    if step == "enter":
        facts |= {"entered_on": turn.now.date(), "midterm_on": halfway(turn.now.date(), facts["until_on"])}
    if step in skill.words["causes"] and form.cause in (None, OTHER):
        return cause(row, step, form.cause)
    incubation.take(turn.db, turn.user, turn.now, row, step, form.cause, **facts)
    return moved(turn, row, step)


def menu(can: list[str]) -> list[str]:
    """The steps as they are offered: those of a group under its name, in the order of the table."""
    group = {step: name for name, steps in GROUPS.items() for step in steps}
    return list(dict.fromkeys(group.get(step, step) for step in can))


def named(steps: Any) -> list[tuple[str, str]]:
    return [(step, skill.words["steps"][step]) for step in (*steps, LATER)]


def detail(turn: Turn, row: Incubation) -> dict[str, Any]:
    """Where it stands, and whom to call: a reading of personal data, written down."""
    opened = {
        name: audit.reveal(turn.db, turn.user, turn.now, row.no, name, getattr(row, name))
        for name in ("person", "phone")
    }
    read = skill.words["audited"] if any(opened.values()) else None
    return {**progress(turn, row), **opened, "audited": read}


def cause(row: Incubation, step: str, picked: str | None) -> Reply:
    """A reason is picked by number; one of one's own is sent with the number, so that it cannot be mistaken."""
    label = skill.words["steps"][step]
    if picked == OTHER:
        return skill.say("own_cause", sign=skill.words["cause_signs"][step], number=row.no)
    choices = [(text, text) for text in skill.words["causes"][step]]
    raise Refused(
        "why", ask="cause", choices=[*choices, (OTHER, skill.words["other_cause"])], name=row.organization, step=label
    )


def day_for(turn: Turn, form: Any, row: Incubation, step: str) -> date:
    """The day as typed; for an agreement by the setting incubation_months, where there is one."""
    told: date | None = max((value.day for value in (form.start, form.end) if value), default=None)
    if told and told > turn.now.date():
        return told
    months = setting(turn, "incubation_months", town_of(turn, row.community_id))
    if step == "enter" and months and told is None:
        first = turn.now.date()
        return first + relativedelta(months=int(months.value), days=-1)
    past = phrase("past") if told else None
    raise Refused(f"when_{step}", ask="start", name=row.organization, past=past)


def halfway(first: date, last: date) -> date:
    return first + (last - first) // HALFWAY


def paid(turn: Turn, form: Any, row: Incubation) -> Reply:
    if not form.money or form.money <= 0:
        raise Refused("how_much", ask="money", name=row.organization)
    incubation.pay(turn.db, turn.user, turn.now, row, form.money)
    return moved(turn, row, "paid", amount=form.money)


def moved(turn: Turn, row: Incubation, step: str, **values: Any) -> Reply:
    plan_reminders(turn, row)
    tell_applicants(turn, row, f"told_{step}", why=row.answer, **values)
    told = progress(turn, row)
    return skill.say(
        "moved", **{**told, "no": None, "number": row.no, "what": skill.words["steps"][step], "answer": row.answer}
    )
