"""Filing and registration: conditions, applications, where they stand, changes, dissolution, and their review."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from handlers import words
from handlers.filing_words import choice_line, day, fault, listed, number_in, progress, topic, topics
from handlers.skill import Form, Nudge, Organization, Refused, Reply, Role, Skill, Turn, When, asked, in_community
from models import audit, filing, organization
from models.filing import Filing
from models.organization import CATEGORIES
from models.place import Community, Town
from models.policy import rule

skill = Skill("filing")  # its words: filing.yaml, beside this file
LINES = 8
EXPIRY_DAYS = (60, 30, 7)  # before a certificate ends; the setting certificate_reminder_days overrides it
CORRECTION_DAYS = (3, 1, 0)  # before the time to correct ends
WAITING_DAYS = 5  # at one step, after which its holder is reminded; the setting review_reminder_days overrides it


def known_category(value: str) -> str:
    if value not in CATEGORIES:
        raise ValueError("not a category")
    return value


Category = Annotated[str, AfterValidator(known_category)]


class Apply(Form):
    organization: str
    organization_type: Category
    person: str
    place: str
    headcount: int | None = asked()
    charter: str | None = asked()
    scope: str | None = None
    phone: str | None = asked()
    organization_id: str | None = None
    community: str | None = None
    id_number: str | None = None
    money: float | None = None
    management: str | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        """A word about the charter, and whether registration rather than filing is meant."""
        bare = text.strip(words.load("words")["ordinals"]["around"])
        found = {"charter": skill.words["charter_words"].get(bare) or listed("charter_signs", text)}
        found["management"] = listed("management_signs", text)
        if scope := re.search(skill.words["scope_pattern"], text):
            found["scope"] = scope.group(1)
        return {slot: value for slot, value in found.items() if value}


class Which(Form):
    """What names an application or an organisation."""

    ticket_no: str | None = None
    organization: str | None = None
    organization_id: str | None = None
    filing_no: str | None = None
    text: str | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        return {"text": text} | number_in(text)


class Status(Which):
    resubmit: str | None = None


class Guide(Form):
    text: str | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        return {"text": text}


class Change(Form):
    """`what` is one of the YAML's `changes`; the slot that goes with it has to be told before the form is confirmed."""

    what: str | None = None
    person: str | None = Field(None, validate_default=True)
    phone: str | None = Field(None, validate_default=True)
    place: str | None = Field(None, validate_default=True)
    title: str | None = Field(None, validate_default=True)
    text: str | None = Field(None, validate_default=True)
    headcount: int | None = Field(None, validate_default=True)
    organization_type: Category | None = Field(None, validate_default=True)
    changes: str | None = Field(None, validate_default=True)
    organization: str | None = None
    organization_id: str | None = None
    filing_no: str | None = None
    ticket_no: str | None = None
    reason: str | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        table = skill.words["changes"]
        what = next((name for name, entry in table.items() if any(sign in text for sign in entry["signs"])), None)
        found = {"what": what} if what else {}
        for slot, pattern in skill.words["change_patterns"].items():
            if value := re.search(pattern, text):
                found[slot] = value.group(1)
        return found

    @model_validator(mode="before")
    @classmethod
    def chosen(cls, slots: Any) -> Any:
        """What was picked from the numbered list counts as said."""
        return {**slots, "what": slots.get("changes") or slots.get("what")}

    @field_validator("person", "phone", "place", "title", "text", "headcount", "organization_type")
    @classmethod
    def told(cls, value: Any, info: ValidationInfo) -> Any:
        entry = skill.words["changes"].get(info.data.get("what")) or {}
        if value is None and entry.get("slot") == info.field_name:
            raise ValueError("needed")
        return value

    @field_validator("changes")
    @classmethod
    def something(cls, value: Any, info: ValidationInfo) -> Any:
        slots = [entry["slot"] for entry in skill.words["changes"].values() if entry.get("slot")]
        if not value and not info.data.get("what") and not any(info.data.get(slot) for slot in slots):
            raise ValueError("needed")
        return value


class Cancel(Which):
    reason: str | None = None


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


# -- applying ---------------------------------------------------------------------------------------------------


