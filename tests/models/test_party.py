"""The rules of party contacts: who records whose, what is open, who was not met, and when the next one is due."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models import export, organization, party
from models.base import Database, Session, seal, unseal
from models.errors import Refused
from models.organization import Organization
from models.party import Contact
from models.people import User
from models.place import Community

CHOIR, SORTERS, PAINTERS = "梅园社区百灵鸟合唱队", "梅园社区垃圾分类先锋队", "太丰社区老年书画社"


def user(db: Session, who: str) -> User:
    return db.scalars(select(User).where(User.openid == who)).one()


def met(db: Session, now: datetime, who: str = "worker", name: str = CHOIR, **facts: Any) -> Contact:
    found = db.scalars(select(Organization).where(Organization.name == name)).one()
    community = db.get(Community, found.community_id)
    assert community is not None
    told = {"organization": found.name, "start": "2026-11-23", **facts}
    return party.record(db, user(db, who), now, community, found, told)


def meiyuan(db: Session) -> int:
    return db.scalars(select(Community.id).where(Community.name == "梅园社区")).one()


def test_what_was_raised_stays_open_until_it_is_settled(db: Session, now: datetime) -> None:
    row = met(db, now, raised=seal(db, "没有场地"))
    assert (row.no[:2], row.status) == ("DJ", "open")
    party.settle(db, user(db, "worker"), now, row, "借到了活动室")
    assert (row.status, row.settled_on) == ("settled", now.date())
    with pytest.raises(Refused, match="nothing_open"):
        party.settle(db, user(db, "worker"), now, row, None)
    party.amend(db, user(db, "worker"), now, row, {"raised": seal(db, "又没有场地了")})
    assert (row.status, row.settled_on) == ("open", None)


def test_a_contact_lies_in_the_past(db: Session, now: datetime) -> None:
    with pytest.raises(Refused, match="still_to_come"):
        met(db, now, start="2026-11-25")
    row = met(db, now, start="2026-11-24T15:00")
    with pytest.raises(Refused, match="still_to_come"):
        party.amend(db, user(db, "worker"), now, row, {"start": "2026-12-01"})


@pytest.mark.parametrize(("who", "name"), [("resident", CHOIR), ("leader", CHOIR), ("worker", PAINTERS)])
def test_only_staff_of_the_place_record(db: Session, now: datetime, who: str, name: str) -> None:
    with pytest.raises(Refused, match="not_your_place"):
        met(db, now, who, name)


def test_the_same_contact_is_not_stored_twice(db: Session, now: datetime) -> None:
    row = met(db, now)
    with pytest.raises(Refused, match="duplicate"):
        met(db, now)
    met(db, now, "town")
    met(db, now, start="2026-11-20")
    party.withdraw(db, user(db, "worker"), now, row)
    met(db, now)


def test_leaders_and_residents_see_none(db: Session, now: datetime) -> None:
    row = met(db, now)
    assert [party.visible(db, user(db, who)) for who in ("resident", "leader")] == [[], []]
    for who in ("worker", "town", "city"):
        assert party.visible(db, user(db, who), no=row.no) == [row]
    other = met(db, now, "town", PAINTERS)
    assert other not in party.visible(db, user(db, "worker"))


def test_who_was_not_met_since(db: Session, now: datetime) -> None:
    found = organization.living(db, community_id=meiyuan(db))
    met(db, now, start="2025-12-30", name=SORTERS)
    gone = met(db, now, start="2026-02-01", name="梅园社区晨曦广场舞队")
    party.withdraw(db, user(db, "worker"), now, gone)
    met(db, now)
    assert CHOIR not in [line.name for line in party.unmet(db, found, date(2026, 1, 1))]
    assert len(party.unmet(db, found, date(2026, 1, 1))) == len(found) - 1
    assert len(party.unmet(db, found, date(2025, 12, 1))) == len(found) - 2


def test_the_next_contact_counts_from_the_last_else_from_when_the_cycle_began(db: Session, now: datetime) -> None:
    met(db, now, start="2026-11-01")
    met(db, now, start="2026-10-01T09:00")
    today = date(2026, 11, 24)
    known = party.due(db, meiyuan(db), today, 30, None)
    assert [(one.name, one.on, one.left) for one in known] == [(CHOIR, date(2026, 12, 1), 7)]
    all_of_them = party.due(db, meiyuan(db), today, 30, date(2026, 10, 20))
    assert len(all_of_them) == len(organization.living(db, community_id=meiyuan(db)))
    assert (all_of_them[0].last, all_of_them[0].left, all_of_them[-1].name) == (None, -5, CHOIR)


def test_on_every_database_and_masked_in_the_export(database: Database, now: datetime) -> None:
    with database.transaction() as db:
        row = met(db, now, person=seal(db, "李书记"), text=seal(db, "张三说没有场地"), raised=seal(db, "没有场地"))
        assert unseal(db, row.raised) == "没有场地"
        met(db, now - timedelta(days=40), start="2026-10-01", name=SORTERS)
        assert [one.left for one in party.due(db, meiyuan(db), date(2026, 11, 24), 30, None)] == [-24, 29]
    first, _ = export.rows(database, "party", export.Wanted())
    assert (first["organization"], first["start"], first["status"]) == (CHOIR, "2026-11-23", "open")
    assert (first["person"], first["text"], first["reason"]) == ("李**", "***", "***")
