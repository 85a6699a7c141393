"""What is due reaches people within the platform's rules, at most once; what cannot, waits for their next word."""

import threading
from datetime import timedelta

import pytest

from bot import outcomes
from bot.outcomes import Outcome
from bot.push import Mailbox, Parcel, fit
from models import messages, people, push, reach
from models.base import Database
from models.due import OWN
from models.messages import ROUTINE, SOON, URGENT
from models.people import User
from tests.bot.wire import Deployment
from tests.platform import faults
from tests.platform.faults import errcode, undone

SEND = "/cgi-bin/message/custom/send"
NOTICE = "/cgi-bin/message/template/send"


def greeted(made: Deployment, openid: str = "resident") -> list[str]:
    with made.database.transaction() as db:
        person = people.get(db, "wechat", openid)
        assert person is not None
        return push.greetings(db, person, made.now)


def change(made: Deployment, **columns: object) -> None:
    with made.database.transaction() as db:
        person = people.get(db, "wechat", "resident")
        for name, value in columns.items():
            setattr(person, name, value)


# -- the window -------------------------------------------------------------------------------------------------------


def test_within_the_window_it_goes_by_customer_service(deployment: Deployment) -> None:
    deployment.says()
    deployment.plan("明天下午排练")
    deployment.drain()
    assert deployment.texts() == ["明天下午排练"]
    assert [(row.status, row.channel) for row in deployment.rows] == [("sent", "custom")]


def test_a_second_drain_sends_nothing(deployment: Deployment) -> None:
    deployment.says()
    deployment.plan("明天下午排练")
    deployment.drain()
    deployment.another().drain()
    assert deployment.texts() == ["明天下午排练"]


def test_outside_every_window_it_waits_and_greets(deployment: Deployment) -> None:
    deployment.plan("明天下午排练")
    deployment.drain()
    assert [(row.status, row.outcome) for row in deployment.rows] == [("held", "no channel")]
    assert greeted(deployment) == ["明天下午排练"]
    assert greeted(deployment) == []
    assert deployment.fates == ["sent"]


def test_what_is_too_much_for_a_greeting_follows_by_itself(deployment: Deployment) -> None:
    for number in range(5):
        deployment.plan(f"通知{number}")
    deployment.drain()
    deployment.says()
    assert greeted(deployment) == ["通知0", "通知1", "通知2"]
    deployment.drain()
    assert len(deployment.texts()) == 1
    assert "通知3" in deployment.texts()[0]
    assert "通知4" in deployment.texts()[0]


def test_the_last_messages_of_a_window_are_kept_for_the_urgent(deployment: Deployment) -> None:
    deployment.says()
    for number in range(6):
        deployment.plan(f"通知{number}")
        deployment.drain()
    assert len(deployment.texts()) == 3
    for number in range(3):
        deployment.plan(f"急{number}", urgency=URGENT)
        deployment.drain()
    assert len(deployment.texts()) == 5, "two were kept, the third has no way left"
    assert deployment.fates.count("held") == 4
    assert not [call for call in deployment.world.calls if call.code], "our ledger knew before the platform refused"


def test_a_tap_opens_three_messages_for_a_minute(deployment: Deployment) -> None:
    deployment.world.trigger("resident", "menu")
    deployment.arrives("event", "click")
    deployment.plan("急", urgency=URGENT)
    deployment.drain()
    deployment.world.clock.skip(61)
    deployment.plan("又急", urgency=URGENT)
    deployment.drain()
    assert deployment.texts() == ["急"]


def test_the_platform_counts_better_and_the_ledger_learns(deployment: Deployment) -> None:
    deployment.says()
    deployment.world.people["resident"].windows.clear()
    deployment.plan("甲", urgency=URGENT)
    deployment.plan("乙", urgency=URGENT)
    deployment.drain()
    assert deployment.world.errcodes()[45015] == 1, "one refusal is enough to learn from"
    assert deployment.fates == ["held", "held"]
    deployment.world.clock.skip(5)
    deployment.says()
    with deployment.database.transaction() as db:
        push.free(db, deployment.user().id)
    deployment.drain()
    assert deployment.texts() == ["甲", "乙"]


# -- when -------------------------------------------------------------------------------------------------------------


