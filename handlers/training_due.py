"""Reminders of trainings: before one begins, to organisations that had none this year, and when one is moved."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from handlers import words, yearly
from handlers.skill import Nudge, Turn
from handlers.training_words import forget_plans, line, personal, shown, skill
from models import people, training, training_signup
from models.policy import rule
from models.training import Training

EVENING, MORNING = 18, 9
AHEAD = (1,)  # days before a training; the setting training_reminder_days overrides it
DATES = ("09-01", "11-01")  # for who was not trained yet; the setting training_missing_dates overrides it
LASTING = timedelta(days=7)


@skill.remind
def tomorrow(db: Any, today: date) -> Iterator[Nudge]:
    """The evening before, to everybody who signed up; a changed day or hour makes it another reminder."""
    found = rule(db.info.get("settings", {}), "training_reminder_days")
    ahead = [int(days) for days in found.value] if found else list(AHEAD)
    for row, at in training.starting_on(db, [today + timedelta(days=days) for days in ahead]):
        left = (at.day - today).days
        text = skill.text("remind_soon" if left == 1 else "remind_days", left=left, facts=line(row))
        for user_id in training_signup.signed_up(db, row):
            key, due = f"training:{row.no}:{at}:{left}:{user_id}", words.at_hour(today, EVENING)
            yield Nudge(user_id, key, text, "training", due, at.over(), personal(row, user_id))


@skill.remind
def untrained(db: Any, today: date) -> Iterator[Nudge]:
    return yearly.none_yet(db, skill, today, DATES, training.trained)


def after_change(turn: Turn, row: Training, key: str) -> int | None:
    """Plans that no longer hold are taken back, who signed up is told; how many others, None where nobody did."""
    others = [user_id for user_id in forget_plans(turn, row) if user_id != turn.user.id]
    text = skill.text(key, title=row.title, when=shown(row), place=row.place)
    for user_id in others:
        user = turn.db.get(people.User, user_id)
        if user:
            told = f"training:{key}:{row.no}:{user_id}:{turn.now:%Y%m%d%H%M%S}"
            turn.notify(user, text, told, kind="training", source=f"{row.no}:told")
    return len(others) or None
