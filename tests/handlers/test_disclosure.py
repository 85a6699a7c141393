"""Disclosure as people say it: money looked up by organisation and period, published and withdrawn."""

from datetime import date, datetime

import pytest
from sqlalchemy import select

from handlers import chat, disclosure
from models.base import Session
from models.disclosure import Disclosure
from models.organization import Organization
from tests.handlers.told import Told


@pytest.fixture
def told(db: Session, now: datetime) -> Told:
    return Told(db, [disclosure.skill, chat.skill], now)


def team(told: Told, name: str = "梅园社区百灵鸟合唱队") -> Organization:
    return told.db.scalars(select(Organization).where(Organization.name == name)).one()


def choir(told: Told) -> dict[str, str]:
    return {"organization": "合唱队", "organization_id": str(team(told).id)}


def published(told: Told, text: str, **slots: object) -> str:
    told.say("leader", text, "disclosure.publish", **slots)
    return told.say("leader", "确认", "dialog.confirm")


def items(told: Told) -> list[tuple[str, str | None, float | None]]:
    rows = told.db.scalars(select(Disclosure).order_by(Disclosure.id))
    return [(row.topic, row.direction, row.money) for row in rows]


ACCOUNTS = "公开第三季度收支，收入4200元，支出3000.5元"


def test_income_and_expense_in_one_sentence(told: Told) -> None:
    echo = told.say("leader", ACCOUNTS, "disclosure.publish", disclosure_topic="收支", period="2026-Q3", money=4200)
    assert "收入：4200元\n支出：3000.5元" in echo
    assert "编号：GK20261124-0001" in told.say("leader", "确认", "dialog.confirm")
    assert items(told) == [("收支", "income", 4200.0), ("收支", "expense", 3000.5)]


def test_residents_see_sums_entries_and_what_is_missing(told: Told) -> None:
    published(told, ACCOUNTS, disclosure_topic="收支", period="2026-Q3", money=4200)
    reply = told.say(
        "resident", "合唱队今年收了多少钱 花哪了", "disclosure.query", disclosure_topic="收支", **choir(told)
    )
    assert "收入：4200元（1笔）" in reply
    assert "支出：3000.5元（1笔）" in reply
    assert "相差：1199.5元" in reply
    assert "还没公开：2026年第一季度、2026年第二季度" in reply
    assert "第四季度" not in reply


def test_half_an_account_is_said_to_be_half(told: Told) -> None:
    published(told, "公开第三季度收支，收入4200元", disclosure_topic="收支", period="2026-Q3")
    reply = told.say("resident", "合唱队的账", "disclosure.query", disclosure_topic="收支", **choir(told))
    assert "支出还没公开" in reply


def test_what_is_not_shown_is_said_plainly(told: Told) -> None:
    published(told, "公开第三季度收支，收入4200元", disclosure_topic="收支", period="2026-Q3")
    reply = told.say(
        "resident", "合唱队二季度账", "disclosure.query", disclosure_topic="收支", period="2026-Q2", **choir(told)
    )
    assert "还没有公开收支" in reply
    assert "2026年第二季度" in reply
    assert "公开过的有：收支" in reply
    assert "梅园社区" in reply


def test_period_and_direction_are_asked_where_they_matter(told: Told) -> None:
    assert "1. 章程" in told.say("leader", "我要公开", "disclosure.publish")
    assert "内容写什么" in told.say("leader", "3")
    assert "哪段时间" in told.say("leader", "跳过")
    assert "确认" in told.say("leader", "第三季度", period="2026-Q3")
    assert "收入还是支出" in told.say("leader", "86块")
    assert "金额：86元" in told.say("leader", "2")
    told.say("leader", "确认", "dialog.confirm")
    assert items(told) == [("收支", "expense", 86.0)]


def test_a_donation_has_no_direction_to_ask(told: Told) -> None:
    published(told, "周老板13812345678捐了3000块给我们", disclosure_topic="捐赠", money=3000)
    assert items(told) == [("捐赠", "income", 3000.0)]
    reply = told.say("resident", "合唱队捐款明细", "disclosure.query", disclosure_topic="捐赠", **choir(told))
    assert "一共3000元" in reply
    row = told.db.scalars(select(Disclosure)).one()
    assert row.content == "周老板138****5678捐了3000块给我们"
    shown = told.say("resident", row.no, "disclosure.query", ticket_no=row.no)
    assert "138****5678" in shown


