"""The directory as residents ask it: near, by kind, by need, one in full, true or false."""

from datetime import date, datetime

import pytest
from sqlalchemy import select

from handlers import chat, organization
from handlers.skill import Message, Refused, Turn
from models.audit import PersonalRead
from models.base import Session, seal
from models.organization import DISSOLVED, Organization
from models.place import Community
from tests.handlers.told import Told

INTENT = "organization.query"


@pytest.fixture
def told(db: Session, now: datetime) -> Told:
    return Told(db, [organization.skill, chat.skill], now)


def team(told: Told, name: str = "梅园社区百灵鸟合唱队") -> Organization:
    return told.db.scalars(select(Organization).where(Organization.name == name)).one()


def known(told: Told, name: str = "梅园社区百灵鸟合唱队") -> dict[str, str]:
    return {"organization": name, "organization_id": str(team(told, name).id)}


def test_the_own_community_is_listed_and_picked_from_by_number(told: Told) -> None:
    reply = told.say("resident", "有哪些组织", INTENT)
    assert "梅园社区找到5个" in reply
    assert "1. 梅园社区百灵鸟合唱队，文体科教" in reply
    assert "太丰" not in reply
    assert "负责人：演示负责人" in told.say("resident", "1")


def test_by_kind_and_by_community(told: Told) -> None:
    reply = told.say("resident", "纠纷调处的", INTENT, organization_type="纠纷调处")
    assert "梅园社区老娘舅调解工作室" in reply
    assert "合唱队" not in reply
    assert "老年书画社" in told.say("city", "太丰社区有啥", INTENT, community="太丰社区")
    assert "还没有这样的组织" in told.say("leader", "电站村有啥", INTENT, community="电站村")


@pytest.mark.parametrize(
    ("wish", "name"),
    [
        ("有没有教小孩写毛笔字的", "太丰社区老年书画社"),
        ("附近有广场舞队吗", "梅园社区晨曦广场舞队"),
        ("邻居吵架找谁", "梅园社区老娘舅调解工作室"),
        ("垃圾分类那个队", "梅园社区垃圾分类先锋队"),
    ],
)
def test_a_need_finds_who_does_it_near_or_far(told: Told, wish: str, name: str) -> None:
    assert name in told.say("resident", wish, INTENT)


def test_a_note_says_what_a_team_does(told: Told) -> None:
    team(told, "娄东爱心社").note = "陪诊、助老"
    told.db.flush()
    assert "娄东爱心社" in told.say("resident", "有没有能来陪老人看病的", INTENT)


def test_a_need_nobody_meets_names_who_might_help_and_the_way_on(told: Told) -> None:
    reply = told.say("resident", "有没有上门理发的", INTENT)
    assert "暂时没有专门做“上门理发”" in reply
    assert "垃圾分类先锋队" in reply
    assert "人工" in reply


def test_facts_without_the_telephone_for_residents(told: Told) -> None:
    team(told).phone, team(told).place = seal(told.db, "13800000000"), "梅园社区活动室"
    reply = told.say("resident", "合唱队负责人电话", INTENT, **known(told))
    assert "演示负责人" in reply
    assert "梅园社区活动室" in reply
    assert "13800000000" not in reply
    assert "请问梅园社区" in reply
    told.settings = {"head_phone_public": {"value": True, "source": "演示", "date": "2026-01-01"}}
    assert "13800000000" in told.say("resident", "合唱队电话", INTENT, **known(told))


def test_staff_reads_the_telephone_and_that_is_written_down(told: Told) -> None:
    team(told).phone = seal(told.db, "13800000000")
    assert "13800000000" in told.say("worker", "合唱队电话", INTENT, **known(told))
    reads = list(told.db.scalars(select(PersonalRead)))
    assert [(read.user_id, read.what) for read in reads] == [(told.user("worker").id, "phone")]
    other = team(told, "太丰社区老年书画社")
    other.phone = seal(told.db, "13900000000")
    assert "13900000000" not in told.say("worker", "书画社电话", INTENT, **known(told, other.name))


