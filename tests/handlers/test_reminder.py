"""Reminders through the engine: what is planned, what of it falls due, and what silences it."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.dialogue import split
from bot.jobs import sweep
from handlers import activity, reminder, words
from handlers.reminder import Set, Stop, rule_named
from handlers.reminder_words import fits
from handlers.skill import When
from models import messages, people, push, stuck
from models.base import Database, Session
from models.messages import HELD, SENT, URGENT, Outbox
from models.people import User
from models.push import Hours
from models.reminder import OWN, Reminder
from models.when import SHANGHAI
from tests.handlers.told import Told

SKILLS = [activity.skill, reminder.skill]
LECTURE = {"title": "反诈讲座", "start": "2026-11-25T15:00", "place": "会议室", "headcount": 40}


@pytest.fixture
def told(db: Session, now: datetime) -> Told:
    return Told(db, SKILLS, now, settings={"reminder_hour": {"value": 10}})


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def due(told: Told, who: str, at: str) -> list[str]:
    """What would leave for this person at that moment, mutes heeded as the sender does."""
    user = told.user(who)
    _, letters = push.mail(told.db, user.id, Hours(local(at)))
    return [letter.text for letter in letters if not push.mutes(user, letter.kind, letter.urgency)]


def moments(told: Told) -> list[str]:
    rows = told.db.scalars(select(Outbox).order_by(Outbox.send_at))
    return [f"{row.send_at:%m-%d %H:%M}" for row in rows]


def asks(told: Told, text: str, **slots: Any) -> str:
    return told.say("worker", text, "reminder.set", **slots)


# -- set --------------------------------------------------------------------------------------------------------------


def test_a_day_without_a_clock_gets_the_hour_of_the_deployment(told: Told) -> None:
    assert "11月30日(周一)上午10:00" in asks(told, "30号提醒我交年报", title="交年报", start="2026-11-30")
    assert moments(told) == ["11-30 10:00"]


def test_the_row_of_the_outbox_is_made_with_the_reminder_and_due_at_its_minute(told: Told) -> None:
    asks(told, "周五下午三点提醒我开会", title="开会", start="2026-11-27T15:00")
    (row,) = told.db.scalars(select(Outbox))
    assert (row.key[:20], row.kind, row.source) == ("reminder:TX20261124-", OWN, told.state("worker").last.no)
    assert due(told, "worker", "2026-11-27T14:59") == []
    assert due(told, "worker", "2026-11-27T15:00") == ["到时候了，提醒您：开会"]


def test_an_early_hour_that_was_asked_for_is_kept(told: Told) -> None:
    asks(told, "明天早上六点半喊我去护学岗", title="去护学岗", start="2026-11-25T06:30")
    assert due(told, "worker", "2026-11-25T06:30") == ["到时候了，提醒您：去护学岗"]


def test_a_range_of_days_is_reminded_of_day_by_day(told: Told) -> None:
    answer = asks(told, "明后两天都提醒我浇花", title="浇花", period="2026-11-25/2026-11-26")
    assert "每天上午10:00，到11月26日(周四)为止" in answer


def test_it_reminds_only_whoever_asked(told: Told) -> None:
    answer = asks(told, "提醒小殷下周三带钥匙", title="带钥匙", person="小殷", start="2026-12-02")
    assert "小殷：带钥匙" in answer
    assert "只提醒您本人" in answer
    assert "没有要提醒您的事" in told.say("resident", "看看提醒", "reminder.query")


@pytest.mark.parametrize(
    ("rule", "start", "spoken"),
    [
        ("FREQ=MONTHLY;BYMONTHDAY=25", "2026-11-25T09:00", "每月25号上午9:00"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15", "2026-12-01T09:00", "每月1、15号上午9:00"),
        ("FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=-1", "2026-12-31T09:00", "每季度最后一天上午9:00"),
        ("FREQ=YEARLY;BYMONTH=9;BYMONTHDAY=1", "2027-09-01T09:00", "每年9月1号上午9:00"),
        ("FREQ=WEEKLY;BYDAY=FR", "2026-11-27T16:00", "每周五下午4:00"),
        ("FREQ=DAILY", "2026-11-25T06:30", "每天上午6:30"),
    ],
)
def test_how_a_rule_is_spoken(rule: str, start: str, spoken: str) -> None:
    assert rule_named(rule, When(start)) == spoken


def test_a_time_that_was_not_understood_is_read_from_the_sentence(told: Told) -> None:
    answer = asks(told, "提醒我每月25号交信息公开", title="每月25号交信息公开")
    assert "记下了：交信息公开\n每月25号上午10:00" in answer
    assert "每周五下午4:00" in asks(told, "每周五下午四点提醒我交周报", title="交周报", start="2026-11-27T16:00")
    assert "11月26日(周四)上午10:00" in asks(told, "后天提醒我开会", title="开会")


def test_a_rule_that_names_no_day_asks_for_one(told: Told) -> None:
    assert "从哪一天开始" in asks(told, "每月提醒我打扫", title="打扫", repeat="FREQ=MONTHLY")
    assert "每月3号" in told.say("worker", "12月3号", start="2026-12-03")


@pytest.mark.parametrize(
    "text",
    ["提醒我下午三点开会", "不要忘了15号缴场地费 到时叫我", "别忘了叫我", "明天提醒我恢复供水", "每天提醒我打开活动室"],
)
def test_a_wish_is_not_taken_for_its_contrary(text: str) -> None:
    assert "text" not in Set.heard(text)


@pytest.mark.parametrize(
    "text", ["不要提醒我活动了", "别老提醒我", "以后不要再通知我", "恢复提醒", "把活动提醒打开", "恢复活动通知"]
)
def test_the_contrary_is_heard(text: str) -> None:
    assert Set.heard(text)["text"] == text


# -- moved and followed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "slots", "first", "repeat"),
    [
        ("改成下午四点", {"start": "2026-11-24T16:00"}, "11-27 16:00", "FREQ=WEEKLY;BYDAY=FR"),
        ("改到周六", {"start": "2026-11-28"}, "11-28 15:00", "FREQ=WEEKLY;BYDAY=SA"),
        ("改成每天下午三点", {"start": "2026-11-24T15:00", "repeat": "FREQ=DAILY"}, "11-28 15:00", "FREQ=DAILY"),
    ],
)
def test_it_is_moved_as_little_as_was_said(
    told: Told, text: str, slots: dict[str, str], first: str, repeat: str
) -> None:
    asks(told, "每周五下午三点提醒我开会", title="开会", start="2026-11-27T15:00", repeat="FREQ=WEEKLY;BYDAY=FR")
    told.say("worker", text, "dialog.correct", **slots)
    (row,) = told.db.scalars(select(Reminder))
    assert row.repeat == repeat
    assert moments(told) == [f"{row.due:%m-%d %H:%M}"]
    if repeat != "FREQ=DAILY":
        assert moments(told) == [first]


def test_the_sweep_plans_what_follows_once(database: Database, now: datetime) -> None:
    with database.transaction() as db:
        Told(db, SKILLS, now).say(
            "worker", "每天九点提醒我吃药", "reminder.set", title="吃药", start="2026-11-25T09:00", repeat="FREQ=DAILY"
        )
    rules = reminder.skill.reminders
    assert sweep(database, date(2026, 11, 25), rules) == 2
    assert sweep(database, date(2026, 11, 25), rules) == 0
    with database.transaction() as db:
        rows = db.scalars(select(Outbox).order_by(Outbox.send_at)).all()
        assert [row.send_at.day for row in rows] == [25, 26, 27]
        assert [row.not_after for row in rows] == [row.send_at + timedelta(days=1) for row in rows]
        Told(db, SKILLS, now).say("worker", "退订", "reminder.stop")
        assert db.scalars(select(Outbox)).all() == []
    assert sweep(database, date(2026, 11, 26), rules) == 0


# -- silenced ---------------------------------------------------------------------------------------------------------


def test_a_muted_kind_does_not_leave_and_the_urgent_does(told: Told, now: datetime) -> None:
    worker = told.user("worker")
    told.say("worker", "登记讲座", "activity.register", **LECTURE)
    told.say("worker", "确认", "dialog.confirm")
    assert len(due(told, "worker", "2026-11-25T13:00")) == 2
    told.say("worker", "不要提醒我活动了", "reminder.stop")
    assert due(told, "worker", "2026-11-25T13:00") == []
    messages.plan(told.db, worker.id, key="gas", kind="safety", text="煤气味", send_at=now, urgency=URGENT)
    told.say("worker", "退订", "reminder.stop")
    assert due(told, "worker", "2026-11-25T13:00") == ["煤气味"]


def test_at_night_nothing_leaves_but_in_the_morning_together(told: Told) -> None:
    told.say("worker", "登记讲座", "activity.register", **{**LECTURE, "start": "2026-11-26T06:00"})
    told.say("worker", "确认", "dialog.confirm")
    assert due(told, "worker", "2026-11-26T04:00") == []
    told.say("worker", "以后每天早上九点发", "reminder.stop", start="2026-11-25T09:00", repeat="FREQ=DAILY")
    assert told.user("worker").digest_hour == 9
    assert due(told, "worker", "2026-11-25T08:30") == []
    assert len(due(told, "worker", "2026-11-25T09:00")) == 1  # the evening's reminder, at the hour that was chosen


def test_a_moved_activity_moves_what_is_due_and_a_cancelled_one_takes_it_away(told: Told) -> None:
    told.say("worker", "登记讲座", "activity.register", **LECTURE)
    told.say("worker", "确认", "dialog.confirm")
    told.say("worker", "讲座改到周五上午十点", "activity.change", title="反诈讲座", start="2026-11-27T10:00")
    assert moments(told) == ["11-26 18:00", "11-27 08:00"]
    assert due(told, "worker", "2026-11-25T13:00") == []
    assert "11月27日(周五)上午10:00" in due(told, "worker", "2026-11-27T08:00")[0]
    told.say("worker", "讲座取消", "activity.cancel", title="反诈讲座")
    told.say("worker", "确认", "dialog.confirm")
    assert moments(told) == []


@pytest.mark.parametrize(
    ("text", "slots", "left"),
    [
        ("那个25号的提醒取消", {}, {"开会", "浇花"}),
        ("那个5号的提醒取消", {}, {"交信息公开", "开会", "浇花"}),
        ("把周五的提醒取消", {}, {"交信息公开", "浇花"}),
        ("浇花的闹钟取消", {}, {"交信息公开", "开会"}),
        ("信息公开那个别提醒了", {}, {"开会", "浇花"}),
        ("把明早的提醒取消", {"start": "2026-11-28TMO"}, {"交信息公开", "开会"}),
        ("第二条提醒删掉", {}, {"交信息公开", "浇花"}),
        ("第9条提醒删掉", {}, {"交信息公开", "开会", "浇花"}),
    ],
)
def test_which_one_is_meant(told: Told, db: Session, text: str, slots: dict[str, str], left: set[str]) -> None:
    asks(told, "a", title="交信息公开", repeat="FREQ=MONTHLY;BYMONTHDAY=25")
    asks(told, "b", title="开会", start="2026-11-27T15:00")
    asks(told, "c", title="浇花", start="2026-11-28T07:40")
    told.say("worker", text, "reminder.stop", **slots)
    listed = told.say("worker", "看看提醒", "reminder.query")
    assert {title for title in ("交信息公开", "开会", "浇花") if title in listed} == left


def test_two_that_fit_are_asked_by_number(told: Told) -> None:
    asks(told, "a", title="交材料", start="2026-11-27T15:00")
    asks(told, "b", title="开会", start="2026-11-27T16:00")
    assert "1. 11月27日(周五)下午3:00，交材料" in told.say("worker", "周五的提醒取消", "reminder.stop")
    assert "不再提醒您：开会" in told.say("worker", "2")


def test_nobody_stops_a_reminder_of_somebody_else(told: Told) -> None:
    asks(told, "周五提醒我开会", title="开会", start="2026-11-27T15:00")
    number = told.state("worker").last.no
    answer = told.say("leader", f"取消{number}", "reminder.stop", ticket_no=number)
    assert "没找到" in answer
    assert len(moments(told)) == 1


def test_after_unsubscribing_a_new_wish_is_heard_and_the_rest_stays_silent(told: Told) -> None:
    asks(told, "周五提醒我开会", title="开会", start="2026-11-27T15:00")
    told.say("worker", "TD", "reminder.stop")
    asks(told, "周六提醒我浇花", title="浇花", start="2026-11-28T15:00")
    assert moments(told) == ["11-28 15:00"]
    assert due(told, "worker", "2026-11-28T15:00") == ["到时候了，提醒您：浇花"]
    assert "activity" in told.user("worker").mutes
    told.say("worker", "恢复提醒", "reminder.stop")
    assert moments(told) == ["11-27 15:00", "11-28 15:00"]
    assert told.user("worker").mutes == []


def test_what_was_sent_is_no_longer_listed(told: Told) -> None:
    told.say("worker", "登记讲座", "activity.register", **LECTURE)
    told.say("worker", "确认", "dialog.confirm")
    first, second = told.db.scalars(select(Outbox).order_by(Outbox.send_at))
    first.status, second.status = SENT, HELD
    told.db.flush()
    listed = told.say("worker", "看看提醒", "reminder.query")
    assert "1条" in listed
    assert "两小时后" in listed


def test_a_long_list_says_what_is_left_out_and_a_period_keeps_the_numbers(told: Told) -> None:
    for day in range(1, 11):
        asks(told, f"{day}", title=f"第{day}件", start=f"2026-12-{day:02d}T09:00")
    assert "后面还有2条" in told.say("worker", "看看提醒", "reminder.query")
    listed = told.say("worker", "10号有什么提醒", "reminder.query", period="2026-12-10")
    assert "10. 12月10日(周四)上午9:00，第10件" in listed
    assert "第9件" not in listed


def test_every_kind_of_mute_has_a_name() -> None:
    known = words.load("reminder")["kinds"]
    kinds = {"activity", "filing", "disclosure", "safety", "dispute", OWN}
    assert kinds <= set(known)
    assert Stop.heard("活动的提醒不要了")["text"]


def test_a_question_does_not_change_who_hears_what(told: Told) -> None:
    user: User = told.user("worker")
    told.say("worker", "看看提醒", "reminder.query")
    assert (user.mutes, user.digest_hour) == ([], None)


# -- whom reminders do not reach --------------------------------------------------------------------------------------


def lost(told: Told, who: str, key: str, status: str, outcome: str, kind: str = "activity") -> None:
    at = told.now - timedelta(hours=3)
    assert messages.plan(told.db, told.user(who).id, key=key, kind=kind, text="某事", send_at=at)
    row = told.db.scalars(select(Outbox).where(Outbox.key == key)).one()
    row.status, row.outcome = status, outcome
    told.db.flush()


def test_staff_see_who_why_and_what_to_do(told: Told) -> None:
    lost(told, "leader", "a", HELD, "no channel")
    lost(told, "leader", "b", HELD, "no channel", "disclosure")
    lost(told, "resident", "c", HELD, "unfollowed: 43004", "late")
    said = told.say("worker", "谁收不到提醒", "reminder.query")
    head = said.split("\n还有")[0]
    assert (
        head
        == """梅园社区有2位没收到提醒：
