"""Looking up what is shown to everybody: one item, one organisation, a community, and what is still missing."""

import re
from typing import Any

from handlers import words
from handlers.disclosure_words import LINES, amount, day, lines, link, overlaps, sign, skill
from handlers.skill import Form, Organization, Refused, Reply, Role, Turn
from models import disclosure, organization, place, record
from models.disclosure import Disclosure
from models.period import period_bounds
from models.place import Community
from models.policy import rule

MOST = 18  # names of one answer


class Query(Form):
    disclosure_topic: str | None = None
    organization: str | None = None
    organization_id: str | None = None
    community: str | None = None
    town: str | None = None
    period: str | None = None
    ticket_no: str | None = None
    text: str | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        return {"text": text}


def look_up(turn: Turn, form: Query) -> Reply:
    """What is shown of an item, an organisation or a place; what it owes to show, and what it never showed."""
    if form.ticket_no:
        return one(turn, form.ticket_no)
    asked_for = sign("questions", form.text or "")
    if asked_for == "duties":
        return duties(turn)
    target = turn.organization(form)
    if target is None and not form.organization and turn.user.community_id:
        near = organization.living(turn.db, community_id=turn.user.community_id)
        spoken = organization.mentioned(near, form.text or "")
        target = turn.db.get(Organization, spoken.id) if spoken else None
    if form.organization and target is None:
        target = one_called(turn, form.organization)
    if form.organization and target is None:
        return skill.say("unknown", name=form.organization)
    if target is None or (form.community and not form.organization and turn.role):
        return of_place(turn, form, gaps=asked_for == "gaps")
    if asked_for == "gaps":
        return gaps_of(turn, target)
    return of_organization(turn, form, target)


def one_called(turn: Turn, name: str) -> Organization | None:
    """The organisation of that name; several are asked about."""
    found = organization.called(turn.db, name, turn.user.community_id, turn.user.town_id)
    if len(found) > 1:
        choices = [(str(row.id), row.name) for row in found[: LINES + 2]]
        raise Refused("which_organization", ask="organization_id", choices=choices)
    return turn.db.get(Organization, found[0].id) if found else None


def one(turn: Turn, no: str) -> Reply:
    row = disclosure.numbered(turn.db, no)
    if row is None or row.status != disclosure.PUBLISHED:
        raise Refused("no_such", no=no)
    target = turn.db.get(Organization, row.organization_id) if row.organization_id else None
    photos = len(record.attachments(turn.db, row.no))
    return skill.say(
        "one",
        no=row.no,
        name=target.name if target else None,
        topic=row.topic,
        title=row.title,
        money=amount(row),
        content=row.content,
        photos=photos or None,
        link=link(turn, target) if photos else None,
        published=day(row.published_on),
    )


def duties(turn: Turn) -> Reply:
    """What has to be shown and how often; the period is a setting or said to be open."""
    town = turn.town()
    found = rule(turn.settings, "disclosure_period", town.name if town else None)
    contact = town.contact if town else None
    if found:
        return skill.say("duties_ruled", value=found.value, source=found.source, date=found.date)
    return skill.say("duties", contact=contact)


def of_organization(turn: Turn, form: Query, target: Organization) -> Reply:
    rows = disclosure.public(turn.db, organization_id=target.id, topic=form.disclosure_topic)
    within = [row for row in rows if overlaps(turn, row, form.period)]
    if form.disclosure_topic == skill.words["accounts"]:
        return accounts(turn, form, target, rows)
    if form.disclosure_topic in skill.words["from_directory"]:
        return from_directory(turn, target, form.disclosure_topic, within)
    values = {"name": target.name, "topic": form.disclosure_topic, "when": words.period(form.period)}
    if not within:
        return nothing(turn, target, values)
    donated = form.disclosure_topic == skill.words["donations"]
    total = sum(row.money or 0 for row in within) if donated else None
    return skill.say(
        "list", **values, count=len(within), total=total or None, lines=lines(within), link=link(turn, target)
    )


def accounts(turn: Turn, form: Query, target: Organization, rows: list[Disclosure]) -> Reply:
    """Income, expense and what is left of a period (this year unless said), the entries, and what is not shown yet."""
    period = form.period or str(turn.now.year)
    within = [row for row in rows if overlaps(turn, row, period)]
    values = {"name": target.name, "topic": form.disclosure_topic, "when": words.period(period)}
    if not within:
        latest = rows[0] if rows else None
        return nothing(turn, target, values | {"latest": latest and latest.title, "latest_no": latest and latest.no})
    money = disclosure.sums(within)
    half = None
    if money.incomes and not money.expenses:
        half = skill.words["half"]["expense"]
    elif money.expenses and not money.incomes:
        half = skill.words["half"]["income"]
    photos = sum(len(record.attachments(turn.db, row.no)) for row in within[:LINES])
    return skill.say(
        "accounts",
        **values,
        income=money.income if money.incomes else None,
        incomes=money.incomes,
        expense=money.expense if money.expenses else None,
        expenses=money.expenses,
        balance=money.balance if money.incomes and money.expenses else None,
        half=half,
        lacking=lacking_quarters(turn, within, period),
        lines=lines(within),
        photos=photos or None,
        link=link(turn, target),
    )


