"""Filing and registration: conditions, applications, where they stand, changes, dissolution, and their review."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from handlers import words
from handlers.filing_due import certificates, corrections, lying
from handlers.filing_news import tell_holders
from handlers.filing_review import Review, decide
from handlers.filing_which import Named, Which, candidates, named_organization, own_target, still_open
from handlers.filing_words import choice_line, contact, day, fault, listed, progress, skill, topic, topics
from handlers.skill import Form, Organization, Refused, Reply, Role, Turn, asked, in_community
from models import filing, organization
from models.filing import Filing
from models.organization import CATEGORIES

__all__ = ["certificates", "corrections", "lying", "skill"]


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
    organization_name: str | None = None
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


class Status(Which):
    resubmit: str | None = None


class Guide(Form):
    text: str | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        return {"text": text}


class Change(Named):
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
    """`wish` says which of the two is meant, where the sentence does."""

    reason: str | None = None
    wish: str | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        wish = listed("withdraw_signs", text) or listed("dissolve_signs", text)
        return super().heard(text) | ({"wish": skill.words["wishes"][wish]} if wish else {})


# -- applying ---------------------------------------------------------------------------------------------------


@skill.on("apply", form=Apply, confirm=True)
def apply(turn: Turn, form: Apply) -> Reply:
    known = turn.organization(form) if form.organization_id else None
    name = known.name if known else form.organization
    check_name(name)
    community = in_community(turn, form)
    facts = facts_in(turn, form) | {
        "name": name,
        "area": community.name,
        "organization_id": known.id if known else None,
    }
    row = filing.apply(turn.db, turn.user, turn.now, community, facts)
    alike = (other for _, other in organization.alike(turn.db, community, row.name) if other.id != row.organization_id)
    close = next(alike, None)
    values = {**progress(turn, row), "near": close and close.name}
    if row.status == filing.DRAFT:
        return skill.say("drafted", **values)
    tell_holders(turn, row)
    roster = None if row.members else skill.words["materials"]["roster"]
    return skill.say("applied", **{**values, "missing": roster})


def facts_in(turn: Turn, form: Apply) -> dict[str, Any]:
    """What was told, as columns of the application; personal data sealed."""
    has_charter = form.charter in skill.words["has_charter"]
    return {
        "category": form.organization_type,
        "head": form.person,
        "phone": turn.seal(form.phone),
        "id_number": turn.seal(form.id_number),
        "place": form.place,
        "members": form.headcount,
        "scope": form.scope,
        "money": form.money,
        "charter": has_charter,
        "management": filing.REGISTERED if form.management == filing.REGISTERED else filing.ON_FILE,
        "missing": [] if has_charter else [skill.words["materials"]["charter"]],
    }


def check_name(name: str) -> None:
    """Refuses what may not be filed at all, and words no name may bear."""
    if wrong := fault("not_a_team", name):
        raise Refused("not_a_team", name=name, why=wrong[1])
    if wrong := fault("names", name):
        raise Refused("name_refused", ask="organization", word=wrong[0], why=wrong[1])


# -- where it stands --------------------------------------------------------------------------------------------


@skill.on("status", form=Status)
def status(turn: Turn, form: Status) -> Reply:
    rows = candidates(turn, form)
    named = named_organization(turn, form)
    if named and not form.ticket_no and (asks_for_certificate(form, named) or not rows):
        return certificate(turn, named)
    if not rows:
        return nothing_found(turn, form)
    if len(rows) > 1 and not (named or form.ticket_no):
        raise Refused("which", ask="ticket_no", choices=[(row.no, choice_line(row)) for row in rows])
    row = rows[0]
    if row.status in (filing.RETURNED, filing.DRAFT) and row.created_by == turn.user.id:
        return corrected(turn, form, row)
    return skill.say("progress", **progress(turn, row))


def asks_for_certificate(form: Status, found: Organization) -> bool:
    """Number and expiry stand on the certificate, whatever else was applied for since."""
    return bool(found.filing_no or found.expires_on) and listed("certificate_signs", form.text or "") is not None


def corrected(turn: Turn, form: Status, row: Filing) -> Reply:
    """What was sent back waits for its applicant: complete, it goes the same road again."""
    if form.resubmit == "yes":
        filing.submit(turn.db, turn.user, turn.now, row)
        tell_holders(turn, row)
        return skill.say("resubmitted", **progress(turn, row))
    if form.resubmit == "no":
        return skill.say("kept", name=row.name, no=row.no)
    key = "resubmit" if listed("done_signs", form.text or "") else "to_correct"
    raise Refused(key, ask="resubmit", choices=list(skill.words["resubmit"].items()), **progress(turn, row))


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


# -- reviewing --------------------------------------------------------------------------------------------------


@skill.on("review", form=Review, needs=Role.WORKER)
def review(turn: Turn, form: Review) -> Reply:
    return decide(turn, form)