def test_routine_matters_of_a_day_are_one_message_at_the_persons_hour(deployment: Deployment) -> None:
    deployment.at("07:45")
    deployment.says()
    for clock in (timedelta(0), timedelta(hours=3), timedelta(hours=9)):
        deployment.plan(f"事项{clock}", urgency=ROUTINE, send_at=deployment.now + clock)
    deployment.plan("明天的", urgency=ROUTINE, send_at=deployment.now + timedelta(days=1))
    deployment.drain()
    assert deployment.texts() == []
    deployment.at("08:00")
    deployment.drain()
    (digest,) = deployment.texts()
    assert digest.count("事项") == 3
    assert "明天的" not in digest
    assert deployment.fates == ["sent", "sent", "sent", "planned"]


def test_what_is_planned_after_the_hour_goes_at_its_own_time(deployment: Deployment) -> None:
    deployment.at("16:00")
    deployment.says()
    deployment.plan("今晚六点夜巡", urgency=ROUTINE, send_at=deployment.now + timedelta(hours=1))
    deployment.drain()
    assert deployment.texts() == []
    deployment.at("17:00")
    deployment.drain()
    assert deployment.texts() == ["今晚六点夜巡"]


def test_a_chosen_hour_counts_even_where_others_sleep(deployment: Deployment) -> None:
    change(deployment, digest_hour=6)
    deployment.at("05:50")
    deployment.says()
    deployment.plan("今天开会", urgency=ROUTINE)
    deployment.drain()
    assert deployment.texts() == []
    deployment.at("06:00")
    deployment.drain()
    assert deployment.texts() == ["今天开会"]


def test_quiet_hours_hold_all_but_the_urgent(deployment: Deployment) -> None:
    deployment.at("21:30")
    deployment.says()
    deployment.plan("审核通过了")
    deployment.plan("有人落水", urgency=URGENT)
    deployment.drain()
    assert deployment.texts() == ["有人落水"]
    deployment.at("07:29")
    deployment.drain()
    assert len(deployment.texts()) == 1
    deployment.at("07:30")
    deployment.drain()
    assert deployment.texts() == ["有人落水", "审核通过了"]


@pytest.mark.parametrize(
    ("quiet_from", "asked", "now", "told"),
    [
        ("21:30", "06:00", "05:59", False),
        ("21:30", "06:00", "06:00", True),
        ("21:30", "23:45", "00:20", True),  # the worker was away for a while
        ("21:30", "21:29", "21:45", True),  # asked for just before the night, told a little late
        ("21:30", "15:00", "23:00", False),  # hours late is not what was asked for
        ("21:30", "15:00", "07:30", True),
        ("20:00", "20:30", "20:30", True),  # a deployment with a longer night
    ],
)
def test_the_minute_a_reminder_was_asked_for_is_not_quiet_for_it(
    database: Database, quiet_from: str, asked: str, now: str, told: bool
) -> None:
    made = Deployment(database, push={"quiet_from": quiet_from})
    made.world.add_person("resident")
    made.at("12:00")
    made.says()
    hour, minute = map(int, asked.split(":"))
    at = made.now.replace(hour=hour, minute=minute) + timedelta(days=hour < 12)
    made.plan("带钥匙", kind=OWN, send_at=at)
    made.plan("审核通过了", kind="filing", send_at=at)
    made.at(now)
    made.drain()
    assert ["带钥匙" in text for text in made.texts()] == [True] * told
    if now != "07:30":
        assert "审核通过了" not in "".join(made.texts())
    made.close()


def test_what_comes_too_late_is_dropped(deployment: Deployment) -> None:
    deployment.says()
    deployment.plan("六点排练", not_after=deployment.now + timedelta(hours=1), send_at=deployment.now)
    deployment.world.clock.skip(3601)
    deployment.drain()
    assert [(row.status, row.outcome) for row in deployment.rows] == [("dropped", "expired")]


def test_a_withdrawn_message_never_leaves_even_when_held(deployment: Deployment) -> None:
    deployment.plan("明天排练", source="HD1")
    deployment.drain()
    with deployment.database.transaction() as db:
        assert messages.withdraw(db, "HD1") == 1
    deployment.says()
    assert greeted(deployment) == []


def test_muted_kinds_are_dropped_but_not_the_urgent(deployment: Deployment) -> None:
    person = User(mutes=[])
    push.mute(person, "activity")
    change(deployment, mutes=person.mutes)
    deployment.says()
    deployment.plan("明天排练")
    deployment.plan("证书到期", kind="filing")
    deployment.plan("燃气泄漏", urgency=URGENT)
    deployment.drain()
    assert deployment.texts() == ["燃气泄漏", "证书到期"]
    assert deployment.rows[0].outcome == push.MUTED


