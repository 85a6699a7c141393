"""Which application, and which organisation, the words of a sentence mean."""

from typing import Any

from handlers.filing_words import number_in
from handlers.skill import Form, Organization, Refused, Role, Turn
from models import filing, organization
from models.filing import Filing

LINES = 8  # choices offered at once


class Named(Form):
    """What names an application or an organisation."""

    ticket_no: str | None = None
    organization: str | None = None
    organization_id: str | None = None
    organization_name: str | None = None
    filing_no: str | None = None


class Which(Named):
    """The same, with the whole sentence: it may name an organisation by a nickname."""

    text: str | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        return {"text": text} | number_in(text)


def candidates(turn: Turn, form: Which) -> list[Filing]:
    """Applications the words may mean, those still open first; without words the sender's own."""
    if form.ticket_no:
        return filing.visible(turn.db, turn.user, no=form.ticket_no)
    if form.filing_no or form.organization or form.organization_id:
        found = named_organization(turn, form)
        if found is None and form.organization is None:
            return []
        by_name = filing.visible(turn.db, turn.user, name=found.name if found else form.organization)
        rows = [*filing.visible(turn.db, turn.user, organization_id=found.id), *by_name] if found else by_name
        return still_open(rows) or rows[:1]
    if turn.last and turn.last.startswith(filing.PREFIX):
        return filing.visible(turn.db, turn.user, no=turn.last)
    own = filing.visible(turn.db, turn.user, limit=LINES * 2)
    return still_open(own)[:LINES] or own[:1]


def still_open(rows: list[Filing]) -> list[Filing]:
    return list({row.no: row for row in rows if row.status in filing.OPEN}.values())


def named_organization(turn: Turn, form: Named) -> Organization | None:
    """By certificate number, by name, else the sender's own, else one of the community that the sentence names."""
    if form.filing_no:
        return organization.by_number(turn.db, form.filing_no)
    if found := turn.organization(form):
        return found
    own = turn.user.community_id
    if form.organization:
        hits = organization.called(turn.db, form.organization, own, turn.user.town_id)
        spoken = hits[0] if len(hits) == 1 else None
    else:
        near = organization.living(turn.db, community_id=own) if own else []
        spoken = organization.mentioned(near, form.text or "") if isinstance(form, Which) else None
    return turn.db.get(Organization, spoken.id) if spoken else None


def own_target(turn: Turn, form: Named) -> Organization:
    """The organisation meant; asks who has none of their own, with the community's as choices."""
    if found := named_organization(turn, form):
        return found
    if form.organization or form.filing_no:
        raise Refused("unknown_organization", ask="organization", name=form.organization or form.filing_no)
    near = organization.living(turn.db, community_id=turn.user.community_id)[:LINES] if turn.role >= Role.WORKER else []
    raise Refused(
        "which_own", ask="organization_id" if near else "organization", choices=[(str(o.id), o.name) for o in near]
    )
