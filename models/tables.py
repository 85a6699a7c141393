"""Every table, imported once so that migrations and tests see all of them."""

from models import activity, conversation, disclosure, messages, organization, people, place, points, record, settings

__all__ = ["activity", "conversation", "disclosure", "messages", "organization", "people", "place", "points", "record", "settings"]
