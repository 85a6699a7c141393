"""Every reading of personal data leaves a line; who may list them."""

from datetime import datetime, timedelta

from models import audit, people
from models.audit import PersonalRead
from models.base import Session, seal
from models.people import User


def person(db: Session, openid: str) -> User:
    found = people.get(db, "wechat", openid)
    assert found is not None
    return found


def test_opening_is_written_down(db: Session, now: datetime) -> None:
    worker = person(db, "worker")
    assert audit.reveal(db, worker, now, "JF1", "person", seal(db, "张阿姨")) == "张阿姨"
    (line,) = audit.reads(db, worker)
    assert (line.record_no, line.what, line.user_id, line.role, line.at) == (
        "JF1",
        "person",
        worker.id,
        worker.role,
        now,
    )


def test_nothing_to_open_leaves_no_line(db: Session, now: datetime) -> None:
    worker = person(db, "worker")
    assert audit.reveal(db, worker, now, "JF1", "phone", None) is None
    assert audit.reads(db, worker) == []


def test_the_log_never_holds_what_was_read(db: Session, now: datetime) -> None:
    audit.reveal(db, person(db, "worker"), now, "JF1", "person", seal(db, "张阿姨"))
    columns = PersonalRead.__table__.columns.keys()
    assert set(columns) == {"id", "at", "user_id", "role", "record_no", "what"}


def test_the_city_lists_all_others_their_own(db: Session, now: datetime) -> None:
    worker, town, city = (person(db, name) for name in ("worker", "town", "city"))
    audit.read(db, worker, now - timedelta(days=2), "JF1", "text")
    audit.read(db, town, now, "JF1", "text")
    audit.read(db, town, now, "JF2", "phone")
    assert [row.record_no for row in audit.reads(db, city)] == ["JF2", "JF1", "JF1"]
    assert [row.record_no for row in audit.reads(db, worker)] == ["JF1"]
    assert {row.user_id for row in audit.reads(db, city, no="JF1")} == {worker.id, town.id}
    assert len(audit.reads(db, city, reader=town.id)) == 2
    assert len(audit.reads(db, city, since=now - timedelta(days=1))) == 2
    assert len(audit.reads(db, city, until=now - timedelta(days=1))) == 1
    assert len(audit.reads(db, city, limit=1)) == 1
