"""Trainings as people say them: who may count whom, what is moved, taken back and told, and who is reminded when."""

from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from bot.jobs import _swept
from handlers import chat, training
from handlers.training_due import tomorrow, untrained
from models import training as model
from models import training_signup
from models.base import Session
from models.messages import Outbox
from models.training import Training
from tests.handlers.told import Told

COURSE: dict[str, Any] = {"title": "骨干轮训", "start": "2026-11-25T14:00", "place": "镇政府三楼", "headcount": 30}
HELD: dict[str, Any] = COURSE | {"title": "财务规范培训", "start": "2026-11-20T14:00"}


@pytest.fixture
def told(db: Session, now: datetime) -> Told:
    return Told(db, [training.skill, chat.skill], now)


def registered(told: Told, who: str = "worker", **facts: Any) -> Training:
    told.say(who, "登记培训", "training.register", **COURSE | facts)
    assert "登记好了" in told.say(who, "确认")
    return latest(told)


def latest(told: Told) -> Training:
    return told.db.scalars(select(Training).order_by(Training.id.desc()).limit(1)).one()


def teams(told: Told, row: Training) -> list[str]:
    return [one.name for one in model.attending(told.db, row)]


def planned(told: Told) -> list[str]:
    return list(told.db.scalars(select(Outbox.key).where(Outbox.kind == "training").order_by(Outbox.id)))


# -- who was there --------------------------------------------------------------------------------------------------


def test_all_names_of_the_sentence_count_though_one_was_recognised(told: Told) -> None:
    text = "合唱队、老娘舅上周五参加了财务规范培训"
    told.say("worker", text, "training.register", **HELD, organization="合唱队", organization_id="1")
    told.say("worker", "确认")
    assert teams(told, latest(told)) == ["梅园社区百灵鸟合唱队", "梅园社区老娘舅调解工作室"]


def test_a_worker_counts_nobody_of_another_community(told: Told) -> None:
    told.say("worker", "登记培训", "training.register", **HELD, organization="先锋队和书画社、没有这个队")
    reply = told.say("worker", "确认")
    assert "不归您这里管，没有记：太丰社区老年书画社" in reply
    assert "没找到：没有这个队" in reply
    assert teams(told, latest(told)) == ["梅园社区垃圾分类先锋队"]


def test_a_leader_counts_only_the_own_organisation(told: Told) -> None:
    told.say("leader", "登记培训", "training.register", **HELD, organization="先锋队", organization_id="2")
    assert "第1次培训" in told.say("leader", "确认")
    assert teams(told, latest(told)) == ["梅园社区百灵鸟合唱队"]


def test_an_organisation_is_added_to_what_is_registered(told: Told) -> None:
    for team in ("合唱队", "先锋队"):
        told.say("worker", "登记培训", "training.register", **HELD, organization=team)
        reply = told.say("worker", "确认")
    assert "没有再登一次" in reply
    assert teams(told, latest(told)) == ["梅园社区百灵鸟合唱队", "梅园社区垃圾分类先锋队"]
    assert told.db.query(Training).count() == 1


def test_an_ambiguous_name_is_not_guessed(told: Told) -> None:
    told.say("worker", "登记培训", "training.register", **HELD, organization="先锋队和广场舞队")
    assert "没找到：广场舞队" in told.say("worker", "确认")


# -- moved, called off, taken back ----------------------------------------------------------------------------------


def test_a_day_said_alone_keeps_the_hour_and_an_hour_the_day(told: Told) -> None:
    row = registered(told, end="2026-11-25T16:00")
    told.say("worker", "改到周五", "dialog.correct", start="2026-11-27")
    assert (row.start, row.end) == ("2026-11-27T14:00", "2026-11-27T16:00")
    told.say("worker", "改成下午三点", "dialog.correct", start="2026-11-24T15:00")
    assert (row.start, row.end) == ("2026-11-27T15:00", "2026-11-27T17:00")


def test_calling_one_off_in_a_question_waits_for_a_pick(told: Told) -> None:
    row = registered(told)
    assert "1. 不办了，确认取消" in told.say("worker", "把骨干轮训取消", "training.query", title="骨干轮训")
    assert "没有取消" in told.say("worker", "2")
    told.say("worker", "把骨干轮训取消", "training.join", title="骨干轮训")
    assert "已取消" in told.say("worker", "1")
    assert row.status == model.CANCELLED


def test_nobody_calls_off_what_is_not_theirs(told: Told) -> None:
    row = registered(told, "town")
    for who in ("leader", "worker"):
        assert "没找到您能改的培训" in told.say(who, "把骨干轮训取消", "training.query", title="骨干轮训")
    assert "没有报过名" in told.say("resident", "把骨干轮训取消", "training.query", title="骨干轮训")
    assert row.status == model.PLANNED


def test_asking_whether_it_is_called_off_calls_nothing_off(told: Told) -> None:
    registered(told)
    assert "骨干轮训（还没办）" in told.say("worker", "骨干轮训取消了吗", "training.query", title="骨干轮训")


def test_asking_how_to_sign_up_signs_nobody_up(told: Told) -> None:
    row = registered(told)
    reply = told.say("resident", "骨干轮训怎么报名", "training.join", title="骨干轮训")
    assert "我要报名骨干轮训" in reply
    assert training_signup.coming(told.db, row) == 0


