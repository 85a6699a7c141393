"""Party contacts: recorded, what was raised in them closed, and who has not been met."""

from typing import Any

from pydantic import Field, ValidationInfo, field_validator

from handlers import words
from handlers.party_due import ending, forget_planned
from handlers.party_shown import coverage, one, open_ones, standing
from handlers.party_words import facts_of, found, skill, when
from handlers.skill import Form, Organization, Refused, Reply, Role, Turn, When, in_community
from models import organization, party
from models.party import Contact
from models.place import Community

__all__ = ["ending", "skill"]
LINES = 8


class Record(Form):
    """`text` is the whole sentence; `wish` is asks or done where no contact is told of; `reason` what was raised."""

    text: str
    wish: str | None = None
    organization: str | None = Field(None, validate_default=True)
    start: When | None = Field(None, validate_default=True)
    organization_id: str | None = None
    organization_name: str | None = None
    ticket_no: str | None = None
    reason: str | None = None
    person: str | None = None
    place: str | None = None
    headcount: int | None = None
    hours: float | None = None
    community: str | None = None
    town: str | None = None
    period: str | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        """A question or a report that something is done, told from a contact; what was raised, or that nothing was."""
        wish = next((name for name in ("asks", "done") if found(name, text)), None)
        raised = skill.words["nothing"] if found("nothing", text) else found("raised", text)
        talked = skill.words["nothing"] if raised is None and found("talked", text) else None
        told = {"text": text, "wish": wish, "reason": raised or talked}
        return {name: value for name, value in told.items() if value}

    @field_validator("organization", "start")
    @classmethod
    def told(cls, value: Any, info: ValidationInfo) -> Any:
        if not value and not info.data.get("wish"):
            raise ValueError("needed")
        return value


class Query(Form):
    ticket_no: str | None = None
    text: str | None = None
    step: str | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        return {"text": text}


class Change(Form):
    ticket_no: str
    start: When | None = None
    person: str | None = None
    place: str | None = None
    reason: str | None = None
    headcount: int | None = None


class Cancel(Form):
    ticket_no: str | None = None


@skill.on("record", form=Record, needs=Role.WORKER)
def record(turn: Turn, form: Record) -> Reply:
    """A contact that took place; or the answer to a question about them; or what was raised is done."""
    if form.wish == "asks":
        return open_ones(turn) if found("asks_open", form.text) else coverage(turn, form)
    if form.wish == "done" and not form.start:
        return close(turn, form)
    team, community = which(turn, form)
    party.may_record(turn.user, community)
    if form.reason is None and form.wish is None:
        raise Refused("what_raised", ask="reason", name=team.name if team else form.organization)
    name = team.name if team else str(form.organization)
    if form.wish == "done" and party.known(turn.db, turn.user, community, name, When(str(form.start))):
        return close(turn, form)
    nothing = form.reason in (None, "", skill.words["nothing"]) or found("nothing", form.reason or "")
    raised = None if nothing else form.reason
    facts = {
        "organization": name,
        "start": str(form.start),
        "place": form.place,
        "headcount": form.headcount,
        "hours": form.hours,
        "person": turn.seal(form.person or turn.unseal(turn.user.name)),
        "text": turn.seal(form.text),
        "raised": turn.seal(raised),
    }
    row = party.record(turn.db, turn.user, turn.now, community, team, facts)
    forget_planned(turn, community.id)
    told = standing(turn, community, team, row) | {"others": others(turn, form, team)}
    if form.wish == "done":
        told["also_settled"] = settle_all(turn, row)
    who = form.person or skill.words["yourself"]
    return skill.say(
        "recorded", no=row.no, **facts_of(turn, row), person=who, raised=raised, closing=raised and row.no, **told
    )


def others(turn: Turn, form: Record, team: Organization | None) -> str | None:
    """Further organisations the sentence names: each contact is recorded by itself, and that is said."""
    near = organization.living(turn.db, community_id=turn.user.community_id, town_id=turn.user.town_id)
    said = form.text.replace(form.organization or "", "") if form.organization else form.text
    names = [row.name for row in near if any(name in said for name in (row.name, *row.aliases))]
    return words.spoken([name for name in names if team is None or name != team.name][:LINES]) or None


