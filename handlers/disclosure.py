"""Information disclosure: what an organisation shows to everybody, looked up and published."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from pydantic import Field, ValidationInfo, field_validator, model_validator

from handlers import words
from handlers.disclosure_shown import Query, look_up
from handlers.disclosure_words import LINES, day, lines, link, sign, skill
from handlers.skill import Form, Nudge, Organization, Refused, Reply, Role, Turn, asked
from models import disclosure, filing, organization
from models.disclosure import Disclosure
from models.organization import Line
from models.policy import rule
from nlp.normalise import normalise
from nlp.numbers import find_numbers

__all__ = ["day", "skill"]
BEFORE = 8  # signs before an amount that say what it is
TELLING = 30  # signs from which a sentence without a figure is taken for the content itself
CONTENT = 6  # signs beside the figures from which a sentence tells something of its own
REMIND_DAYS = 10  # after the end of a quarter; the setting disclosure_reminder_days overrides it


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
    organization_name: str | None = None
    title: str | None = None
    person: str | None = None
    withdraw: str | None = None
    ticket_no: str | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        """Amounts by direction, the content where the sentence tells more than its wish, a wish to take back."""
        if sign("withdraw_signs", text):
            wish = skill.words["withdraws"]
            return {"withdraw": wish, "disclosure_topic": wish, "text": skill.words["withdrawn_text"]}
        found = amounts_in(text)
        figures = any(one.isdecimal() for one in text) and len(text) >= TELLING // 3
        if sign("correction_signs", text):
            found |= {"text": skill.words["figures_only"]} if found else {}
        elif found or figures or len(text) >= TELLING:
            found["text"] = content_in(text)
        if "amount" in found and (direction := sign("direction_signs", text)):
            found["direction"] = direction
        return found

    @model_validator(mode="before")
    @classmethod
    def figures(cls, slots: Any) -> Any:
        """An amount told as the content, when that was asked for, counts as told."""
        if slots.get("withdraw") or any(slots.get(name) is not None for name in ("income", "expense", "amount")):
            return slots
        found = amounts_in(slots.get("text") or "")
        told = sign("direction_signs", slots.get("text") or "") if "amount" in found else None
        return {**slots, **found} | ({"direction": told} if told and not slots.get("direction") else {})

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


def content_in(text: str) -> str:
    """What a sentence tells beside its wish; figures alone stand in their own lines already."""
    told = re.sub(skill.words["wish_pattern"], "", text).strip(" ,，。、：:") or text
    bare = re.sub(skill.words["figures_pattern"], "", told)
    return told if len(bare) >= CONTENT else str(skill.words["figures_only"])


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
        slot = nearest("amount_signs", plain[: number.start], close=number.kind != "money")
        if slot or number.kind == "money":
            found.setdefault(slot or "amount", float(number.value))
    return found


def nearest(table: str, lead: str, *, close: bool) -> str | None:
    """The entry of a table one of whose signs stands last before an amount; `close`: right before it."""
    lead = lead[-BEFORE:].rstrip(skill.words["before_amount"]) if close else lead[-BEFORE:]
    places = [
        (lead.rfind(sign) + len(sign), name)
        for name, signs in skill.words[table].items()
        for sign in signs
        if (lead.endswith(sign) if close else sign in lead)
    ]
    return max(places)[1] if places else None


class TakeBack(Form):
    """`alone` where the number was typed: then that one item goes, else all that was published in one go."""

    ticket_no: str | None = None
    alone: bool = False

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        return {"alone": True} if disclosure.PREFIX in text.upper() else {}


class Amend(Form):
    """Figures or the period of what was published last, put right."""

    ticket_no: str | None = None
    income: float | None = None
    expense: float | None = None
    amount: float | None = None
    period: str | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        return amounts_in(text)


@skill.on("query", form=Query)
def query(turn: Turn, form: Query) -> Reply:
    return look_up(turn, form)


# -- publishing -------------------------------------------------------------------------------------------------


@skill.on("publish", form=Publish, confirm=True, needs=Role.LEADER)
def publish(turn: Turn, form: Publish) -> Reply:
    if form.withdraw:
        return take_back(turn, TakeBack(ticket_no=form.ticket_no, alone=form.ticket_no is not None))
    target = publisher(turn, form)
    disclosure.may_publish(turn.user, target)
    community_id = target.community_id if target else turn.user.community_id
    facts: dict[str, Any] = {
        "topic": form.disclosure_topic,
        "title": (form.title or titled(form.period, form.disclosure_topic))[:120],
        "community_id": community_id,
        "organization_id": target.id if target else None,
        "period": form.period,
        "content": content_of(form),
    }
    entries = amounts(form)
    if entries == [(None, None)] and not facts["content"] and not turn.photos:
        raise Refused("empty", ask="text")
    if form.disclosure_topic in skill.words["dated"]:
        disclosure.refuse_twice(turn.db, facts, entries)
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


def titled(period: str | None, topic: str) -> str:
    return f"{words.period(period) or ''}{topic}"


def content_of(form: Publish) -> str | None:
    """The words that go public: not those whose figures were put right afterwards."""
    figures = amounts_in(form.text or "")
    stale = any(getattr(form, slot) not in (None, money) for slot, money in figures.items())
    told = content_in(form.text) if form.text else None
    return None if stale or told is None or told == skill.words["figures_only"] else told[:2000]


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


def last_published(turn: Turn, ticket_no: str | None) -> Disclosure:
    """The item named, else the one just published, else this person's latest."""
    no = ticket_no or (turn.last if turn.last and turn.last.startswith(disclosure.PREFIX) else None)
    row = disclosure.numbered(turn.db, no) if no else disclosure.latest_of(turn.db, turn.user)
    if row is None:
        raise Refused("no_such" if no else "nothing_of_yours", no=no)
    return row


@skill.on("cancel", form=TakeBack, needs=Role.LEADER, confirm=True)
def take_back(turn: Turn, form: TakeBack) -> Reply:
    """Withdraws what is named, else what this person published last."""
    row = last_published(turn, form.ticket_no)
    rows = [row] if form.alone else disclosure.made_together(turn.db, row)
    for one in rows:
        disclosure.take_back(turn.db, turn.user, turn.now, one)
    return skill.say(
        "taken_back", title=row.title, no=row.no, also="、".join(r.no for r in rows if r is not row) or None
    )


@skill.on("change", form=Amend, needs=Role.LEADER)
def change(turn: Turn, form: Amend) -> Reply:
    """Puts the figures right in place: nobody sees both the wrong and the right one."""
    row = last_published(turn, form.ticket_no)
    told = {disclosure.INCOME: form.income, disclosure.EXPENSE: form.expense, None: form.amount}
    figures = {direction: money for direction, money in told.items() if money is not None}
    if not figures and not form.period:
        raise Refused("change_what", title=row.title)
    rows = disclosure.amend(turn.db, turn.user, turn.now, row, figures, form.period)
    if form.period:
        for one in rows:
            one.title = titled(form.period, one.topic)
    return skill.say("changed", no=row.no, title=row.title, lines=lines(rows))


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
