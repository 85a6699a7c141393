"""The rules of incubation: who hands in, who moves it on in which order, who sees it, and how it is counted."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models import export, incubation
from models.base import Database, Session, seal, unseal
from models.errors import Refused
from models.incubation import Incubation
from models.organization import Organization
from models.people import User
from models.place import Community, Town
from models.record import timeline

CHOIR, SORTERS, PAINTERS = "梅园社区百灵鸟合唱队", "梅园社区垃圾分类先锋队", "太丰社区老年书画社"
INSIDE: dict[str, Any] = {"entered_on": date(2026, 11, 24), "until_on": date(2027, 11, 30)}


def user(db: Session, who: str) -> User:
    return db.scalars(select(User).where(User.openid == who)).one()


def team(db: Session, name: str = CHOIR) -> Organization:
    return db.scalars(select(Organization).where(Organization.name == name)).one()


def applied(db: Session, now: datetime, who: str = "leader", name: str = CHOIR, **facts: Any) -> Incubation:
    found = team(db, name)
    community = db.get(Community, found.community_id)
    assert community is not None
    return incubation.apply(db, user(db, who), now, community, found, {"organization": found.name, **facts})


def moved_in(db: Session, now: datetime, **facts: Any) -> Incubation:
    row = applied(db, now, **facts)
    incubation.take(db, user(db, "town"), now, row, "accept")
    incubation.take(db, user(db, "town"), now, row, "enter", **INSIDE)
    return row


def test_an_application_waits_for_the_town(db: Session, now: datetime) -> None:
    row = applied(db, now, phone=seal(db, "13900000001"))
    assert (row.status, row.no[:2], unseal(db, row.phone)) == ("submitted", "FH", "13900000001")
    assert [one.openid for one in incubation.on_duty(db, row)] == ["town"]
    user(db, "town").followed = False
    db.flush()
    assert [one.openid for one in incubation.on_duty(db, row)] == ["city"]


@pytest.mark.parametrize(("who", "name"), [("resident", CHOIR), ("leader", SORTERS), ("worker", PAINTERS)])
def test_nobody_applies_for_somebody_elses_organisation(db: Session, now: datetime, who: str, name: str) -> None:
    with pytest.raises(Refused, match="not_yours"):
        applied(db, now, who, name)


def test_one_application_at_a_time(db: Session, now: datetime) -> None:
    applied(db, now)
    with pytest.raises(Refused, match="applied_already"):
        applied(db, now, "worker")
    incubation.take(db, user(db, "town"), now, incubation.visible(db, user(db, "town"))[0], "accept")
    incubation.take(db, user(db, "town"), now, incubation.visible(db, user(db, "town"))[0], "enter", **INSIDE)
    with pytest.raises(Refused, match="inside_already"):
        applied(db, now)


def test_what_was_sent_back_keeps_its_number_and_what_was_told(db: Session, now: datetime) -> None:
    row = applied(db, now, needs="场地")
    no = row.no
    incubation.take(db, user(db, "town"), now, row, "return", "缺名册")
    assert (row.status, row.answer) == ("returned", "缺名册")
    again = applied(db, now, needs=None)
    assert (again.no, again.status, again.needs) == (no, "submitted", "场地")
    assert [step.what for step in timeline(db, no)] == ["submitted", "return", "resubmitted"]


def test_steps_come_in_their_order(db: Session, now: datetime) -> None:
    row, town = applied(db, now), user(db, "town")
    assert incubation.possible(db, town, row) == ["accept", "return"]
    for step in ("enter", "passed", "graduate", "paid", "decline"):
        with pytest.raises(Refused, match="not_now"):
            incubation.take(db, town, now, row, step)
    incubation.take(db, town, now, row, "accept")
    assert incubation.possible(db, town, row) == ["enter", "return"]
    incubation.take(db, town, now, row, "enter", **INSIDE)
    assert "decline" not in incubation.possible(db, town, row)
    incubation.take(db, town, now + timedelta(days=9), row, "passed", assessment="passed")
    assert (row.status, row.since) == ("assessed", now + timedelta(days=9))
    incubation.take(db, town, now, row, "graduate", left_on=now.date())
    assert incubation.possible(db, town, row) == []


def test_only_the_towns_and_the_citys_staff_move_it_on(db: Session, now: datetime) -> None:
    row = applied(db, now)
    other = db.scalars(select(Town).where(Town.name == "沙溪镇")).one()
    for who in ("resident", "leader", "worker"):
        assert incubation.possible(db, user(db, who), row) == []
    assert incubation.possible(db, user(db, "city"), row) == ["accept", "return"]
    user(db, "town").town_id = other.id
    assert incubation.possible(db, user(db, "town"), row) == []
    with pytest.raises(Refused, match="not_now"):
        incubation.take(db, user(db, "town"), now, row, "accept")


def test_it_is_taken_back_only_before_moving_in(db: Session, now: datetime) -> None:
    row = applied(db, now)
    incubation.withdraw(db, user(db, "worker"), now, row)
    assert row.status == "withdrawn"
    with pytest.raises(Refused, match="over"):
        incubation.withdraw(db, user(db, "leader"), now, row)
    inside = moved_in(db, now)
    with pytest.raises(Refused, match="inside_already"):
        incubation.withdraw(db, user(db, "leader"), now, inside)


def test_a_request_from_inside_is_open_until_staff_answer(db: Session, now: datetime) -> None:
    row = moved_in(db, now)
    incubation.request(db, user(db, "leader"), now, row, "extend", "想续一年")
    assert row.asked == "extend"
    assert "decline" in incubation.possible(db, user(db, "town"), row)
    incubation.take(db, user(db, "town"), now, row, "until", until_on=date(2028, 11, 30))
    assert row.until_on == date(2028, 11, 30)
    assert incubation.visible(db, user(db, "town"))[0].asked is None
    with pytest.raises(Refused, match="not_inside"):
        incubation.request(db, user(db, "worker"), now, applied(db, now, "worker", SORTERS), "subsidy", None)


def test_batches_of_the_subsidy_add_up(db: Session, now: datetime) -> None:
    row = moved_in(db, now)
    incubation.pay(db, user(db, "town"), now, row, 3000)
    incubation.pay(db, user(db, "town"), now, row, 2000)
    assert (row.money, row.batches, row.answer) == (5000, 2, None)


def test_neighbours_do_not_follow_it(db: Session, now: datetime) -> None:
    row = applied(db, now, "worker", SORTERS)
    assert incubation.visible(db, user(db, "leader")) == []
    assert incubation.visible(db, user(db, "resident")) == []
    for who in ("worker", "town", "city"):
        assert incubation.visible(db, user(db, who)) == [row]
    assert incubation.visible(db, user(db, "worker"), no=row.no[:-1].lower()) == [row]


def test_what_waits_comes_first(db: Session, now: datetime) -> None:
    inside = moved_in(db, now - timedelta(days=30))
    waiting = applied(db, now, "worker", SORTERS)
    assert incubation.visible(db, user(db, "town")) == [waiting, inside]


def test_figures_count_by_town_and_period(db: Session, now: datetime) -> None:
    row, town = moved_in(db, now), user(db, "town")
    applied(db, now, "worker", SORTERS)
    incubation.pay(db, town, now, row, 3000)
    counted = incubation.figures(db, town.town_id)
    assert (counted["inside"], counted["waiting"], counted["entered"], counted["money"], counted["paid"]) == (
        1,
        1,
        1,
        3000,
        1,
    )
    incubation.take(db, town, now, row, "graduate", left_on=date(2026, 12, 1))
    assert incubation.figures(db, None, "2026-12-01", "2027-01-01")["graduated"] == 1
    assert incubation.figures(db, None, "2026-11-01", "2026-12-01")["graduated"] == 0
    other = db.scalars(select(Town).where(Town.name == "沙溪镇")).one()
    assert incubation.figures(db, other.id)["waiting"] == 0


def test_the_applicant_and_the_organisations_people_are_told(db: Session, now: datetime) -> None:
    row = applied(db, now, "worker", CHOIR)
    assert [one.openid for one in incubation.applicants(db, row)] == ["worker", "leader"]


def test_the_whole_way_and_the_export_on_every_database(database: Database, now: datetime) -> None:
    with database.transaction() as db:
        row = moved_in(db, now, person=seal(db, "李芳"), phone=seal(db, "13900000001"), needs="场地")
        incubation.pay(db, user(db, "town"), now, row, 3000)
        assert incubation.figures(db, None)["inside"] == 1
    (shown,) = export.rows(database, "incubation", export.Wanted())
    assert (shown["organization"], shown["status"], shown["reason"], shown["money"]) == (
        CHOIR,
        "incubating",
        "场地",
        3000,
    )
    assert (shown["person"], shown["phone"], shown["end"]) == ("李*", "139****0001", "2027-11-30")
