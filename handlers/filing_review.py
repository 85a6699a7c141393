"""Reviewing: what waits, the decision with its reason, and the number and end of a certificate."""

from datetime import date, timedelta
from typing import Any

from handlers.filing_news import tell_applicant, tell_holders
from handlers.filing_which import LINES, Which, candidates
from handlers.filing_words import number_in, progress, skill
from handlers.skill import Form, Refused, Reply, Role, Turn, When
from models import audit, filing, filing_decision
from models.filing import Filing
from models.place import Community, Town
from models.policy import rule


class Review(Form):
    text: str
    ticket_no: str | None = None
    organization: str | None = None
    organization_id: str | None = None
    decision: str | None = None
    sure: str | None = None
    reason: str | None = None
    filing_no: str | None = None
    start: str | None = None
    end: str | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        return {"text": text} | number_in(text)


def decide(turn: Turn, form: Review) -> Reply:
    """Shows what waits, asks what is not said, and does what was decided."""
    row = to_review(turn, form)
    decision = form.sure or form.decision
    values = {**progress(turn, row), "phone": audit.reveal(turn.db, turn.user, turn.now, row.no, "phone", row.phone)}
    if decision is None:
        filing_decision.may_decide(turn.user, row, filing.RETURN)
        options = [
            pair for pair in skill.words["decisions"].items() if pair[0] != filing.REJECT or turn.role >= Role.TOWN
        ]
        raise Refused("detail", ask="sure", choices=options, **values)
    if decision == "later":
        return skill.say("later", name=row.name)
    filing_decision.may_decide(turn.user, row, decision)
    if form.sure is None:
        sure = [(decision, skill.words["decisions"][decision]), ("later", skill.words["decisions"]["later"])]
        raise Refused("detail", ask="sure", choices=sure, **values, said=form.reason)
    return agree(turn, form, row) if decision == filing.APPROVE else refuse(turn, form, row, decision)


def to_review(turn: Turn, form: Review) -> Filing:
    """The application meant; without a name the list of what waits, to pick from."""
    if form.ticket_no or form.organization:
        which = Which(ticket_no=form.ticket_no, organization=form.organization, organization_id=form.organization_id)
        rows = candidates(turn, which)
        if rows:
            return rows[0]
        raise Refused("not_found", name=form.ticket_no or form.organization)
    rows = filing.waiting(turn.db, turn.user)
    if not rows:
        raise Refused("nothing_waits")
    if len(rows) == 1 and form.decision:
        return rows[0]
    choices = [(row.no, skill.text("waits", **progress(turn, row))) for row in rows[:LINES]]
    raise Refused("waiting", ask="ticket_no", choices=choices, count=len(rows))


def refuse(turn: Turn, form: Review, row: Filing, decision: str) -> Reply:
    if not form.reason:
        raise Refused("why", ask="reason", name=row.name)
    if decision == filing.REJECT:
        filing_decision.reject(turn.db, turn.user, turn.now, row, form.reason)
        tell_applicant(turn, row, "told_rejected")
        return skill.say("rejected", no=row.no, name=row.name, reason=form.reason)
    found = rule(turn.settings, "correction_days", town_name(turn, row))
    filing_decision.send_back(turn.db, turn.user, turn.now, row, form.reason, int(found.value) if found else None)
    tell_applicant(turn, row, "told_returned")
    return skill.say("returned", **progress(turn, row))


def agree(turn: Turn, form: Review, row: Filing) -> Reply:
    if not filing_decision.ends(turn.user, row):
        filing_decision.pass_on(turn.db, turn.user, turn.now, row)
        tell_holders(turn, row)
        tell_applicant(turn, row, "told_passed_on")
        return skill.say("passed_on", **progress(turn, row))
    new = row.kind == filing.APPLY
    filing_no = certificate_no(turn, form, row) if new else None
    expires = ends_on(turn, form, row) if new or row.changes.get("renew") else None
    filing_decision.approve(turn.db, turn.user, turn.now, row, filing_no=filing_no, expires_on=expires)
    tell_applicant(turn, row, f"told_filed_{row.kind}")
    return skill.say(f"filed_{row.kind}", **progress(turn, row))


def certificate_no(turn: Turn, form: Review, row: Filing) -> str:
    """As typed, else by the setting certificate_number; without one the reviewer is asked: nothing is invented."""
    if form.filing_no:
        return form.filing_no
    town = town_name(turn, row)
    found = rule(turn.settings, "certificate_number", town)
    if found is None:
        raise Refused("type_number", ask="filing_no", name=row.name)
    return filing_decision.next_number(turn.db, str(found.value), turn.now.year, town=town or "")


def ends_on(turn: Turn, form: Review, row: Filing) -> date | None:
    """As typed, else by the setting certificate_years; without one the reviewer is asked."""
    if form.end in skill.words["no_expiry"]:
        return None
    typed = [When(value).day for value in (form.end, form.start) if value]
    if later := [value for value in typed if value > turn.now.date()]:
        return later[0]
    found = rule(turn.settings, "certificate_years", town_name(turn, row))
    if found is None:
        raise Refused("type_expiry", ask="end", choices=list(skill.words["no_expiry"].items()), name=row.name)
    today = turn.now.date()
    whole = date(today.year + int(found.value), today.month, min(today.day, 28) if today.month == 2 else today.day)
    return whole - timedelta(days=1)


def town_name(turn: Turn, row: Filing) -> str | None:
    community = turn.db.get(Community, row.community_id) if row.community_id else None
    town = turn.db.get(Town, community.town_id) if community else None
    return town.name if town else None