@skill.on("apply", form=Apply, confirm=True)
def apply(turn: Turn, form: Apply) -> Reply:
    check_name(form.organization)
    community = in_community(turn, form)
    registers = form.management == filing.REGISTERED
    has_charter = form.charter in skill.words["has_charter"]
    facts = {
        "name": form.organization,
        "category": form.organization_type,
        "head": form.person,
        "phone": turn.seal(form.phone),
        "id_number": turn.seal(form.id_number),
        "place": form.place,
        "members": form.headcount,
        "area": community.name,
        "scope": form.scope,
        "money": form.money,
        "charter": has_charter,
        "management": filing.REGISTERED if registers else filing.ON_FILE,
        "missing": [] if has_charter else [skill.words["materials"]["charter"]],
        "organization_id": int(form.organization_id) if form.organization_id else None,
    }
    row = filing.apply(turn.db, turn.user, turn.now, community, facts)
    close = [
        other.name for _, other in organization.alike(turn.db, community, row.name) if other.id != row.organization_id
    ]
    values = {**progress(turn, row), "near": close[0] if close else None}
    if row.status == filing.DRAFT:
        return skill.say("drafted", **values)
    tell_holders(turn, row)
    roster = None if row.members else skill.words["materials"]["roster"]
    return skill.say("applied", **{**values, "missing": roster})


def check_name(name: str) -> None:
    """Refuses what may not be filed at all, and words no name may bear."""
    if wrong := fault("not_a_team", name):
        raise Refused("not_a_team", name=name, why=wrong[1])
    if wrong := fault("names", name):
        raise Refused("name_refused", ask="organization", word=wrong[0], why=wrong[1])


def tell_holders(turn: Turn, row: Filing) -> None:
    """Whoever reviews it now learns that it came."""
    values = progress(turn, row)
    for user in filing.holders(turn.db, row):
        text = skill.text("came_in", **values)
        key = f"filing:{row.no}:{row.status}:{user.id}:{turn.now:%Y%m%d%H%M}"
        turn.notify(user, text, key=key, kind="filing", source=row.no)


def tell_applicant(turn: Turn, row: Filing, key: str) -> None:
    user = filing.applicant(turn.db, row)
    if user and user.id != turn.user.id:
        text = skill.text(key, **progress(turn, row))
        turn.notify(user, text, key=f"filing:{row.no}:{key}:{turn.now:%Y%m%d%H%M}", kind="filing", source=row.no)


# -- where it stands --------------------------------------------------------------------------------------------


@skill.on("status", form=Status)
def status(turn: Turn, form: Status) -> Reply:
    rows = candidates(turn, form)
    named = named_organization(turn, form)
    if not rows:
        return certificate(turn, named) if named else nothing_found(turn, form)
    if len(rows) > 1 and not (named or form.ticket_no):
        raise Refused("which", ask="ticket_no", choices=[(row.no, choice_line(row)) for row in rows])
    row = rows[0]
    if row.status in (filing.RETURNED, filing.DRAFT) and row.created_by == turn.user.id:
        return corrected(turn, form, row)
    return skill.say("progress", **progress(turn, row))


def corrected(turn: Turn, form: Status, row: Filing) -> Reply:
    """What was sent back waits for its applicant: said to be complete, it goes the same road again."""
    done = listed("done_signs", form.text or "")
    if form.resubmit == "yes":
        filing.submit(turn.db, turn.user, turn.now, row)
        tell_holders(turn, row)
        return skill.say("resubmitted", **progress(turn, row))
    if done and form.resubmit is None:
        raise Refused("resubmit", ask="resubmit", choices=list(skill.words["resubmit"].items()), **progress(turn, row))
    return skill.say("to_correct", **progress(turn, row))


def candidates(turn: Turn, form: Which) -> list[Filing]:
    """Applications the words may mean, those still open first; without words the sender's own."""
    if form.ticket_no:
        return filing.visible(turn.db, turn.user, no=form.ticket_no)
    if form.filing_no or form.organization or form.organization_id:
        found = named_organization(turn, form)
        by_name = filing.visible(turn.db, turn.user, name=found.name if found else form.organization)
        rows = [*filing.visible(turn.db, turn.user, organization_id=found.id), *by_name] if found else by_name
        return still_open(rows) or rows[:1]
    if turn.last and turn.last.startswith(filing.PREFIX):
        return filing.visible(turn.db, turn.user, no=turn.last)
    own = filing.visible(turn.db, turn.user, limit=LINES * 2)
    return still_open(own)[:LINES] or own[:1]


def still_open(rows: list[Filing]) -> list[Filing]:
    return list({row.no: row for row in rows if row.status in filing.OPEN}.values())


def named_organization(turn: Turn, form: Which | Change) -> Organization | None:
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
        spoken = organization.mentioned(near, form.text or "")
    return turn.db.get(Organization, spoken.id) if spoken else None


def nothing_found(turn: Turn, form: Which) -> Reply:
    name = form.ticket_no or form.filing_no or form.organization
    return skill.say("not_found", name=name) if name else skill.say("none_yet", contact=contact(turn))