def test_is_it_real(told: Told) -> None:
    team(told).filing_no, team(told).expires_on = "太备2024-CX-0033", date(2027, 3, 1)
    told.db.flush()
    reply = told.say("resident", "合唱队是真的吗", INTENT, **known(told))
    assert "有这个组织" in reply
    assert "太备2024-CX-0033" in reply
    assert "有效期到：2027年3月1日" in reply
    assert "先别给" in reply
    team(told).expires_on = date(2026, 3, 1)
    assert "已经过期" in told.say("resident", "太备2024-CX-0033", INTENT, filing_no="太备2024-CX-0033")
    assert "没有备案" in told.say("resident", "是真的吗", INTENT, **known(told, "梅园社区晨曦广场舞队"))
    team(told).status = DISSOLVED
    assert "千万别给" in told.say("resident", "真的假的", INTENT, **known(told))


def test_what_is_not_in_the_register_is_warned_of_kindly(told: Told) -> None:
    reply = told.say("resident", "有个健康快乐会来发鸡蛋 是不是骗人的", INTENT, organization="健康快乐会")
    assert "没有查到“健康快乐会”" in reply
    assert "先不要交钱" in reply
    assert "哪个组织" in told.say("resident", "这个组织是真的吗 来小区收会费 一人50", INTENT, money=50)


def test_a_part_of_a_name_finds_it_and_a_kind_lists_all(told: Told) -> None:
    assert "负责人" in told.say("resident", "老娘舅在哪", INTENT, organization="老娘舅")
    assert "找到2个" in told.say("resident", "广场舞队", INTENT, organization="广场舞队")
    assert "没有找到" in told.say("resident", "潜水队在哪", INTENT, organization="潜水队")


def test_a_shared_place_finds_the_nearest(told: Told) -> None:
    row = told.db.scalars(select(Community).where(Community.name == "太丰社区")).one()
    row.latitude, row.longitude = 31.45, 121.10
    told.db.flush()
    message = Message("m", "wechat", "resident", told.now, "location", latitude=31.45, longitude=121.1)
    turn = Turn(told.db, told.user("resident"), told.now, message)
    with pytest.raises(Refused) as listed:
        organization.query(turn, organization.Query(near=[31.45, 121.1]))
    assert next(label for _, label in listed.value.choices).startswith("太丰社区老年书画社")


def test_a_stranger_is_asked_for_a_community(told: Told) -> None:
    resident = told.user("resident")
    resident.community_id = None
    assert "哪个社区" in told.say("resident", "附近有什么组织", INTENT)


def test_by_head_and_by_place(told: Told) -> None:
    team(told).head, team(told).place = "顾建明", "老粮站二楼"
    told.db.flush()
    assert "百灵鸟合唱队" in told.say("resident", "顾建明带的是哪支队", INTENT, person="顾建明")
    assert "百灵鸟合唱队" in told.say("resident", "老粮站二楼那个队", INTENT, place="老粮站二楼")


def test_words_shared_with_a_name_or_note_find_it(told: Told) -> None:
    team(told, "娄东爱心社").note = "英语角、放电影"
    told.db.flush()
    assert "娄东爱心社" in told.say("resident", "有没有英语角", INTENT)
    assert "没找到正好对得上的。梅园社区一共有5个" in told.say("resident", "钓鱼协会有伐", INTENT)


@pytest.mark.parametrize(
    ("question", "fragment"),
    [("负责人电话", "哪个组织"), ("业委会电话多少", "不是社区社会组织"), ("13962233780是哪个组织的号码", "查不出是谁")],
)
def test_what_the_directory_cannot_tell(told: Told, question: str, fragment: str) -> None:
    slots = {"phone": "13962233780"} if question[0].isdecimal() else {}
    assert fragment in told.say("resident", question, INTENT, **slots)
