"""What answers about filings are made of: where one stands, what a sentence means, a topic of the guide."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from handlers import words
from handlers.skill import Role, Skill, Turn
from models import filing, record
from models.filing import Filing
from models.place import Community, Town
from models.policy import rule

skill = Skill("filing")  # its words: filing.yaml, beside this file
NEAR_ENOUGH = 0.4  # of the best topic's signs, for a second topic to be answered too
TOPICS = 2  # answered at once


def phrase(key: str, **values: Any) -> str:
    """A piece of a sentence: `phrases.<key>` of the YAML, filled."""
    return words.sentence(skill.words["phrases"][key], values)


def listed(table: str, text: str) -> str | None:
    """The first entry of a table {name: [signs]} of the YAML one of whose signs is in the text."""
    entries: Mapping[str, list[str]] = skill.words[table]
    return next((name for name, signs in entries.items() if any(sign in text for sign in signs)), None)


def fault(table: str, text: str) -> tuple[str, str] | None:
    """(the word, why not) of the first rule about names that the text breaks."""
    found = ((sign, entry["why"]) for entry in skill.words[table] for sign in entry["signs"] if sign in text)
    return next(found, None)


def number_in(text: str) -> dict[str, str]:
    """The number of a certificate, however the town writes it."""
    found = re.search(skill.words["number_pattern"], text)
    return {"filing_no": found.group()} if found else {}


def progress(turn: Turn, row: Filing) -> dict[str, Any]:
    """Where it stands in words: the step, who holds it, since how many days, what is missing, what comes next."""
    community = turn.db.get(Community, row.community_id) if row.community_id else None
    town = turn.db.get(Town, community.town_id) if community else None
    own = row.created_by == turn.user.id
    step = {
        **skill.words["steps"][row.status],
        **(skill.words["steps_of_others"].get(row.status, {}) if not own else {}),
    }
    days = (turn.now.date() - row.since.date()).days
    held = row.status in filing.OPEN
    waited = skill.words["today"] if days == 0 else phrase("days", days=days)
    since = waited if held else phrase("decided", day=day(row.since.date()))
    names = {"community": community.name if community else "", "town": town.name if town else ""}
    return {
        "no": row.no,
        "name": row.name,
        "kind": skill.words["kinds"][row.kind].format(management=row.management),
        "step": step["name"],
        "holder": step.get("holder", "").format(**names) if held else None,
        "next": step["next"].format(**names),
        "since": since,
        "missing": "、".join(row.missing) if row.missing else None,
        "changes": changes_in_words(row),
        "reason": row.reason,
        "due": row.due_on and day(row.due_on),
        "filing_no": row.filing_no,
        "expires": row.expires_on and day(row.expires_on),
        "head": row.head,
        "place": row.place,
        "category": row.category,
        "members": row.members,
        "photos": len(record.attachments(turn.db, row.no)) or None,
        "contact": town.contact if town and held and turn.role < Role.TOWN else None,
        **names,
    }


def changes_in_words(row: Filing) -> str | None:
    labels = {entry["column"]: name for name, entry in skill.words["changes"].items()}
    told = [f"{labels[column]} {value if value is not True else ''}".strip() for column, value in row.changes.items()]
    told += [labels["phone"]] if row.kind == filing.CHANGE and row.phone else []
    return "；".join(told) or None


def contact(turn: Turn) -> str | None:
    town = turn.town()
    return town.contact if town else None


def choice_line(row: Filing) -> str:
    return phrase("choice", name=row.name, step=skill.words["steps"][row.status]["name"], no=row.no)


def day(value: date) -> str:
    return phrase("date", year=value.year, month=value.month, day=value.day)


def topics(text: str) -> list[Mapping[str, Any]]:
    """The topics of the guide a question touches, the closest first; the overview where it touches none."""
    scored = [(sum(len(sign) for sign in entry["signs"] if sign in text), entry) for entry in skill.words["guide"]]
    ranked = sorted(scored, key=lambda pair: -pair[0])
    close = [entry for score, entry in ranked if score and score >= ranked[0][0] * NEAR_ENOUGH]
    return close[:TOPICS] or [skill.words["overview"]]


def topic(turn: Turn, entry: Mapping[str, Any]) -> str:
    """One answer, with the local rule where a setting lays it down, and its source."""
    lines = [entry["answer"].strip("\n")]
    if name := entry.get("setting"):
        town = turn.town()
        found = rule(turn.settings, name, town.name if town else None)
        if found:
            value = "、".join(map(str, found.value)) if isinstance(found.value, list) else found.value
            lines.append(entry["known"].format(value=value))
            lines.append(phrase("rule_source", source=found.source, date=found.date))
        else:
            lines.append(entry.get("open") or phrase("open_rule", about=entry["about"]))
    if entry.get("source"):
        lines.append(phrase("source", source=entry["source"]))
    return "\n".join(line for line in lines if line)
