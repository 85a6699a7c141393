"""What the platform reports afterwards: how notices ended, and which ones people accepted or refused."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from bot import metrics, outcomes
from bot.outcomes import Outcome
from handlers.skill import Message
from models import push, reach
from models.base import Session
from models.messages import HELD, PLANNED, SENT
from models.people import User

AGAIN = timedelta(minutes=1)
DELIVERED = "delivered"
BLOCKING = {Outcome.DEAD, Outcome.LEFT, Outcome.REFUSES}


def event(db: Session, user: User, message: Message) -> None:
    """Takes note of a platform event; others are none of our concern. Part of the event's own transaction."""
    if handle := EVENTS.get(message.event):
        handle(db, user, message)


def _follows(db: Session, user: User, message: Message) -> None:
    reach.unblock(db, user.id)


def _template_ended(db: Session, user: User, message: Message) -> None:
    status = str(message.details.get("Status") or "")
    code = 0 if status.startswith("success") else 43019 if "block" in status else -1
    _ended(db, user, message, str(message.details.get("MsgID") or ""), code, status)


def _notice_ended(db: Session, user: User, message: Message) -> None:
    for entry in entries(message.details, "SubscribeMsgSentEvent"):
        template, code = str(entry.get("TemplateId") or ""), code_of(entry.get("ErrorCode"))
        if code == 43101:
            reach.void(db, user.id, template)
        _ended(db, user, message, str(entry.get("MsgID") or ""), code, str(entry.get("ErrorStatus") or ""), template)


def code_of(value: object) -> int:
    """An error code as the platform sends it; what is none counts as busy."""
    text = str(value or 0).strip()
    return int(text) if text.lstrip("-").isdecimal() else -1


def _ended(db: Session, user: User, message: Message, msgid: str, code: int, status: str, template: str = "") -> None:
    """The last word on a notice: it arrived, or it goes another way, or nobody can be reached there."""
    bundle = push.settled(db, user.id, msgid, template)
    if bundle is None:
        return
    metrics.PUSHES.labels("report", DELIVERED if code == 0 else "failed").inc()
    if code == 0:
        push.report(db, bundle, SENT, DELIVERED, message.at, msgid=msgid)
    elif outcomes.of(code) in BLOCKING:
        push.report(db, bundle, HELD, status[:80], message.at)  # outbox before reach, as everywhere: no deadlock
        reach.block(db, user.id, outcomes.of(code).value, message.at)
    else:
        push.report(db, bundle, PLANNED, status[:80], message.at, retry_at=message.at + AGAIN)


def _chosen(db: Session, user: User, message: Message) -> None:
    """The pop-up was answered: an acceptance is a credit, and may free what was held."""
    for entry in entries(message.details, "SubscribeMsgPopupEvent"):
        template = str(entry.get("TemplateId") or "")
        if entry.get("SubscribeStatusString") == "accept":
            reach.earn(db, user.id, template)
            push.free(db, user.id)


def _changed(db: Session, user: User, message: Message) -> None:
    """Settings were changed by hand; only refusals are told."""
    for entry in entries(message.details, "SubscribeMsgChangeEvent"):
        if entry.get("SubscribeStatusString") == "reject":
            reach.void(db, user.id, str(entry.get("TemplateId") or ""))


def entries(details: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The event's list; the parser makes a single entry a mapping of its own."""
    held = details.get(name)
    found = held.get("List") if isinstance(held, Mapping) else None
    listed = found if isinstance(found, list) else [found]
    return [entry for entry in listed if isinstance(entry, Mapping)]


EVENTS: dict[str, Callable[[Session, User, Message], None]] = {
    "subscribe": _follows,
    "scan": _follows,
    "templatesendjobfinish": _template_ended,
    "subscribe_msg_sent_event": _notice_ended,
    "subscribe_msg_popup_event": _chosen,
    "subscribe_msg_change_event": _changed,
}
