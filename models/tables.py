"""Every table, imported once so that migrations and tests see all of them."""

from models import (
    activity,
    audit,
    conversation,
    disclosure,
    dispute,
    messages,
    organization,
    people,
    place,
    points,
    record,
    safety,
    settings,
)

__all__ = [
    "activity",
    "audit",
    "conversation",
    "disclosure",
    "filing",
    "dispute",
    "messages",
    "organization",
    "people",
    "place",
    "points",
    "record",
    "safety",
    "settings",
]
