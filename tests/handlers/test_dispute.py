"""Disputes end to end below the engine: report, routing, what each role sees, steps, danger, reminders."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from handlers import dispute as handler
from handlers.dispute import Report, Status, Update
from handlers.skill import Refused, Reply, When
from models import dispute, people
from models.audit import PersonalRead
from models.base import Session, unseal
from models.dispute import Dispute
from models.messages import URGENT, Outbox
from models.organization import Organization
from models.people import Role
from nlp.types import Understanding
from tests.handlers.turns import news, stranger, turn

LEAK = "楼上漏水跟3号楼2单元401吵起来了"


def reported(
    db: Session, now: datetime, openid: str = "resident", text: str = LEAK, **slots: Any
) -> tuple[Dispute, Reply]:
    given: dict[str, Any] = {"dispute_type": "邻里", "place": "3号楼2单元501", "building": "3幢2单元501室", **slots}
    reply = handler.report(turn(db, openid, text, now), Report(**{**Report.heard(text), **given}))
    row = db.scalars(select(Dispute).where(Dispute.no == reply.no)).one()
    return row, reply


def updated(db: Session, now: datetime, openid: str, text: str, **slots: Any) -> Reply:
    return handler.update(turn(db, openid, text, now), Update(**{**Update.heard(text), **slots}))


def seen(db: Session, now: datetime, openid: str, **slots: Any) -> str:
    try:
        return handler.status(turn(db, openid, "纠纷怎么样了", now), Status(**slots)).text
    except Refused as listed:  # several: a list to pick from
        return "\n".join([f"{listed.values['count']}件", *(label for _, label in listed.choices)])


def test_report_is_routed_and_answered_with_the_limit(db: Session, now: datetime) -> None:
    row, reply = reported(db, now, person="张阿姨", phone="13812345678")
    assert reply.no
    assert reply.no.startswith("JF20261124-0001")
    for part in ("梅园社区", "老娘舅调解工作室", "12月24日(周四)", "还剩30天", "第三十三条"):
        assert part in reply.text
    assert (row.building, row.source, row.scale, row.level) == ("3幢2单元501室", "群众上报", "01", "04")
    (told,) = news(db, "worker")
    assert row.no in told
    assert "张" not in told
    assert "1381" not in told
    assert news(db, "leader") == []  # of a choir, not of mediators


def test_what_names_people_is_sealed(db: Session, now: datetime) -> None:
    row, _ = reported(db, now, person="张阿姨", phone="13812345678")
    for column, value in {"text": LEAK, "person": "张阿姨", "phone": "13812345678"}.items():
        stored = getattr(row, column)
        assert value.encode() not in stored
        assert unseal(db, stored) == value


def test_without_a_setting_the_limit_is_left_open(db: Session, now: datetime) -> None:
    reply = handler.report(turn(db, "resident", LEAK, now, settings={}), Report(text=LEAK, place="5幢"))
    assert "还没定" in reply.text
    assert "城厢镇民政办" in reply.text
    assert "None" not in reply.text


def test_a_type_nobody_knows_is_other(db: Session, now: datetime) -> None:
    assert reported(db, now, dispute_type=None)[0].dispute_type == "其他"


def test_the_same_words_twice_are_one_dispute(db: Session, now: datetime) -> None:
    row, _ = reported(db, now)
    with pytest.raises(Refused) as refused:
        reported(db, now + timedelta(hours=1))
    assert refused.value.values["known"] == row.no


def test_the_place_named_decides_the_community(db: Session, now: datetime) -> None:
    row, reply = reported(db, now, place="太丰社区15幢303")
    assert "镇里的工作人员" in reply.text  # no worker is bound there
    assert news(db, "worker") == []
    assert len(news(db, "town")) == 1
    assert row.town_id is not None


def test_without_any_place_the_community_is_asked(db: Session, now: datetime) -> None:
    stranger(db, now)
    with pytest.raises(Refused) as refused:
        reported(db, now, "stranger")
    assert refused.value.ask == "community"
    row, reply = reported(db, now, "stranger", community="哪儿也不是")
    assert row.community_id is None
    assert "市里的工作人员" in reply.text


def test_a_mediators_leader_is_told_and_may_see(db: Session, now: datetime) -> None:
    room = db.scalars(select(Organization).where(Organization.category == "纠纷调处")).one()
    stranger(db, now, "mediator", role=Role.LEADER, community_id=room.community_id, organization_id=room.id)
    row, _ = reported(db, now, person="张阿姨")
    assert row.no in news(db, "mediator")[0]
    assert "张阿姨" in seen(db, now, "mediator", ticket_no=row.no)
    assert "没找到" in seen(db, now, "leader", ticket_no=row.no)


@pytest.mark.parametrize(
    ("text", "anonymous"),
    [("我不想说名字 就是我们楼有个人经常威胁老人要钱", True), ("别说是我报的 楼上天天吵", True), (LEAK, False)],
)
def test_anonymous_wish(db: Session, now: datetime, text: str, anonymous: bool) -> None:
    row, reply = reported(db, now, text=text, phone="13812345678")
    assert row.anonymous is anonymous
    assert (row.phone is None) is anonymous
    assert ("不会告诉任何人" in reply.text) is anonymous
    shown = seen(db, now, "worker", ticket_no=row.no)
    assert ("演示Resident" in shown) is not anonymous
    assert ("不愿透露" in shown) is anonymous


def test_parties_by_role_and_every_reading_written_down(db: Session, now: datetime) -> None:
    row, _ = reported(db, now, "worker", person="张阿姨", phone="13812345678")
    stranger(db, now, "neighbour", community_id=row.community_id)
    for openid, name in {"worker": "张阿姨", "town": "张阿姨", "city": "张**"}.items():
        assert name in seen(db, now, openid, ticket_no=row.no)
    assert "13812345678" not in seen(db, now, "city", ticket_no=row.no)
    assert "没找到" in seen(db, now, "resident", ticket_no=row.no)
    assert "没找到" in seen(db, now, "neighbour", ticket_no=row.no)
    readers = Counter(db.scalars(select(PersonalRead.role)))
    assert readers == {Role.WORKER: 3, Role.TOWN: 3}  # person, phone and the words


def test_residents_see_only_their_own(db: Session, now: datetime) -> None:
    reported(db, now, "worker")
    assert "还没有报过" in seen(db, now, "resident")
    row, _ = reported(db, now, "resident", text="停车位的事", dispute_type="物业")
    shown = seen(db, now, "resident")
    for part in (row.no, "已登记，等人来联系", "还剩30天", "接下来"):
        assert part in shown
    assert "原话" not in shown


def test_staff_list_is_pressing_first(db: Session, now: datetime) -> None:
    old, _ = reported(db, now - timedelta(days=40), text="老的", place="1幢", building="1幢")
    new, _ = reported(db, now, text="新的", place="2幢", building="2幢")
    shown = seen(db, now, "worker")
    assert "2件" in shown
    assert "超期10天" in shown
    assert shown.index(old.no) < shown.index(new.no)
    assert "没有还没调好" in seen(db, now, "worker", community="太丰社区")


@pytest.mark.parametrize(
    ("text", "step", "status"),
    [
        ("漏水那个调好了 双方签了协议 赔2600 月底前付清", "settled", "settled"),
        ("夫妻俩和好了 老公写了保证书", "settled", "settled"),
        ("那个事没调成 他们要去法院", "failed", "failed"),
        ("调解失败 建议走诉讼", "failed", "failed"),
        ("这件事转司法所了", "transferred", "transferred"),
        ("双方自行和解了 撤掉吧", "withdrawn", "withdrawn"),
        ("今天上午上门做了工作 双方情绪稳定 约周五下午两点再谈", "progress", "working"),
        ("两家人都答应了 就差签字", "progress", "working"),
        ("没谈拢 老板只肯给一半", "progress", "working"),
        ("第二次上门 还在做工作", "progress", "working"),
    ],
)
def test_what_a_sentence_says_happened(db: Session, now: datetime, text: str, step: str, status: str) -> None:
    row, _ = reported(db, now)
    reply = updated(db, now, "worker", text)
    assert row.status == status
    assert row.no in reply.text
    assert (news(db, "resident", f":{step}:") != []) is True


def test_settled_keeps_money_dates_and_reminders(db: Session, now: datetime) -> None:
    row, _ = reported(db, now)
    reply = updated(db, now, "worker", "调好了 赔2600 月底前付", money=2600, end=When("2026-11-30"))
    assert (row.money, row.agreed_until, row.follow_up_on) == (2600, "2026-11-30", date(2026, 12, 9))
    for part in ("2600元", "11月30日(周一)", "12月9日", "司法确认", "已告诉报告人"):
        assert part in reply.text
    planned = [
        row.send_at for row in db.scalars(select(Outbox).where(Outbox.source == row.no).order_by(Outbox.send_at))
    ]
    assert [f"{at:%m-%d %H}" for at in planned] == ["11-30 09", "12-09 09"]
    assert "已回访" in updated(db, now + timedelta(days=15), "worker", "回访过了 没有反复", ticket_no=row.no).text
    assert row.status == "settled"


def test_failed_names_the_other_ways(db: Session, now: datetime) -> None:
    reported(db, now)
    reply = updated(db, now, "worker", "没调成 要去法院 下周二再上门看看", start=When("2026-12-01T09:00"))
    for part in ("城厢镇司法所", "法院", "下次上门：12月1日(周二)上午9:00"):
        assert part in reply.text
    assert "法院起诉" in seen(db, now, "resident")


def test_no_line_is_lost_where_town_or_place_is_unknown(db: Session, now: datetime) -> None:
    stranger(db, now)
    for text in ("吵架", "打官司的事"):
        reported(db, now, "stranger", text=text, place=None, building=None, community="哪儿也不是")
    with pytest.raises(Refused) as refused:
        updated(db, now, "city", "没调成")
    assert all("地点没说" in label for _, label in refused.value.choices)
    no = refused.value.choices[0][0]
    assert "找当地司法所" in updated(db, now, "city", "没调成", ticket_no=no).text


def test_next_meeting_is_reminded_twice_and_moves(db: Session, now: datetime) -> None:
    row, _ = reported(db, now)
    updated(db, now, "worker", "约周五下午两点再谈", start=When("2026-11-27T14:00"))
    updated(db, now, "worker", "改约周六上午九点再谈", start=When("2026-11-28T09:00"))
    planned = [
        row.send_at for row in db.scalars(select(Outbox).where(Outbox.source == row.no).order_by(Outbox.send_at))
    ]
    assert [f"{at:%m-%d %H}" for at in planned] == ["11-27 18", "11-28 07"]
    assert row.officer_id == people.get(db, "wechat", "worker").id  # type: ignore[union-attr]


def test_which_one_is_asked_with_the_likeliest_first(db: Session, now: datetime) -> None:
    leak, _ = reported(db, now)
    dog, _ = reported(db, now, text="狗咬了小孩不肯赔", dispute_type="损害赔偿", place="7幢", building="7幢")
    with pytest.raises(Refused) as refused:
        updated(db, now, "worker", "狗咬小孩那件调好了")
    assert [no for no, _ in refused.value.choices] == [dog.no, leak.no]
    assert leak.no in updated(db, now, "worker", "3幢2单元501调好了", building="3幢2单元501室").text
    assert dog.no in updated(db, now, "worker", "狗咬小孩那件调好了", ticket_no=dog.no).text


def test_another_door_is_another_dispute(db: Session, now: datetime) -> None:
    known, _ = reported(db, now)
    told = "15幢303家庭矛盾 已上门 暂时平息"
    reply = updated(db, now, "worker", told, building="15幢303室", place="15幢303", dispute_type="婚姻家庭")
    assert reply.no != known.no
    row = db.scalars(select(Dispute).where(Dispute.no == reply.no)).one()
    assert (row.status, row.dispute_type, row.source) == ("working", "婚姻家庭", "网格员巡查")
    assert known.status == "open"
    with pytest.raises(Refused, match="nothing"):
        updated(db, now, "resident", "9幢的撤掉", building="9幢", place="9幢")


def test_a_building_covers_its_doors(db: Session, now: datetime) -> None:
    row, _ = reported(db, now)
    reported(db, now, text="狗咬了小孩", place="7幢", building="7幢")
    assert updated(db, now, "worker", "3号楼那家调好了", building="3幢", place="3号楼").no == row.no


def test_a_correction_changes_the_report_and_not_its_state(db: Session, now: datetime) -> None:
    row, _ = reported(db, now, "worker")
    said = turn(db, "worker", "不对,是5号楼302", now)
    said.said = Understanding(said.text, "dialog.correct", 1.0, {}, False, (), (), ())
    handler.update(said, Update(**{**Update.heard(said.text), "ticket_no": row.no}))
    assert (row.building, row.status, unseal(db, row.text)) == ("5幢302室", "open", LEAK)


def test_the_town_takes_over_what_was_handed_on(db: Session, now: datetime) -> None:
    row, _ = reported(db, now)
    updated(db, now, "worker", "这件事转司法所了")
    assert "没有还没调好" in seen(db, now, "worker")
    assert row.no in seen(db, now, "town")
    assert "有进展" in updated(db, now, "town", "已约双方周五谈").text
    town = people.get(db, "wechat", "town")
    assert town
    assert (row.status, row.officer_id) == ("working", town.id)


def test_taken_back(db: Session, now: datetime) -> None:
    row, _ = reported(db, now)
    reply = handler.cancel(turn(db, "resident", "确认", now), handler.Cancel(ticket_no=row.no))
    assert row.status == "withdrawn"
    assert "已告诉工作人员" in reply.text
    with pytest.raises(Refused, match="unknown"):
        handler.cancel(turn(db, "leader", "确认", now), handler.Cancel(ticket_no=row.no))


def test_a_location_after_a_calm_report_alarms_nobody(db: Session, now: datetime) -> None:
    row, _ = reported(db, now, place=None, building=None)
    handler.supplement(turn(db, "resident", "", now), row.no, {"place": "南园路8号"})
    assert row.place == "南园路8号"
    assert news(db, "worker", "danger") == []
    assert len(news(db, "worker", "supplement")) == 1


def test_an_agreed_day_in_the_past_is_not_kept(db: Session, now: datetime) -> None:
    row, _ = reported(db, now)
    updated(db, now, "worker", "调好了 月底前付", end=When("2026-10-31"))
    assert row.agreed_until is None


def test_the_reporter_may_add_and_withdraw_but_not_decide(db: Session, now: datetime) -> None:
    row, _ = reported(db, now)
    reply = updated(db, now, "resident", "昨天又吵了一次 电话13812345678", phone="13812345678")
    assert (row.status, unseal(db, row.phone)) == ("open", "13812345678")
    assert "已告诉工作人员" in reply.text
    assert "没有找到" in refusal(db, now, "leader", "调好了")
    updated(db, now, "resident", "我们自己和好了 撤掉吧", ticket_no=row.no)
    assert row.status == "withdrawn"


def refusal(db: Session, now: datetime, openid: str, text: str) -> str:
    with pytest.raises(Refused) as refused:
        updated(db, now, openid, text)
    return handler.skill.text(refused.value.reply, **refused.value.values)


# -- danger


def cry(db: Session, now: datetime, openid: str, text: str, **slots: Any) -> Reply:
    return handler.emergency(turn(db, openid, text, now), slots)


def test_danger_numbers_first_stored_and_everybody_told(db: Session, now: datetime) -> None:
    reply = cry(db, now, "resident", "老公喝了酒打人 现在就在打", dispute_type="婚姻家庭")
    assert reply.text.startswith("马上打110")
    row = db.scalars(select(Dispute)).one()
    assert row.urgent
    assert row.dispute_type == "婚姻家庭"
    assert reply.no == row.no
    assert "您在哪里" in reply.text
    for openid in ("worker", "town"):
        (told,) = news(db, openid, "danger")
        assert "现在就在打" in told
        assert row.no in told
    assert set(db.scalars(select(Outbox.urgency))) == {URGENT}


def test_a_later_place_completes_it_and_a_second_cry_makes_no_second_report(db: Session, now: datetime) -> None:
    no = cry(db, now, "resident", "打起来了").no
    assert no
    asked = turn(db, "resident", "太丰社区5号楼302", now + timedelta(minutes=2))
    reply = handler.supplement(asked, no, {"place": "太丰社区5号楼302", "building": "5幢302室"})
    assert "太丰社区5号楼302" in reply.text
    row = db.scalars(select(Dispute)).one()
    assert row.building == "5幢302室"
    assert "5号楼302" in news(db, "town", "danger")[-1]
    assert "再次通知" in cry(db, now + timedelta(minutes=5), "resident", "还在打 快来人").text
    assert db.scalar(select(func.count()).select_from(Dispute)) == 1


def test_a_watched_phone_gets_few_words_and_no_news(db: Session, now: datetime) -> None:
    reply = cry(db, now, "resident", "我在厕所里悄悄打字的 他在外面踹门 别给我打电话")
    assert reply.text.startswith("马上打110")
    assert "12110512" in reply.text
    assert "您在哪里" not in reply.text
    row = db.scalars(select(Dispute)).one()
    assert row.quiet
    assert "不要打电话" in news(db, "worker", "danger")[0]
    updated(db, now, "worker", "已经到场 约明天再谈", ticket_no=row.no)
    assert news(db, "resident") == []


def test_without_a_community_city_and_towns_are_told(db: Session, now: datetime) -> None:
    stranger(db, now)
    reply = cry(db, now, "stranger", "他说再不处理就跳下去")
    assert reply.text.startswith("马上打110")
    assert "您在哪里" in reply.text
    assert news(db, "city", "danger")
    assert news(db, "town", "danger")
    no = reply.no or ""
    assert no in seen(db, now, "town", ticket_no=no)


def test_the_limit_is_swept(db: Session, now: datetime) -> None:
    row, _ = reported(db, now)
    due = {
        offset: [nudge.text for nudge in handler.limit(db, date(2026, 12, 24) + timedelta(days=offset))]
        for offset in range(-8, 9)
    }
    assert {offset for offset, texts in due.items() if texts} == {-7, 0, 7}
    assert "超过调解期限7天" in due[7][0]
    dispute.update(db, people.get(db, "wechat", "worker"), now, row, "settled", {})  # type: ignore[arg-type]
    assert list(handler.limit(db, date(2026, 12, 24))) == []


@pytest.mark.parametrize("text", ["不想调解了", "算了 不报了", "撤掉吧"])
def test_the_reporter_takes_it_back_in_any_words(db: Session, now: datetime, text: str) -> None:
    row, _ = reported(db, now)
    reply = updated(db, now, "resident", text)
    assert row.status == "withdrawn"
    assert "3幢2单元501室邻里纠纷 已撤回" in reply.text


def test_that_the_other_side_does_not_want_it_is_no_withdrawal(db: Session, now: datetime) -> None:
    row, _ = reported(db, now)
    updated(db, now, "worker", "李家不想调解了")
    assert row.status == "working"


def test_a_number_without_its_last_sign_is_found(db: Session, now: datetime) -> None:
    row, _ = reported(db, now)
    assert row.no in seen(db, now, "resident", ticket_no=row.no[:-1])


def test_who_names_no_community_is_asked_and_may_leave_it_open(db: Session, now: datetime) -> None:
    stranger(db, now)
    with pytest.raises(Refused) as asked:
        reported(db, now, "stranger", "隔壁太吵", place=None, building=None)
    assert asked.value.ask == "community"
    row, reply = reported(
        db, now, "stranger", "隔壁太吵", place=None, building=None, community=asked.value.choices[0][0]
    )
    assert (row.community_id, row.town_id) == (None, None)
    assert "市里的工作人员" in reply.text
    assert row.no in seen(db, now, "town")
    updated(db, now, "town", "是梅园社区的，转给他们", community="梅园社区")
    assert row.community_id
    assert any(row.no in text for text in news(db, "worker"))


def test_a_town_in_the_words_is_enough(db: Session, now: datetime) -> None:
    stranger(db, now)
    row, reply = reported(db, now, "stranger", "在城厢镇，隔壁太吵", place=None, building=None)
    assert row.town_id
    assert "城厢镇" in reply.text


def test_who_has_left_is_told_nothing_and_nobody_says_so(db: Session, now: datetime) -> None:
    row, _ = reported(db, now)
    maker = people.get(db, "wechat", "resident")
    assert maker is not None
    people.forget(db, maker)
    reply = updated(db, now, "worker", "上门谈了一次", ticket_no=row.no)
    assert "已告诉报告人" not in reply.text
