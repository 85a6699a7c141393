"""Filing as people say it: applied for, reviewed, returned and corrected, changed, dissolved, explained."""

import re
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from handlers import chat, filing
from models.base import Session
from models.disclosure import Disclosure
from models.filing import Filing
from models.organization import DISSOLVED, Organization
from tests.handlers.told import Told

APPLICATION = {
    "organization": "暖心理发队",
    "organization_type": "居民互助",
    "person": "王秀英",
    "place": "梅园社区社工室",
    "headcount": 12,
    "phone": "13800000000",
}
SETTINGS = {
    "certificate_number": {"value": "太备〔{year}〕CX-{serial:04d}号", "source": "演示", "date": "2026-01-01"},
    "certificate_years": {"value": 3, "source": "演示", "date": "2026-01-01"},
    "correction_days": {"value": 10, "source": "演示", "date": "2026-01-01"},
}


@pytest.fixture
def told(db: Session, now: datetime) -> Told:
    return Told(db, [filing.skill, chat.skill], now)


def applied(told: Told, who: str = "resident", **more: object) -> str:
    told.say(who, "我们想备案，章程写好了", "filing.apply", **{**APPLICATION, **more})
    reply = told.say(who, "确认", "dialog.confirm")
    found = re.search(r"BA\d{8}-\d{4}\w", reply)
    assert found, reply
    return found.group()


def row(told: Told, no: str) -> Filing:
    return told.db.scalars(select(Filing).where(Filing.no == no)).one()


def organization(told: Told, name: str) -> Organization:
    return told.db.scalars(select(Organization).where(Organization.name == name)).one()


def test_every_field_is_asked_in_turn(told: Told) -> None:
    assert "叫什么名字" in told.say("resident", "我想备案", "filing.apply")
    assert "1. 公益慈善" in told.say("resident", "暖心理发队", organization="暖心理发队")
    assert "负责人" in told.say("resident", "2")
    assert "哪里活动" in told.say("resident", "王秀英", person="王秀英")
    assert "多少人" in told.say("resident", "社工室", place="社工室")
    assert "章程" in told.say("resident", "12个", headcount=12)
    assert "电话" in told.say("resident", "1")
    echo = told.say("resident", "跳过")
    assert "类别：居民互助" in echo
    assert "确认" in echo
    assert "社区初审" in told.say("resident", "确认", "dialog.confirm")


def test_an_application_goes_through_community_and_town_into_the_directory(told: Told) -> None:
    told.settings = SETTINGS
    no = applied(told)
    assert "暖心理发队" in told.sent_to("worker")[0]
    assert "在谁手里：梅园社区" in told.say("resident", "备案到哪一步了", "filing.status")
    detail = told.say("worker", "待审的有哪些", "filing.review")
    assert "1. 暖心理发队" in detail
    assert "13800000000" in told.say("worker", "1")
    assert "已交城厢镇审核" in told.say("worker", "1")
    assert "城厢镇" in told.sent_to("resident")[-1]
    assert "王秀英" in told.say(
        "town", "同意暖心理发队", "filing.review", organization="暖心理发队", decision="approve"
    )
    reply = told.say("town", "1")
    assert "太备〔2026〕CX-0001号" in reply
    assert "2029年11月23日" in reply
    known = organization(told, "暖心理发队")
    assert (known.management, known.category, known.head, known.members) == ("备案", "居民互助", "王秀英", 12)
    assert known.expires_on == date(2029, 11, 23)
    assert told.db.scalars(select(Disclosure).where(Disclosure.source_no == no)).one().topic == "证书"
    assert "好消息" in told.sent_to("resident")[-1]
    assert "2029年11月23日" in told.say("resident", "证书哪天到期", "filing.status")


