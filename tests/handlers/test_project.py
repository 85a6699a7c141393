"""Service projects as people say them: whose they are, how they go on, who has none, and who is reminded when."""

from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from bot.jobs import _swept
from handlers import chat, project
from handlers.project_due import ending, without
from handlers.project_words import stage
from models.base import Session
from models.disclosure import Disclosure
from models.project import CANCELLED, DONE, RUNNING, Project
from tests.handlers.told import Told

WARM: dict[str, Any] = {"title": "暖心敲门", "period": "2026-03-01/2026-11-30", "money": 8000.0}


@pytest.fixture
def told(db: Session, now: datetime) -> Told:
    return Told(db, [project.skill, chat.skill], now)


def registered(told: Told, who: str = "leader", **facts: Any) -> Project:
    told.say(who, "登记项目", "project.register", **WARM | facts)
    assert "登记好了" in told.say(who, "确认")
    return latest(told)


def latest(told: Told) -> Project:
    return told.db.scalars(select(Project).order_by(Project.id.desc()).limit(1)).one()


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("项目书香漂流结项了 受益340人", "done"),
        ("社区合唱节做完了 花11000", "done"),
        ("项目进展：银发守护已走访186户，完成七成", "progress"),
        ("银发守护已完成七成", "progress"),
        ("登记一个项目 银发守护", None),
    ],
)
def test_how_far_a_sentence_says_it_is(text: str, meant: str | None) -> None:
    assert stage(text) == meant


def test_a_staff_project_belongs_to_who_is_named_and_answered_for(told: Told) -> None:
    row = registered(told, "worker", organization="先锋队", organization_id="2")
    assert (row.organization_id, row.start, row.end) == (2, "2026-03-01", "2026-11-30")
    told.say("worker", "登记项目", "project.register", **WARM, organization="书画社", organization_id="6")
    assert "太丰社区老年书画社" in told.say("worker", "确认")
    assert told.db.query(Project).count() == 1


def test_a_town_says_the_name_of_the_organisation(told: Told) -> None:
    told.say("town", "登记项目", "project.register", **WARM)
    assert "说组织的名字" in told.say("town", "确认")
    assert "登记好了" in told.say("town", "书画社", "dialog.answer", organization="书画社", organization_id="6")
    assert latest(told).organization_id == 6
    told.say("town", "登记项目", "project.register", **WARM | {"title": "暖心餐"})
    told.say("town", "确认")
    told.say("town", "1")
    assert (latest(told).organization_id, latest(told).organization) == (None, None)


def test_a_leader_registers_for_the_own_organisation_whatever_is_named(told: Told) -> None:
    assert registered(told, organization="先锋队", organization_id="2").organization_id == 1


def test_what_is_told_of_one_that_is_not_known_is_registered_first(told: Told) -> None:
    told.say("leader", "补录项目 合唱节 做完了 花11000", "project.register", title="合唱节", money=11000.0)
    assert "花了：11000元" in told.say("leader", "确认")
    assert (latest(told).status, latest(told).spent) == (DONE, 11000)


def test_what_goes_public_holds_figures_and_nobodys_name(told: Told) -> None:
    registered(told)
    told.say("leader", "暖心敲门做完了 张阿婆最满意 服务60人", "project.register", title="暖心敲门", headcount=60)
    told.say("leader", "确认")
    content = told.db.scalars(select(Disclosure.content)).one()
    assert content is not None
    assert "服务：60人" in content
    assert "张阿婆" not in content


def test_a_number_said_afterwards_changes_the_project_just_made(told: Told) -> None:
    row = registered(told)
    assert "人数：35人" in told.say("leader", "人数改成35", "dialog.correct", headcount=35)
    assert row.headcount == 35


def test_taking_back_a_word_on_how_it_goes_gives_nothing_up(told: Told) -> None:
    row = registered(told)
    told.say("leader", "项目进展：暖心敲门已走访30户", "project.register", title="暖心敲门", households=30)
    told.say("leader", "确认")
    told.say("leader", "撤销")
    assert "没有取消" in told.say("leader", "确认")
    assert (row.status, row.households) == (RUNNING, 30)


def test_giving_one_up_in_a_question_waits_for_a_pick(told: Told) -> None:
    row = registered(told)
    assert "没有取消" in told.say("leader", "暖心敲门不做了", "project.query", title="暖心敲门") + told.say(
        "leader", "2"
    )
    told.say("leader", "暖心敲门不做了", "project.query", title="暖心敲门")
    told.say("leader", "1")
    assert row.status == CANCELLED


def test_nobody_gives_up_what_is_not_theirs(told: Told) -> None:
    row = registered(told, "worker", organization="先锋队", organization_id="2")
    assert "没找到您能改的项目" in told.say("leader", "暖心敲门不做了", "project.query", title="暖心敲门")
    assert "暖心敲门（在做）" in told.say("resident", "暖心敲门不做了", "project.query", title="暖心敲门")
    assert row.status != CANCELLED


def test_before_the_end_who_made_it_is_reminded_and_not_once_it_is_done(told: Told) -> None:
    registered(told, "worker", organization="合唱队", organization_id="1")
    assert _swept(told.db, date(2026, 11, 22), ending) == 0
    assert _swept(told.db, date(2026, 11, 23), ending) == 2
    assert _swept(told.db, date(2026, 11, 23), ending) == 0
    assert "11月30日(周一)到期" in told.sent_to("leader")[-1]
    told.say("leader", "暖心敲门结项了", "project.register", title="暖心敲门")
    told.say("leader", "确认")
    assert told.sent_to("leader") == told.sent_to("worker") == []


def test_a_new_end_moves_the_reminder(told: Told) -> None:
    registered(told)
    _swept(told.db, date(2026, 11, 23), ending)
    told.say("leader", "改到12月底", "dialog.correct", end="2026-12-31")
    assert told.sent_to("leader") == []
    assert _swept(told.db, date(2026, 12, 24), ending) == 1


def test_who_has_none_is_reminded_on_the_dates_and_not_once_there_is_one(told: Told) -> None:
    assert _swept(told.db, date(2026, 6, 30), without) == 1
    assert _swept(told.db, date(2026, 7, 1), without) == 0
    assert "2026年还没有登记服务项目" in told.sent_to("leader")[-1]
    registered(told)
    assert told.sent_to("leader") == []
    assert _swept(told.db, date(2026, 9, 30), without) == 0


def test_staff_see_the_gaps_of_their_own_place_only(told: Told) -> None:
    registered(told)
    reply = told.say("worker", "谁还没有项目", "project.query")
    assert "覆盖率：20%" in reply
    assert "百灵鸟" not in reply
    assert "不归您这里管" in told.say("worker", "谁还没有项目", "project.query", community="太丰社区")
    assert "名单由社区和镇里看" in told.say("resident", "谁还没有项目", "project.query")


def test_people_served_narrow_what_is_listed(told: Told) -> None:
    registered(told, target_group=["空巢老人"])
    reply = told.say("resident", "空巢老人的项目谁在做", "project.query", target_group=["空巢老人"])
    assert "暖心敲门" in reply
    reply = told.say("resident", "困境儿童的项目谁在做", "project.query", target_group=["困境儿童"])
    assert "还没有登记服务项目" in reply