def test_mutes_and_hours_are_chosen() -> None:
    person = User(mutes=[])
    push.mute(person)
    assert push.mutes(person, "filing", ROUTINE)
    assert not push.mutes(person, push.LATE, SOON)
    push.unmute(person)
    push.mute(person, "training")
    push.unmute(person, "training")
    assert person.mutes == []
    push.choose_hour(person, 7)
    assert person.digest_hour == 7
    with pytest.raises(ValueError, match="0 to 23"):
        push.choose_hour(person, 24)


# -- notices ----------------------------------------------------------------------------------------------------------


def test_a_template_carries_what_the_window_cannot(noticing: Deployment) -> None:
    noticing.plan("明天下午两点合唱队在社区活动室排练请带歌谱")
    noticing.drain()
    (row,) = noticing.rows
    assert (row.status, row.channel, row.template) == ("sent", "template", "T1")
    (shown,) = noticing.texts("template")
    assert shown.split("\n") == ["明天下午两点合唱队在社区活动室排练请带…", "2026-11-24 09:00"]
    noticing.world.clock.skip(2)
    noticing.reports()
    assert noticing.rows[0].outcome == "delivered"


def test_an_acceptance_is_a_credit_spent_once(noticing: Deployment) -> None:
    noticing.config.wechat.templates.clear()
    noticing.plan("证书还有三十天到期")
    noticing.drain()
    assert noticing.fates == ["held"]
    accept = {"TemplateId": "S1", "SubscribeStatusString": "accept", "PopupScene": "1"}
    noticing.world.tell("resident", "subscribe_msg_popup_event", SubscribeMsgPopupEvent={"List": [accept]})
    noticing.world.people["resident"].credits["S1"] = 1
    noticing.reports()
    noticing.drain()
    assert noticing.texts("subscribe") != []
    noticing.plan("又一件")
    noticing.drain()
    assert noticing.fates == ["sent", "held"]
    assert noticing.world.errcodes()[43101] == 0


def test_a_lasting_subscription_is_not_used_up(noticing: Deployment) -> None:
    noticing.config.wechat.templates.clear()
    noticing.config.push.long_term.append("S1")
    noticing.world.people["resident"].credits["S1"] = -1
    with noticing.database.transaction() as db:
        reach.earn(db, noticing.user().id, "S1")
    for number in range(3):
        noticing.plan(f"第{number}件")
        noticing.drain()
    assert len(noticing.texts("subscribe")) == 3


def test_a_credit_the_platform_does_not_know_is_forgotten(noticing: Deployment) -> None:
    noticing.config.wechat.templates.clear()
    with noticing.database.transaction() as db:
        reach.earn(db, noticing.user().id, "S1")
    noticing.plan("甲")
    noticing.plan("乙")
    noticing.drain()
    assert noticing.world.errcodes()[43101] == 1
    assert noticing.fates == ["held", "held"]


def test_a_person_who_blocks_notices_is_left_alone_until_they_write(noticing: Deployment) -> None:
    noticing.world.people["resident"].blocks_templates = True
    noticing.plan("明天排练")
    noticing.drain()
    noticing.world.clock.skip(2)
    noticing.reports()
    noticing.plan("后天排练")
    noticing.drain()
    assert [(row.status, row.outcome) for row in noticing.rows] == [
        ("held", "failed:user block"),
        ("held", "refuses"),
    ]
    noticing.world.clock.skip(2)
    noticing.says()
    assert greeted(noticing) == ["明天排练", "后天排练"]
    noticing.plan("大后天排练")
    noticing.drain()
    assert noticing.texts("custom") == ["大后天排练"]


def test_a_notice_the_platform_failed_to_deliver_is_sent_again(noticing: Deployment) -> None:
    noticing.plan("明天排练")
    noticing.drain()
    (event,) = noticing.world.events
    event.fields["Status"] = "failed: system failed"
    noticing.reports()
    assert noticing.fates == ["planned"]
    noticing.world.clock.skip(61)
    noticing.drain()
    noticing.reports()
    assert [(row.status, row.outcome) for row in noticing.rows] == [("sent", "delivered")]


def test_a_report_that_overtakes_our_own_record_counts(noticing: Deployment) -> None:
    """The notice ends before the worker has written down that it was sent; the worker's word comes too late."""
    carry = noticing.sender._carriers["template"]

    def overtaken(parcel: Parcel) -> str:
        msgid = carry(parcel)
        noticing.reports()
        return msgid

    noticing.sender._carriers = {"template": overtaken}
    noticing.plan("明天排练")
    noticing.drain()
    assert [(row.status, row.outcome) for row in noticing.rows] == [("sent", "delivered")]
    assert len(noticing.texts()) == 1


