"""What a handler file is written with: Skill, Form, Turn, Reply, Nudge."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from handlers import words
from models import messages, place, record
from models.base import Session, seal, unseal
from models.errors import Refused
from models.organization import Organization
from models.people import Role, User
from models.place import Community, Town
from models.when import When
from nlp.types import Understanding

__all__ = [
    "Action",
    "Form",
    "Message",
    "Nudge",
    "Organization",
    "Refused",
    "Reply",
    "Role",
    "Skill",
    "Turn",
    "When",
    "asked",
]


@dataclass(frozen=True)
class Message:
    """What a person sent, whatever the channel; `key` identifies it for ever, `at` is the platform's CreateTime."""

    key: str
    channel: str
    openid: str
    at: datetime
    kind: Literal["text", "voice", "image", "video", "location", "link", "event"]
    text: str = ""
    media_id: str | None = None
    url: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    event: str = ""  # lower case
    event_key: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    signature: str | None = None  # where the request's signature does not cover its body
    group: str | None = None  # chat id of a group it was said in


@dataclass(frozen=True)
class Reply:
    """Text for the person; `no` is the receipt number it hands out, `remember` slots kept for the next sentences."""

    text: str
    no: str | None = None

    def __add__(self, more: "Reply") -> "Reply":
        return Reply(f"{self.text}\n{more.text}".strip("\n"), more.no or self.no)


@dataclass(frozen=True)
class Nudge:
    """A reminder that fell due: for whom, its unique key, what it says, and the record it speaks of."""

    user_id: int
    key: str
    text: str
    kind: str
    send_at: datetime
    not_after: datetime | None = None
    source: str | None = None
    urgency: int = messages.ROUTINE


class Form(BaseModel):
    """Fields are slots of the contract, in the order they are asked; one with a default is never asked."""

    model_config = ConfigDict(extra="ignore")

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        """Slots this form reads from the sentence itself, beyond what was understood of it."""
        return {}


def asked(default: Any = None) -> Any:
    """A field that is asked once and may be skipped (跳过、不知道)."""
    return Field(default=default, json_schema_extra={"asked": True})


@dataclass
class Turn:
    """One message being answered: who, when, what was understood, and the open transaction."""

    db: Session
    user: User
    now: datetime
    message: Message
    said: Understanding | None = None
    photos: list[dict[str, Any]] = field(default_factory=list)
    last: str | None = None  # receipt number of what this person did last
    settings: Mapping[str, Any] = field(default_factory=dict)  # policy settings, each with its source
    skills: Sequence["Skill"] = ()
    public_url: str = ""

    @property
    def text(self) -> str:
        return self.message.text

    @property
    def role(self) -> Role:
        return Role(self.user.role)

    def community(self, form: Form | None = None) -> Community | None:
        """The community the form names, else the sender's."""
        named = getattr(form, "community", None)
        found = place.community_named(self.db, named) if named else None
        own = self.user.community_id
        return found or (self.db.get(Community, own) if own else None)

    def town(self) -> Town | None:
        community = self.community()
        town_id = community.town_id if community else self.user.town_id
        return self.db.get(Town, town_id) if town_id else None

    def organization(self, form: Form | None = None) -> Organization | None:
        """The organisation the form names, else the one the sender leads."""
        named = getattr(form, "organization_id", None)
        if named:
            return self.db.get(Organization, int(named))
        unnamed = getattr(form, "organization", None) is None
        return self.db.get(Organization, self.user.organization_id) if unnamed and self.user.organization_id else None

    def notify(
        self, user: User, text: str, key: str, *, kind: str, source: str | None = None, urgent: bool = False
    ) -> None:
        """Tells somebody else, after this turn commits."""
        urgency = messages.URGENT if urgent else messages.SOON
        messages.plan(
            self.db,
            user.id,
            key=key,
            kind=kind,
            text=text,
            send_at=self.now,
            urgency=urgency,
            source=source,
            not_after=self.now + timedelta(days=7),
        )

    def remind(self, nudges: Iterable[Nudge], source: str) -> None:
        """Plans these and no other reminders about a record: earlier plans are withdrawn, past ones not made."""
        messages.withdraw(self.db, source)
        for nudge in nudges:
            if nudge.send_at > self.now:
                messages.plan(
                    self.db,
                    nudge.user_id,
                    key=nudge.key,
                    kind=nudge.kind,
                    text=nudge.text,
                    send_at=nudge.send_at,
                    urgency=nudge.urgency,
                    not_after=nudge.not_after,
                    source=source,
                )

    def seal(self, value: str | None) -> bytes | None:
        """Personal data on its way into a record."""
        return seal(self.db, value)

    def unseal(self, value: bytes | None) -> str | None:
        """Personal data on its way to somebody with the duty to see it."""
        return unseal(self.db, value)

    def attach(self, no: str, photos: list[dict[str, Any]]) -> None:
        """Joins photos to a record."""
        record.attach(self.db, no, self.user.id, photos, self.now)

    def note(self, no: str, what: str, text: str | None = None) -> None:
        """One step on a record's timeline, in the sender's name."""
        record.note(self.db, no, self.now, self.user.id, what, text)


