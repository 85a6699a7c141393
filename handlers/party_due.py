"""When contacts fall due: one message a community with all its organisations whose cycle runs out or has run out."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from handlers import words
from handlers.party_words import cycle, skill
from handlers.skill import Nudge, Turn, When
from models import party, place
from models.party import Due
from models.policy import Rule
from models.when import When as Day

AHEAD = 3  # days before a cycle runs out; the setting party_reminder_days overrides it
LINES = 8
MONDAY = 0  # the day on which what has run out is told again, together


@skill.remind
def ending(db: Any, today: date) -> Iterator[Nudge]:
    """Some days before a cycle runs out, and on Mondays while one has run out, to the community's workers."""
    settings = db.info.get("settings", {})
    ahead = lead(settings)
    towns = {town.id: town for town in place.towns(db)}
    for community in place.communities(db):
        found = cycle(settings, towns[community.town_id])
        if found is None:
            continue
        rows = pressing(party.due(db, community.id, today, int(found.value), in_force(found)), today, ahead)
        text = told(rows, found, towns[community.town_id].name) if rows else ""
        morning = words.at_hour(today, 9)
        for user in party.workers(db, community.id) if rows else []:
            key = f"party:due:{community.id}:{today}:{user.id}"
            yield Nudge(user.id, key, text, "party", morning, morning + timedelta(days=2), source(community.id))


def lead(settings: Any) -> int:
    entry = settings.get("party_reminder_days")
    value = entry.get("value") if entry else None
    return int(value) if value is not None else AHEAD


def in_force(found: Rule) -> date | None:
    """The day from which organisations never contacted are counted."""
    return Day(found.date).day if found.date else None


def pressing(rows: list[Due], today: date, ahead: int) -> list[Due]:
    """What the message names: everything near or past its day, on a day when there is a reason to send one."""
    reason = any(row.left == ahead for row in rows) or (today.weekday() == MONDAY and any(row.left < 0 for row in rows))
    return [row for row in rows if row.left <= ahead] if reason else []


def told(rows: list[Due], found: Rule, town: str) -> str:
    """The digest: each organisation with its last contact and its day, how many are over, the town's rule."""
    lines = words.numbered(line(row) for row in rows[:LINES])
    over = sum(row.left < 0 for row in rows) or None
    more = len(rows) - LINES if len(rows) > LINES else None
    return skill.text(
        "remind", lines=lines, more=more, over=over, every=found.value, town=town, source=found.source, date=found.date
    )


def line(row: Due) -> str:
    last = words.day_name(When(f"{row.last}")) if row.last else None
    key = "due_line" if row.left > 0 else "due_today" if row.left == 0 else "due_over"
    return skill.text(
        key, name=row.name, last=last or skill.words["never"], on=words.day_name(When(f"{row.on}")), over=-row.left
    )


def source(community_id: int) -> str:
    return f"party:{community_id}"


def forget_planned(turn: Turn, community_id: int) -> None:
    """A contact changes who is due: what was planned is taken back; the next sweep says what is left."""
    turn.remind([], source=source(community_id))