def test_a_report_of_something_unknown_changes_nothing(noticing: Deployment) -> None:
    noticing.plan("明天排练")
    noticing.drain()
    (event,) = noticing.world.events
    event.fields.update(MsgID=1, Status="failed:user block")
    noticing.reports()
    assert noticing.fates == ["sent"]


# -- refusals ---------------------------------------------------------------------------------------------------------

SILENT = {Outcome.SENT, Outcome.DROP, Outcome.DEAD, Outcome.LEFT, Outcome.REFUSES}


@pytest.mark.parametrize("code", sorted(outcomes.OUTCOMES))
def test_every_listed_code_leaves_nothing_under_way_and_nothing_lost(deployment: Deployment, code: int) -> None:
    deployment.says()
    deployment.plan("通知", urgency=URGENT)
    deployment.world.faults.burst(errcode(code), times=20, path=SEND)
    deployment.drain()
    (row,) = deployment.rows
    assert row.status != "sending"
    assert (row.status == "dropped") == (outcomes.of(code) is Outcome.DROP)
    deployment.world.faults.clear()
    deployment.world.clock.skip(30 * 3600)
    deployment.drain()
    told = deployment.texts() + greeted(deployment)
    assert told == ([] if outcomes.of(code) in (Outcome.DROP, Outcome.SENT) else ["通知"])


def test_a_used_up_day_waits_for_midnight(deployment: Deployment) -> None:
    deployment.says()
    deployment.plan("通知", urgency=URGENT)
    deployment.world.faults.burst(errcode(45009), path=SEND)
    deployment.drain()
    deployment.world.clock.skip(3600)
    deployment.drain()
    assert deployment.world.errcodes()[45009] == 1, "never asked again the same day"
    deployment.at("00:01")
    deployment.drain()
    assert deployment.texts() == ["通知"]


def test_a_bad_template_is_left_out_and_its_messages_wait(noticing: Deployment) -> None:
    del noticing.world.templates["T1"]
    noticing.plan("甲")
    noticing.plan("乙")
    noticing.drain()
    assert noticing.world.errcodes()[40037] == 1
    assert noticing.fates == ["planned", "planned"]


def test_a_busy_platform_is_asked_a_few_times_at_once_and_then_later(deployment: Deployment) -> None:
    deployment.says()
    deployment.plan("通知")
    deployment.world.faults.burst(faults.BUSY, times=4, path=SEND)
    deployment.drain()
    assert deployment.fates == ["planned"]
    assert deployment.rows[0].retry_at is not None
    deployment.world.clock.skip(600)
    deployment.drain()
    assert deployment.texts() == ["通知"]


def test_too_long_a_text_is_cut_to_what_the_platform_takes(deployment: Deployment) -> None:
    deployment.says()
    deployment.plan("长" * 2000, key="long")
    deployment.drain()
    (text,) = deployment.texts()
    assert len(text.encode()) <= 2048
    assert fit("短", 100) == "短"


# -- at most once -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [faults.SLOW, faults.RESET, faults.HALF, undone(faults.RESET)])
def test_a_customer_message_of_unknown_fate_is_never_sent_again(deployment: Deployment, fault: faults.Outcome) -> None:
    deployment.says()
    deployment.plan("通知", urgency=URGENT)
    deployment.world.faults.burst(fault, path=SEND)
    deployment.drain()
    deployment.world.clock.skip(3600)
    deployment.drain()
    assert deployment.fates == ["unsure"]
    assert len(deployment.texts()) == (1 if fault.done else 0)


@pytest.mark.parametrize("fault", [faults.SLOW, faults.RESET, faults.HALF, undone(faults.RESET)])
def test_a_notice_of_unknown_fate_is_sent_again_under_its_own_id(noticing: Deployment, fault: faults.Outcome) -> None:
    noticing.plan("通知")
    noticing.world.faults.burst(fault, path=NOTICE)
    noticing.drain()
    assert noticing.fates == ["sending"]
    noticing.world.clock.skip(60)
    noticing.drain()
    assert noticing.fates == ["sent"]
    assert len(noticing.texts()) == 1


@pytest.mark.parametrize("code", [-1, 45009, 45011, 40001, 48001])
def test_a_refused_repetition_does_not_make_a_second_message(noticing: Deployment, code: int) -> None:
    noticing.plan("通知")
    noticing.world.faults.script([faults.RESET, *[errcode(code)] * 6], path=NOTICE)
    for _ in range(12):
        noticing.drain()
        noticing.world.clock.skip(40)
    assert len(noticing.texts()) == 1
    assert noticing.fates == ["sent"]