def settle_all(turn: Turn, row: Contact) -> str | None:
    """A contact that says the last problem is solved settles what the organisation had raised before."""
    rows = party.visible(turn.db, turn.user, name=row.organization, status=party.OPEN)
    for before in rows:
        party.settle(turn.db, turn.user, turn.now, before, None)
    return words.spoken([before.no for before in rows]) or None


def which(turn: Turn, form: Record) -> tuple[Organization | None, Community]:
    """The organisation met and its community; one the directory does not know belongs to where it was named."""
    team = turn.organization(form) if form.organization_id else None
    if team is None and form.organization:
        hits = organization.called(turn.db, form.organization, turn.user.community_id, turn.user.town_id)
        if len(hits) > 1:
            choices = [(str(hit.id), hit.name) for hit in hits[:LINES]]
            raise Refused("several", ask="organization_id", choices=choices, name=form.organization)
        team = turn.db.get(Organization, hits[0].id) if len(hits) == 1 else None
    community = turn.db.get(Community, team.community_id) if team else None
    return team, community or in_community(turn, form)


# -- what was raised, done ----------------------------------------------------------------------------------------


def close(turn: Turn, form: Record) -> Reply:
    """What an organisation raised has been dealt with; asks which where several are open."""
    team, _ = which(turn, form) if form.organization else (None, None)
    name = team.name if team else form.organization
    rows = party.visible(turn.db, turn.user, no=form.ticket_no, name=name, status=party.OPEN)
    if not rows:
        raise Refused("none_open", name=name)
    if len(rows) > 1:
        choices = [(row.no, skill.text("open_line", **facts_of(turn, row), number=row.no)) for row in rows[:LINES]]
        raise Refused("which_open", ask="ticket_no", choices=choices)
    return settled(turn, rows[0], form.text)


def settled(turn: Turn, row: Contact, said: str | None) -> Reply:
    party.settle(turn.db, turn.user, turn.now, row, said)
    return skill.say("settled", **facts_of(turn, row), number=row.no)


@skill.on("query", form=Query, needs=Role.WORKER)
def query(turn: Turn, form: Query) -> Reply:
    """One by its number, closed where it is open; without one who has not been met."""
    if not form.ticket_no:
        return coverage(turn)
    rows = party.visible(turn.db, turn.user, no=form.ticket_no)
    if not rows:
        return skill.say("unknown", number=form.ticket_no)
    done = form.step == "settle" or (form.step is None and found("settles", form.text or ""))
    if form.step == "later":
        return skill.say("kept", number=rows[0].no)
    return settled(turn, rows[0], form.text) if done and rows[0].status == party.OPEN else one(turn, rows[0])


# -- corrected, taken back ----------------------------------------------------------------------------------------


@skill.on("change", form=Change, needs=Role.WORKER)
def change(turn: Turn, form: Change) -> Reply:
    """Corrects what was just recorded."""
    row = numbered(turn, form.ticket_no)
    facts: dict[str, Any] = {"start": form.start, "place": form.place, "headcount": form.headcount}
    facts |= {"person": turn.seal(form.person), "raised": turn.seal(form.reason)}
    known = {column: value for column, value in facts.items() if value is not None}
    if not known:
        raise Refused("change_what", name=row.organization)
    party.amend(turn.db, turn.user, turn.now, row, known)
    if row.community_id:
        forget_planned(turn, row.community_id)
    return skill.say("changed", **facts_of(turn, row), number=row.no, person=form.person, raised=form.reason)


@skill.on("cancel", form=Cancel, confirm=True, needs=Role.WORKER)
def cancel(turn: Turn, form: Cancel) -> Reply:
    row = numbered(turn, form.ticket_no or turn.last or "")
    party.withdraw(turn.db, turn.user, turn.now, row)
    return skill.say("withdrawn", name=row.organization, when=when(turn, row.start), number=row.no)


def numbered(turn: Turn, no: str) -> Contact:
    rows = party.visible(turn.db, turn.user, no=no)
    if not rows:
        raise Refused("unknown", number=no)
    return rows[0]