def lacking_quarters(turn: Turn, rows: list[Disclosure], period: str) -> str | None:
    """Quarters of a year that are over and that no entry speaks of."""
    if not re.fullmatch(r"\d{4}", period):
        return None
    quarters = [f"{period}-Q{number}" for number in (1, 2, 3, 4)]
    over = [quarter for quarter in quarters if (period_bounds(quarter)[1] or "") <= str(turn.now.date())]
    missing = [quarter for quarter in over if not any(overlaps(turn, row, quarter) for row in rows)]
    return "、".join(words.period(quarter) or "" for quarter in missing) or None


def from_directory(turn: Turn, target: Organization, topic: str | None, rows: list[Disclosure]) -> Reply:
    """Certificate and head stand in the directory, whether or not somebody published them too."""
    if topic == skill.words["from_directory"][0]:
        return skill.say("head", name=target.name, head=target.head, lines=lines(rows) if rows else None)
    if target.filing_no is None and target.credit_code is None and not rows:
        return skill.say("no_certificate", name=target.name)
    return skill.say(
        "certificate",
        name=target.name,
        management=target.management,
        filing_no=target.filing_no,
        credit_code=target.credit_code,
        expires=target.expires_on and day(target.expires_on),
        lines=lines(rows) if rows else None,
    )


def nothing(turn: Turn, target: Organization, values: dict[str, Any]) -> Reply:
    """Says plainly that it is not shown, what is, and whom to ask."""
    shown = list(dict.fromkeys(row.topic for row in disclosure.public(turn.db, organization_id=target.id)))
    community = turn.db.get(Community, target.community_id)
    return skill.say(
        "nothing", **values, shown="、".join(shown) or None, community=community.name if community else None
    )


def gaps_of(turn: Turn, target: Organization) -> Reply:
    """The topics an organisation has never shown."""
    shown = {row.topic for row in disclosure.public(turn.db, organization_id=target.id)}
    missing = [topic for topic in disclosure.TOPICS if topic not in shown]
    example = skill.words["offers"]["publish"]["try"] if turn.role >= Role.LEADER else None
    return skill.say(
        "gaps_of" if missing else "no_gaps_of", name=target.name, missing="、".join(missing), example=example
    )


def of_place(turn: Turn, form: Query, *, gaps: bool) -> Reply:
    """What the organisations of a community (or town) have shown, newest first; or which of them showed no accounts."""
    town = place.town_named(turn.db, form.town) if form.town else None
    community = None if town else turn.community(form)
    where: dict[str, Any] = {
        "community_id": community.id if community else None,
        "town_id": town.id if town else turn.user.town_id,
    }
    own = turn.town() if not (town or community) else None
    named = town or community or own
    if named is None and turn.role < Role.TOWN:
        return skill.say("which_place")
    name = named.name if named else skill.words["everywhere"]
    if community:
        where["town_id"] = None
    topic = skill.words["accounts"] if gaps else form.disclosure_topic
    rows = [row for row in disclosure.public(turn.db, topic=topic, **where) if overlaps(turn, row, form.period)]
    if gaps:
        return gaps_in(turn, rows, where, name, form.period)
    values = {"name": name, "topic": form.disclosure_topic, "when": words.period(form.period)}
    if not rows:
        return skill.say("nothing_here", **values)
    names = {known.id: known.name for known in organization.living(turn.db, **where)}
    return skill.say("list", **values, count=len(rows), lines=lines(rows, names), total=None, link=None)


def gaps_in(turn: Turn, rows: list[Disclosure], where: dict[str, Any], name: str, period: str | None) -> Reply:
    showing = {row.organization_id for row in rows}
    silent = [known.name for known in organization.living(turn.db, **where) if known.id not in showing]
    if not silent:
        return skill.say("no_gaps", name=name, when=words.period(period))
    listed = words.numbered(silent[:MOST])
    more = len(silent) - MOST
    return skill.say(
        "gaps", name=name, when=words.period(period), count=len(silent), lines=listed, more=more if more > 0 else None
    )
