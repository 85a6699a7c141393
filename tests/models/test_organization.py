"""The directory's rules: names compared, numbers however written, needs ranked, what is near."""

import pytest
from sqlalchemy import select

from models import organization
from models.base import Session
from models.organization import Organization
from models.place import Community


def community(db: Session, name: str) -> Community:
    return db.scalars(select(Community).where(Community.name == name)).one()


def team(db: Session, name: str) -> Organization:
    return db.scalars(select(Organization).where(Organization.name == name)).one()


@pytest.mark.parametrize(
    ("name", "same"),
    [
        ("百灵鸟合唱队", 1.0),
        ("城厢镇梅园社区百灵鸟合唱队", 0.0),
        ("梅园“百灵鸟”合唱队", 1.0),
        ("百灵鸟合唱团", 0.8),
        ("喜洋洋锣鼓班", 0.0),
    ],
)
def test_names_are_compared_without_their_place(db: Session, name: str, same: float) -> None:
    close = organization.alike(db, community(db, "梅园社区"), name)
    best = close[0][0] if close else 0.0
    assert best == pytest.approx(1.0 if name.startswith("城厢镇") else same, abs=0.05)


def test_a_name_is_looked_for_in_its_own_community(db: Session) -> None:
    assert organization.alike(db, community(db, "电站村"), "百灵鸟合唱队") == []


@pytest.mark.parametrize(
    "written", ["太备〔2024〕CX-0033号", "太备2024-CX-0033", "太备（2024）CX0033", "太备[2024]cx 0033"]
)
def test_a_number_is_found_however_it_is_written(db: Session, written: str) -> None:
    team(db, "娄东爱心社").filing_no = "太备〔2024〕CX-0033号"
    db.flush()
    found = organization.by_number(db, written)
    assert found is not None
    assert found.name == "娄东爱心社"
    assert organization.by_number(db, "太备2024-CX-0034") is None


def test_a_credit_code_is_a_number_too(db: Session) -> None:
    team(db, "娄东爱心社").credit_code = "51320585MJ5555555X"
    db.flush()
    found = organization.by_number(db, "51320585mj5555555x")
    assert found is not None


def test_name_counts_more_than_note_and_nothing_is_no_reason(db: Session) -> None:
    team(db, "娄东爱心社").note = "也教合唱"
    found = organization.search(organization.living(db), ["合唱"])
    assert [row.name for row in found] == ["梅园社区百灵鸟合唱队", "娄东爱心社"]
    assert organization.search(organization.living(db), ["潜水"]) == []


def test_communities_by_distance(db: Session) -> None:
    for name, latitude in [("梅园社区", 31.45), ("太丰社区", 31.46), ("电站村", 31.60)]:
        row = community(db, name)
        row.latitude, row.longitude = latitude, 121.10
    db.flush()
    close = organization.communities_around(db, 31.459, 121.10, limit=2)
    assert [row.name for _, row in close] == ["太丰社区", "梅园社区"]
    assert close[0][0] == pytest.approx(0.11, abs=0.01)
