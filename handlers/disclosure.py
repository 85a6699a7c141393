"""Information disclosure: what an organisation shows to everybody, looked up and published."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from pydantic import Field, ValidationInfo, field_validator

from handlers import words
from handlers.skill import Form, Nudge, Organization, Refused, Reply, Role, Skill, Turn, asked, period_bounds
from models import disclosure, filing, organization, place, record
from models.disclosure import Disclosure
from models.organization import Line
from models.place import Community
from models.policy import rule
from nlp.normalise import normalise
from nlp.numbers import find_numbers

skill = Skill("disclosure")  # its words: disclosure.yaml, beside this file
LINES = 6
BEFORE = 8  # signs before an amount that say what it is
TELLING = 30  # signs from which a sentence without a figure is taken for the content itself
REMIND_DAYS = 10  # after the end of a quarter; the setting disclosure_reminder_days overrides it


def sign(table: str, text: str) -> str | None:
    """The first entry of a table {name: [signs]} of the YAML one of whose signs is in the text."""
    entries: Mapping[str, list[str]] = skill.words[table]
    return next((name for name, signs in entries.items() if any(one in text for one in signs)), None)


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


class Publish(Form):
    """`income`/`expense` are amounts told apart in one sentence; `withdraw` is said instead of publishing."""

    disclosure_topic: str
    text: str | None = asked()
    period: str | None = Field(None, validate_default=True)
    income: float | None = None
    expense: float | None = None
    amount: float | None = None
    direction: str | None = Field(None, validate_default=True)
    organization: str | None = None
    organization_id: str | None = None
    title: str | None = None
    person: str | None = None
    withdraw: str | None = None
    ticket_no: str | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        """Amounts by direction, the content where the sentence tells more than its wish, a wish to take back."""
        found = amounts_in(text)
        figures = any(one.isdecimal() for one in text) and len(text) >= TELLING // 3
        if (figures or len(text) >= TELLING) and not sign("correction_signs", text):
            found["text"] = text
        if withdraw := sign("withdraw_signs", text):
            found |= {"withdraw": skill.words["withdraws"][withdraw], "text": text}
            found["disclosure_topic"] = skill.words["withdraws"][withdraw]
        if "amount" in found and (direction := sign("direction_signs", text)):
            found["direction"] = direction
        return found

    @field_validator("period")
    @classmethod
    def dated(cls, value: str | None, info: ValidationInfo) -> str | None:
        """Accounts and annual reports are always of a period."""
        if value is None and info.data.get("disclosure_topic") in skill.words["dated"]:
            raise ValueError("needed")
        return value

    @field_validator("direction")
    @classmethod
    def told_apart(cls, value: str | None, info: ValidationInfo) -> str | None:
        """An amount among the accounts is income, expense, or what is left."""
        accounts = info.data.get("disclosure_topic") == skill.words["accounts"]
        if value is None and info.data.get("amount") is not None and accounts:
            raise ValueError("needed")
        names: Mapping[str, str] = skill.words["directions"]
        return names.get(value, value) if value else None


def amounts_in(text: str) -> dict[str, Any]:
    """Yuan by what stands before them: income, expense; amount where neither does. What is left over is no entry."""
    found: dict[str, Any] = {}
    for slot, pattern in skill.words["amounts"].items():
        if written := re.search(pattern, text):
            found[slot] = float(written.group(1).replace(",", ""))
    if found:
        return found
    plain = normalise(text).text
    for number in find_numbers(plain):
        if number.kind == "money":
            slot = sign("amount_signs", plain[: number.start][-BEFORE:]) or "amount"
            found.setdefault(slot, float(number.value))
    return found


class TakeBack(Form):
    ticket_no: str | None = None


# -- looking up -------------------------------------------------------------------------------------------------


@skill.on("query", form=Query)
def query(turn: Turn, form: Query) -> Reply:
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
    over = [quarter for quarter in quarters if (period_bounds(quarter, turn.now)[1] or "") <= str(turn.now.date())]
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
    return skill.say("gaps_of" if missing else "no_gaps_of", name=target.name, missing="、".join(missing))


def of_place(turn: Turn, form: Query, *, gaps: bool) -> Reply:
    """What the organisations of a community (or town) have shown, newest first; or which of them showed no accounts."""
    town = place.town_named(turn.db, form.town) if form.town else None
    community = None if town else turn.community(form)
    where: dict[str, Any] = {
        "community_id": community.id if community else None,
        "town_id": town.id if town else turn.user.town_id,
    }
    name = town.name if town else community.name if community else None
    if name is None and turn.role < Role.TOWN:
        return skill.say("which_place")
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


def gaps_in(turn: Turn, rows: list[Disclosure], where: dict[str, Any], name: str | None, period: str | None) -> Reply:
    showing = {row.organization_id for row in rows}
    silent = [known.name for known in organization.living(turn.db, **where) if known.id not in showing]
    if not silent:
        return skill.say("no_gaps", name=name, when=words.period(period))
    listed = words.numbered(silent[: LINES * 3])
    return skill.say("gaps", name=name, when=words.period(period), count=len(silent), lines=listed)


# -- publishing -------------------------------------------------------------------------------------------------


@skill.on("publish", form=Publish, confirm=True, needs=Role.LEADER)
def publish(turn: Turn, form: Publish) -> Reply:
    if form.withdraw:
        return take_back(turn, TakeBack(ticket_no=form.ticket_no))
    target = publisher(turn, form)
    disclosure.may_publish(turn.user, target)
    community_id = target.community_id if target else turn.user.community_id
    when = words.period(form.period)
    facts: dict[str, Any] = {
        "topic": form.disclosure_topic,
        "title": (form.title or f"{when or ''}{form.disclosure_topic}")[:120],
        "community_id": community_id,
        "organization_id": target.id if target else None,
        "period": form.period,
        "content": form.text and form.text[:2000],
    }
    entries = amounts(form)
    made = [
        disclosure.publish(turn.db, turn.user.id, turn.now, money=money, direction=direction, **facts)
        for direction, money in entries
    ]
    masked = made[0].content != facts["content"]
    return skill.say(
        "published",
        no=made[0].no,
        also="、".join(row.no for row in made[1:]) or None,
        name=target.name if target else None,
        title=made[0].title,
        masked=skill.words["masked"] if masked else None,
        link=link(turn, target),
    )


def amounts(form: Publish) -> list[tuple[str | None, float | None]]:
    """(direction, yuan) of each entry to make: one, or two where income and expense were told together."""
    told = {disclosure.INCOME: form.income, disclosure.EXPENSE: form.expense}
    if form.amount is not None and form.disclosure_topic == skill.words["donations"] and form.direction is None:
        told[disclosure.INCOME] = form.amount
    elif form.amount is not None and form.direction in told:
        told[form.direction] = form.amount
    elif form.amount is not None:
        return [(None, form.amount)]
    return [(name, money) for name, money in told.items() if money is not None] or [(None, None)]


def publisher(turn: Turn, form: Publish) -> Organization | None:
    """The organisation that shows it; staff who named none pick one, or their community itself."""
    if form.organization_id == "community":
        return None
    if found := turn.organization(form):
        return found
    known = organization.living(turn.db, community_id=turn.user.community_id, town_id=turn.user.town_id)
    choices = [(str(row.id), row.name) for row in known if _resembles(row, form.organization)]
    choices = (choices or [(str(row.id), row.name) for row in known])[: LINES + 2]
    if turn.role >= Role.WORKER and not form.organization:
        choices.append(("community", skill.words["community_itself"]))
    raise Refused("which_organization", ask="organization_id", choices=choices, name=form.organization)


def _resembles(row: Line, name: str | None) -> bool:
    return name is None or name in row.name or row.name in name or name in row.aliases


@skill.on("cancel", form=TakeBack, needs=Role.LEADER, confirm=True)
def take_back(turn: Turn, form: TakeBack) -> Reply:
    """Withdraws what is named, else what this person published last."""
    no = form.ticket_no or (turn.last if turn.last and turn.last.startswith(disclosure.PREFIX) else None)
    row = disclosure.numbered(turn.db, no) if no else disclosure.latest_of(turn.db, turn.user)
    if row is None:
        raise Refused("no_such" if no else "nothing_of_yours", no=no)
    disclosure.take_back(turn.db, turn.user, turn.now, row)
    return skill.say("taken_back", title=row.title, no=row.no)


# -- in words ---------------------------------------------------------------------------------------------------


def overlaps(turn: Turn, row: Disclosure, period: str | None) -> bool:
    """Whether an item's period (else the day it was published) falls into the period asked for."""
    if not period:
        return True
    since, until = period_bounds(period, turn.now)
    first, after = period_bounds(row.period or row.published_on.isoformat(), turn.now)
    return (first or "") < (until or "") and (after or "") > (since or "")


