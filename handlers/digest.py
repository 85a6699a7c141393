"""What a group of an enterprise reads each day: tomorrow, what is due this week, and numbers; nobody's own matters."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from handlers import words
from handlers.disclosure import REMIND_DAYS
from handlers.skill import Skill, When
from models import digest
from models.base import Session
from models.digest import Place
from models.policy import rule
from models.public import FLAT, masked

skill = Skill("digest")  # its words: digest.yaml, beside this file; nobody asks for it
WEEK = 7  # days that "this week" looks ahead, tomorrow the first
MOST = 8  # lines of one kind


def told(db: Session, here: Place, today: date) -> str | None:
    """The digest of the day after `today`; None when there is nothing to say."""
    tomorrow = today + timedelta(days=1)
    days = [tomorrow + timedelta(days=ahead) for ahead in range(WEEK)]
    found = {
        "activities": listed(taking_place(row, at) for at, row in digest.activities(db, here, tomorrow)),
        "trainings": listed(taking_place(row, at, day=True) for at, row in digest.trainings(db, here, days)),
        "corrections": listed(due(row.name, row.due_on) for row in digest.corrections(db, here, days)),
        "certificates": listed(due(row.name, row.expires_on) for row in digest.certificates(db, here, days)),
        "accounts": accounts(db, here, tomorrow),
        "cases": cases(digest.open_cases(db, here, days[-1])),
    }
    if not any(found.values()):
        return None
    day = words.day_name(When(tomorrow.isoformat()))
    return "\n".join([skill.text("head", place=here.name, day=day), *(part(*one) for one in found.items() if one[1])])


def part(kind: str, said: Any) -> str:
    return skill.text(kind, said=said)


def listed(lines: Iterable[str]) -> str | None:
    """One a line, the first few; how many more there are."""
    found = list(lines)
    more = [skill.text("more", count=len(found) - MOST)] if found[MOST:] else []
    return "\n".join([skill.text("line", said=one) for one in found[:MOST]] + more) or None


def taking_place(row: Any, at: When, *, day: bool = False) -> str:
    """What, when and where, as anybody may read it: no phone, no home."""
    when = words.moment(at) if day else words.clock(at) if at.clock else words.moment(at)[len(words.day_name(at)) :]
    where = None if row.place and FLAT.search(getattr(row, "building", None) or "") else masked(row.place)
    return words.joined(when, masked(row.title), where)


def due(name: str, day: date | None) -> str:
    return skill.text("due", name=name, day=words.day_name(When(f"{day}")))


def accounts(db: Session, here: Place, tomorrow: date) -> str | None:
    """In the week in which accounts of the past quarter are asked for: whose are not shown."""
    asked = rule(db.info.get("settings", {}), "disclosure_reminder_days")
    after = int(asked.value) if asked else REMIND_DAYS
    ended = tomorrow.replace(month=(tomorrow.month - 1) // 3 * 3 + 1, day=1) - timedelta(days=1)
    if not 0 <= (ended + timedelta(days=after) - tomorrow).days < WEEK:
        return None
    topic, quarter = words.load("disclosure")["accounts"], f"{ended.year}-Q{ended.month // 3}"
    silent = digest.unshown(db, here, topic, ended.replace(month=ended.month - 2, day=1), ended, quarter)
    return listed(row.name for row in silent)


def cases(counts: dict[str, int]) -> str | None:
    """Numbers alone: who and what is for those on duty."""
    said = [skill.text(f"open_{name}", count=counts[name]) for name in ("disputes", "hazards") if counts[name]]
    if not said:
        return None
    return words.joined(*said, skill.text("open_due", count=counts["due"]) if counts["due"] else None)
