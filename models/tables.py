"""Every table, imported once so that migrations and tests see all of them."""

from models import (
    activity,
    audit,
    conversation,
    disclosure,
    dispute,
    filing,
    messages,
    organization,
    people,
    place,
    points,
    reach,
    record,
    reminder,
    safety,
    settings,
)

__all__ = [
    "activity",
    "audit",
    "conversation",
    "disclosure",
    "dispute",
    "filing",
    "messages",
    "organization",
    "people",
    "place",
    "points",
    "reach",
    "record",
    "reminder",
    "safety",
    "settings",
]