def test_without_settings_the_town_types_number_and_expiry(told: Told) -> None:
    no = applied(told, "worker")
    assert row(told, no).status == "town_review"
    told.say("town", "同意暖心理发队", "filing.review", organization="暖心理发队", decision="approve")
    assert "编号是多少" in told.say("town", "1")
    assert "有效期到哪一天" in told.say("town", "太备〔2026〕CX-0012号", filing_no="太备〔2026〕CX-0012号")
    assert "2029年11月23日" in told.say("town", "2029年11月23日", start="2029-11-23")
    assert organization(told, "暖心理发队").filing_no == "太备〔2026〕CX-0012号"


def test_no_expiry_is_a_choice(told: Told) -> None:
    applied(told, "worker")
    told.say("town", "同意", "filing.review", decision="approve")
    told.say("town", "1")
    told.say("town", "太备〔2026〕CX-0012号")
    assert "同意了" in told.say("town", "1")
    assert organization(told, "暖心理发队").expires_on is None


def test_a_number_cannot_be_given_twice(told: Told) -> None:
    organization(told, "娄东爱心社").filing_no = "太备(2026)CX-0012"
    applied(told, "worker")
    told.say("town", "同意", "filing.review", decision="approve")
    told.say("town", "1")
    told.say("town", "不设有效期的太备〔2026〕CX-0012号", filing_no="太备〔2026〕CX-0012号")
    assert "已经是“娄东爱心社”的了" in told.say("town", "1")


def test_returned_with_reason_corrected_and_handed_in_again(told: Told) -> None:
    told.settings = SETTINGS
    no = applied(told)
    told.say("worker", "退回暖心理发队", "filing.review", organization="暖心理发队", decision="return")
    assert "什么原因" in told.say("worker", "1")
    assert "已退回" in told.say("worker", "缺场地证明", reason="缺场地证明")
    assert "缺场地证明" in told.sent_to("resident")[-1]
    status = told.say("resident", "备案怎么样了", "filing.status")
    assert "退回的原因：缺场地证明" in status
    assert "2026年12月4日前" in status
    asked = told.say("resident", "我已经补了场地证明", "filing.status")
    assert "1. 补齐了" in asked
    assert "重新交上去了" in told.say("resident", "1")
    assert row(told, no).status == "submitted"


def test_without_a_charter_it_stays_a_draft(told: Told) -> None:
    told.say("resident", "我们想备案", "filing.apply", **APPLICATION)
    told.say("resident", "没有")
    reply = told.say("resident", "确认", "dialog.confirm")
    assert "还缺：简易章程" in reply
    assert told.sent_to("worker") == []
    told.say("resident", "材料补好了", "filing.status")
    assert "重新交上去了" in told.say("resident", "1")


@pytest.mark.parametrize(
    ("name", "fragment"),
    [
        ("太仓市爱心联合总会", "“联合总会”"),
        ("中华太极队", "中国"),
        ("梅园小区业主委员会", "业主委员会不算"),
        ("陈氏宗亲联谊会", "宗族"),
        ("梅园社区百灵鸟合唱队", "已经在名录里了"),
        ("百灵鸟合唱队", "已经在名录里了"),
    ],
)
def test_names_that_cannot_be_filed(told: Told, name: str, fragment: str) -> None:
    told.say("resident", "备案，章程写好了", "filing.apply", **{**APPLICATION, "organization": name})
    assert fragment in told.say("resident", "确认", "dialog.confirm")


def test_a_refused_name_is_asked_again_and_the_rest_stays(told: Told) -> None:
    told.say("resident", "备案，章程写好了", "filing.apply", **{**APPLICATION, "organization": "中国太极队"})
    assert "叫什么名字" in told.say("resident", "确认", "dialog.confirm")
    assert "负责人：王秀英" in told.say("resident", "梅园社区太极队", organization="梅园社区太极队")


def test_a_near_name_is_pointed_out(told: Told) -> None:
    told.say("resident", "备案，章程写好了", "filing.apply", **{**APPLICATION, "organization": "夕阳红广场舞队"})
    assert "“梅园社区夕阳广场舞队”" in told.say("resident", "确认", "dialog.confirm")


