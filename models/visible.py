"""Whose records a person may see: the row-level rule every query of staff goes through."""

from typing import Any

from sqlalchemy import ColumnElement, false, or_, select, true

from models.people import Role, User
from models.place import Community
from models.record import Recorded


def visible_to(user: User, table: type[Recorded]) -> ColumnElement[bool]:
    """City sees all, a town its communities, workers and leaders their own; everybody what they made themselves."""
    own: ColumnElement[bool] = table.created_by == user.id
    place: Any = false()
    if user.role == Role.CITY:
        place = true()
    elif user.role == Role.TOWN:
        place = table.community_id.in_(select(Community.id).where(Community.town_id == user.town_id))
    elif user.role in (Role.WORKER, Role.LEADER):
        place = table.community_id == user.community_id
    return or_(own, place)