【取消关注了】请他重新关注公众号，再发一句话：
1. 居民演**，1条（别的事），最早的是11月24日(周二)
【48小时没说过话，也没订阅】请他给公众号发一句话，存着的马上就到：
2. 梅园社区百灵鸟合唱队组织负责人演**，2条（活动、信息公开），最早的是11月24日(周二)"""
    )
    assert "梅园社区居民演**" in told.say("town", "谁收不到提醒", "reminder.query")
    city = told.say("city", "哪些人收不到提醒", "reminder.query")
    assert "城厢镇：2位" in city
    assert "演" not in city


@pytest.mark.parametrize("who", ["resident", "leader"])
def test_others_are_told_who_may_ask(told: Told, who: str) -> None:
    lost(told, "worker", "a", HELD, "no channel")
    assert "工作人员才看得到" in told.say(who, "谁收不到提醒", "reminder.query")


def test_a_question_taken_for_a_wish_to_stop_is_still_a_question(told: Told) -> None:
    assert "都送到了" in told.say("worker", "哪些人收不到消息", "reminder.stop")


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("谁收不到提醒", True),
        ("哪些人联系不上", True),
        ("收不到提醒的人有哪些", True),
        ("有几个人没收到通知", True),
        ("发不出去的提醒有多少", True),
        ("没收到提醒", False),
        ("为什么没提醒我", False),
        ("我有哪些提醒", False),
        ("谁让你提醒的", False),
    ],
)
def test_which_questions_ask_for_the_untold(text: str, asks: bool) -> None:
    assert fits(text, "untold") is asks


def test_every_reason_has_words() -> None:
    assert set(reminder.skill.words["whys"]) == set(stuck.WHYS)


def test_many_are_read_page_by_page(told: Told, db: Session) -> None:
    for number in range(60):
        people.add(db, "wechat", f"many{number}", told.now, community_id=1)
        lost(told, f"many{number}", f"k{number}", HELD, "no channel")
    whole = told.say("worker", "谁收不到提醒", "reminder.query")
    first, rest = split(whole, "", 2048)
    assert "60. " not in first
    assert "60. " in rest
