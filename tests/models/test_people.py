"""Forgetting a person: every table that has a column for one, what goes from it, and what stays without them."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import LargeBinary, func, select

from models import people, tables
from models.base import Base, Session, seal, unseal
from models.people import Invite, Role, User

assert tables
GONE = {"conversations", "credits", "reach", "reminders", "signups", "training_signups"}
KEPT = {  # table: why a row stays
    "personal_reads": "who read personal data must stay known to the city",
    "entries": "the timeline of a record",
    "attachments": "the photo of a record",
    "inbox": "nothing is done twice",
    "outbox": "quotas add up",
    "invites": "one use of a code",
}
RECORDS = {
    "hazards",
    "disputes",
    "activities",
    "filings",
    "disclosures",
    "safety_work",
    "volunteer_hours",
    "trainings",
    "incubations",
    "contacts",
    "projects",
}


def user_columns() -> set[tuple[str, str]]:
    """(table, column) of every reference to a person."""
    return {
        (table.name, key.parent.name)
        for table in Base.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name == "users"
    }


def value_for(db: Session, column: Any, user: User, now: datetime) -> Any:
    """Something to stand in a column that must not be empty."""
    if any(key.column.table.name == "users" for key in column.foreign_keys):
        return user.id
    if column.foreign_keys:
        return db.scalar(select(func.min(next(iter(column.foreign_keys)).column)))
    kinds: dict[str, Any] = {
        "Instant": now, "DATETIME": now, "LargeBinary": seal(db, "秘密"), "Integer": 1, "Boolean": True, "Float": 1.0,
        "Date": now.date(), "JSON": [],
    }  # fmt: skip
    return kinds.get(type(column.type).__name__, column.table.name[: getattr(column.type, "length", None)])


def one_row(db: Session, table: Any, user: User, now: datetime) -> None:
    """A row of this person's in every column for a person; sealed columns hold a secret."""
    columns = [
        column
        for column in table.columns
        if not (column.primary_key and not column.foreign_keys)
        and (not column.nullable or isinstance(column.type, LargeBinary) or (table.name, column.name) in user_columns())
    ]
    db.execute(table.insert().values({column.name: value_for(db, column, user, now) for column in columns}))


@pytest.fixture
def known(db: Session, now: datetime) -> User:
    """Somebody with a row in every table."""
    db.connection().exec_driver_sql("PRAGMA foreign_keys=ON")
    user = people.add(db, "wechat", "o-secret", now, name=seal(db, "王阿姨"), mutes=["own"], digest_hour=8)
    names = {name for name, _ in user_columns()}
    for table in Base.metadata.sorted_tables:
        if table.name in names:
            one_row(db, table, user, now)
    return user


def left(db: Session, name: str, column: str, user: User) -> int:
    table = Base.metadata.tables[name]
    return db.scalar(select(func.count()).select_from(table).where(table.c[column] == user.id)) or 0


def test_every_table_with_a_person_is_thought_of() -> None:
    assert {name for name, _ in user_columns()} == GONE | set(KEPT) | RECORDS
    assert set(people.ONLY_THEIRS) == GONE


@pytest.mark.parametrize(("name", "column"), sorted(user_columns()))
def test_what_is_only_about_a_person_goes(db: Session, known: User, name: str, column: str) -> None:
    assert left(db, name, column, known) == 1
    people.forget(db, known)
    gone = name in GONE or name == "attachments" or name == "outbox"
    assert left(db, name, column, known) == (0 if gone else 1)


def test_nothing_that_stays_names_them_or_keeps_their_words(db: Session, known: User, now: datetime) -> None:
    db.execute(Base.metadata.tables["outbox"].update().values(sent_at=now))
    people.forget(db, known)
    db.flush()
    db.expire_all()
    assert (known.name, known.mutes, known.digest_hour, known.followed) == (None, [], None, False)
    assert "secret" not in known.openid
    assert people.get(db, "wechat", "o-secret") is None
    assert db.scalar(select(Invite.name).where(Invite.used_by == known.id)) is None
    inbox, outbox = Base.metadata.tables["inbox"], Base.metadata.tables["outbox"]
    assert db.execute(select(inbox.c.body, inbox.c.reply, inbox.c.digest)).one() == (None, None, "")
    assert unseal(db, db.scalar(select(outbox.c.text))) == ""


def test_the_timeline_of_a_reminder_goes_with_it(db: Session, known: User) -> None:
    entries, reminders = Base.metadata.tables["entries"], Base.metadata.tables["reminders"]
    db.execute(reminders.update().values(no="TX1"))
    db.execute(entries.update().values(record_no="TX1"))
    people.forget(db, known)
    assert db.scalar(select(func.count()).select_from(entries)) == 0


def test_a_photo_of_no_record_goes(db: Session, known: User) -> None:
    photos = Base.metadata.tables["attachments"]
    people.forget(db, known)
    assert db.scalar(select(func.count()).select_from(photos)) == 0


def test_who_comes_back_is_somebody_new(db: Session, known: User, now: datetime) -> None:
    people.forget(db, known)
    again = people.add(db, "wechat", "o-secret", now + timedelta(days=1))
    assert again.id != known.id
    assert again.role == Role.RESIDENT
    assert again.followed
