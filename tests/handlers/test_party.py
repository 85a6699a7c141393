"""Party contacts as people say them: what a sentence tells, who may read it, and the one message of who is due."""

from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from bot.jobs import _swept
from handlers import chat, party
from handlers.party import Record
from handlers.party_due import ending
from models.audit import PersonalRead
from models.base import Session, unseal
from models.messages import Outbox
from models.party import Contact
from tests.handlers.told import Told

CHOIR = "梅园社区百灵鸟合唱队"
CYCLE = {"party_contact_days": {"towns": {"城厢镇": {"value": 30, "source": "镇里通知", "date": "2026-11-01"}}}}


@pytest.fixture
def told(db: Session, now: datetime) -> Told:
    return Told(db, [party.skill, chat.skill], now)


def met(told: Told, text: str = "走访了合唱队，没提啥问题", who: str = "worker", **slots: Any) -> str:
    return told.say(who, text, "party.record", **{"organization": CHOIR, "start": "2026-11-23", **slots})


def contact(told: Told) -> Contact:
    return told.db.scalars(select(Contact).order_by(Contact.id.desc()).limit(1)).one()


@pytest.mark.parametrize(
    ("text", "raised"),
    [
        ("支部走访了合唱队，他们反映没有场地", "没有场地"),
        ("党建走访 爱心剪刀队 问题：电费谁出", "电费谁出"),
        ("联系了护河队。今天。缺雨衣。", "缺雨衣"),
        ("走访何记食堂，没啥问题", "没有提问题"),
        ("走访红马甲 他们想进孵化 帮报", "想进孵化 帮报"),
        ("跟双凤舞狮队负责人谈话 谈了安全", "没有提问题"),
        ("党建联系 同心互助社", None),
        ("所里昨天来队里坐了坐 问缺啥", None),
    ],
)
def test_what_was_raised_is_read_from_the_sentence(text: str, raised: str | None) -> None:
    heard = Record.heard(text)
    assert heard.get("reason") == raised
    assert "wish" not in heard


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("党建联系覆盖率", "asks"),
        ("哪些组织今年还没联系过", "asks"),
        ("联系提的问题还有几条没办结", "asks"),
        ("联系了书画社 覆盖率现在多少", None),
        ("上次门球队提的场地问题办结了", "done"),
        ("门球队提的场地问题还没办结", "asks"),
        ("联系制度 悦读社 已办结", None),
    ],
)
def test_a_question_and_a_report_are_told_from_a_contact(text: str, wish: str | None) -> None:
    assert Record.heard(text).get("wish") == wish


def test_what_is_missing_is_asked_in_turn(told: Told) -> None:
    assert "是哪个组织" in told.say("worker", "登记联系记录", "party.record")
    assert "哪一天" in told.say("worker", "合唱队", organization=CHOIR)
    assert "提了什么困难" in told.say("worker", "昨天", start="2026-11-23")
    reply = told.say("worker", "活动室晚上不开门")
    assert "他们提的：活动室晚上不开门" in reply
    assert (contact(told).status, contact(told).organization) == ("open", CHOIR)


def test_skipping_what_was_raised_leaves_nothing_open(told: Told) -> None:
    told.say("worker", "走访合唱队", "party.record", organization=CHOIR, start="2026-11-23")
    reply = told.say("worker", "跳过")
    assert "他们提的" not in reply
    assert "办结" not in reply
    assert contact(told).status == "recorded"


def test_without_a_cycle_the_town_is_named_and_nobody_reminded(told: Told) -> None:
    reply = met(told)
    assert "城厢镇也还没有定" in reply
    assert "城厢镇民政办" in reply
    assert "还有4家今年没联系过" in reply
    assert list(ending(told.db, date(2026, 12, 20))) == []


def test_with_a_cycle_the_next_day_is_told(told: Told) -> None:
    told.settings = CYCLE
    assert "下次请在12月23日(周三)前联系（30天一次，出处：镇里通知）" in met(told)


def test_a_day_to_come_is_no_contact(told: Told) -> None:
    assert "还没到" in met(told, start="2026-12-03")
    assert "记好了" in told.say("worker", "今天", start="2026-11-24")


def test_a_last_years_day_is_told_with_its_year(told: Told) -> None:
    assert "时间：2025年12月3日" in met(told, start="2025-12-03")


def test_names_and_words_are_opened_for_those_on_duty_alone(told: Told) -> None:
    met(told, "走访了合唱队，反映没有场地", person="李书记")
    row = contact(told)
    assert unseal(told.db, row.person) == "李书记"
    shown = told.say("town", row.no, "party.query", ticket_no=row.no)
    assert "联系人：李书记" in shown
    assert "原话：走访了合唱队，反映没有场地" in shown
    assert len(told.db.scalars(select(PersonalRead).where(PersonalRead.record_no == row.no)).all()) == 3
    city = told.say("city", row.no, "party.query", ticket_no=row.no)
    assert "李书记" not in city
    assert "没有场地" not in city
    for who in ("resident", "leader"):
        assert "社区工作者" in told.say(who, row.no, "party.query", ticket_no=row.no)