def test_a_worker_picks_the_organisation(told: Told) -> None:
    told.say(
        "worker", "公开章程，内容是自愿参加、服务居民、账目公开，一共8条", "disclosure.publish", disclosure_topic="章程"
    )
    choices = told.say("worker", "确认", "dialog.confirm")
    assert "1. 梅园社区百灵鸟合唱队" in choices
    assert "社区自己公开" in choices
    assert "公开出去了" in told.say("worker", "1"), "a pick completes what was confirmed"


def test_a_leader_speaks_for_no_other_team(told: Told) -> None:
    other = team(told, "娄东爱心社")
    reply = published(
        told, "公开爱心社章程共8条内容", disclosure_topic="章程", organization="爱心社", organization_id=str(other.id)
    )
    assert "自己的负责人" in reply
    assert items(told) == []


def test_residents_do_not_publish(told: Told) -> None:
    assert "绑定码" in told.say("resident", "公开收支", "disclosure.publish", disclosure_topic="收支")


def test_the_publisher_withdraws_what_was_wrong(told: Told) -> None:
    published(told, ACCOUNTS, disclosure_topic="收支", period="2026-Q3")
    told.say("leader", "刚才公开的有错 撤下来", "disclosure.publish", disclosure_topic="收支", period="2026-Q3")
    assert "撤下来了" in told.say("leader", "确认", "dialog.confirm")
    reply = told.say("resident", "合唱队的账", "disclosure.query", disclosure_topic="收支", **choir(told))
    assert "还没公开" not in reply or "收入：4200元" not in reply


def test_undo_takes_back_the_item_just_published(told: Told) -> None:
    published(told, "公开章程，一共8条，自愿参加", disclosure_topic="章程")
    assert "撤下来" in told.say("leader", "撤回")
    assert "看不到了" in told.say("leader", "确认", "dialog.confirm")


def test_head_and_certificate_come_from_the_directory(told: Told) -> None:
    known = team(told)
    known.filing_no, known.expires_on = "太备2024-CX-0033", date(2027, 3, 1)
    told.db.flush()
    head = told.say("resident", "负责人公示", "disclosure.query", disclosure_topic="负责人", **choir(told))
    assert "演示负责人" in head
    certificate = told.say("resident", "证书公示", "disclosure.query", disclosure_topic="证书", **choir(told))
    assert "太备2024-CX-0033" in certificate
    assert "2027年3月1日" in certificate


def test_who_in_the_community_showed_no_accounts(told: Told) -> None:
    published(told, ACCOUNTS, disclosure_topic="收支", period="2026-Q3")
    reply = told.say("worker", "哪些组织到期没公开", "disclosure.query")
    assert "还没公开收支的有4家" in reply
    assert "合唱队" not in reply
    assert "还没公开过" in told.say("leader", "我们还有哪几项没公开", "disclosure.query")


def test_the_period_of_disclosure_is_a_setting_or_open(told: Told) -> None:
    assert "没有规定多久一次" in told.say("resident", "社会组织要公开哪些内容", "disclosure.query")
    told.settings = {"disclosure_period": {"value": "每季度一次", "source": "演示通知", "date": "2026-01-01"}}
    assert "每季度一次" in told.say("resident", "社会组织要公开哪些内容", "disclosure.query")


def test_an_unknown_name_is_a_warning(told: Told) -> None:
    assert "先别给" in told.say("resident", "健康快乐会的账", "disclosure.query", organization="健康快乐会")


def test_community_list_names_the_organisations(told: Told) -> None:
    published(told, ACCOUNTS, disclosure_topic="收支", period="2026-Q3")
    reply = told.say("resident", "最近公开了啥", "disclosure.query")
    assert "1. 梅园社区百灵鸟合唱队 2026年第三季度收支" in reply


def test_leaders_are_reminded_ten_days_after_the_quarter(told: Told) -> None:
    nudges = list(disclosure.last_quarter(told.db, date(2026, 10, 10)))
    assert [(nudge.user_id, "第三季度" in nudge.text) for nudge in nudges] == [(told.user("leader").id, True)]
    assert list(disclosure.last_quarter(told.db, date(2026, 10, 11))) == []


