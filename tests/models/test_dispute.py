"""Rules of disputes: types, limit, who sees and may act, how one ends and opens again, which are pressing."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from models import dispute, duty, people
from models.base import Database, Session, seal
from models.dispute import CATEGORY, Dispute
from models.errors import Refused
from models.people import Role, User
from models.place import Community, community_named
from models.record import timeline


def person(db: Session, openid: str) -> User:
    found = people.get(db, "wechat", openid)
    assert found is not None
    return found


def place(db: Session, name: str = "梅园社区") -> Community:
    found = community_named(db, name)
    assert found is not None
    return found


def reported(db: Session, now: datetime, openid: str = "resident", **more: Any) -> Dispute:
    community = place(db, more.pop("community", "梅园社区"))
    facts = {"dispute_type": "邻里", "community_id": community.id, "town_id": community.town_id}
    return dispute.report(db, person(db, openid), now, {**facts, **more}, days=30)


def test_fifteen_types_and_the_rest_is_other(db: Session, now: datetime) -> None:
    assert len(set(dispute.TYPES)) == 15
    assert reported(db, now, dispute_type="吵架").dispute_type == "其他"
    assert reported(db, now, dispute_type="物业").dispute_type == "物业"


def test_defaults_of_the_standard(db: Session, now: datetime) -> None:
    row = reported(db, now)
    assert (row.scale, row.level, row.source, row.status) == ("01", "04", "群众上报", "open")
    assert row.due_on == date(2026, 12, 24)
    assert reported(db, now, "worker").source == "网格员巡查"


def test_numbers_count_up(db: Session, now: datetime) -> None:
    assert [reported(db, now).no[:15] for _ in range(2)] == ["JF20261124-0001", "JF20261124-0002"]


def test_the_same_words_are_refused_for_a_day(db: Session, now: datetime) -> None:
    first = reported(db, now, text=seal(db, "楼上漏水"))
    with pytest.raises(Refused) as refused:
        reported(db, now + timedelta(hours=2), text=seal(db, "楼上漏水"))
    assert refused.value.values == {"known": first.no}
    reported(db, now + timedelta(days=2), text=seal(db, "楼上漏水"))
    reported(db, now + timedelta(hours=3), "worker", text=seal(db, "楼上漏水"))


@pytest.mark.parametrize(
    ("reader", "community", "sees"),
    [
        ("worker", "梅园社区", True),
        ("worker", "太丰社区", False),
        ("town", "太丰社区", True),
        ("town", "东市社区", False),
        ("city", "东市社区", True),
        ("leader", "梅园社区", False),
    ],
)
def test_who_sees_what_somebody_else_reported(
    db: Session, now: datetime, reader: str, community: str, sees: bool
) -> None:
    row = reported(db, now, community=community)
    assert (dispute.get(db, person(db, reader), row.no) is not None) is sees
    assert (row in dispute.matching(db, person(db, reader))) is sees
    assert duty.on_duty(db, person(db, reader), row, CATEGORY) is sees
    assert dispute.get(db, person(db, "resident"), row.no) is row  # their own


def test_what_nobody_could_place_is_seen_by_towns_and_city(db: Session, now: datetime) -> None:
    row = dispute.report(db, person(db, "resident"), now, {"dispute_type": "邻里"}, days=None)
    assert row.due_on is None
    assert dispute.get(db, person(db, "town"), row.no)
    assert dispute.get(db, person(db, "city"), row.no)
    assert dispute.get(db, person(db, "worker"), row.no) is None


def test_staff_take_steps_and_an_end_is_dated(db: Session, now: datetime) -> None:
    row, worker = reported(db, now), person(db, "worker")
    dispute.update(db, worker, now, row, "progress", {})
    assert (row.status, row.officer_id, row.ended_on) == ("working", worker.id, None)
    dispute.update(db, worker, now + timedelta(days=2), row, "settled", {"money": 2600.0, "hours": None})
    assert (row.status, row.money, row.ended_on) == ("settled", 2600.0, date(2026, 11, 26))
    dispute.update(db, worker, now + timedelta(days=9), row, "followed_up", {})
    assert (row.status, row.ended_on) == ("settled", date(2026, 11, 26))
    dispute.update(db, worker, now + timedelta(days=10), row, "progress", {})
    assert (row.status, row.ended_on) == ("working", None)
    assert [step.what for step in timeline(db, row.no)] == [
        "reported",
        "progress",
        "settled",
        "followed_up",
        "progress",
    ]


@pytest.mark.parametrize("step", ["progress", "settled", "failed", "transferred", "followed_up"])
def test_the_reporter_decides_nothing(db: Session, now: datetime, step: str) -> None:
    row = reported(db, now)
    with pytest.raises(Refused, match="staff_only"):
        dispute.update(db, person(db, "resident"), now, row, step, {})
    with pytest.raises(Refused, match="not_yours"):
        dispute.update(db, person(db, "leader"), now, row, step, {})
    assert row.status == "open"


def test_the_most_pressing_first(db: Session, now: datetime) -> None:
    late = reported(db, now - timedelta(days=20))
    fresh = reported(db, now)
    danger = reported(db, now, urgent=True)
    done = reported(db, now - timedelta(days=25))
    worker = person(db, "worker")
    dispute.update(db, worker, now, done, "settled", {})
    assert dispute.matching(db, worker) == [danger, late, fresh, done]
    assert dispute.matching(db, worker, statuses=("settled",)) == [done]
    assert dispute.matching(db, worker, since="2026-11-24") == [danger, fresh]
    assert dispute.matching(db, worker, until="2026-11-01") == [done]


def test_pressing_a_week_before_on_the_day_and_weekly_after(db: Session, now: datetime) -> None:
    row = reported(db, now)
    assert row.due_on
    days = [offset for offset in range(-10, 22) if dispute.pressing(db, row.due_on + timedelta(days=offset), 7)]
    assert days == [-7, 0, 7, 14, 21]


def test_a_second_cry_within_half_an_hour_is_the_same(db: Session, now: datetime) -> None:
    row, resident = reported(db, now, urgent=True), person(db, "resident")
    assert dispute.crying(db, resident, now + timedelta(minutes=29)) is row
    assert dispute.crying(db, resident, now + timedelta(minutes=31)) is None
    assert dispute.crying(db, person(db, "worker"), now) is None


def test_who_is_told_changes_with_who_is_in_charge(db: Session, now: datetime) -> None:
    row, worker = reported(db, now), person(db, "worker")
    assert dispute.handlers_of(db, row) == [worker]
    dispute.update(db, person(db, "town"), now, row, "progress", {})
    assert dispute.handlers_of(db, row) == [person(db, "town")]


def test_routing_community_town_city(db: Session, now: datetime) -> None:
    meiyuan, dongshi = place(db), place(db, "东市社区")
    assert duty.responsible(db, meiyuan, meiyuan.town_id, CATEGORY).level == "community"
    assert [row.name for row in duty.responsible(db, meiyuan, None, CATEGORY).organizations] == [
        "梅园社区老娘舅调解工作室"
    ]
    taifeng = place(db, "太丰社区")
    assert duty.responsible(db, taifeng, taifeng.town_id, CATEGORY).users == [person(db, "town")]
    assert duty.responsible(db, dongshi, dongshi.town_id, CATEGORY).level == "city"
    person(db, "city").followed = False
    assert duty.responsible(db, dongshi, dongshi.town_id, CATEGORY).level == "nobody"


def test_danger_alarms_community_and_town_without_doubles(db: Session, now: datetime) -> None:
    meiyuan = place(db)
    assert {user.openid for user in duty.alarmed(db, meiyuan, meiyuan.town_id, CATEGORY)} == {"worker", "town"}
    assert {user.openid for user in duty.alarmed(db, None, None, CATEGORY)} == {"city", "town"}
    dongshi = place(db, "东市社区")
    assert {user.openid for user in duty.alarmed(db, dongshi, dongshi.town_id, CATEGORY)} == {"city", "town"}


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("太丰社区15幢303", "太丰社区"),
        ("太丰那边吵起来了", "太丰社区"),
        ("梅园社区和太丰社区都有", None),
        ("15幢303", None),
        (None, None),
    ],
)
def test_the_community_in_words(db: Session, words: str | None, name: str | None) -> None:
    found = duty.community_in(db, words)
    assert (found.name if found else None) == name


def test_on_both_databases(database: Database, now: datetime) -> None:
    with database.transaction() as db:
        row = reported(db, now, urgent=True)
        for role in Role:
            assert row in dispute.matching(db, person(db, role.name.lower())) or role is Role.LEADER
        assert dispute.pressing(db, date(2026, 12, 24), 7) == [row]
