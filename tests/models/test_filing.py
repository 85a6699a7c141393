"""The rules of filing: who reviews what when, who sees it, what the directory learns, numbers, dates falling due."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models import disclosure, filing, filing_decision, organization
from models.base import Database, Session, seal, unseal
from models.errors import Refused
from models.filing import Filing
from models.organization import Organization
from models.people import User
from models.place import Community
from models.record import timeline


def user(db: Session, who: str) -> User:
    return db.scalars(select(User).where(User.openid == who)).one()


def team(db: Session, name: str = "梅园社区百灵鸟合唱队") -> Organization:
    return db.scalars(select(Organization).where(Organization.name == name)).one()


def meiyuan(db: Session) -> Community:
    return db.scalars(select(Community).where(Community.name == "梅园社区")).one()


def applied(db: Session, now: datetime, who: str = "resident", **facts: Any) -> Filing:
    values = {"name": "暖心理发队", "category": "居民互助", "head": "王秀英", "place": "社工室", "missing": [], **facts}
    return filing.apply(db, user(db, who), now, meiyuan(db), values)


def test_a_residents_application_begins_at_the_community(db: Session, now: datetime) -> None:
    row = applied(db, now)
    assert row.status == filing.COMMUNITY
    assert [holder.openid for holder in filing.holders(db, row)] == ["worker"]
    filing_decision.pass_on(db, user(db, "worker"), now, row)
    assert [holder.openid for holder in filing.holders(db, row)] == ["town"]
    assert [step.what for step in timeline(db, row.no)] == ["submitted", "community_approved"]


def test_without_workers_it_goes_to_the_town(db: Session, now: datetime) -> None:
    user(db, "worker").role = 0
    db.flush()
    assert applied(db, now).status == filing.TOWN


@pytest.mark.parametrize(("who", "status"), [("worker", filing.TOWN), ("resident", filing.COMMUNITY)])
def test_staff_skips_its_own_step(db: Session, now: datetime, who: str, status: str) -> None:
    assert applied(db, now, who).status == status


def test_registration_is_the_citys(db: Session, now: datetime) -> None:
    row = applied(db, now, management=filing.REGISTERED)
    assert row.status == filing.CITY
    assert [holder.openid for holder in filing.holders(db, row)] == ["city"]


@pytest.mark.parametrize(
    ("who", "status", "decision", "refusal"),
    [
        ("worker", filing.COMMUNITY, filing.APPROVE, None),
        ("worker", filing.COMMUNITY, filing.RETURN, None),
        ("worker", filing.COMMUNITY, filing.REJECT, "reject_is_the_towns"),
        ("worker", filing.TOWN, filing.APPROVE, "not_at_yours"),
        ("town", filing.TOWN, filing.APPROVE, None),
        ("town", filing.TOWN, filing.REJECT, None),
        ("town", filing.CITY, filing.APPROVE, "not_at_yours"),
        ("city", filing.CITY, filing.APPROVE, None),
        ("leader", filing.COMMUNITY, filing.APPROVE, "not_at_yours"),
        ("resident", filing.COMMUNITY, filing.RETURN, "not_at_yours"),
        ("town", filing.FILED, filing.APPROVE, "nothing_to_decide"),
        ("town", filing.RETURNED, filing.APPROVE, "nothing_to_decide"),
        ("town", filing.WITHDRAWN, filing.APPROVE, "nothing_to_decide"),
    ],
)
def test_who_decides_what(
    db: Session, now: datetime, who: str, status: str, decision: str, refusal: str | None
) -> None:
    row = applied(db, now)
    row.status = status
    if refusal is None:
        filing_decision.may_decide(user(db, who), row, decision)
    else:
        with pytest.raises(Refused, match=refusal):
            filing_decision.may_decide(user(db, who), row, decision)


@pytest.mark.parametrize(
    ("who", "seen"), [("resident", True), ("worker", True), ("town", True), ("city", True), ("leader", False)]
)
def test_who_follows_an_application(db: Session, now: datetime, who: str, seen: bool) -> None:
    row = applied(db, now)
    assert bool(filing.visible(db, user(db, who), no=row.no)) is seen


def test_the_same_application_twice(db: Session, now: datetime) -> None:
    row = applied(db, now)
    with pytest.raises(Refused, match="applied_already"):
        applied(db, now)
    with pytest.raises(Refused, match="in_hand"):
        applied(db, now, "leader")
    filing_decision.send_back(db, user(db, "worker"), now, row, "缺名册", None)
    assert applied(db, now, head="李芳").no == row.no
    assert (row.status, row.head) == (filing.COMMUNITY, "李芳")


@pytest.mark.parametrize("name", ["梅园社区百灵鸟合唱队", "百灵鸟合唱队", "城厢镇梅园社区百灵鸟合唱队"])
def test_a_name_taken_in_the_community(db: Session, now: datetime, name: str) -> None:
    with pytest.raises(Refused, match="filed_already"):
        applied(db, now, name=name)


def test_a_team_the_community_merely_knew_keeps_its_line(db: Session, now: datetime) -> None:
    row = applied(db, now, name="晨曦广场舞队")
    target = filing_decision.approve(db, user(db, "town"), now, row, filing_no="太备2026-CX-0001")
    assert target.id == team(db, "晨曦广场舞队").id
    assert (target.management, target.issued_on) == ("备案", now.date())


def test_a_draft_waits_for_its_missing_piece(db: Session, now: datetime) -> None:
    row = applied(db, now, missing=["简易章程"])
    assert (row.status, filing.holders(db, row)) == (filing.DRAFT, [])
    filing.submit(db, user(db, "resident"), now, row)
    assert (row.status, row.missing) == (filing.COMMUNITY, [])


def test_returned_with_a_time_to_correct(db: Session, now: datetime) -> None:
    row = applied(db, now)
    filing_decision.send_back(db, user(db, "worker"), now, row, "缺名册", 10)
    assert (row.status, row.reason, row.due_on) == (filing.RETURNED, "缺名册", date(2026, 12, 4))
    assert filing.corrections_due(db, [date(2026, 12, 4)]) == [row]
    filing.submit(db, user(db, "resident"), now, row)
    assert filing.corrections_due(db, [date(2026, 12, 4)]) == []


def test_amended_while_open_and_not_after(db: Session, now: datetime) -> None:
    row = applied(db, now)
    filing.amend(db, user(db, "resident"), now, row, {"head": "李芳"})
    assert row.head == "李芳"
    with pytest.raises(Refused, match="filed_already"):
        filing.amend(db, user(db, "resident"), now, row, {"name": "百灵鸟合唱队"})
    with pytest.raises(Refused, match="not_yours"):
        filing.amend(db, user(db, "leader"), now, row, {"head": "王五"})
    filing_decision.reject(db, user(db, "town"), now, row, "名称不规范")
    with pytest.raises(Refused, match="decided"):
        filing.amend(db, user(db, "resident"), now, row, {"head": "王五"})
    with pytest.raises(Refused, match="decided"):
        filing.withdraw(db, user(db, "resident"), now, row)


def changed(db: Session, now: datetime, **changes: Any) -> Filing:
    return filing.ask(db, user(db, "leader"), now, filing.CHANGE, team(db), changes=changes, reason=None)


def test_a_new_name_keeps_the_old_one_as_nickname(db: Session, now: datetime) -> None:
    target = team(db)
    filing_decision.approve(db, user(db, "town"), now, changed(db, now, name="梅园社区云雀合唱团"))
    assert target.name == "梅园社区云雀合唱团"
    assert "梅园社区百灵鸟合唱队" in target.aliases


def test_a_change_of_head_leaves_the_certificates_dates(db: Session, now: datetime) -> None:
    target = team(db)
    target.filing_no, target.expires_on = "太备2024-CX-0033", date(2027, 3, 1)
    filing_decision.approve(db, user(db, "town"), now, changed(db, now, head="李芳"))
    assert (target.head, target.filing_no, target.expires_on) == ("李芳", "太备2024-CX-0033", date(2027, 3, 1))


def test_one_change_at_a_time_and_only_of_what_is_on_file(db: Session, now: datetime) -> None:
    row = changed(db, now, head="李芳")
    assert changed(db, now, place="二楼") is row
    assert row.changes == {"head": "李芳", "place": "二楼"}
    filing_decision.pass_on(db, user(db, "worker"), now, row)
    with pytest.raises(Refused, match="applied_already"):
        changed(db, now, head="王五")
    with pytest.raises(Refused, match="not_filed"):
        filing.ask(
            db, user(db, "worker"), now, filing.CHANGE, team(db, "梅园社区晨曦广场舞队"), changes={}, reason=None
        )
    with pytest.raises(Refused, match="not_yours"):
        filing.ask(db, user(db, "worker"), now, filing.CANCEL, team(db, "娄东爱心社"), changes={}, reason=None)


def test_dissolution_publishes_nothing(db: Session, now: datetime) -> None:
    row = filing.ask(db, user(db, "leader"), now, filing.CANCEL, team(db), changes={}, reason="没人了")
    filing_decision.approve(db, user(db, "town"), now, row)
    assert team(db).status == "dissolved"
    assert disclosure.public(db) == []


def test_numbers_count_on_and_are_never_given_twice(db: Session, now: datetime) -> None:
    pattern = "太备〔{year}〕CX-{serial:04d}号"
    team(db).filing_no = "太备〔2026〕CX-0001号"
    db.flush()
    assert filing_decision.next_number(db, pattern, 2026) == "太备〔2026〕CX-0002号"
    assert filing_decision.next_number(db, pattern, 2027) == "太备〔2027〕CX-0001号"
    with pytest.raises(Refused, match="number_taken"):
        filing_decision.approve(db, user(db, "town"), now, applied(db, now), filing_no="太备2026CX0001")


def test_what_has_lain_long(db: Session, now: datetime) -> None:
    row = applied(db, now)
    assert filing.waiting_since(db, now) == []
    assert filing.waiting_since(db, now + timedelta(days=5)) == [row]


def test_the_whole_way_on_every_database(database: Database, now: datetime) -> None:
    with database.transaction() as db:
        row = applied(db, now, "worker", phone=seal(db, "13800000000"), members=12, scope="上门理发")
        no = filing_decision.next_number(db, "太备〔{year}〕CX-{serial:04d}号", 2026)
        filing_decision.approve(db, user(db, "town"), now, row, filing_no=no, expires_on=date(2029, 11, 23))
        filing_decision.approve(db, user(db, "town"), now, changed(db, now, head="李芳", scope="合唱"))
    with database.transaction() as db:
        found = organization.by_number(db, "太备2026CX0001")
        assert found is not None
        assert (found.name, found.members, found.note) == ("暖心理发队", 12, "上门理发")
        assert unseal(db, found.phone) == "13800000000"
        assert (team(db).head, team(db).note) == ("李芳", "合唱")
        assert filing.expiring(db, [date(2029, 11, 23)]) == [found]
        assert [line.name for line in organization.search(organization.living(db), ["理发"])] == ["暖心理发队"]
        assert {row.topic for row in disclosure.public(db)} == {"证书"}
        assert disclosure.silent(db, "收支", date(2026, 7, 1), date(2026, 9, 30), "2026-Q3") != []