def test_another_course_than_those_announced_is_not_signed_up_for(told: Told) -> None:
    row = registered(told)
    assert "都不是就不用回" in told.say("resident", "月嫂培训有没有名额 我要报", "training.join")
    assert "没找到叫“急救”的培训" in told.say("resident", "报名急救培训", "training.join", title="急救")
    assert training_signup.coming(told.db, row) == 0
    assert "报上名了" in told.say("resident", "我要报名培训", "training.join")


# -- reminders ------------------------------------------------------------------------------------------------------


def test_the_evening_before_everybody_who_signed_up_is_told_once(told: Told) -> None:
    row = registered(told)
    told.say("leader", "报名骨干轮训", "training.join", title="骨干轮训")
    told.say("resident", "报名骨干轮训", "training.join", title="骨干轮训")
    assert _swept(told.db, date(2026, 11, 24), tomorrow) == 2
    assert _swept(told.db, date(2026, 11, 24), tomorrow) == 0
    assert "明天有培训：骨干轮训" in told.sent_to("leader")[-1]
    told.say("resident", "培训我不去了", "training.join")
    assert len(planned(told)) == 1
    told.say("worker", "改到周五", "dialog.correct", start="2026-11-27")
    assert planned(told) == [key for key in planned(told) if ":moved:" in key]
    assert _swept(told.db, date(2026, 11, 26), tomorrow) == 1
    told.say("worker", "把骨干轮训取消", "training.query", title="骨干轮训")
    told.say("worker", "1")
    assert "取消了" in told.sent_to("leader")[-1]
    assert not [key for key in planned(told) if f"training:{row.no}" in key]
    assert _swept(told.db, date(2026, 11, 26), tomorrow) == 0


def test_who_was_not_trained_is_reminded_on_the_dates_and_not_once_trained(told: Told) -> None:
    assert _swept(told.db, date(2026, 8, 31), untrained) == 0
    assert _swept(told.db, date(2026, 9, 1), untrained) == 1
    assert _swept(told.db, date(2026, 9, 2), untrained) == 0
    assert "2026年还没有参加过培训" in told.sent_to("leader")[-1]
    told.say("leader", "登记培训", "training.register", **HELD)
    told.say("leader", "确认")
    assert planned(told) == []
    assert _swept(told.db, date(2026, 11, 1), untrained) == 0


def test_who_signed_up_for_one_to_come_is_not_reminded(told: Told) -> None:
    registered(told)
    told.say("leader", "报名骨干轮训", "training.join", title="骨干轮训")
    assert _swept(told.db, date(2026, 11, 1), untrained) == 0


def test_the_dates_are_settings(told: Told) -> None:
    told.db.info["settings"] = {"training_missing_dates": {"value": ["10-15"], "source": "本地约定"}}
    assert _swept(told.db, date(2026, 9, 1), untrained) == 0
    assert _swept(told.db, date(2026, 10, 15), untrained) == 1


# -- looked up ------------------------------------------------------------------------------------------------------


def test_staff_see_the_gaps_of_their_own_place_only(told: Told) -> None:
    assert "覆盖率：0%" in told.say("worker", "谁还没培训", "training.query")
    assert "不归您这里管" in told.say("worker", "谁还没培训", "training.query", community="太丰社区")
    assert "共2个组织" in told.say("town", "谁还没培训", "training.query", community="太丰社区")
    assert "不归您这里管" in told.say("town", "谁还没培训", "training.query", community="东市社区")
    assert "城厢镇：7个里0个参加过" in told.say("city", "谁还没培训", "training.query")


def test_another_organisations_year_is_told_to_who_answers_for_it(told: Told) -> None:
    asked = {"organization": "先锋队", "organization_id": "2"}
    assert "2026年还没有参加过" in told.say("worker", "先锋队培训过了吗", "training.query", **asked)
    assert "请问它的负责人" in told.say("leader", "先锋队培训过了吗", "training.query", **asked)
    assert "没有记到个人" in told.say("worker", "李芳培训过了没", "training.query", person="李芳")


def test_last_year_is_last_year_though_no_period_was_recognised(told: Told) -> None:
    assert "2025年还没有参加过" in told.say("leader", "我们去年培训过没有", "training.query")


def test_what_was_held_is_listed_up_to_today(told: Told) -> None:
    registered(told)
    told.say("worker", "登记培训", "training.register", **HELD, organization="合唱队")
    told.say("worker", "确认")
    reply = told.say("worker", "今年办了哪些培训", "training.query", period="2026")
    assert "财务规范培训" in reply
    assert "骨干轮训" not in reply
    assert "骨干轮训" in told.say("worker", "今年还有什么培训", "training.query", period="2026")


def test_which_organisations_come_is_not_for_everybody(told: Told) -> None:
    registered(told)
    told.say("leader", "报名骨干轮训", "training.join", title="骨干轮训")
    assert "来的组织" not in told.say("resident", "骨干轮训几点", "training.query", title="骨干轮训")
    assert "来的组织" in told.say("worker", "骨干轮训几点", "training.query", title="骨干轮训")