def certificate(turn: Turn, found: Organization) -> Reply:
    """What the directory says of an organisation's certificate: public."""
    if found.management not in (filing.ON_FILE, filing.REGISTERED):
        return skill.say("not_on_file", name=found.name)
    left = (found.expires_on - turn.now.date()).days if found.expires_on else None
    key = "certificate" if left is None or left >= 0 else "expired"
    return skill.say(
        key,
        name=found.name,
        management=found.management,
        filing_no=found.filing_no,
        credit_code=found.credit_code,
        issued=found.issued_on and day(found.issued_on),
        expires=found.expires_on and day(found.expires_on),
        left=left,
        over=-left if left is not None else None,
        open_ended=None if found.expires_on else skill.words["open_ended"],
    )


def contact(turn: Turn) -> str | None:
    town = turn.town()
    return town.contact if town else None


# -- what one has to know ---------------------------------------------------------------------------------------


@skill.on("guide", form=Guide)
def guide(turn: Turn, form: Guide) -> Reply:
    """The topics the question touches, the closest first; a threshold nobody laid down is said to be open."""
    text = form.text or turn.text
    wrong = fault("names", text) if listed("name_question", text) else None
    told = "\n\n".join(topic(turn, entry) for entry in topics(text))
    return skill.say("guide", told=told, word=wrong and wrong[0], why=wrong and wrong[1], contact=contact(turn))


# -- changing, dissolving ---------------------------------------------------------------------------------------


@skill.on("change", form=Change, confirm=True)
def change(turn: Turn, form: Change) -> Reply:
    """What is still under review is corrected at once; what is on file by an application of its own."""
    table = skill.words["changes"]
    told = {entry["column"]: getattr(form, entry["slot"]) for entry in table.values() if entry.get("slot")}
    changes = {column: value for column, value in told.items() if value is not None}
    if form.what and not table[form.what].get("slot"):
        changes[table[form.what]["column"]] = True
    if "name" in changes:
        check_name(changes["name"])
    if "phone" in changes:
        changes["phone"] = turn.seal(changes["phone"])
    if row := in_hand(turn, form):
        facts = {column: value for column, value in changes.items() if column not in ("renew", "replace")}
        filing.amend(turn.db, turn.user, turn.now, row, facts)
        return skill.say("amended", **progress(turn, row))
    target = own_target(turn, form)
    row = filing.ask(turn.db, turn.user, turn.now, filing.CHANGE, target, changes=changes, reason=form.reason)
    tell_holders(turn, row)
    return skill.say("change_asked", **progress(turn, row))


def in_hand(turn: Turn, form: Change) -> Filing | None:
    """The new organisation's application that the words speak of, while it is open: by number, else by its name."""
    if form.ticket_no:
        rows = filing.visible(turn.db, turn.user, no=form.ticket_no, kind=filing.APPLY)
    elif form.organization and not form.organization_id:
        rows = filing.visible(turn.db, turn.user, name=form.organization, kind=filing.APPLY)
    elif turn.user.organization_id is None and not form.organization and not form.filing_no:
        rows = [row for row in filing.visible(turn.db, turn.user, kind=filing.APPLY) if row.created_by == turn.user.id]
    else:
        rows = []
    return next(iter(still_open(rows)), None)


@skill.on("cancel", form=Cancel, confirm=True)
def cancel(turn: Turn, form: Cancel) -> Reply:
    """Takes an application back that is not decided, else asks to dissolve the organisation."""
    takes_back = form.ticket_no or listed("withdraw_signs", form.text or "")
    rows = [row for row in still_open(candidates(turn, form)) if takes_back or row.kind == filing.APPLY]
    if len(rows) > 1:
        raise Refused("which", ask="ticket_no", choices=[(row.no, choice_line(row)) for row in rows])
    if rows:
        filing.withdraw(turn.db, turn.user, turn.now, rows[0])
        return skill.say("withdrawn", name=rows[0].name, no=rows[0].no)
    if form.ticket_no:
        raise Refused("decided" if candidates(turn, form) else "not_found", name=form.ticket_no)
    target = own_target(turn, form)
    row = filing.ask(turn.db, turn.user, turn.now, filing.CANCEL, target, changes={}, reason=form.reason)
    tell_holders(turn, row)
    return skill.say("cancel_asked", **progress(turn, row))


