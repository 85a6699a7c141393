"""Which organisation, and which stay in a base, the words of a sentence mean."""

from typing import Any

from handlers.incubation_words import line
from handlers.skill import Form, Organization, Refused, Role, Turn
from models import incubation, organization
from models.incubation import Incubation

LINES = 8  # choices offered at once


class Named(Form):
    """What names an organisation or its number."""

    ticket_no: str | None = None
    organization: str | None = None
    organization_id: str | None = None
    organization_name: str | None = None


def target(turn: Turn, form: Any) -> Organization | None:
    """The organisation that applies: named, else one's own; None for a new team a worker names. Asks who has none."""
    if found := turn.organization(form):
        return found
    own, near = turn.user.organization_id, turn.user.community_id
    if form.organization:
        hits = organization.called(turn.db, form.organization, near, turn.user.town_id)
        if len(hits) == 1:
            return turn.db.get(Organization, hits[0].id)
        if len(hits) > 1 and own is None:
            several = [(str(hit.id), hit.name) for hit in hits[:LINES]]
            raise Refused("several", ask="organization_id", choices=several, name=form.organization)
        if own is None and turn.role == Role.WORKER:
            return None
        if own is None:
            raise Refused("unknown_team", ask="organization", name=form.organization)
        team = turn.db.get(Organization, own)
        choices = [(str(team.id), team.name)] if team else []
        raise Refused("only_own", ask="organization_id", choices=choices, name=form.organization)
    found_near = organization.living(turn.db, community_id=near)[:LINES] if near and turn.role == Role.WORKER else []
    slot = "organization_id" if found_near else "organization"
    raise Refused("which_own", ask=slot, choices=[(str(team.id), team.name) for team in found_near])


def of_form(turn: Turn, form: Any) -> list[Incubation]:
    """What the words name: a number, an organisation; without either nothing."""
    if form.ticket_no:
        return incubation.visible(turn.db, turn.user, no=form.ticket_no)
    if not (form.organization or form.organization_id):
        return []
    team = turn.organization(form)
    if team is None:
        hits = organization.called(turn.db, form.organization, turn.user.community_id, turn.user.town_id)
        team = turn.db.get(Organization, hits[0].id) if len(hits) == 1 else None
    named = {"organization_id": team.id} if team else {"name": form.organization}
    rows = incubation.visible(turn.db, turn.user, **named)
    return [row for row in rows if row.status in incubation.OPEN] or rows[-1:]


def own(turn: Turn) -> list[Incubation]:
    """What this person handed in or belongs to, those still open first."""
    rows = incubation.visible(turn.db, turn.user, limit=LINES)
    return [row for row in rows if row.status in incubation.OPEN] or rows[:1]


def mine(turn: Turn, form: Named) -> Incubation:
    """The one to correct or take back; by number, by name, else the only open one."""
    rows = of_form(turn, form) if form.ticket_no or form.organization or form.organization_id else own(turn)
    rows = [row for row in rows if row.status in incubation.OPEN] or rows
    if not rows:
        raise Refused("unknown", name=form.ticket_no or form.organization or "")
    if len(rows) > 1:
        raise Refused("which", ask="ticket_no", choices=[(row.no, line(row, turn)) for row in rows[:LINES]])
    return rows[0]
