"""Rules of trainings: who counts as trained, what is announced to whom, series, sign-ups, and what is taken back."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models import export, training, training_signup
from models.base import Database, Session
from models.errors import Refused
from models.organization import Organization
from models.people import Role, User
from models.training import Training

YEAR = date(2026, 1, 1), date(2026, 11, 24)


def person(db: Session, openid: str) -> User:
    return db.scalars(select(User).where(User.openid == openid)).one()


def team(db: Session, name: str) -> int:
    return db.scalars(select(Organization.id).where(Organization.name == name)).one()


def held(db: Session, now: datetime, teams: tuple[int, ...] = (), who: str = "worker", **facts: Any) -> Training:
    told = {"title": "财务规范培训", "start": "2026-11-20T14:00", "community_id": 1, "town_id": 1, **facts}
    return training.register(db, person(db, who), now, told, teams)[0]


def test_who_was_there_is_trained_until_it_is_called_off(db: Session, now: datetime) -> None:
    choir = team(db, "梅园社区百灵鸟合唱队")
    row = held(db, now, (choir,))
    assert training.trained(db, *YEAR) == {choir}
    assert training.trained(db, date(2025, 1, 1), date(2025, 12, 31)) == set()
    training.cancel(db, person(db, "worker"), now, row)
    assert training.trained(db, *YEAR) == set()


def test_what_is_still_to_come_does_not_count_yet(db: Session, now: datetime) -> None:
    held(db, now, (team(db, "娄东爱心社"),), start="2026-11-25T14:00")
    assert training.trained(db, *YEAR) == set()


def test_told_again_it_only_gains_organisations(db: Session, now: datetime) -> None:
    choir, vanguard = team(db, "梅园社区百灵鸟合唱队"), team(db, "梅园社区垃圾分类先锋队")
    row = held(db, now, (choir,))
    assert held(db, now, (choir, vanguard), start="2026-11-20") is row
    assert training.trained(db, *YEAR) == {choir, vanguard}
    with pytest.raises(Refused, match="duplicate"):
        held(db, now, (choir,))
    assert held(db, now, community_id=2) is not row


def test_a_towns_training_is_for_its_communities_and_the_citys_for_all(db: Session, now: datetime) -> None:
    city = held(db, now, who="city", title="慈善法", start="2026-12-01", community_id=None, town_id=None)
    town = held(db, now, who="town", title="骨干轮训", start="2026-12-02", community_id=None)
    own = held(db, now, start="2026-12-03")
    resident = person(db, "resident")
    assert training.coming(db, resident, since="2026-11-24", town_id=1) == [city, town, own]
    assert training.coming(db, resident, since="2026-11-24", town_id=2) == [city]
    assert training.coming(db, resident, since="2026-11-24", community_id=2) == [city, town]
    assert training.coming(db, resident, since="2026-11-24", until="2026-12-02") == [city]


def test_a_teams_own_training_is_shown_to_the_team_and_to_staff(db: Session, now: datetime) -> None:
    choir = team(db, "梅园社区百灵鸟合唱队")
    row = held(db, now, (choir,), who="leader", start="2026-12-01", organization_id=choir, internal=True)
    shown = {who: training.coming(db, person(db, who), since="2026-11-24") for who in ("resident", "leader", "worker")}
    assert shown == {"resident": [], "leader": [row], "worker": [row]}


def test_a_series_goes_on_until_it_ends(db: Session, now: datetime) -> None:
    row = held(db, now, start="2026-11-03T19:00", repeat="FREQ=WEEKLY;BYDAY=TU;UNTIL=20261208")
    assert training.next_time(row, date(2026, 11, 25)) == "2026-12-01T19:00"
    assert training.next_time(row, date(2026, 12, 9)) is None
    assert [at for _, at in training.starting_on(db, [date(2026, 12, 1)])] == ["2026-12-01T19:00"]
    assert training.starting_on(db, [date(2026, 12, 2)]) == []


def test_a_training_of_several_days_is_announced_to_its_last(db: Session, now: datetime) -> None:
    row = held(db, now, start="2026-11-23", end="2026-11-25")
    assert training.coming(db, person(db, "worker"), since="2026-11-24") == [row]
    assert not training.over(row, now)
    assert training.coming(db, person(db, "worker"), since="2026-11-26") == []


def test_who_signed_up_counts_and_who_took_it_back_does_not(db: Session, now: datetime) -> None:
    choir, row = team(db, "梅园社区百灵鸟合唱队"), held(db, now, start="2026-11-25T14:00")
    leader, worker = person(db, "leader"), person(db, "worker")
    assert training_signup.join(db, leader, now, row, choir, None) == 1
    with pytest.raises(Refused, match="joined_already"):
        training_signup.join(db, leader, now, row, choir, None)
    assert training_signup.join(db, leader, now, row, choir, 2) == 2
    assert training_signup.join(db, worker, now, row, choir, None) == 3
    training_signup.leave(db, leader, row)
    assert training.attending(db, row) != []  # the worker signed the choir up as well
    training_signup.leave(db, worker, row)
    assert (training.attending(db, row), training_signup.coming(db, row)) == ([], 0)


def test_who_was_named_stays_when_a_sign_up_is_taken_back(db: Session, now: datetime) -> None:
    choir = team(db, "梅园社区百灵鸟合唱队")
    row = held(db, now, (choir,), start="2026-11-25T14:00")
    training_signup.join(db, person(db, "leader"), now, row, choir, None)
    training_signup.leave(db, person(db, "leader"), row)
    assert [one.id for one in training.attending(db, row)] == [choir]


def test_nobody_signs_up_for_what_is_over(db: Session, now: datetime) -> None:
    with pytest.raises(Refused, match="over"):
        training_signup.join(db, person(db, "resident"), now, held(db, now), None, None)


def test_who_may_change_one(db: Session, now: datetime) -> None:
    row = held(db, now, who="town", community_id=None)
    for who, may in (("worker", False), ("leader", False), ("town", True), ("city", True)):
        assert (training.matching(db, person(db, who), ticket_no=row.no) == [row]) is may, who
    other = person(db, "worker")
    other.role, other.community_id, other.town_id = Role.TOWN, None, 2
    assert training.matching(db, other) == []


def test_the_export_names_who_was_there(database: Database, now: datetime) -> None:
    with database.transaction() as db:
        teams = team(db, "梅园社区百灵鸟合唱队"), team(db, "娄东爱心社")
        held(db, now - timedelta(days=1), teams, topics=["日常运作"], person="王老师")
    row = next(export.rows(database, "training", export.Wanted()))
    assert set(row["attended_by"].split("、")) == {"梅园社区百灵鸟合唱队", "娄东爱心社"}
    assert (row["title"], row["community"], row["topics"], row["person"]) == (
        "财务规范培训", "梅园社区", ["日常运作"], "王**",
    )  # fmt: skip


def test_both_databases_understand_the_questions(database: Database, now: datetime) -> None:
    with database.transaction() as db:
        choir = team(db, "梅园社区百灵鸟合唱队")
        row = held(db, now, start="2026-11-25T14:00")
        assert training_signup.join(db, person(db, "leader"), now, row, choir, 2) == 2
        assert training.trained(db, date(2026, 1, 1), date(2026, 12, 31)) == {choir}
        assert training.coming(db, person(db, "resident"), since="2026-11-24", town_id=1) == [row]
        assert training.matching(db, person(db, "worker"), title="那个财务规范培训") == [row]
        assert [one for one, _ in training.starting_on(db, [date(2026, 11, 25)])] == [row]
        training_signup.leave(db, person(db, "leader"), row)
        assert training.trained(db, date(2026, 1, 1), date(2026, 12, 31)) == set()
