"""Who has one this year and who has none: place by place, year by year, and on which days it is asked."""

from datetime import date

import pytest
from sqlalchemy import select

from models import coverage
from models.base import Session
from models.organization import DISSOLVED, Organization
from models.people import User


def team(db: Session, name: str) -> Organization:
    return db.scalars(select(Organization).where(Organization.name == name)).one()


def person(db: Session, openid: str) -> User:
    return db.scalars(select(User).where(User.openid == openid)).one()


def test_a_place_is_parted_and_a_dissolved_organisation_counts_for_nothing(db: Session) -> None:
    choir = team(db, "梅园社区百灵鸟合唱队")
    found = coverage.coverage(db, {choir.id}, community_id=choir.community_id)
    assert ([row.name for row in found.having], len(found.without), found.total) == ([choir.name], 4, 5)
    assert found.percent == 20.0
    choir.status = DISSOLVED
    found = coverage.coverage(db, {choir.id}, community_id=choir.community_id)
    assert (found.having, found.total, found.percent) == ([], 4, 0.0)


def test_nothing_of_nothing_is_nothing(db: Session) -> None:
    assert coverage.coverage(db, set(), community_id=3).percent == 0.0


def test_towns_are_counted_one_by_one(db: Session) -> None:
    assert coverage.by_town(db, {team(db, "娄东爱心社").id}) == [("城厢镇", 1, 7)]


@pytest.mark.parametrize(
    ("year", "last"), [(2026, date(2026, 11, 24)), (2025, date(2025, 12, 31)), (2027, date(2027, 1, 1))]
)
def test_a_year_counts_up_to_today(year: int, last: date) -> None:
    assert coverage.of_year(year, date(2026, 11, 24)) == (date(year, 1, 1), last)


@pytest.mark.parametrize(("day", "due"), [(31, 0), (1, 1), (4, 1), (5, 0)])
def test_a_yearly_date_is_kept_for_some_days(day: int, due: int) -> None:
    today = date(2026, 8 if day == 31 else 9, day)
    assert len(coverage.dates_due(["09-01", "11-01"], today)) == due


def test_leaders_of_those_without(db: Session) -> None:
    choir = team(db, "梅园社区百灵鸟合唱队")
    assert [(user.openid, one.name) for user, one in coverage.leaders_without(db, set())] == [("leader", choir.name)]
    assert coverage.leaders_without(db, {choir.id}) == []


@pytest.mark.parametrize(
    ("who", "names"),
    [
        ("leader", {"梅园社区百灵鸟合唱队"}),
        ("worker", {"梅园社区百灵鸟合唱队", "梅园社区垃圾分类先锋队"}),
        ("town", {"梅园社区百灵鸟合唱队", "梅园社区垃圾分类先锋队", "太丰社区老年书画社"}),
        ("resident", set()),
    ],
)
def test_who_answers_for_whom(db: Session, who: str, names: set[str]) -> None:
    known = [team(db, name) for name in ("梅园社区百灵鸟合唱队", "梅园社区垃圾分类先锋队", "太丰社区老年书画社")]
    assert {one.name for one in known if coverage.answers_for(db, person(db, who), one)} == names