@pytest.mark.parametrize(
    ("sentence", "amounts"),
    [
        (ACCOUNTS, {"income": 4200.0, "expense": 3000.5}),
        ("收入4,200 支出3,000", {"income": 4200.0, "expense": 3000.0}),
        ("收入是两千三", {"income": 2300.0}),
        ("收入1.5万元，花了三千块", {"income": 15000.0, "expense": 3000.0}),
        ("没有收入 只有支出420", {"expense": 420.0}),
        ("支出改成3100元", {"expense": 3100.0}),
        ("镇里拨的1万元怎么花的", {"amount": 10000.0}),
        ("贴一下账 余额57.3元", {"amount": 57.3}),
        ("第三季度", {}),
    ],
)
def test_amounts_by_what_stands_before_them(sentence: str, amounts: dict[str, float]) -> None:
    assert disclosure.amounts_in(sentence) == amounts


def test_a_correction_is_an_amount_and_takes_the_old_words_away() -> None:
    heard = disclosure.Publish.heard("不对，支出应该是3100元")
    assert heard == {"expense": 3100.0, "text": "就是上面的数目"}


def test_figures_alone_are_no_content_and_the_wish_is_none() -> None:
    assert disclosure.content_in(ACCOUNTS) == "就是上面的数目"
    assert disclosure.content_in("收到爱心企业捐赠500元 公开一下") == "收到爱心企业捐赠500元"
    assert "区里补贴" in disclosure.content_in("公开收支，收入4200元区里补贴的，支出3000元买音响")


def test_figures_put_right_in_place(told: Told) -> None:
    published(told, ACCOUNTS, disclosure_topic="收支", period="2026-Q3", money=4200)
    reply = told.say("leader", "不对，收入是1300元", "dialog.correct")
    assert "收入1300元" in reply
    assert items(told) == [("收支", "income", 1300.0), ("收支", "expense", 3000.5)]


def test_what_was_published_in_one_go_goes_in_one_go(told: Told) -> None:
    published(told, ACCOUNTS, disclosure_topic="收支", period="2026-Q3", money=4200)
    told.say("leader", "撤回")
    assert "一起撤下的：GK20261124-0002" in told.say("leader", "确认", "dialog.confirm")


def test_an_empty_item_is_not_published(told: Told) -> None:
    told.say("leader", "公开收支", "disclosure.publish", disclosure_topic="收支", period="2026-Q3")
    told.say("leader", "跳过")
    assert "还没有内容" in told.say("leader", "确认", "dialog.confirm")
    assert items(told) == []


def test_an_amount_told_as_content_counts(told: Told) -> None:
    told.say("leader", "公开收支", "disclosure.publish", disclosure_topic="收支", period="2026-Q3")
    told.say("leader", "支出500块")
    told.say("leader", "确认", "dialog.confirm")
    assert items(told) == [("收支", "expense", 500.0)]


def test_what_is_left_over_is_neither_income_nor_expense(told: Told) -> None:
    published(told, "公开第三季度结余1356.5元", disclosure_topic="收支", period="2026-Q3")
    assert items(told) == [("收支", None, 1356.5)]


def test_amounts_in_words_go_to_the_nearest_sign() -> None:
    found = disclosure.amounts_in("公开上个月收支 收入两千三 支出一千八百五")
    assert found == {"income": 2300.0, "expense": 1850.0}
    assert disclosure.amounts_in("第三季度办了12场活动") == {}


def test_the_same_amount_is_not_shown_twice(told: Told) -> None:
    published(told, ACCOUNTS, disclosure_topic="收支", period="2026-Q3")
    assert "已经公开过" in published(told, ACCOUNTS, disclosure_topic="收支", period="2026-Q3")
    assert len(items(told)) == 2


def test_residents_are_not_told_to_publish(told: Told) -> None:
    assert "要补" in told.say("leader", "我们还有哪些没公开", "disclosure.query", **choir(told))
    assert "要补" not in told.say("resident", "合唱队有哪些没公开", "disclosure.query", **choir(told))
