"""Incubation as people say it: applied for, moved on by number, told, reminded of, and what is said to be open."""

import re
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from handlers import chat, incubation
from models.audit import PersonalRead
from models.base import Session, seal
from models.incubation import Incubation
from models.messages import Outbox
from models.organization import Organization
from tests.handlers.told import Told

SETTINGS: dict[str, Any] = {
    "incubation_midterm_days": {"value": [15], "source": "演示"},
    "incubation_until_days": {"value": [30], "source": "演示"},
    "incubation_papers_days": {"value": [7, 3, 1], "source": "演示"},
}


@pytest.fixture
def told(db: Session, now: datetime) -> Told:
    return Told(db, [incubation.skill, chat.skill], now, SETTINGS)


def applied(told: Told, who: str = "leader", **slots: Any) -> Incubation:
    told.say(who, "想入驻孵化基地", "incubation.apply", **{"reason": "要一间办公室", "phone": "13900000001", **slots})
    reply = told.say(who, "确认", "dialog.confirm")
    assert re.search(r"FH\d{8}-\d{4}\w", reply), reply
    return told.db.scalars(select(Incubation).order_by(Incubation.id.desc()).limit(1)).one()


def picked(told: Told, row: Incubation, *numbers: str, who: str = "town", **slots: Any) -> str:
    """Staff open a record by its number and answer; the last answer carries `slots`."""
    reply = told.say(who, row.no, "incubation.query", ticket_no=row.no)
    for place, number in enumerate(numbers, 1):
        reply = told.say(who, number, **(slots if place == len(numbers) else {}))
    return reply


def moved_in(told: Told) -> Incubation:
    row = applied(told)
    picked(told, row, "1")
    picked(told, row, "1", "2027年11月30日", start="2027-11-30")
    assert row.status == "incubating"
    return row


def planned(told: Told, row: Incubation) -> list[tuple[str, str]]:
    """(day, who) of the reminders of a record."""
    query = select(Outbox).where(Outbox.source == row.no).order_by(Outbox.send_at, Outbox.user_id)
    names = {told.user(who).id: who for who in ("leader", "worker", "town", "city")}
    return [(f"{one.send_at:%Y-%m-%d}", names[one.user_id]) for one in told.db.scalars(query)]


def test_the_town_and_the_city_learn_of_an_application(told: Told) -> None:
    row = applied(told)
    assert [row.no in told.sent_to(who)[0] for who in ("town", "city")] == [True, True]
    assert told.sent_to("leader") == []


def test_contact_data_come_from_the_directory_unless_told(told: Told) -> None:
    choir = told.db.scalars(select(Organization).where(Organization.name == "梅园社区百灵鸟合唱队")).one()
    choir.phone = seal(told.db, "0512-00000009")
    row = applied(told, phone="照旧")
    reply = picked(told, row)
    assert "联系人：演示负责人" in reply
    assert "电话：0512-00000009" in reply


def test_staff_see_whom_to_call_and_that_is_written_down(told: Told) -> None:
    row = applied(told, person="李芳")
    assert "电话：13900000001" in picked(told, row)
    read = told.db.scalars(select(PersonalRead.what).where(PersonalRead.record_no == row.no)).all()
    assert sorted(read) == ["person", "phone"]
    own = told.say("leader", "到哪一步了", "incubation.query")
    assert "13900000001" not in own


def test_neighbours_learn_nothing_by_number(told: Told) -> None:
    row = applied(told, "worker", organization="梅园社区垃圾分类先锋队")
    for who in ("resident", "leader"):
        assert "没有查到" in told.say(who, row.no, "incubation.query", ticket_no=row.no)


def test_the_worker_follows_but_cannot_move_it_on(told: Told) -> None:
    row = applied(told)
    reply = picked(told, row, who="worker")
    assert "已提交" in reply
    assert "1." not in reply
    told.say("worker", f"{row.no} 受理", "incubation.query", ticket_no=row.no)
    assert row.status == "submitted"


@pytest.mark.parametrize(
    ("text", "status"),
    [("{no} 受理", "accepted"), ("{no} 同意", "accepted"), ("{no} 受理了吗", "submitted"), ("{no} 出壳", "submitted"),
     ("退回 {no} 缺名册", "returned"), ("{no} 不受理 场地满了", "returned")],
)  # fmt: skip
def test_a_step_said_with_its_number(told: Told, text: str, status: str) -> None:
    row = applied(told)
    told.say("town", text.format(no=row.no), "incubation.query", ticket_no=row.no)
    assert row.status == status


def test_a_reason_is_told_to_the_applicant(told: Told) -> None:
    row = applied(told)
    assert "1. 材料没交齐" in picked(told, row, "2")
    assert "原因：材料没交齐" in told.say("town", "1")
    assert "原因：材料没交齐" in told.sent_to("leader")[-1]


def test_the_agreement_may_follow_a_setting(told: Told) -> None:
    told.settings = {**SETTINGS, "incubation_months": {"value": 12, "source": "演示"}}
    row = applied(told)
    picked(told, row, "1")
    picked(told, row, "1")
    assert (row.entered_on, row.until_on) == (date(2026, 11, 24), date(2027, 11, 23))