class Killed(BaseException):
    """The worker dies."""


def dies(made: Deployment, *, after: bool) -> None:
    """A worker that makes the call or is about to, and is gone before it can write down how it went."""
    sender = made.another()
    carriers = dict(sender._carriers)

    def deadly(name: str):  # type: ignore[no-untyped-def]
        def carry(parcel):  # type: ignore[no-untyped-def]
            if after:
                carriers[name](parcel)
            raise Killed

        return carry

    sender._carriers = {name: deadly(name) for name in carriers}
    with pytest.raises(Killed):
        sender.drain()


@pytest.mark.parametrize("after", [True, False])
def test_a_dead_workers_customer_message_is_unsure_for_good(deployment: Deployment, after: bool) -> None:
    deployment.says()
    deployment.plan("通知", urgency=URGENT)
    dies(deployment, after=after)
    deployment.drain()
    assert deployment.fates == ["sending"], "the dead one's lease still runs"
    deployment.world.clock.skip(121)
    deployment.drain()
    assert deployment.fates == ["unsure"]
    assert len(deployment.texts()) == int(after)


@pytest.mark.parametrize("after", [True, False])
def test_a_dead_workers_notice_arrives_exactly_once(noticing: Deployment, after: bool) -> None:
    noticing.plan("通知")
    dies(noticing, after=after)
    noticing.world.clock.skip(121)
    noticing.drain()
    assert noticing.fates == ["sent"]
    assert len(noticing.texts()) == 1


def test_past_the_platforms_memory_a_notice_is_not_sent_again(noticing: Deployment) -> None:
    noticing.plan("通知")
    dies(noticing, after=True)
    noticing.world.clock.skip(700)
    noticing.drain()
    assert noticing.fates == ["unsure"]
    assert len(noticing.texts()) == 1
    noticing.reports()
    assert [(row.status, row.outcome) for row in noticing.rows] == [("sent", "delivered")], "the report settles it"


def test_rival_senders_tell_each_person_once(database: Database) -> None:
    made = Deployment(database)
    names = [f"person{number}" for number in range(20)]
    with database.transaction() as db:
        for name in names:
            people.add(db, "wechat", name, made.now)
    for name in names:
        made.world.add_person(name)
        made.says(name)
        made.plan("通知", openid=name, key=name)
    rivals = [threading.Thread(target=made.another().drain) for _ in range(3)]
    for rival in rivals:
        rival.start()
    for rival in rivals:
        rival.join()
    made.drain()
    assert [made.texts(openid=name) for name in names] == [["通知"]] * 20
    made.close()


# -- the platform is sick ---------------------------------------------------------------------------------------------


def test_a_sick_platform_is_left_in_peace_and_tried_with_one(database: Database) -> None:
    made = Deployment(database, push={"breaker_failures": 3, "width": 1, "busy_tries": 1, "breaker_seconds": 60})
    names = [f"person{number}" for number in range(10)]
    with database.transaction() as db:
        for name in names:
            people.add(db, "wechat", name, made.now)
    for name in names:
        made.world.add_person(name)
        made.says(name)
        made.plan("通知", openid=name, key=name)
    made.world.faults.burst(faults.BUSY, times=4, path=SEND)
    made.drain()
    assert made.world.errcodes()[-1] == 3, "the fourth call is not made"
    made.drain()
    assert made.world.errcodes()[-1] == 3
    made.world.clock.skip(61)
    made.drain()
    assert made.world.errcodes()[-1] == 4, "one probe failed, and the pause begins anew"
    made.world.clock.skip(61)
    made.drain()
    made.world.clock.skip(900)
    made.drain()
    assert [made.texts(openid=name) for name in names] == [["通知"]] * 10
    made.close()


# -- people who fetch -------------------------------------------------------------------------------------------------


def test_the_demo_page_fetches_its_messages_once(database: Database) -> None:
    made = Deployment(database)
    with database.transaction() as db:
        people.add(db, "wechat", "demo-leader", made.now)
    made.plan("备案通过", openid="demo-leader")
    made.plan("明年的", openid="demo-leader", send_at=made.now + timedelta(days=400))
    made.drain()
    mailbox = Mailbox(database)
    assert mailbox.take("wechat", "demo-leader", made.now) == ["备案通过"]
    assert mailbox.take("wechat", "demo-leader", made.now) == []
    assert mailbox.take("wechat", "nobody", made.now) == []
    made.close()
