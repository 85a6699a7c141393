"""Exports: one shape a kind, nothing personal by accident, and no row lost between two pages."""

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from models import activity, audit, disclosure, dispute, export, messages, people, points, tables
from models.base import Database, Session, seal
from models.people import Role, User
from models.place import community_named
from models.reminder import Reminder
from models.when import SHANGHAI
from tests.conftest import NOW

assert tables


@pytest.fixture
def store(database: Database) -> Database:
    return database


def person(db: Session, name: str) -> User:
    found = people.get(db, "wechat", name)
    assert found is not None
    return found


def hold(db: Session, title: str, now: datetime = NOW, community: str = "梅园社区", **facts: Any) -> str:
    where = community_named(db, community)
    assert where is not None
    known = {"title": title, "start": "2026-11-25T14:30", "place": "活动室", **facts}
    return activity.register(db, person(db, "worker"), now, where.id, known).no


def quarrel(db: Session, **facts: Any) -> str:
    where = community_named(db, "梅园社区")
    assert where is not None
    sealed = {"text": seal(db, "张三打了李四"), "person": seal(db, "张三"), "phone": seal(db, "13812345678")}
    known = {
        "community_id": where.id,
        "town_id": where.town_id,
        "dispute_type": "邻里",
        "place": "3幢",
        **sealed,
        **facts,
    }
    return dispute.report(db, person(db, "resident"), NOW, known, days=30).no


def rows(store: Database, kind: str, **wanted: Any) -> list[dict[str, Any]]:
    return list(export.rows(store, kind, export.Wanted(**wanted)))


def test_every_kind_of_the_contract_has_its_columns_and_no_more(store: Database) -> None:
    with store.transaction() as db:
        hold(db, "讲座")
        quarrel(db)
    for kind in export.CODES:
        columns = export.columns(kind)
        assert columns[: len(export.SHARED)] == list(export.SHARED)
        assert len(columns) == len(set(columns))
        for row in rows(store, kind):
            assert list(row) == columns
            json.dumps(row)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(export.UnknownKind):
        export.columns("unicorn")


def test_a_row_says_who_where_when_and_the_slots(store: Database) -> None:
    with store.transaction() as db:
        team = people.get(db, "wechat", "leader")
        assert team is not None
        no = hold(db, "合唱排练", headcount=20, organization_id=team.organization_id)
    (row,) = rows(store, "activity")
    said = {
        "no": no,
        "community": "梅园社区",
        "town": "城厢镇",
        "status": "planned",
        "title": "合唱排练",
        "headcount": 20,
    }
    assert said.items() <= row.items()
    assert row["created_at"] == "2026-11-24T09:30:00+08:00"
    assert row["created_by"] == "worker 演**"
    assert row["organization"] == row["organization_name"] == "梅园社区百灵鸟合唱队"


def test_slots_have_the_contracts_names(store: Database) -> None:
    with store.transaction() as db:
        disclosure.publish(db, person(db, "worker").id, NOW, topic="收支", title="三季度", community_id=1, money=3200.0)
    (row,) = rows(store, "disclosure")
    assert row["disclosure_topic"] == "收支"
    assert "topic" not in row
    assert {"organization", "organization_type", "person"} <= set(export.columns("filing"))
    assert "agreed_until" not in export.columns("dispute")


def test_personal_data_are_masked(store: Database) -> None:
    with store.transaction() as db:
        quarrel(db)
    (row,) = rows(store, "dispute")
    assert (row["person"], row["phone"], row["text"]) == ("张*", "138****5678", "***")
    assert not any(word in json.dumps(row, ensure_ascii=False) for word in ("张三", "李四", "13812345678"))


def test_whoever_reads_personal_data_is_written_down(store: Database) -> None:
    with store.transaction() as db:
        no, reader = quarrel(db), person(db, "city")
    (row,) = rows(store, "dispute", reader=reader)
    assert (row["person"], row["phone"]) == ("张三", "13812345678")
    with store.transaction() as db:
        read = audit.reads(db, person(db, "city"))
        assert [(one.record_no, one.user_id) for one in read] == [(no, reader.id)]


def test_an_anonymous_reporter_stays_unknown(store: Database) -> None:
    with store.transaction() as db:
        quarrel(db, anonymous=True)
        reader = person(db, "city")
    assert [row["created_by"] for row in rows(store, "dispute", reader=reader)] == [None]