@dataclass(frozen=True)
class Action:
    """One thing a skill can do: `intent` names it, `form` is what it needs, `run` does it."""

    skill: "Skill"
    verb: str
    form: type[Form]
    confirm: bool
    needs: Role
    run: Callable[[Turn, Any], Reply]

    @property
    def intent(self) -> str:
        return f"{self.skill.name}.{self.verb}"

    @property
    def looks_up(self) -> bool:
        """A question: it can be answered at once and changes nothing, so it may interrupt a form."""
        return not self.confirm and not any(info.is_required() for info in self.form.model_fields.values())


Run = Callable[[Turn, Any], Reply]
Remind = Callable[[Session, date], Iterable[Nudge]]


class Skill:
    """A capability: its actions, and the words of the YAML file that bears its name."""

    def __init__(self, name: str):
        self.name = name
        self.actions: dict[str, Action] = {}
        self.reminders: list[Remind] = []
        self.emergency: Callable[[Turn, Mapping[str, Any]], Reply] | None = None
        self.supplement: Callable[[Turn, str, Mapping[str, Any]], Reply] | None = None

    @property
    def words(self) -> Mapping[str, Any]:
        return words.load(self.name)

    def on(
        self, verb: str, form: type[Form] = Form, *, confirm: bool = False, needs: Role = Role.RESIDENT
    ) -> Callable[[Run], Run]:
        """Registers the action for the intent `<skill>.<verb>`; `confirm` echoes the form before it is done."""

        def register(run: Run) -> Run:
            self.actions[verb] = Action(self, verb, form, confirm, needs, run)
            return run

        return register

    def on_emergency(
        self, run: Callable[[Turn, Mapping[str, Any]], Reply]
    ) -> Callable[[Turn, Mapping[str, Any]], Reply]:
        """Life or limb at risk: stores what is known at once, without a form."""
        self.emergency = run
        return run

    def on_supplement(
        self, run: Callable[[Turn, str, Mapping[str, Any]], Reply]
    ) -> Callable[[Turn, str, Mapping[str, Any]], Reply]:
        """More about a record just made: a place, a phone, a sentence that came after."""
        self.supplement = run
        return run

    def remind(self, run: Remind) -> Remind:
        """A daily sweep: yields what falls due on that day; its keys make a second run harmless."""
        self.reminders.append(run)
        return run

    def text(self, key: str, **values: Any) -> str:
        """The sentence `reply.<key>` of the YAML, filled."""
        return words.sentence(self.words["reply"][key], values)

    def say(self, key: str, **values: Any) -> Reply:
        """As `text`, as a reply; `no` among the values is the receipt number handed out."""
        return Reply(self.text(key, **values), values.get("no"))


def in_community(turn: Turn, form: Form | None = None) -> Community:
    """The community a record belongs to; asks when neither the message nor the sender names one."""
    found = turn.community(form)
    if found is None:
        raise Refused("which_community", ask="community")
    return found
