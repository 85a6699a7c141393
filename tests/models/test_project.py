"""Rules of service projects: what counts for a year, who may change one, what goes public when one is done."""

from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from models import disclosure, project
from models.base import Database, Session
from models.disclosure import Disclosure
from models.errors import Refused
from models.organization import Organization
from models.people import User
from models.project import Project


def person(db: Session, openid: str) -> User:
    return db.scalars(select(User).where(User.openid == openid)).one()


def team(db: Session, name: str = "梅园社区百灵鸟合唱队") -> int:
    return db.scalars(select(Organization.id).where(Organization.name == name)).one()


def begun(db: Session, now: datetime, who: str = "leader", **facts: Any) -> Project:
    told = {"title": "银发守护", "organization_id": team(db), "community_id": 1, **facts}
    return project.register(db, person(db, who), now, told)


@pytest.mark.parametrize(
    ("facts", "years"),
    [
        ({"start": "2026-03-01", "end": "2026-11-30"}, {2026}),
        ({"start": "2025-09-01", "end": "2026-06-30"}, {2025, 2026}),
        ({"start": "2026-12-01", "end": "2027-03-31"}, {2027}),  # not begun on 24 November
        ({"start": "2026-03-01"}, {2026}),  # no end told: until the end of that year
        ({"end": "2027-06-30"}, {2026, 2027}),
        ({}, {2026}),  # nothing told: the year it was registered in
    ],
)
def test_a_project_counts_for_the_years_it_goes_on_in(
    db: Session, now: datetime, facts: dict[str, str], years: set[int]
) -> None:
    begun(db, now, **facts)
    lasts = {2025: date(2025, 12, 31), 2026: date(2026, 11, 24), 2027: date(2027, 12, 31)}
    assert {year for year, last in lasts.items() if project.with_project(db, date(year, 1, 1), last)} == years


def test_what_was_given_up_counts_for_nobody(db: Session, now: datetime) -> None:
    row = begun(db, now)
    project.cancel(db, person(db, "leader"), now, row)
    assert project.with_project(db, date(2026, 1, 1), date(2026, 12, 31)) == set()
    assert project.public(db, organization_id=team(db)) == []


def test_the_same_project_is_not_registered_twice_while_it_goes_on(db: Session, now: datetime) -> None:
    row = begun(db, now)
    with pytest.raises(Refused, match="duplicate"):
        begun(db, now)
    begun(db, now, organization_id=team(db, "梅园社区垃圾分类先锋队"))
    row.status = project.DONE
    assert begun(db, now) is not row


def test_one_that_is_done_is_shown_in_figures_and_taken_back_when_it_goes_on(db: Session, now: datetime) -> None:
    row, leader = begun(db, now, start="2026-03-01"), person(db, "leader")
    project.finish(db, leader, now, row, {"headcount": 200}, "张阿婆很高兴", "服务：200人")
    shown = db.scalars(select(Disclosure)).one()
    assert (shown.topic, shown.content, shown.period, shown.organization_id) == (
        "项目",
        "服务：200人",
        "2026",
        team(db),
    )
    assert (row.status, row.headcount, row.end) == (project.DONE, 200, "2026-11-24")
    project.reopen(db, leader, now, row)
    assert shown.status == disclosure.WITHDRAWN
    project.finish(db, leader, now, row, {"headcount": 210}, None, "服务：210人")
    assert (shown.status, shown.content) == (disclosure.PUBLISHED, "服务：210人")
    project.cancel(db, leader, now, row)
    assert shown.status == disclosure.WITHDRAWN


def test_who_may_change_one(db: Session, now: datetime) -> None:
    row = begun(db, now, who="worker")
    found = {who: project.changeable(db, person(db, who)) for who in ("resident", "leader", "worker", "town", "city")}
    assert found == {"resident": [], "leader": [row], "worker": [row], "town": [row], "city": [row]}
    row.organization_id = team(db, "梅园社区垃圾分类先锋队")
    assert project.changeable(db, person(db, "leader")) == []
    elsewhere = begun(db, now, who="city", title="暖心敲门", community_id=4, organization_id=None)
    assert elsewhere not in project.changeable(db, person(db, "town"))


def test_people_served_narrow_the_list(db: Session, now: datetime) -> None:
    row = begun(db, now, target_group=["空巢老人", "残疾人"])
    assert project.public(db, community_id=1, target="残疾人") == [row]
    assert project.public(db, community_id=1, target="困境儿童") == []
    assert project.public(db, town_id=2) == []


def test_the_last_day_is_found_ahead(db: Session, now: datetime) -> None:
    row = begun(db, now, start="2026-03-01", end="2026-11-30")
    assert project.ending(db, [date(2026, 11, 30)]) == [row]
    assert project.ending(db, [date(2026, 12, 1)]) == []


def test_both_databases_understand_the_questions(database: Database, now: datetime) -> None:
    with database.transaction() as db:
        row = begun(db, now, end="2026-12-31")
        assert project.with_project(db, date(2026, 1, 1), date(2026, 11, 24)) == {row.organization_id}
        assert project.public(db, town_id=1, title="那个银发守护呢", days=(date(2026, 1, 1), date(2026, 2, 1))) == [row]
        assert project.changeable(db, person(db, "leader"), title="银发") == [row]
        assert project.ending(db, [date(2026, 12, 31)]) == [row]
