"""`shezhu doctor`: every part of a deployment, whether it is well, and what to do where it is not."""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot import groups
from bot.commands import console
from bot.commands.opening import check
from bot.config import Config, MissingSecret, keys
from handlers import words
from models import digest, health, migrate, organization, stuck
from models.base import Database, Session, Unavailable
from models.when import SHANGHAI

WELL, NOTE, ILL = "well", "note", "ill"
FAILURE_DAYS = 7
AES_KEY_LENGTH = 43


@dataclass(frozen=True)
class Finding:
    """One line: `key` of words.yaml (doctor_<key>) says what is and, where it is not well, what to do."""

    level: str
    key: str
    values: dict[str, Any] = field(default_factory=dict)


def run(*, online: bool) -> int:
    """Prints every finding; 1 when something is ill."""
    code = 0
    for finding in findings(online=online):
        console.say(f"doctor_{finding.level}", text=console.text(f"doctor_{finding.key}", **finding.values))
        code = 1 if finding.level == ILL else code
    return code


def findings(*, online: bool) -> Iterator[Finding]:
    try:
        config = console.configured()
    except console.Failure as bad:
        yield Finding(ILL, "config_bad", bad.values)
        return
    yield Finding(WELL, "config")
    yield from security(config)
    yield from database(config)
    yield from redis(config)
    yield from wechat(config)
    yield from keys_of_groups(config)
    if online and config.wechat.app_id:
        yield from connected(config)
    yield from model()


def security(config: Config) -> Iterator[Finding]:
    """The two keys; an embedded deployment makes its own at its first start."""
    data, secret = config.security.data_key.get_secret_value(), config.security.secret_key.get_secret_value()
    own = config.database.url.startswith("sqlite")
    for name, value in (("DATA_KEY", data), ("SECRET_KEY", secret)):
        if not value:
            yield Finding(NOTE if own else ILL, "key_own" if own else "key_missing", {"name": name})
        elif name == "DATA_KEY" and not is_key(value):
            yield Finding(ILL, "key_bad", {"name": name})
        else:
            yield Finding(WELL, "key", {"name": name})


def is_key(value: str) -> bool:
    try:
        return len(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))) == 32
    except ValueError:
        return False


# -- database -----------------------------------------------------------------------------------------------------


def database(config: Config) -> Iterator[Finding]:
    embedded = config.database.url.startswith("sqlite")
    path = config.database.url.partition("///")[2]
    if embedded and not Path(path).is_file():
        yield Finding(NOTE, "database_none", {"path": path})
        return
    try:
        check(config)
        opened = Database(config.database.url, keys(config, embedded=embedded)[0], config.database.width)
    except (MissingSecret, console.Failure):
        yield Finding(ILL, "database_unopened")
        return
    try:
        yield from inside(opened, config)
    except Unavailable:
        yield Finding(ILL, "database_gone")
    finally:
        opened.close()


def inside(opened: Database, config: Config) -> Iterator[Finding]:
    if migrate.behind(opened):
        yield Finding(NOTE if opened.embedded else ILL, "behind")
        return
    yield Finding(WELL, "database")
    yield from opened.run(contents)
    yield from opened.run(lambda db: places_of_groups(db, config))


def contents(db: Session) -> list[Finding]:
    now = datetime.now(SHANGHAI)
    count, late = organization.count(db), health.stuck(db, now)
    failed = health.failed(db, now - timedelta(days=FAILURE_DAYS))
    found = [
        Finding(WELL, "directory", {"count": count}) if count else Finding(NOTE, "directory_empty"),
        Finding(ILL, "stuck", {"count": late}) if late else Finding(WELL, "outbox"),
        Finding(ILL, "failed", {"count": failed, "days": FAILURE_DAYS}) if failed else Finding(WELL, "inbox"),
    ]
    return [*found, *lying(db, now)]


def lying(db: Session, now: datetime) -> Iterator[Finding]:
    """What did not arrive: how many people and why, and the oldest of it; rows and kinds, never who or what."""
    sending, told = stuck.state(db, now), words.load("reminder")
    if sending.unreachable:
        whys = (f"{told['whys'][why]['name']} {count}" for why, count in sorted(sending.held.items()))
        yield Finding(NOTE, "unreachable", {"count": sending.unreachable, "whys": console.listed(whys)})
    if sending.unsure:
        yield Finding(NOTE, "unsure", {"count": sending.unsure})
    if oldest := stuck.longest(db, now):
        yield Finding(NOTE, "oldest", {"lines": "\n".join(lying_line(one, told) for one in oldest)})


def lying_line(one: stuck.Lying, told: Mapping[str, Any]) -> str:
    kind = told["kinds"].get(one.kind, {"name": told["other_kind"]})["name"]
    since = one.since.strftime("%Y-%m-%d %H:%M")
    why = told["whys"][one.why]["name"]
    return console.text("doctor_lying", id=one.id, kind=kind, since=since, why=why, attempts=one.attempts)


# -- what the deployment talks to ---------------------------------------------------------------------------------


def redis(config: Config) -> Iterator[Finding]:
    from bot.health import redis_state

    state = redis_state(config.redis.url)
    yield Finding(ILL if state == "unreachable" else WELL, f"redis_{state}")


def wechat(config: Config) -> Iterator[Finding]:
    """Presence alone, and the shape of the AES key."""
    given = {
        "APP_ID": config.wechat.app_id,
        "APP_SECRET": config.wechat.app_secret.get_secret_value(),
        "TOKEN": config.wechat.token.get_secret_value(),
    }
    missing = [f"SHEZHU_WECHAT__{name}" for name, value in given.items() if not value]
    if len(missing) == len(given):
        yield Finding(NOTE, "wechat_none", {"names": "、".join(missing)})
    elif missing:
        yield Finding(ILL, "wechat_missing", {"names": "、".join(missing)})
    else:
        yield Finding(WELL, "wechat")
    aes_key = config.wechat.aes_key.get_secret_value()
    if aes_key and len(aes_key) != AES_KEY_LENGTH:
        yield Finding(ILL, "aes_bad", {"length": AES_KEY_LENGTH})


def keys_of_groups(config: Config) -> Iterator[Finding]:
    for group in config.wecom.groups:
        if not groups.key_of(config, group):
            name = f"WEBHOOK_KEYS__{group.key.upper()}" if group.key else "WEBHOOK_KEY"
            yield Finding(ILL, "group_key", {"group": group.name, "name": name})


def places_of_groups(db: Session, config: Config) -> list[Finding]:
    wanted = [group for group in config.wecom.groups if not digest.place_named(db, group.community, group.town)]
    return [Finding(ILL, "group_place", {"group": group.name}) for group in wanted]


def connected(config: Config) -> Iterator[Finding]:
    """Asks the platform for the menu, which takes a valid secret and a listed address."""
    from bot.client import wechat as client
    from bot.client.errors import ApiError, Unknown, Unsent

    try:
        client.build(config).current_menu()
    except ApiError as error:
        yield Finding(ILL, "online_refused", {"error": error})
    except (Unsent, Unknown):
        yield Finding(ILL, "online_gone")
    else:
        yield Finding(WELL, "online")


def model() -> Iterator[Finding]:
    from nlp import artefact

    try:
        artefact.load()
    except FileNotFoundError:
        yield Finding(ILL, "model_missing")
    else:
        yield Finding(WELL, "model")