def lines(rows: list[Disclosure], names: Mapping[int, str] | None = None) -> str:
    told = []
    for row in rows[:LINES]:
        name = (names or {}).get(row.organization_id or 0)
        values = {"name": name, "title": row.title, "money": amount(row), "published": day(row.published_on)}
        told.append(
            "".join(skill.text(part, **values) for part in ("line_name", "line_title", "line_money", "line_day"))
        )
    more = skill.text("more", count=len(rows) - LINES) if len(rows) > LINES else ""
    return words.numbered(told) + ("\n" + more if more else "")


def amount(row: Disclosure) -> str | None:
    if row.money is None:
        return None
    return skill.text(
        "amount", direction=skill.words["direction_names"].get(row.direction or "none"), money=f"{row.money:.10g}"
    )


def day(value: date) -> str:
    return skill.text("date", year=value.year, month=value.month, day=value.day)


def link(turn: Turn, target: Organization | None) -> str | None:
    return f"{turn.public_url}/o/{target.id}" if turn.public_url and target else None


# -- falling due ------------------------------------------------------------------------------------------------


@skill.remind
def last_quarter(db: Any, today: date) -> Iterator[Nudge]:
    """Some days after a quarter ends, leaders whose accounts of it are not shown."""
    found = rule(db.info.get("settings", {}), "disclosure_reminder_days")
    ended = today - timedelta(days=int(found.value) if found else REMIND_DAYS)
    if (ended.month, ended.day) not in ((3, 31), (6, 30), (9, 30), (12, 31)):
        return
    quarter = f"{ended.year}-Q{ended.month // 3}"
    morning = words.at_hour(today, 9)
    for target in disclosure.silent(db, skill.words["accounts"], date(ended.year, ended.month - 2, 1), ended, quarter):
        for user in filing.leaders(db, target.id):
            text = skill.text("remind", name=target.name, when=words.period(quarter))
            key = f"disclosure:{target.id}:{quarter}:{user.id}"
            yield Nudge(user.id, key, text, "disclosure", morning, morning + timedelta(days=7))
