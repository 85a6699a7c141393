"""Activities as people say them: found in the town, signed up for, moved, put right, and reminded of."""

from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from handlers import activity, chat
from handlers.activity_due import series_tomorrow
from models.activity import Activity
from models.base import Session
from models.disclosure import Disclosure
from tests.handlers.told import Told

CLASS: dict[str, Any] = {"title": "剪纸课", "start": "2026-11-28T14:00", "place": "图书角", "headcount": 15}
SERIES: dict[str, Any] = {
    "title": "排练",
    "start": "2026-11-24T19:00",
    "repeat": "FREQ=WEEKLY;BYDAY=TU,TH",
    "place": "广场",
}


@pytest.fixture
def told(db: Session, now: datetime) -> Told:
    return Told(db, [activity.skill, chat.skill], now)


def registered(told: Told, who: str = "worker", **facts: Any) -> Activity:
    told.say(who, "登记活动", "activity.register", **{"headcount": 20, **facts})
    assert "登记好了" in told.say(who, "确认", "dialog.confirm")
    return told.db.scalars(select(Activity).order_by(Activity.id.desc()).limit(1)).one()


def test_what_the_own_community_does_not_have_is_found_in_the_town(told: Told) -> None:
    registered(told, **CLASS, community="太丰社区")
    assert "报上名了：剪纸课" in told.say("resident", "我想报名剪纸课", "activity.join", title="剪纸课")


def test_who_signed_up_is_told_of_a_new_place_but_not_of_a_new_number(told: Told) -> None:
    registered(told, **CLASS)
    told.say("resident", "我想报名剪纸课", "activity.join", title="剪纸课")
    assert "通知" not in told.say("worker", "人数改成35", "activity.change", headcount=35)
    assert "报了名的1个人" in told.say("worker", "地点换成三楼", "activity.change", place="三楼")
    assert "三楼" in told.sent_to("resident")[-1]
    assert len(told.sent_to("resident")) == 1


def test_an_activity_gets_another_name(told: Told) -> None:
    row = registered(told, **CLASS)
    assert "改好了：窗花课" in told.say("worker", "名字改成窗花课", "dialog.correct")
    assert row.title == "窗花课"


def test_a_day_said_alone_keeps_hour_and_length(told: Told) -> None:
    row = registered(told, **CLASS, end="2026-11-28T15:30")
    told.say("worker", "改到周日", "activity.change", start="2026-11-29")
    assert (row.start, row.end) == ("2026-11-29T14:00", "2026-11-29T15:30")
    told.say("worker", "改到三点", "activity.change", start="2026-11-29T15:00")
    assert (row.start, row.end) == ("2026-11-29T15:00", "2026-11-29T16:30")


def test_calling_off_under_another_name_calls_nothing_off(told: Told) -> None:
    row = registered(told, **CLASS)
    told.say("worker", "取消包馄饨", "activity.cancel", ticket_no=row.no, title="包馄饨")
    assert "什么也没有取消" in told.say("worker", "确认", "dialog.confirm")


def test_what_goes_public_holds_figures_and_nobodys_name(told: Told) -> None:
    told.say(
        "worker", "给独居的张阿婆送了汤圆，去了12个人", "activity.report", title="送汤圆", headcount=12, volunteers=3
    )
    told.say("worker", "跳过")
    content = told.db.scalars(select(Disclosure.content)).one()
    assert content is not None
    assert "实到：12人" in content
    assert "张阿婆" not in content


def test_each_further_day_of_a_series_is_announced_the_evening_before(told: Told) -> None:
    row = registered(told, **SERIES)
    assert list(series_tomorrow(told.db, date(2026, 11, 23))) == []
    nudges = list(series_tomorrow(told.db, date(2026, 11, 25)))
    assert [(nudge.source, nudge.key) for nudge in nudges] == [
        (row.no, f"activity:{row.no}:day_before:2026-11-26T19:00")
    ]


def test_words_after_another_kind_of_record_do_not_look_for_its_number(told: Told) -> None:
    registered(told, **CLASS)
    last = told.state("worker").last
    assert last is not None
    last.no = "JF20261124-0001X"
    assert "改好了" in told.say("worker", "人数改成30", "activity.change", headcount=30)


def test_a_resident_who_does_not_come_takes_back_the_sign_up_alone(told: Told) -> None:
    row = registered(told, **CLASS)
    told.say("resident", "我想报名剪纸课", "activity.join", title="剪纸课")
    assert "您自己的报名" in told.say("resident", "剪纸课我不去了", "activity.cancel", title="剪纸课")
    assert "报名替您取消了" in told.say("resident", "确认", "dialog.confirm")
    told.say("resident", "剪纸课取消", "activity.cancel", title="剪纸课")
    assert "您没有报过名" in told.say("resident", "确认", "dialog.confirm")
    assert row.status == "planned"


def test_where_the_own_community_has_nothing_the_town_is_shown(told: Told) -> None:
    registered(told, **CLASS, community="太丰社区")
    reply = told.say("resident", "周六有什么活动", "activity.query", start="2026-11-28")
    assert "梅园社区没有，附近的有" in reply
    assert "太丰社区" in reply
    assert "附近" not in told.say("resident", "梅园社区有什么活动", "activity.query", community="梅园社区")


def test_a_series_says_when_it_ends(told: Told) -> None:
    facts = {
        "title": "作业辅导",
        "start": "2026-11-30T09:00",
        "repeat": "FREQ=DAILY;UNTIL=20261204T235959",
        "place": "家",
    }
    registered(told, **facts)
    reply = told.say("resident", "下周有什么活动", "activity.query", period="2026-W49")
    assert "到12月4日(周五)为止，每天上午9:00" in reply
