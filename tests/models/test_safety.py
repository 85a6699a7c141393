"""Rules of hazards and safety work: deadline, who sees and may act, reinspection, drafts of volunteer hours."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models import people, safety
from models.base import Database, Session, seal
from models.errors import Refused
from models.organization import Organization
from models.people import Role, User
from models.place import Community, community_named
from models.points import VolunteerHours
from models.record import timeline
from models.safety import Hazard, SafetyWork


def person(db: Session, openid: str) -> User:
    found = people.get(db, "wechat", openid)
    assert found is not None
    return found


def place(db: Session, name: str = "梅园社区") -> Community:
    found = community_named(db, name)
    assert found is not None
    return found


def reported(db: Session, now: datetime, openid: str = "resident", **more: Any) -> Hazard:
    community, days = place(db, more.pop("community", "梅园社区")), more.pop("days", 3)
    facts = {"hazard_type": "消防", "community_id": community.id, "town_id": community.town_id}
    return safety.report(db, person(db, openid), now, {**facts, **more}, days=days)


def logged(db: Session, now: datetime, openid: str = "worker", **more: Any) -> SafetyWork:
    facts = {"work": "夜巡", "start": "2026-11-23T20:00", **more}
    return safety.log(db, person(db, openid), now, place(db).id, facts)


def test_type_deadline_and_source(db: Session, now: datetime) -> None:
    row = reported(db, now, hazard_type="妖怪")
    assert (row.hazard_type, row.due_on, row.source, row.severity) == ("其他", date(2026, 11, 27), "群众上报", "middle")
    assert reported(db, now, days=None).due_on is None
    assert reported(db, now, days=0).due_on == now.date()
    assert reported(db, now, "worker").source == "网格员巡查"


def test_the_same_words_are_refused_for_a_day(db: Session, now: datetime) -> None:
    first = reported(db, now, text=seal(db, "井盖没了"))
    with pytest.raises(Refused) as refused:
        reported(db, now, text=seal(db, "井盖没了"))
    assert refused.value.values == {"known": first.no}
    assert reported(db, now, text=seal(db, "井盖没了"), urgent=True).no != first.no


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
    assert (safety.get(db, person(db, reader), row.no) is not None) is sees
    assert (row in safety.matching(db, person(db, reader))) is sees


def test_a_leader_of_a_patrol_sees_the_hazards_of_its_community(db: Session, now: datetime) -> None:
    row, leader = reported(db, now), person(db, "leader")
    choir = db.get(Organization, leader.organization_id)
    assert choir
    choir.category = "平安建设"
    db.flush()
    assert safety.get(db, leader, row.no) is row


def test_from_report_to_reinspection_and_back(db: Session, now: datetime) -> None:
    row, worker = reported(db, now), person(db, "worker")
    safety.update(db, worker, now, row, "rectified", {"recheck_on": date(2026, 12, 1)})
    assert (row.status, row.rectified_on, row.ended_on) == ("rectified", now.date(), None)
    safety.update(db, worker, now, row, "reopened", {"due_on": date(2026, 12, 4)})
    assert (row.status, row.due_on) == ("working", date(2026, 12, 4))
    safety.update(db, worker, now + timedelta(days=3), row, "closed", {})
    assert (row.status, row.ended_on) == ("closed", date(2026, 11, 27))
    assert [step.what for step in timeline(db, row.no)] == ["reported", "rectified", "reopened", "closed"]


def test_the_reporter_adds_and_withdraws_only(db: Session, now: datetime) -> None:
    row, resident = reported(db, now), person(db, "resident")
    with pytest.raises(Refused, match="staff_only"):
        safety.update(db, resident, now, row, "closed", {})
    with pytest.raises(Refused, match="not_yours"):
        safety.update(db, person(db, "leader"), now, row, "supplement", {})
    safety.update(db, resident, now, row, "supplement", {"place": "6号楼"})
    assert (row.status, row.place, row.officer_id) == ("open", "6号楼", None)
    safety.update(db, resident, now, row, "withdrawn", {})
    assert row.status == "withdrawn"


def test_pressing_on_the_day_and_weekly_after(db: Session, now: datetime) -> None:
    row = reported(db, now)
    assert row.due_on
    days = [offset for offset in range(-3, 15) if safety.pressing(db, row.due_on + timedelta(days=offset))]
    assert days == [0, 7, 14]
    safety.update(db, person(db, "worker"), now, row, "rectified", {})
    assert safety.pressing(db, row.due_on) == []


def test_work_is_kept_once_and_drafts_hours(db: Session, now: datetime) -> None:
    row = logged(db, now, volunteers=5, hours=1.5, checked=28, found=2, fixed=1)
    with pytest.raises(Refused, match="duplicate"):
        logged(db, now, volunteers=5, hours=1.5, checked=28, found=2, fixed=1)
    logged(db, now, start="2026-11-24T20:00")
    draft = db.scalars(select(VolunteerHours)).one()
    assert (draft.activity_no, draft.volunteers, draft.hours) == (row.no, 5, 1.5)


def test_work_of_a_period(db: Session, now: datetime) -> None:
    older, newer = logged(db, now, start="2026-10-31T20:00"), logged(db, now, start="2026-11-02T20:00")
    worker = person(db, "worker")
    assert safety.work(db, worker, "2026-10-01") == [newer, older]
    assert safety.work(db, worker, "2026-11-01") == [newer]
    assert safety.work(db, worker, "2026-10-01", "2026-11-01") == [older]
    assert safety.work(db, person(db, "resident"), "2026-10-01") == []
    safety.amend(db, worker, now, newer, {"status": "withdrawn", "headcount": None})
    assert safety.work(db, worker, "2026-11-01") == []
    with pytest.raises(Refused, match="not_yours"):
        safety.amend(db, person(db, "town"), now, older, {"headcount": 3})


def test_both_tables_share_the_numbers(db: Session, now: datetime) -> None:
    assert [reported(db, now).no[:15], logged(db, now).no[:15]] == ["PA20261124-0001", "PA20261124-0002"]


def test_on_both_databases(database: Database, now: datetime) -> None:
    with database.transaction() as db:
        row, done = reported(db, now, urgent=True), logged(db, now)
        for role in Role:
            assert row in safety.matching(db, person(db, role.name.lower())) or role is Role.LEADER
        assert safety.pressing(db, date(2026, 11, 27)) == [row]
        assert safety.work(db, person(db, "city"), "2026-11-01") == [done]
        assert safety.crying(db, person(db, "resident"), now) is row
