"""The demo's district: complete, marked as invented, and loaded once."""

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import yaml

from bot.demo import load
from bot.demo.cast import CAST
from models import activity, dispute, filing, organization, people, place, safety, tables
from models.base import Base, Database, Session, unseal
from models.organization import CATEGORIES, MANAGEMENT, Organization
from models.people import Role
from models.when import SHANGHAI

assert tables
DATA = yaml.safe_load((load.HERE / "records.yaml").read_text(encoding="utf-8"))
DAYS = ["2026-11-24T09:30", "2026-01-01T00:05", "2024-02-29T23:59", "2026-11-29T12:00"]


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path}/demo.db", "x" * 43)
    Base.metadata.create_all(opened.engine)
    yield opened
    opened.close()


def rows() -> list[dict[str, str]]:
    with (load.HERE / "directory.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["组织名称"]]


def counts(db: Session) -> Counter[str]:
    return Counter(
        {table.__name__: db.query(table).count() for table in (Organization, activity.Activity, people.User)}
    )


def test_everything_invented_is_marked() -> None:
    for row in rows():
        assert "演示数据" in row["备注"], row
        assert not row["备案编号"] or row["备案编号"].startswith("演示备"), row
        assert not row["统一社会信用代码"] or "DEMO" in row["统一社会信用代码"], row
        assert not row["联系电话"] or row["联系电话"].startswith("0512-0000"), row


def test_the_directory_has_something_of_everything() -> None:
    found = rows()
    assert 80 <= len(found) <= 110
    assert {row["类别"] for row in found} == set(CATEGORIES)
    assert {row["管理方式"] for row in found} == set(MANAGEMENT)
    assert {row["城乡"] for row in found} == {"城市", "农村"}
    assert len({row["镇街"] for row in found}) == 9
    for column in ("联系电话", "活动场所", "有效期至"):
        assert any(not row[column] for row in found), f"nothing is missing in {column}"
    assert any("舞龙" in row["组织名称"] for row in found)
    teams = Counter(row["社区"] for row in found if row["组织名称"].endswith("广场舞队"))
    assert max(teams.values()) == 2


def test_loading_twice_is_loading_once(empty: Database) -> None:
    assert load.load(empty)
    with empty.transaction() as db:
        before = counts(db)
    assert load.load(empty)
    with empty.transaction() as db:
        assert counts(db) == before


def test_what_was_changed_in_the_demo_stays_changed(empty: Database) -> None:
    load.load(empty)
    with empty.transaction() as db:
        load.team_named(db, "娄东爱心社").head = "换过了"
    load.load(empty)
    with empty.transaction() as db:
        assert load.team_named(db, "娄东爱心社").head == "换过了"


def test_a_real_directory_is_left_alone(database: Database) -> None:
    with database.transaction() as db:
        before = counts(db)
    assert not load.load(database)
    with database.transaction() as db:
        assert counts(db) == before


@pytest.mark.parametrize("now", DAYS)
def test_it_loads_on_any_day(empty: Database, now: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=SHANGHAI)
    with empty.transaction() as db:
        assert load._load(db, DATA, at)
        db.flush()
        acts = db.query(activity.Activity).all()
        assert all(one.created_at <= at for one in acts)
        assert any(one.start < now for one in acts)
        assert any(one.start > now for one in acts)
        assert all(datetime.fromisoformat(one.start).weekday() in (1, 3) for one in acts if one.title == "广场舞")


def test_every_part_of_the_cast_stands_in_its_place(empty: Database) -> None:
    load.load(empty)
    with empty.transaction() as db:
        for person in CAST:
            user = people.get(db, load.CHANNEL, person.openid)
            if person.role == load.NEWCOMER:
                assert user is None
                continue
            assert user is not None
            assert user.role == Role.named(person.role)
            assert unseal(db, user.name) == person.who
            assert bool(user.community_id) == (user.role < Role.TOWN)
            assert bool(user.town_id) == (user.role < Role.CITY)
            assert bool(user.organization_id) == (user.role == Role.LEADER)


def test_there_is_work_waiting_for_everybody(empty: Database) -> None:
    load.load(empty)
    with empty.transaction() as db:
        worker, town = (people.get(db, load.CHANNEL, f"demo-{role}") for role in ("worker", "town"))
        assert worker is not None
        assert town is not None
        assert filing.waiting(db, worker)
        assert filing.waiting(db, town)
        assert dispute.matching(db, worker, statuses=dispute.UNDER_WAY)
        assert safety.matching(db, worker, statuses=safety.UNDER_WAY)


def test_former_villages_and_contacts_are_known(empty: Database) -> None:
    load.load(empty)
    with empty.transaction() as db:
        fuqiao = place.community_named(db, "浮桥村")
        assert fuqiao is not None
        assert "鸦江村" in fuqiao.aliases
        assert all(town.contact and "演示" in town.contact for town in place.towns(db))
        assert organization.count(db) == len(rows())