def own_target(turn: Turn, form: Change | Cancel) -> Organization:
    """The organisation meant; asks who has none of their own, with the community's as choices."""
    if found := named_organization(turn, form):
        return found
    if form.organization or form.filing_no:
        raise Refused("unknown_organization", ask="organization", name=form.organization or form.filing_no)
    near = organization.living(turn.db, community_id=turn.user.community_id)[:LINES] if turn.role >= Role.WORKER else []
    raise Refused(
        "which_own", ask="organization_id" if near else "organization", choices=[(str(o.id), o.name) for o in near]
    )


# -- reviewing --------------------------------------------------------------------------------------------------


@skill.on("review", form=Review, needs=Role.WORKER)
def review(turn: Turn, form: Review) -> Reply:
    row = to_review(turn, form)
    decision = form.sure or form.decision
    values = {**progress(turn, row), "phone": audit.reveal(turn.db, turn.user, turn.now, row.no, "phone", row.phone)}
    if decision is None:
        filing.may_decide(turn.user, row, filing.RETURN)
        options = [
            pair for pair in skill.words["decisions"].items() if pair[0] != filing.REJECT or turn.role >= Role.TOWN
        ]
        raise Refused("detail", ask="sure", choices=options, **values)
    if decision == "later":
        return skill.say("later", name=row.name)
    filing.may_decide(turn.user, row, decision)
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
        filing.reject(turn.db, turn.user, turn.now, row, form.reason)
        tell_applicant(turn, row, "told_rejected")
        return skill.say("rejected", no=row.no, name=row.name, reason=form.reason)
    found = rule(turn.settings, "correction_days", town_name(turn, row))
    filing.send_back(turn.db, turn.user, turn.now, row, form.reason, int(found.value) if found else None)
    tell_applicant(turn, row, "told_returned")
    return skill.say("returned", **progress(turn, row))


def agree(turn: Turn, form: Review, row: Filing) -> Reply:
    if not filing.ends(turn.user, row):
        filing.pass_on(turn.db, turn.user, turn.now, row)
        tell_holders(turn, row)
        tell_applicant(turn, row, "told_passed_on")
        return skill.say("passed_on", **progress(turn, row))
    new = row.kind == filing.APPLY
    filing_no = certificate_no(turn, form, row) if new else None
    expires = ends_on(turn, form, row) if new or row.changes.get("renew") else None
    filing.approve(turn.db, turn.user, turn.now, row, filing_no=filing_no, expires_on=expires)
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
    return filing.next_number(turn.db, str(found.value), turn.now.year, town=town or "")


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


# -- falling due ------------------------------------------------------------------------------------------------


@skill.remind
def corrections(db: Any, today: date) -> Iterator[Nudge]:
    """Three days, one day before and on the day the time to correct ends."""
    morning = words.at_hour(today, 9)
    for row in filing.corrections_due(db, [today + timedelta(days=days) for days in CORRECTION_DAYS]):
        if row.created_by and row.due_on:
            text = skill.text("remind_correction", name=row.name, no=row.no, due=day(row.due_on), reason=row.reason)
            key = f"filing:{row.no}:due:{row.due_on}:{(row.due_on - today).days}"
            yield Nudge(row.created_by, key, text, "filing", morning, morning + timedelta(days=1), row.no)


@skill.remind
def lying(db: Any, today: date) -> Iterator[Nudge]:
    """What has lain at one step for days, and again each time as many days later, to whoever holds it."""
    found = rule(db.info.get("settings", {}), "review_reminder_days")
    every = int(found.value) if found else WAITING_DAYS
    morning = words.at_hour(today, 9)
    for row in filing.waiting_since(db, morning - timedelta(days=every - 1)):
        days = (today - row.since.date()).days
        for user in filing.holders(db, row) if days and days % every == 0 else []:
            text = skill.text("remind_review", name=row.name, no=row.no, days=days)
            yield Nudge(user.id, f"filing:{row.no}:lying:{row.status}:{days}:{user.id}", text, "filing", morning)


@skill.remind
def certificates(db: Any, today: date) -> Iterator[Nudge]:
    """Before a certificate ends, to whoever speaks for the organisation."""
    found = rule(db.info.get("settings", {}), "certificate_reminder_days")
    ahead = [int(days) for days in found.value] if found else list(EXPIRY_DAYS)
    morning = words.at_hour(today, 9)
    for row in filing.expiring(db, [today + timedelta(days=days) for days in ahead]):
        for user in filing.leaders(db, row.id):
            assert row.expires_on is not None
            left = (row.expires_on - today).days
            text = skill.text("remind_expiry", name=row.name, expires=day(row.expires_on), left=left)
            key = f"certificate:{row.id}:{row.expires_on}:{left}:{user.id}"
            yield Nudge(user.id, key, text, "filing", morning, morning + timedelta(days=3))