def test_closed_by_the_organisations_name_or_by_number(told: Told) -> None:
    met(told, "反映没有场地")
    assert "提的问题办结了" in told.say("worker", "合唱队提的场地问题办结了", "party.record", organization=CHOIR)
    assert contact(told).status == "settled"
    met(told, "反映缺音响", start="2026-11-20")
    no = contact(told).no
    assert "还没办结" in told.say("worker", f"{no} 办结了吗", "party.query", ticket_no=no)
    assert "办结了" in told.say("worker", f"{no} 办结", "party.query", ticket_no=no)
    assert contact(told).status == "settled"


def test_of_several_open_ones_one_is_picked(told: Told) -> None:
    met(told, "反映没有场地")
    met(told, "反映缺音响", start="2026-11-20")
    assert "2. " in told.say("worker", "合唱队提的问题解决了", "party.record", organization=CHOIR)
    assert "11月20日" in told.say("worker", "2")
    assert contact(told).status == "settled"


def test_coverage_counts_what_stands(told: Told) -> None:
    told.settings = CYCLE
    met(told, "反映没有场地", start="2026-10-01")
    reply = told.say("worker", "党建联系覆盖率", "party.record")
    assert "5个组织，联系过1个，覆盖率20%" in reply
    assert "超过期限的：1个（30天一次，出处：镇里通知）" in reply
    assert "还没办结的：1条" in reply
    told.say("worker", "撤销", "party.cancel")
    told.say("worker", "确认", "dialog.confirm")
    assert "联系过0个" in told.say("worker", "党建联系覆盖率", "party.record")
    assert "7个组织" in told.say("town", "党建联系覆盖率", "party.record")


def test_coverage_of_a_period_and_of_a_community_by_name(told: Told) -> None:
    met(told, start="2026-08-03")
    reply = told.say("worker", "第三季度党建联系覆盖率", "party.record", period="2026-Q3")
    assert "梅园社区2026年第三季度的党建联系" in reply
    assert "联系过1个" in reply
    assert "联系过0个" in told.say("worker", "十月份党建联系覆盖率", "party.record", period="2026-10")
    assert "太丰社区今年" in told.say("town", "太丰社区党建联系覆盖率", "party.record", community="太丰社区")
    assert "梅园社区今年" in told.say("worker", "太丰社区党建联系覆盖率", "party.record", community="太丰社区")


def test_a_contact_may_also_settle_what_was_raised_before(told: Told) -> None:
    met(told, "反映没有场地", start="2026-11-20")
    before = contact(told)
    assert f"以前提的也办结了：{before.no}" in met(told, "昨天走访合唱队，上次提的场地问题解决了")
    assert before.status == "settled"
    assert contact(told).status == "recorded"
    met(told, "走访合唱队，反映缺音响", start="2026-11-18")
    assert "提的问题办结了" in met(told, "昨天走访合唱队，上次提的场地问题解决了")


def test_further_names_of_the_sentence_are_pointed_out(told: Told) -> None:
    reply = met(told, "今天走访了合唱队、先锋队，没问题")
    assert "还有：梅园社区垃圾分类先锋队" in reply
    assert "还有：" not in met(told, "走访了合唱队，没问题", start="2026-11-20")


def swept(told: Told, day: date) -> list[str]:
    told.db.info["settings"] = CYCLE
    _swept(told.db, day, ending)
    _swept(told.db, day, ending)
    rows = told.db.scalars(select(Outbox).where(Outbox.kind == "party").order_by(Outbox.id))
    return [unseal(told.db, row.text) or "" for row in rows]


def test_one_message_names_all_that_are_due(told: Told) -> None:
    met(told)
    assert swept(told, date(2026, 11, 27)) == []
    (text,) = swept(told, date(2026, 11, 28))
    assert text.count("12月1日(周二)到期") == 4
    assert "合唱队，上次" not in text
    assert "城厢镇定的是30天一次，出处：镇里通知" in text


def test_what_ran_out_is_told_again_on_mondays_only(told: Told) -> None:
    met(told)
    assert swept(told, date(2026, 12, 8)) == []
    (text,) = swept(told, date(2026, 12, 7))
    assert "超了6天" in text
    assert "已经超过期限的有4家" in text


def test_a_contact_takes_back_what_was_planned_and_the_rest_is_told_anew(told: Told) -> None:
    assert "百灵鸟" in swept(told, date(2026, 11, 28))[0]
    met(told)
    assert told.sent_to("worker") == []
    (text,) = swept(told, date(2026, 11, 28))
    assert "百灵鸟" not in text
