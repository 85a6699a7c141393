"""A turn to call a handler with: who speaks, what was said, and the news that went out."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from handlers.skill import Message, Turn
from models import people
from models.base import Session, unseal
from models.messages import Outbox
from models.people import User

SETTINGS: dict[str, Any] = {
    "dispute_days": {"value": 30, "source": "人民调解工作若干规定第三十三条"},
    "dispute_follow_up_days": {"value": 15, "source": "本地约定"},
    "safety_days": {"value": {"high": 1, "middle": 3, "low": 7}, "source": "本地约定"},
    "safety_recheck_days": {"value": 7, "source": "本地约定"},
}


def turn(db: Session, openid: str, text: str, now: datetime, **more: Any) -> Turn:
    user = people.get(db, "wechat", openid)
    assert user is not None
    message = Message(
        key=f"{openid}:{text}:{now:%d%H%M%S}", channel="wechat", openid=openid, at=now, kind="text", text=text
    )
    return Turn(db, user, now, message, **{"settings": SETTINGS, **more})


def stranger(db: Session, now: datetime, openid: str = "stranger", **bound: Any) -> User:
    """Somebody who is bound to no place unless `bound` says so."""
    return people.add(db, "wechat", openid, now, **bound)


def news(db: Session, openid: str, key: str = "") -> list[str]:
    """What was planned to be sent to a person, oldest first; `key` is a part of its key."""
    user = people.get(db, "wechat", openid)
    assert user is not None
    rows = db.scalars(select(Outbox).where(Outbox.user_id == user.id, Outbox.key.contains(key)).order_by(Outbox.id))
    return [unseal(db, row.text) or "" for row in rows]
