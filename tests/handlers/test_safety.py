"""Hazards and safety work below the engine: report, counts, steps, what each role sees, danger, reminders."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from handlers import safety as handler
from handlers.danger import judge
from handlers.safety import Log, Report, Status, Update
from handlers.skill import Refused, Reply, When
from models.audit import PersonalRead
from models.base import Session, unseal
from models.messages import URGENT, Outbox
from models.people import User
from models.points import VolunteerHours
from models.safety import Hazard, SafetyWork
from tests.handlers.turns import news, stranger, turn

BIKES = "6号楼楼道里停了三辆电瓶车在充电"


def reported(
    db: Session, now: datetime, openid: str = "resident", text: str = BIKES, **slots: Any
) -> tuple[Hazard, Reply]:
    given: dict[str, Any] = {"hazard_type": "消防", "place": "6号楼楼道", "building": "6幢", **slots}
    photos = given.pop("photos", [])
    reply = handler.report(turn(db, openid, text, now, photos=photos), Report(**{**Report.heard(text), **given}))
    return db.scalars(select(Hazard).where(Hazard.no == reply.no)).one(), reply


def logged(db: Session, now: datetime, text: str, openid: str = "worker", **slots: Any) -> tuple[SafetyWork, Reply]:
    reply = handler.log(turn(db, openid, text, now), Log(**{**Log.heard(text), **slots}))
    return db.scalars(select(SafetyWork).where(SafetyWork.no == reply.no)).one(), reply


def updated(db: Session, now: datetime, openid: str, text: str, **slots: Any) -> Reply:
    return handler.update(turn(db, openid, text, now), Update(**{**Update.heard(text), **slots}))


def seen(db: Session, now: datetime, openid: str, text: str = "隐患怎么样了", **slots: Any) -> str:
    try:
        return handler.status(turn(db, openid, text, now), Status(**{**Status.heard(text), **slots})).text
    except Refused as listed:  # several: a list to pick from
        return "\n".join([f"{listed.values['count']}件", *(label for _, label in listed.choices)])


def test_report_is_routed_with_a_deadline(db: Session, now: datetime) -> None:
    row, reply = reported(db, now, phone="13812345678", photos=[{"kind": "image"}])
    assert reply.no
    assert reply.no.startswith("PA20261124-0001")
    for part in ("梅园社区：社区工作人员1人", "11月27日(周五)", "照片1张"):
        assert part in reply.text
    assert (row.severity, row.due_on, row.source) == ("middle", date(2026, 11, 27), "群众上报")
    assert BIKES.encode() not in (row.text or b"")
    (told,) = news(db, "worker")
    assert row.no in told
    assert "138" not in told


@pytest.mark.parametrize(
    ("text", "severity", "days"),
    [("井盖没了 太平路口 天黑要出事", "high", 1), (BIKES, "middle", 3), ("建议给路灯换个亮点的 不急", "low", 7)],
)
def test_how_bad_by_the_words(db: Session, now: datetime, text: str, severity: str, days: int) -> None:
    row, _ = reported(db, now, text=text)
    assert row.severity == severity
    assert row.due_on == now.date() + timedelta(days=days)


def test_how_bad_is_asked_where_the_words_are_silent() -> None:
    assert "severity" not in Report.heard("楼下有条狗")
    assert "text" not in Report.heard("我要报个隐患")


def test_without_a_setting_no_deadline_is_invented(db: Session, now: datetime) -> None:
    reply = handler.report(turn(db, "resident", BIKES, now, settings={}), Report(text=BIKES, place="6号楼"))
    assert "还没定" in reply.text
    assert db.scalars(select(Hazard)).one().due_on is None


@pytest.mark.parametrize(
    ("text", "work", "counts"),
    [
        ("夜巡登记 今晚8点-9点半 6人 检查28处 发现2处隐患已劝离1处", "夜巡", (28, 2, 1)),
        ("隐患排查 本周 合计 共检查 62户 问题 5 已改 4", "排查", (62, 5, 4)),
        ("11月3日安全检查登记:地点菜场,检查26户商户,发现飞线2处,已整改", "检查", (26, 2, 2)),
        ("冬防夜巡 8个人 平安无事", "夜巡", (None, 0, None)),
        ("昨天消防演练 45人", "演练", (None, None, None)),
        ("巡河劝离3起", "整治", (None, None, 3)),
        ("反诈宣传 发了120份传单 28个老人来听", "宣传", (None, None, None)),
        ("七个人出去了一趟", None, (None, None, None)),
    ],
)
def test_work_and_counts_from_the_sentence(text: str, work: str | None, counts: tuple[int | None, ...]) -> None:
    heard = Log.heard(text)
    assert heard.get("work") == work
    assert tuple(heard.get(name) for name in ("checked", "found", "fixed")) == counts


def test_log_says_what_is_left_and_drafts_volunteer_hours(db: Session, now: datetime) -> None:
    text = "夜巡登记 今晚8点-9点半 6人 检查28处 发现2处隐患已劝离1处"
    row, reply = logged(
        db, now, text, start=When("2026-11-24T20:00"), end=When("2026-11-24T21:30"), headcount=6, volunteers=4
    )
    assert (row.checked, row.found, row.fixed, row.hours) == (28, 2, 1, 1.5)
    assert "还有1处" in reply.text
    draft = db.scalars(select(VolunteerHours)).one()
    assert (draft.activity_no, draft.volunteers, draft.hours) == (row.no, 4, 1.5)
    with pytest.raises(Refused) as refused:
        logged(db, now, text, start=When("2026-11-24T20:00"), end=When("2026-11-24T21:30"), headcount=6)
    assert refused.value.values["known"] == row.no
    shown = seen(db, now, "worker", "这个月夜巡几次")
    assert "检查28处，发现2处，已处理1处" in shown


def test_work_is_put_right_and_taken_back(db: Session, now: datetime) -> None:
    row, _ = logged(db, now, "夜巡 检查28处", headcount=6)
    assert "人数：8人" in updated(db, now, "worker", "人数改成8个", ticket_no=row.no, headcount=8).text
    assert "发现：3处" in updated(db, now, "worker", "发现3处", ticket_no=row.no).text
    assert (row.headcount, row.checked, row.found) == (8, 28, 3)
    with pytest.raises(Refused, match="amend_what"):
        updated(db, now, "worker", "改一下", ticket_no=row.no)
    handler.supplement(turn(db, "worker", "", now), row.no, {"place": "南园路8号"})
    assert row.place == "南园路8号"
    handler.cancel(turn(db, "worker", "确认", now), handler.Cancel(ticket_no=row.no))
    assert "还没有登记" in seen(db, now, "worker", "这个月夜巡几次")


def test_a_building_that_no_hazard_has_matches_none(db: Session, now: datetime) -> None:
    reported(db, now)
    with pytest.raises(Refused, match="nothing"):
        updated(db, now, "worker", "9幢的清掉了", building="9幢", place="9幢")


def test_residents_see_only_their_own(db: Session, now: datetime) -> None:
    reported(db, now, "worker")
    assert "还没有报过" in seen(db, now, "resident")
    row, _ = reported(db, now, text="路灯坏了", hazard_type="道路设施", place="南园路")
    shown = seen(db, now, "resident")
    for part in (row.no, "等人去看", "还剩3天", "先去现场看"):
        assert part in shown
    assert "原话" not in shown
    assert "2件" in seen(db, now, "worker")
    assert "没找到" in seen(db, now, "leader", ticket_no=row.no)


def test_staff_read_who_reported_and_it_is_written_down(db: Session, now: datetime) -> None:
    row, _ = reported(db, now, phone="13812345678", person="王阿婆")
    assert "13812345678" in seen(db, now, "worker", ticket_no=row.no)
    assert "13812345678" not in seen(db, now, "city", ticket_no=row.no)
    assert set(db.scalars(select(PersonalRead.what))) == {"text", "person", "phone"}


def test_an_unnamed_reporter_stays_unnamed(db: Session, now: datetime) -> None:
    row, _ = reported(db, now, text="匿名 隔壁有黑气瓶", phone="13812345678")
    shown = seen(db, now, "worker", ticket_no=row.no)
    assert "不愿透露" in shown
    assert "138" not in shown


@pytest.mark.parametrize(
    ("text", "step", "status"),
    [
        ("井盖换了新的", "rectified", "rectified"),
        ("楼道电瓶车都推走了 贴了禁停", "rectified", "rectified"),
        ("下午三点复查了 合格 销号", "closed", "closed"),
        ("已通知房东 三天内整改", "progress", "working"),
        ("业主拒绝整改 说不关他事", "progress", "working"),
        ("复查还有一处没改 再给三天", "reopened", "working"),
        ("隐患转镇里了 我们处理不了", "transferred", "transferred"),
        ("误报 撤掉吧", "withdrawn", "withdrawn"),
    ],
)
def test_what_a_sentence_says_happened(db: Session, now: datetime, text: str, step: str, status: str) -> None:
    row, _ = reported(db, now)
    reply = updated(db, now, "worker", text)
    assert row.status == status
    assert row.no in reply.text
    assert news(db, "resident", f":{step}:")
    assert bool(news(db, "town", "handed_on")) is (step == "transferred")


def test_deadline_rectified_and_reinspection_are_reminded(db: Session, now: datetime) -> None:
    row, _ = reported(db, now)
    reply = updated(db, now, "worker", "已通知房东 下周一前整改", end=When("2026-11-30"))
    assert row.due_on == date(2026, 11, 30)
    assert "还剩6天" in reply.text
    assert planned(db, row) == ["11-29 09"]
    reply = updated(db, now + timedelta(days=1), "worker", "整改好了", ticket_no=row.no)
    assert "照片" in reply.text
    assert planned(db, row) == ["12-02 09"]  # a week later, by the setting
    updated(db, now + timedelta(days=7), "worker", "复查合格", ticket_no=row.no)
    assert (row.status, planned(db, row)) == ("closed", [])


def planned(db: Session, row: Hazard) -> list[str]:
    found = db.scalars(select(Outbox).where(Outbox.source == row.no).order_by(Outbox.send_at))
    return [f"{nudge.send_at:%m-%d %H}" for nudge in found]


def test_the_town_takes_over_what_was_handed_on(db: Session, now: datetime) -> None:
    row, _ = reported(db, now)
    updated(db, now, "worker", "处理不了 转镇里")
    assert "没有没办结" in seen(db, now, "worker")
    assert row.no in seen(db, now, "town")
    assert "整改好了" in updated(db, now, "town", "都清走了").text
    assert row.status == "rectified"


def test_the_deadline_is_swept(db: Session, now: datetime) -> None:
    row, _ = reported(db, now)
    assert row.due_on
    due = {offset: list(handler.deadline(db, row.due_on + timedelta(days=offset))) for offset in range(-3, 8)}
    assert {offset for offset, nudges in due.items() if nudges} == {0, 7}
    assert "超期7天" in due[7][0].text


def test_which_one_is_asked(db: Session, now: datetime) -> None:
    bikes, _ = reported(db, now)
    lid, _ = reported(db, now, text="井盖没了", hazard_type="道路设施", place="太平路", building=None)
    with pytest.raises(Refused) as refused:
        updated(db, now, "worker", "太平路井盖换好了")
    assert [no for no, _ in refused.value.choices] == [lid.no, bikes.no]
    made = turn(db, "worker", "换好了", now, last=lid.no)
    assert lid.no in handler.update(made, Update(outcome="换好了")).text


def test_the_reporter_adds_but_does_not_close(db: Session, now: datetime) -> None:
    row, _ = reported(db, now)
    assert "已告诉工作人员" in updated(db, now, "resident", "换好了 谢谢").text
    assert row.status == "open"


# -- danger


def cry(db: Session, now: datetime, openid: str, text: str, **slots: Any) -> Reply:
    return handler.emergency(turn(db, openid, text, now), slots)


@pytest.mark.parametrize(
    ("text", "type_", "kind", "numbers"),
    [
        ("闻到煤气味 7幢一楼", "燃气", "gas", {"119", "120"}),
        ("着火了 三楼窗户冒烟", "消防", "fire", {"119", "120"}),
        ("有小孩掉河里了 快来人", "水域防汛", "drowning", {"110", "119", "120"}),
        ("师傅触电倒在地上", "用电", "electric", {"119", "120"}),
        ("他说再不处理就跳下去", None, "suicide", {"110", "120"}),
        ("我不想活了 老公外面有人", None, "self", {"110", "120"}),
        ("她当场喝农药", None, "poison", {"120", "110"}),
        ("老公喝了酒打人 现在就在打", "婚姻家庭", "violence", {"110", "120"}),
        ("租客把自己锁在屋里开着煤气 说不退钱就炸", "合同", "gas", {"110", "119", "120"}),
        ("我奶奶不见了 早上出门 有老年痴呆", "特殊人群", "missing", {"110"}),
        ("有个老太两天没看见人 敲门没应 送饭的说", "特殊人群", "collapse", {"120"}),
        ("电梯里困了五个人 有一个喘不上气", "其他", "elevator", {"119", "120"}),
        ("快来人啊", "特殊人群", "collapse", {"120"}),
        ("快来人啊", None, "other", {"110", "119", "120"}),
    ],
)
def test_the_right_numbers(text: str, type_: str | None, kind: str, numbers: set[str]) -> None:
    judged = judge(text, type_)
    assert (judged.kind, set(judged.numbers)) == (kind, numbers)
    shown = judged.call + (judged.also or "")
    assert all(number in shown for number in numbers)
    assert 1 <= len(judged.do) <= 2


def test_gas_outside_first_and_no_switches(db: Session, now: datetime) -> None:
    reply = cry(db, now, "resident", "闻到煤气味 7幢一楼", hazard_type="燃气", place="7幢一楼", building="7幢1层")
    head = reply.text.split("\n")
    assert "119" in head[0]
    assert "不要开灯" in reply.text
    row = db.scalars(select(Hazard)).one()
    assert (row.severity, row.urgent, row.building) == ("high", True, "7幢1层")
    assert "梅园社区" in reply.text
    assert row.no in reply.text
    (told,) = news(db, "worker", "danger")
    for part in ("燃气泄漏", "7幢", row.no, "119"):
        assert part in told
    assert sorted(db.scalars(select(PersonalRead.what))) == ["text", "text"]  # what was pushed counts as read
    assert set(db.scalars(select(Outbox.urgency))) == {URGENT}


def test_unknown_place_is_asked_after_the_numbers_and_filled_later(db: Session, now: datetime) -> None:
    stranger(db, now)
    reply = cry(db, now, "stranger", "着火了 快来")
    assert reply.text.index("119") < reply.text.index("您在哪里")
    assert news(db, "city", "danger")
    assert news(db, "worker") == []
    assert reply.no
    said = turn(db, "stranger", "梅园社区3号楼", now + timedelta(minutes=1))
    answer = handler.supplement(said, reply.no, {"place": "梅园社区3号楼", "building": "3幢", "phone": "13812345678"})
    assert "地点记下了" in answer.text
    assert "梅园社区工作人员2人" in answer.text
    told = news(db, "worker", "danger")[0]
    assert "3号楼" in told
    assert "13812345678" in told
    row = db.scalars(select(Hazard)).one()
    assert unseal(db, row.phone) == "13812345678"
    assert db.scalar(select(func.count()).select_from(Hazard)) == 1


def test_words_without_a_place_are_passed_on_and_the_place_asked_again(db: Session, now: datetime) -> None:
    no = cry(db, now, "resident", "救命 着火了").no
    assert no
    reply = handler.supplement(turn(db, "resident", "烟好大", now + timedelta(minutes=1)), no, {})
    assert "您在哪里" in reply.text
    assert "烟好大" in news(db, "worker", "danger")[-1]


def test_nobody_on_duty_says_so(db: Session, now: datetime) -> None:
    for user in db.scalars(select(User)):
        user.followed = False
    reply = cry(db, now, "resident", "着火了")
    assert "没联系上工作人员" in reply.text
    assert reply.no


def test_a_second_danger_is_a_second_report_but_more_words_are_not(db: Session, now: datetime) -> None:
    first, later = cry(db, now, "resident", "老公打我救命"), now + timedelta(minutes=1)
    assert cry(db, later, "resident", "还在 快来").no == first.no
    assert cry(db, later, "resident", "有人要跳楼 梅园社区12幢楼顶").no != first.no


def test_after_the_worst_nobody_is_told_to_run(db: Session, now: datetime) -> None:
    cry(db, now, "resident", "老公打我救命")
    assert "马上打110；" not in cry(db, now + timedelta(minutes=1), "resident", "他走了").text


def test_volunteer_hours_follow_the_work_they_belong_to(db: Session, now: datetime) -> None:
    row, _ = logged(db, now, "夜巡 志愿者2人", work="夜巡", volunteers=2)
    updated(db, now, "worker", "志愿者3个", ticket_no=row.no, volunteers=3)
    assert db.scalars(select(VolunteerHours)).one().volunteers == 3
    handler.cancel(turn(db, "worker", "撤销", now), handler.Cancel(ticket_no=row.no))
    assert db.scalars(select(VolunteerHours)).all() == []


def test_what_was_done_on_the_spot_is_counted(db: Session, now: datetime) -> None:
    row, _ = logged(db, now, "夜巡查了二十八处,发现两处飞线,当场拔掉一处", work="夜巡")
    assert (row.checked, row.found, row.fixed) == (28, 2, 1)