def test_days_ahead_are_planned_moved_and_taken_back_with_the_record(told: Told) -> None:
    row = moved_in(told)
    assert row.midterm_on == date(2027, 5, 28)
    assert planned(told, row) == [
        ("2027-05-13", "leader"), ("2027-05-13", "town"), ("2027-10-31", "leader"), ("2027-10-31", "town"),
    ]  # fmt: skip
    picked(told, row, "5", "1", "2027年3月1日", start="2027-03-01")
    assert planned(told, row)[0] == ("2027-02-14", "leader")
    picked(told, row, "5", "3", "2026年12月10日", start="2026-12-10")
    assert planned(told, row)[:3] == [("2026-12-03", "leader"), ("2026-12-07", "leader"), ("2026-12-09", "leader")]
    picked(told, row, "1", "1")
    assert ("2027-02-14", "leader") not in planned(told, row)
    picked(told, row, "2")
    assert row.status == "graduated"
    assert planned(told, row) == []
    assert "出壳了" in told.sent_to("leader")[-1]


def test_without_a_lead_time_nothing_is_planned(told: Told) -> None:
    told.settings = {}
    assert planned(told, moved_in(told)) == []


def test_a_towns_own_lead_time_comes_first(told: Told) -> None:
    own = {"value": [15], "source": "演示", "towns": {"城厢镇": {"value": [10], "source": "镇里"}}}
    told.settings = {"incubation_midterm_days": own}
    assert {day for day, _ in planned(told, moved_in(told))} == {"2027-05-18"}


def test_what_is_asked_for_from_inside_goes_to_the_town_and_is_answered(told: Told) -> None:
    row = moved_in(told)
    echo = told.say("leader", "续签孵化协议", "incubation.apply")
    assert "要办：协议续期" in echo
    assert "替您报给城厢镇民政了" in told.say("leader", "确认", "dialog.confirm")
    assert "协议续期" in told.sent_to("town")[-1]
    assert "等答复的：协议续期" in told.say("leader", "到哪一步了", "incubation.query")
    picked(told, row, "6", "3")
    assert row.asked is None
    assert "基地安排不开" in told.sent_to("leader")[-1]


def test_outside_there_is_nothing_to_ask_for(told: Told) -> None:
    told.say("leader", "申请孵化补贴5000", "incubation.apply", money=5000)
    assert "还没有入驻" in told.say("leader", "确认", "dialog.confirm")


def test_the_subsidy_is_added_up_and_told(told: Told) -> None:
    row = moved_in(told)
    assert "多少元" in picked(told, row, "4")
    told.say("town", "5000元", money=5000)
    assert "5000元" in told.sent_to("leader")[-1]
    assert "补贴到账：1笔，一共5000元" in told.say("leader", "补贴到账没", "incubation.query")
    figures = told.say("town", "在孵几家", "incubation.query")
    assert "补贴：给了1家，一共5000元" in figures
    assert "补贴" not in told.say("resident", "在孵几家", "incubation.query")


def test_corrected_until_it_is_accepted(told: Told) -> None:
    row = applied(told)
    assert "不用重新交" in told.say("leader", "电话不对", "incubation.change", ticket_no=row.no, phone="13900000002")
    picked(told, row, "1")
    assert "改不了" in told.say("leader", "要会议室", "incubation.change", ticket_no=row.no, reason="要会议室")


@pytest.mark.parametrize("who", ["resident", "worker", "town"])
def test_who_may_apply_for_the_choir(told: Told, who: str) -> None:
    slots = {"reason": "场地", "phone": "照旧", "organization": "梅园社区百灵鸟合唱队"}
    told.say(who, "入驻", "incubation.apply", **slots)
    told.say(who, "确认", "dialog.confirm")
    stored = told.db.scalars(select(Incubation)).all()
    assert len(stored) == (0 if who == "resident" else 1)


def test_a_worker_without_a_name_picks_one(told: Told) -> None:
    told.say("worker", "申请入驻", "incubation.apply", reason="场地", phone="照旧")
    assert "1. 梅园社区百灵鸟合唱队" in told.say("worker", "确认", "dialog.confirm")
    assert "FH" in told.say("worker", "2")


@pytest.mark.parametrize(
    ("question", "fragment"),
    [
        ("孵化补贴有多少", "没有写给多少"),
        ("场地要不要租金", "文件没有规定"),
        ("一般孵化几年出壳", "看协议"),
        ("没备案能入驻不", "先问一声"),
        ("怎么入驻孵化基地", "签协议入驻"),
        ("文件里孵化补贴是哪一条写的", "搭建支持平台"),
        ("孵化", "想问细的"),
        ("孵化补贴分几批发", "分几批"),
        ("补贴可以买乐器吗", "留票据"),
        ("基地几点开门", "要问基地"),
    ],
)
def test_what_one_has_to_know(told: Told, question: str, fragment: str) -> None:
    reply = told.say("resident", question, "incubation.query")
    assert fragment in reply
    assert "城厢镇民政办" in reply


def test_a_setting_is_told_with_its_source(told: Told) -> None:
    told.settings = {"incubation_subsidy": {"value": "每年2万元", "source": "镇里通知", "date": "2026-03-01"}}
    reply = told.say("resident", "孵化补贴有多少", "incubation.query")
    assert "本地的孵化补贴：每年2万元\n出处：镇里通知 2026-03-01" in reply
    assert "没有写给多少" not in reply
