"""Disclosure rules: who may publish, what is masked, what counts, what an activity publishes by itself."""

from datetime import date, datetime

import pytest
from sqlalchemy import select

from models import disclosure
from models.base import Session
from models.errors import Refused
from models.organization import Organization
from models.people import User


def user(db: Session, who: str) -> User:
    return db.scalars(select(User).where(User.openid == who)).one()


def team(db: Session, name: str) -> Organization:
    return db.scalars(select(Organization).where(Organization.name == name)).one()


def put(db: Session, now: datetime, **facts: object) -> disclosure.Disclosure:
    values = {"topic": "收支", "title": "收支", "community_id": 1, "organization_id": 1, **facts}
    row = disclosure.publish(db, user(db, "leader").id, now, **values)  # type: ignore[arg-type]
    db.flush()
    return row


@pytest.mark.parametrize(
    ("written", "public"),
    [
        ("联系李芳13812345678", "联系李芳138****5678"),
        ("身份证320585195806174019", "3205***********019"),
        ("结余1356.5元，编号GK20261015-0002B", "结余1356.5元，编号GK20261015-0002B"),
        (None, None),
    ],
)
def test_phones_and_id_numbers_never_go_public(written: str | None, public: str | None) -> None:
    shown = disclosure.masked(written)
    assert shown == public or (public and shown and public in shown)


def test_only_ones_own_organisation_is_published(db: Session) -> None:
    leader, worker, town = user(db, "leader"), user(db, "worker"), user(db, "town")
    own, neighbour, far = team(db, "梅园社区百灵鸟合唱队"), team(db, "梅园社区夕阳广场舞队"), team(db, "娄东爱心社")
    disclosure.may_publish(leader, own)
    disclosure.may_publish(worker, neighbour)
    disclosure.may_publish(town, far)
    for who, target in [(leader, neighbour), (worker, far), (user(db, "resident"), own), (leader, None)]:
        with pytest.raises(Refused):
            disclosure.may_publish(who, target)


def test_sums_take_income_and_expense_apart(db: Session, now: datetime) -> None:
    put(db, now, money=4200.0, direction="income")
    put(db, now, money=1800.1, direction="expense")
    put(db, now, money=1199.9, direction="expense")
    put(db, now, money=99.0)
    money = disclosure.sums(disclosure.public(db, organization_id=1))
    assert (money.income, money.expense, money.balance, money.expenses) == (4200.0, 3000.0, 1200.0, 2)


def test_what_is_withdrawn_is_not_public(db: Session, now: datetime) -> None:
    row = put(db, now)
    disclosure.take_back(db, user(db, "leader"), now, row)
    assert disclosure.public(db) == []
    with pytest.raises(Refused, match="withdrawn_already"):
        disclosure.take_back(db, user(db, "leader"), now, row)


def test_a_stranger_withdraws_nothing(db: Session, now: datetime) -> None:
    with pytest.raises(Refused, match="not_yours"):
        disclosure.take_back(db, user(db, "resident"), now, put(db, now))


def test_an_item_of_a_record_is_corrected_not_doubled(db: Session, now: datetime) -> None:
    put(db, now, source_no="HD1", title="排练")
    put(db, now, source_no="HD1", title="合唱排练")
    assert [row.title for row in disclosure.public(db)] == ["合唱排练"]
    disclosure.withdraw(db, "HD1")
    assert disclosure.public(db) == []


def test_who_showed_nothing_of_a_quarter(db: Session, now: datetime) -> None:
    choir = team(db, "梅园社区百灵鸟合唱队")
    put(db, now, organization_id=choir.id, period="2026-08")
    names = [row.name for row in disclosure.silent(db, "收支", date(2026, 7, 1), date(2026, 9, 30), "2026-Q3")]
    assert choir.name not in names
    assert "娄东爱心社" in names
    names = [row.name for row in disclosure.silent(db, "收支", date(2026, 4, 1), date(2026, 6, 30), "2026-Q2")]
    assert choir.name in names
