"""What is answered about incubation: where one stands, the figures of a place, the conditions and the subsidy."""

from collections.abc import Mapping
from typing import Any

from handlers import words
from handlers.incubation_which import LINES, own
from handlers.incubation_words import line, listed, phrase, progress, setting, skill
from handlers.skill import Refused, Reply, Role, Turn
from models import incubation, place
from models.incubation import Incubation
from models.period import period_bounds
from models.place import Town

TOPICS = 2  # answered at once
NEAR_ENOUGH = 0.6  # of the best topic's signs, for a second topic to be answered too


def answer(turn: Turn, form: Any, rows: list[Incubation]) -> Reply:
    """What is named stands first; then counts, then what one has to know, then one's own, for staff the figures."""
    text = form.text or turn.text
    if rows:
        return shown(turn, rows)
    if form.ticket_no:
        return skill.say("unknown", name=form.ticket_no)
    own_rows = own(turn) if turn.role < Role.TOWN else []
    if own_rows and not form.organization and listed("own_signs", text):
        return shown(turn, own_rows)
    if listed("count_signs", text):
        return figures(turn, form)
    if told := topics(text):
        return guide(turn, told, form.town)
    if form.organization:
        return skill.say("unknown", name=form.organization)
    if turn.role >= Role.TOWN:
        return figures(turn, form)
    return shown(turn, own_rows) if own_rows else guide(turn, [skill.words["overview"]], form.town)


def shown(turn: Turn, rows: list[Incubation]) -> Reply:
    if len(rows) > 1:
        raise Refused("which", ask="ticket_no", choices=[(row.no, line(row, turn)) for row in rows[:LINES]])
    told = progress(turn, rows[0])
    return skill.say("progress", **{**told, "no": None, "number": rows[0].no})


# -- figures ----------------------------------------------------------------------------------------------------


def figures(turn: Turn, form: Any) -> Reply:
    """How many are inside, came, left, with what counts as what; staff pick one of those that are open."""
    town = named_town(turn, form.town) or (turn.town() if turn.role < Role.CITY else None)
    since, until = period_bounds(form.period)
    counted = incubation.figures(turn.db, town.id if town else None, since, until)
    staff = turn.role >= Role.TOWN
    values: dict[str, Any] = {
        **{name: value for name, value in counted.items() if staff or name not in ("money", "paid")},
        "average": round(counted["money"] / counted["paid"], 2) if staff and counted["paid"] else None,
        "where": town.name if town else skill.words["everywhere"],
        "when": words.period(form.period) or phrase("ever"),
        "today": f"{turn.now:%Y-%m-%d}",
    }
    rows = incubation.visible(turn.db, turn.user, town_id=town.id if town else None, open_only=True) if staff else []
    if not rows:
        return skill.say("figures", **values)
    more = len(rows) - LINES if len(rows) > LINES else None
    choices = [(row.no, line(row, turn)) for row in rows[:LINES]]
    raise Refused("figures", ask="ticket_no", choices=choices, more=more, **values)


def named_town(turn: Turn, name: str | None) -> Town | None:
    return place.town_named(turn.db, name) if name else None


# -- what one has to know ---------------------------------------------------------------------------------------


def topics(text: str) -> list[Mapping[str, Any]]:
    """The topics a question touches, the closest first."""
    scored = [(sum(len(sign) for sign in entry["signs"] if sign in text), entry) for entry in skill.words["guide"]]
    ranked = sorted(scored, key=lambda pair: -pair[0])
    return [entry for score, entry in ranked if score and score >= ranked[0][0] * NEAR_ENOUGH][:TOPICS]


def guide(turn: Turn, entries: list[Mapping[str, Any]], named: str | None) -> Reply:
    """Each with the local rule where a setting lays it down, and its source; else that the document leaves it open."""
    town = named_town(turn, named) or turn.town()
    told = "\n\n".join(topic(turn, entry, town) for entry in entries)
    return skill.say("guide", told=told, contact=town.contact if town else None)


def topic(turn: Turn, entry: Mapping[str, Any], town: Town | None) -> str:
    lines = [entry["answer"].strip("\n")] if entry.get("answer") else []
    if name := entry.get("setting"):
        found = setting(turn, name, town)
        if found is None:
            lines.append(entry.get("open") or phrase("open_rule", about=entry["about"]))
        else:
            value = words.spoken(found.value)
            lines += [entry["known"].format(value=value), phrase("rule_source", source=found.source, date=found.date)]
    if entry.get("source"):
        lines.append(phrase("source", source=entry["source"]))
    return "\n".join(line for line in lines if line)