def test_a_team_of_the_register_can_be_filed(told: Told) -> None:
    told.settings = SETTINGS
    applied(told, "worker", organization="梅园社区晨曦广场舞队")
    told.say("town", "同意", "filing.review", decision="approve")
    told.say("town", "1")
    assert organization(told, "梅园社区晨曦广场舞队").management == "备案"


def test_others_do_not_see_the_application(told: Told) -> None:
    no = applied(told, "worker")
    assert "没有查到" in told.say("resident", no, "filing.status", ticket_no=no)


def test_certificate_of_any_organisation_is_public(told: Told) -> None:
    known = organization(told, "梅园社区百灵鸟合唱队")
    known.filing_no, known.expires_on = "太备2024-CX-0033", date(2026, 12, 4)
    told.db.flush()
    reply = told.say("resident", "合唱队证书", "filing.status", organization="合唱队", organization_id=str(known.id))
    assert "还有10天" in reply
    assert "合唱队" in told.say("resident", "太备2024-CX-0033", "filing.status", filing_no="太备〔2024〕CX-0033号")
    known.expires_on = date(2026, 11, 1)
    assert "已经过了23天" in told.say("resident", "查太备2024-CX-0033", "filing.status", filing_no="太备2024-CX-0033")


def test_a_leader_changes_the_head(told: Told) -> None:
    told.say("leader", "换负责人了", "filing.change")
    echo = told.say("leader", "李芳", person="李芳")
    assert "负责人改为：李芳" in echo
    assert "编号：BA" in told.say("leader", "确认", "dialog.confirm")
    told.say("worker", "同意", "filing.review", decision="approve")
    told.say("worker", "1")
    told.say("town", "同意", "filing.review", decision="approve")
    assert "改了：负责人 李芳" in told.say("town", "1")
    assert organization(told, "梅园社区百灵鸟合唱队").head == "李芳"


def test_what_to_change_is_asked_by_number(told: Told) -> None:
    assert "1. 负责人" in told.say("leader", "备案资料要改", "filing.change")
    assert "确认" in told.say("leader", "9")
    assert "遗失补证" in told.say("leader", "确认", "dialog.confirm")


def test_renewal_gives_a_new_expiry(told: Told) -> None:
    told.settings = SETTINGS
    known = organization(told, "梅园社区百灵鸟合唱队")
    known.filing_no, known.expires_on = "太备2023-CX-0001", date(2026, 12, 4)
    told.say("leader", "证书到期了要换证", "filing.change")
    told.say("leader", "确认", "dialog.confirm")
    told.say("worker", "同意", "filing.review", decision="approve")
    told.say("worker", "1")
    told.say("town", "同意", "filing.review", decision="approve")
    told.say("town", "1")
    assert (known.filing_no, known.expires_on) == ("太备2023-CX-0001", date(2029, 11, 23))


def test_residents_cannot_change_an_organisation(told: Told) -> None:
    known = organization(told, "梅园社区百灵鸟合唱队")
    told.say(
        "resident",
        "合唱队换负责人",
        "filing.change",
        person="李芳",
        organization="合唱队",
        organization_id=str(known.id),
    )
    assert "绑定码" in told.say("resident", "确认", "dialog.confirm")


def test_dissolving_takes_it_off_the_directory(told: Told) -> None:
    told.say("leader", "队伍解散了要注销", "filing.cancel", reason="没人参加")
    assert "注销申请交上去了" in told.say("leader", "确认", "dialog.confirm")
    told.say("worker", "同意", "filing.review", decision="approve")
    told.say("worker", "1")
    told.say("town", "同意", "filing.review", decision="approve")
    assert "注销" in told.say("town", "1")
    assert organization(told, "梅园社区百灵鸟合唱队").status == DISSOLVED


def test_an_open_application_is_taken_back(told: Told) -> None:
    no = applied(told)
    told.say("resident", "撤回备案申请", "filing.cancel")
    assert "撤回了" in told.say("resident", "确认", "dialog.confirm")
    assert row(told, no).status == "withdrawn"
    assert "没有等您审的" in told.say("worker", "待审", "filing.review")


