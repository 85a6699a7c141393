"""Digests for groups: planned once a group and day, sent by the same worker and with the same care as everything."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from bot.client import wecom
from bot.client.errors import ApiError
from bot.config import Config, GroupSection
from bot.logs import fields
from bot.push import Parcel
from handlers import digest
from models import digest as lying_ahead
from models import messages, people
from models.base import Database, Session
from models.due import GROUP, Hours
from models.messages import SOON, URGENT
from models.people import User

log = logging.getLogger("shezhu.groups")
STILL = 6  # hours after its own in which a digest is made up for
NO_SUCH_KEY = 93000  # as the platform says it


def gather(database: Database, config: Config, now: datetime) -> int:
    """Plans the digests whose hour has come; how many. The key of group and day makes a second run harmless."""
    due = [group for group in config.wecom.groups if group.hour <= now.hour < group.hour + STILL]
    return sum(database.run(lambda db, group=group: plan(db, config, group, now)) for group in due)  # type: ignore[misc]


def plan(db: Session, config: Config, group: GroupSection, now: datetime) -> bool:
    """False when there is nothing to say, or it has been planned already."""
    here = lying_ahead.place_named(db, group.community, group.town)
    if here is None:
        log.error("a group's place is not in the directory", extra=fields(group=group.name))
        return False
    text = digest.told(db, here, now.date())
    if text is None:
        return False
    at = now.replace(hour=group.hour, minute=0, second=0, microsecond=0)
    quiet = Hours(at, config.push.quiet_from, config.push.quiet_until).quiet
    return messages.plan(
        db,
        receiver(db, group, now).id,
        key=f"group:{group.name}:{now.date()}",
        kind="digest",
        text=text,
        send_at=at,
        urgency=URGENT if quiet else SOON,  # an hour the deployment chose is not quiet to the group
        not_after=at + timedelta(hours=STILL),
    )


def receiver(db: Session, group: GroupSection, now: datetime) -> User:
    """The group's row among those who are told things. Two that make it at once: one is refused and tries again."""
    return people.get(db, GROUP, group.name) or people.add(db, GROUP, group.name, now)


def carriers(
    config: Config, build: Callable[[Config, str], wecom.Group] = wecom.group
) -> Mapping[str, Callable[[Parcel], str]]:
    """The channel of the configured groups; those with one key share its twenty messages a minute."""
    if not config.wecom.groups:
        return {}
    keys = {group.name: key_of(config, group) for group in config.wecom.groups}
    clients = {key: build(config, key) for key in set(keys.values()) if key}

    def carry(parcel: Parcel) -> str:
        client = clients.get(keys.get(parcel.openid, ""))
        if client is None:
            raise ApiError(NO_SUCH_KEY, "no key for this group")
        client.digest(parcel.text)
        return ""

    return {GROUP: carry}


def key_of(config: Config, group: GroupSection) -> str:
    """The webhook's key; empty where the environment holds none."""
    named = config.wecom.webhook_keys.get(group.key.lower()) if group.key else config.wecom.webhook_key
    return named.get_secret_value() if named else ""
