"""Reading a database without leaving a trace: on both kinds, in use or not, there or not."""

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from models import lookup, organization, people
from models.base import Database
from models.place import Town
from tests.conftest import NOW


def url_of(database: Database) -> str:
    return database.url.render_as_string(hide_password=False)


def test_it_reads_what_is_there(database: Database) -> None:
    assert lookup.look(url_of(database), organization.count) == 7


def test_it_reads_beside_a_writer_and_sees_only_what_is_committed(database: Database) -> None:
    with database.transaction() as db:
        db.add(Town(name="新的镇", aliases=[]))
        db.flush()
        assert lookup.look(url_of(database), lambda reader: reader.query(Town).count()) == 2
    assert lookup.look(url_of(database), lambda reader: reader.query(Town).count()) == 3


def test_it_cannot_write(database: Database) -> None:
    def write(db: Session) -> None:
        people.add(db, "wechat", "intruder", NOW)
        db.commit()

    with pytest.raises(lookup.Unreadable):
        lookup.look(url_of(database), write)
    with database.transaction() as db:
        assert people.get(db, "wechat", "intruder") is None


def test_no_file_is_made(tmp_path: Path) -> None:
    assert lookup.look(f"sqlite:///{tmp_path}/none.db", organization.count) is None
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_database_of_ours_is_unreadable(tmp_path: Path) -> None:
    file = tmp_path / "x.db"
    file.write_bytes(b"")
    with pytest.raises(lookup.Unreadable):
        lookup.look(f"sqlite:///{file}", organization.count)


def test_a_server_that_is_gone_is_unreadable() -> None:
    with pytest.raises(lookup.Unreadable):
        lookup.look("postgresql+asyncpg://x:y@127.0.0.1:1/z", organization.count)
