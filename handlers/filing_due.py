"""What falls due about filings: the time to correct, long waits at one step, certificates that end."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from handlers import words
from handlers.filing_words import day, skill
from handlers.skill import Nudge
from models import filing
from models.policy import rule

EXPIRY_DAYS = (60, 30, 7)  # before a certificate ends; the setting certificate_reminder_days overrides it
CORRECTION_DAYS = (3, 1, 0)  # before the time to correct ends
WAITING_DAYS = 5  # at one step, after which its holder is reminded; the setting review_reminder_days overrides it


@skill.remind
def corrections(db: Any, today: date) -> Iterator[Nudge]:
    """Three days, one day before and on the day the time to correct ends."""
    morning = words.at_hour(today, 9)
    for row in filing.corrections_due(db, [today + timedelta(days=days) for days in CORRECTION_DAYS]):
        if row.created_by and row.due_on:
            text = skill.text("remind_correction", name=row.name, no=row.no, due=day(row.due_on), reason=row.reason)
            key = f"filing:{row.no}:due:{row.due_on}:{(row.due_on - today).days}"
            yield Nudge(row.created_by, key, text, "filing", morning, morning + timedelta(days=1), row.no)


@skill.remind
def lying(db: Any, today: date) -> Iterator[Nudge]:
    """What has lain at one step for days, and again each time as many days later, to whoever holds it."""
    found = rule(db.info.get("settings", {}), "review_reminder_days")
    every = int(found.value) if found else WAITING_DAYS
    morning = words.at_hour(today, 9)
    for row in filing.waiting_since(db, morning - timedelta(days=every - 1)):
        days = (today - row.since.date()).days
        for user in filing.holders(db, row) if days and days % every == 0 else []:
            text = skill.text("remind_review", name=row.name, no=row.no, days=days)
            yield Nudge(user.id, f"filing:{row.no}:lying:{row.status}:{days}:{user.id}", text, "filing", morning)


@skill.remind
def certificates(db: Any, today: date) -> Iterator[Nudge]:
    """Before a certificate ends, to whoever speaks for the organisation."""
    found = rule(db.info.get("settings", {}), "certificate_reminder_days")
    ahead = [int(days) for days in found.value] if found else list(EXPIRY_DAYS)
    morning = words.at_hour(today, 9)
    for row in filing.expiring(db, [today + timedelta(days=days) for days in ahead]):
        for user in filing.leaders(db, row.id):
            assert row.expires_on is not None
            left = (row.expires_on - today).days
            text = skill.text("remind_expiry", name=row.name, expires=day(row.expires_on), left=left)
            key = f"certificate:{row.id}:{row.expires_on}:{left}:{user.id}"
            yield Nudge(user.id, key, text, "filing", morning, morning + timedelta(days=3))