def test_no_row_holds_an_openid(store: Database) -> None:
    with store.transaction() as db:
        user = people.add(db, "wechat", "oSECRETopenid", NOW, role=Role.RESIDENT)
        claim = messages.claim(
            db, key="gh:oSECRETopenid:1", signature="s", digest="d", kind="text", body="我叫张三", at=NOW
        )
        assert claim.id is not None
        messages.settle(db, claim.id, user.id, "好的", "chat.greet")
        messages.plan(db, user.id, key="late:oSECRETopenid", kind="late", text="张三您好", send_at=NOW)
    for kind in ("message", "reminder"):
        said = json.dumps(rows(store, kind), ensure_ascii=False)
        assert "oSECRETopenid" not in said
        assert "张三" not in said
    assert [row["status"] for row in rows(store, "message")] == ["answered"]


def test_days_count_at_both_ends_in_local_time(store: Database) -> None:
    late = datetime(2026, 11, 24, 23, 59, tzinfo=SHANGHAI)
    with store.transaction() as db:
        for day, at in enumerate((late - timedelta(days=1), late, late + timedelta(minutes=2))):
            hold(db, f"第{day}场", at)
    day = date(2026, 11, 24)
    assert [row["title"] for row in rows(store, "activity", since=day, until=day)] == ["第1场"]
    assert [row["title"] for row in rows(store, "activity", since=day)] == ["第1场", "第2场"]


def test_a_community_narrows(store: Database) -> None:
    with store.transaction() as db:
        hold(db, "梅园的")
        hold(db, "太丰的", community="太丰社区")
        taifeng = community_named(db, "太丰社区")
        assert taifeng is not None
    assert [row["title"] for row in rows(store, "activity", community_id=taifeng.id)] == ["太丰的"]
    assert {row["community"] for row in rows(store, "organization", community_id=taifeng.id)} == {"太丰社区"}


def test_pages_lose_and_double_nothing(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "PAGE", 3)
    with store.transaction() as db:
        titles = [f"第{n}场" for n in range(9)]
        for title in titles:
            hold(db, title)
    assert [row["title"] for row in rows(store, "activity")] == titles


def test_an_export_leaves_room_for_writers(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "PAGE", 1)
    with store.transaction() as db:
        hold(db, "一")
        hold(db, "二")
    reading = export.rows(store, "activity", export.Wanted())
    next(reading)
    with store.transaction() as db:
        hold(db, "三")
    assert [row["title"] for row in reading] == ["二", "三"]


def test_a_record_without_a_maker_or_place_is_still_a_row(store: Database) -> None:
    with store.transaction() as db:
        points.draft(
            db, person(db, "worker").id, NOW, activity_no="HD1", community_id=None, organization_id=None,
            volunteers=3, hours=2, start=None,
        )  # fmt: skip
        db.flush()
        db.query(points.VolunteerHours).update({"created_by": None})
    (row,) = rows(store, "points")
    assert (row["created_by"], row["community"], row["volunteers"]) == (None, None, 3)


def test_own_reminders_and_planned_ones_are_one_kind(store: Database) -> None:
    with store.transaction() as db:
        user = person(db, "worker")
        db.add(
            Reminder(
                no="TX20261124-0001A", status="planned", created_at=NOW, created_by=user.id, title=seal(db, "吃药"),
                start="2026-11-25T08:00", due=NOW,
            )
        )  # fmt: skip
        messages.plan(db, user.id, key="k", kind="activity", text="明天有活动", send_at=NOW, source="HD20261124-0001Q")
    own, planned = rows(store, "reminder")
    assert (own["no"], own["title"], own["start"]) == ("TX20261124-0001A", "***", "2026-11-25T08:00")
    assert (planned["ticket_no"], planned["text"]) == ("HD20261124-0001Q", "***")


def test_what_somebody_wants_to_be_reminded_of_is_opened_for_nobody(store: Database) -> None:
    with store.transaction() as db:
        user = person(db, "worker")
        db.add(
            Reminder(
                no="TX20261124-0001A", status="planned", created_at=NOW, created_by=user.id, title=seal(db, "吃药"),
                start="2026-11-25T08:00", due=NOW,
            )
        )  # fmt: skip
        messages.plan(db, user.id, key="k", kind="own", text="到时候了，提醒您：吃药", send_at=NOW)
        messages.plan(db, user.id, key="l", kind="activity", text="明天有活动", send_at=NOW)
        city = person(db, "city")
    with_duty = rows(store, "reminder", reader=city)
    assert "吃药" not in json.dumps(with_duty, ensure_ascii=False)
    assert with_duty[-1]["text"] == "明天有活动"