def test_a_community_cannot_reject(told: Told) -> None:
    applied(told)
    told.say("worker", "不予备案", "filing.review", decision="reject", reason="名称不规范")
    told.say("worker", "待审", "filing.review")
    assert "3. 先放一放" in told.say("worker", "1")


def test_another_town_does_not_see_it(told: Told) -> None:
    applied(told, "worker")
    told.user("town").town_id = 2
    assert "没有等您审的" in told.say("town", "待审", "filing.review")


def test_registration_goes_to_the_city(told: Told) -> None:
    told.settings = SETTINGS
    told.say("resident", "申请登记社会团体，章程写好了", "filing.apply", **APPLICATION)
    assert "市民政局审核" in told.say("resident", "确认", "dialog.confirm")
    assert "暖心理发队" in told.say("city", "待审", "filing.review")


@pytest.mark.parametrize(
    ("question", "fragment"),
    [
        ("备案要啥材料", "成员名册"),
        ("备案和登记有啥区别 我们够得上登记不", "法人资格"),
        ("没有固定场地 借社工室的行不行", "借社区活动室"),
        ("业委会能备案吗", "业主委员会不算"),
        ("我们社区有两个广场舞队 能各备一个吗", "各备各的"),
        ("有没有章程模板 简单点的", "一、名称"),
        ("证书到期了咋办", "续证"),
        ("我们12个人每个礼拜跳跳舞 要不要备案", "没有规定说不备案就罚款"),
        ("请问备案需要多长时间办结", "没有规定"),
        ("你好 讲讲备案", "章程模板"),
    ],
)
def test_questions_are_answered_by_topic(told: Told, question: str, fragment: str) -> None:
    assert fragment in told.say("resident", question, "filing.guide")


def test_an_open_threshold_is_said_to_be_open_and_a_set_one_is_told(told: Told) -> None:
    open_rule = told.say("worker", "最少几个人才能备案", "filing.guide")
    assert "太仓的文件没有规定" in open_rule
    assert "城厢镇民政办" in open_rule
    told.settings = {"filing_members_min": {"value": 8, "source": "城厢镇通知", "date": "2026-03-01"}}
    assert "备案最少要 8 人。\n本地规定：城厢镇通知 2026-03-01" in told.say(
        "worker", "最少几个人才能备案", "filing.guide"
    )


def test_certificates_and_corrections_are_reminded_of(told: Told) -> None:
    told.settings = SETTINGS
    known = organization(told, "梅园社区百灵鸟合唱队")
    known.expires_on = date(2026, 12, 24)
    told.db.flush()
    nudges = list(filing.certificates(told.db, told.now.date()))
    assert [(nudge.user_id, "还有30天" in nudge.text) for nudge in nudges] == [(told.user("leader").id, True)]
    assert list(filing.certificates(told.db, told.now.date() + timedelta(days=1))) == []
    applied(told)
    told.say("worker", "退回", "filing.review", decision="return", reason="缺名册")
    told.say("worker", "1")
    due = told.now.date() + timedelta(days=9)
    assert ["缺名册" in nudge.text for nudge in filing.corrections(told.db, due)] == [True]


def test_a_correction_right_after_applying_needs_no_new_application(told: Told) -> None:
    no = applied(told)
    echo = told.say("resident", "负责人改成李芳", "filing.change", person="李芳")
    assert "负责人改为：李芳" in echo
    assert "不用重新交" in told.say("resident", "确认", "dialog.confirm")
    assert (row(told, no).head, row(told, no).status) == ("李芳", "submitted")


def test_holders_are_reminded_of_what_lies(told: Told) -> None:
    applied(told)
    day = told.now.date()
    assert list(filing.lying(told.db, day + timedelta(days=4))) == []
    assert [nudge.user_id for nudge in filing.lying(told.db, day + timedelta(days=5))] == [told.user("worker").id]
