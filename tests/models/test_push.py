"""Who is due, who holds the lease, and what is known of how to reach a person."""

import threading
from collections.abc import Sequence
from datetime import datetime, time, timedelta

import pytest

from models import messages, people, push, reach, stuck
from models.base import Database, Session
from models.due import Hours
from models.messages import DROPPED, HELD, PLANNED, ROUTINE, SENT, SOON, UNSURE, URGENT, Outbox
from models.people import User
from models.reach import Window
from models.when import SHANGHAI

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=SHANGHAI)


def resident(db: Session) -> User:
    found = people.get(db, "wechat", "resident")
    assert found is not None
    return found


def plan(db: Session, text: str, send_at: datetime = NOON, urgency: int = SOON, user: User | None = None) -> None:
    owner = user or resident(db)
    assert messages.plan(
        db, owner.id, key=f"{owner.id}:{text}", kind="activity", text=text, send_at=send_at, urgency=urgency
    )


def texts(db: Session, now: datetime, digest: int = 8) -> list[str]:
    _, letters = push.mail(db, resident(db).id, Hours(now, digest=digest))
    return [letter.text for letter in letters]


def take(db: Session, now: datetime, holder: str = "a", limit: int = 10, shut: Sequence[str] = ()) -> list[int]:
    return push.lease(db, Hours(now), holder=holder, seconds=120, limit=limit, shut=shut)


@pytest.mark.parametrize(
    ("clock", "quiet"),
    [(time(21, 29), False), (time(21, 30), True), (time(0), True), (time(7, 29), True), (time(7, 30), False)],
)
def test_the_night_is_quiet(clock: time, quiet: bool) -> None:
    assert Hours(datetime.combine(NOON, clock, SHANGHAI)).quiet is quiet


def test_a_deployment_may_have_no_quiet_hours() -> None:
    assert not Hours(NOON.replace(hour=3), time(0), time(0)).quiet


def test_hours_are_local_whatever_the_clocks_zone() -> None:
    from datetime import UTC

    assert Hours(datetime(2026, 11, 24, 16, 0, tzinfo=UTC)).quiet, "midnight in Shanghai"
    assert Hours(datetime(2026, 11, 24, 16, 0, tzinfo=UTC)).tomorrow.day == 26


@pytest.mark.parametrize(
    ("urgency", "send", "now", "due"),
    [
        (URGENT, 12, 12, True),
        (URGENT, 13, 12, False),
        (URGENT, 3, 3, True),
        (SOON, 12, 12, True),
        (SOON, 3, 3, False),
        (ROUTINE, 12, 7, False),
        (ROUTINE, 12, 8, True),  # the digest takes what falls due later that day
        (ROUTINE, 23, 8, True),
        (ROUTINE, 12, 9, False),  # its own time, once the digest has gone
        (ROUTINE, 12, 12, True),
        (ROUTINE, 12, 22, False),
        (ROUTINE, 36, 8, False),  # tomorrow's
        (ROUTINE, -12, 7, False),  # yesterday's, missed: with today's digest
        (ROUTINE, -12, 8, True),
    ],
)
def test_when_a_message_is_due(db: Session, urgency: int, send: int, now: int, due: bool) -> None:
    midnight = NOON.replace(hour=0)
    plan(db, "一", midnight + timedelta(hours=send), urgency)
    assert texts(db, midnight + timedelta(hours=now, minutes=31 if now == 7 else 0)) == (["一"] if due else [])


@pytest.mark.parametrize(("until", "clock", "due"), [(7, "21:05", True), (7, "20:55", False), (9, "21:05", False)])
def test_what_would_be_lost_in_the_night_comes_before_it(db: Session, until: int, clock: str, due: bool) -> None:
    evening = datetime.combine(NOON, time.fromisoformat(clock), SHANGHAI)
    tomorrow = NOON.replace(hour=0) + timedelta(days=1)
    owner = resident(db).id
    for urgency in (SOON, ROUTINE):
        messages.plan(
            db,
            owner,
            key=f"{urgency}",
            kind="activity",
            text="一",
            send_at=NOON.replace(hour=22),
            not_after=tomorrow + timedelta(hours=until),
            urgency=urgency,
        )
    assert len(texts(db, evening)) == (2 if due else 0)


def test_an_evening_reader_misses_nothing_that_ends_before(db: Session) -> None:
    resident(db).digest_hour = 20
    owner, morning = resident(db).id, NOON.replace(hour=9)
    for text, ends in (("今天", NOON.replace(hour=14)), ("不急", NOON + timedelta(days=3))):
        messages.plan(db, owner, key=text, kind="activity", text=text, send_at=morning, not_after=ends)
    assert texts(db, morning) == ["今天"]
    assert sorted(texts(db, NOON.replace(hour=20))) == ["不急", "今天"]


def test_a_failed_message_is_not_due_before_its_time(db: Session) -> None:
    plan(db, "一")
    bundle = push.begin(db, [1], "custom", "", NOON, 60)
    push.finish(db, bundle, PLANNED, "retry", NOON, retry_at=NOON + timedelta(minutes=5))
    assert texts(db, NOON + timedelta(minutes=4)) == []
    assert texts(db, NOON + timedelta(minutes=5)) == ["一"]


def test_what_is_under_way_is_nobodys_until_its_lease_is_over(db: Session) -> None:
    plan(db, "一")
    bundle = push.begin(db, [1], "custom", "", NOON, 60)
    assert texts(db, NOON + timedelta(seconds=59)) == []
    _, (letter,) = push.mail(db, resident(db).id, Hours(NOON + timedelta(seconds=60)))
    assert (letter.bundle, letter.attempts) == (bundle, 1)


def test_a_finished_call_is_not_finished_twice(db: Session) -> None:
    plan(db, "一")
    bundle = push.begin(db, [1], "custom", "", NOON, 60)
    assert push.finish(db, bundle, UNSURE, "lost", NOON) == 1
    assert push.finish(db, bundle, SENT, "sent", NOON) == 0


def test_a_person_is_held_by_one_until_released_or_forgotten(db: Session) -> None:
    plan(db, "一")
    me = resident(db).id
    assert take(db, NOON) == [me]
    assert take(db, NOON, "b") == []
    push.release(db, me, "b")
    assert take(db, NOON, "b") == [], "only the holder lets go"
    push.release(db, me, "a")
    assert take(db, NOON, "b") == [me]
    assert take(db, NOON + timedelta(seconds=120), "c") == [me]


def test_the_most_urgent_come_first_and_shut_channels_wait(db: Session) -> None:
    leader, worker = people.get(db, "wechat", "leader"), people.get(db, "wechat", "worker")
    colleague = people.add(db, "wecom", "zhang", NOON)
    plan(db, "一", user=leader)
    plan(db, "二", user=worker, urgency=URGENT)
    plan(db, "三", user=colleague)
    assert leader is not None
    assert worker is not None
    assert take(db, NOON, limit=1, shut=["wecom"]) == [worker.id]
    assert take(db, NOON, shut=["wecom"]) == [leader.id]
    assert take(db, NOON, shut=["wechat"]) == [colleague.id]


def test_people_who_fetch_are_never_leased(db: Session) -> None:
    plan(db, "一", user=people.add(db, "wechat", "demo-1", NOON))
    plan(db, "二", user=people.add(db, "chat", "me", NOON))
    assert take(db, NOON) == []


def test_rivals_share_the_people(database: Database) -> None:
    with database.transaction() as db:
        for number in range(30):
            plan(db, "一", user=people.add(db, "wechat", f"p{number}", NOON))
    taken: list[list[int]] = []

    def rival(name: str) -> None:
        while ids := database.run(lambda db: take(db, NOON, name, limit=4)):
            taken.append(ids)

    rivals = [threading.Thread(target=rival, args=(str(number),)) for number in range(3)]
    for one in rivals:
        one.start()
    for one in rivals:
        one.join()
    everybody = [user_id for ids in taken for user_id in ids]
    with database.transaction() as db:
        everybody += take(db, NOON, "last", limit=30)  # what every rival skipped while another held the row
    assert len(everybody) == len(set(everybody)) == 30


# -- reach ------------------------------------------------------------------------------------------------------------


def hear(db: Session, kind: str, body: str, at: datetime) -> None:
    taken = messages.claim(db, key=f"{kind}{at}", signature=None, digest="", kind=kind, body=body, at=at)
    messages.settle(db, taken.id or 0, resident(db).id, "", None)


def window(db: Session, now: datetime) -> int:
    return reach.standing(db, resident(db), now, Window()).window


def send(db: Session, text: str, at: datetime) -> None:
    plan(db, text, at)
    row = db.query(Outbox).order_by(Outbox.id.desc()).first()
    assert row is not None
    push.finish(db, push.begin(db, [row.id], "custom", "", at, 60), SENT, "sent", at)


def test_a_word_opens_five_messages_for_two_days(db: Session) -> None:
    assert window(db, NOON) == 0
    hear(db, "text", "您好", NOON)
    assert window(db, NOON) == 5
    send(db, "一", NOON + timedelta(minutes=1))
    send(db, "二", NOON + timedelta(minutes=1))
    assert window(db, NOON + timedelta(hours=47)) == 3
    assert window(db, NOON + timedelta(hours=48)) == 0
    hear(db, "image", "", NOON + timedelta(hours=49))
    assert window(db, NOON + timedelta(hours=50)) == 5, "a new word starts anew"


@pytest.mark.parametrize(
    ("event", "left"), [("click", 3), ("scan", 3), ("subscribe", 3), ("view", 0), ("unsubscribe", 0)]
)
def test_only_some_taps_open_a_minute(db: Session, event: str, left: int) -> None:
    hear(db, "event", event, NOON)
    assert window(db, NOON + timedelta(seconds=30)) == left
    assert window(db, NOON + timedelta(seconds=60)) == 0


def test_windows_do_not_add_up(db: Session) -> None:
    hear(db, "text", "您好", NOON)
    hear(db, "event", "click", NOON + timedelta(minutes=1))
    assert window(db, NOON + timedelta(minutes=1, seconds=5)) == 5
    for number in range(4):
        send(db, f"{number}", NOON + timedelta(seconds=30))
    assert window(db, NOON + timedelta(minutes=1, seconds=5)) == 3


def test_a_digest_counts_as_one_message(db: Session) -> None:
    hear(db, "text", "您好", NOON)
    plan(db, "一")
    plan(db, "二")
    push.finish(db, push.begin(db, [1, 2], "custom", "", NOON, 60), SENT, "sent", NOON)
    assert window(db, NOON) == 4
    assert push.sent_today(db, "custom", NOON) == 1


def test_credits_are_earned_spent_and_voided(db: Session) -> None:
    me = resident(db)
    reach.earn(db, me.id, "S1")
    reach.earn(db, me.id, "S1")
    reach.spend(db, me.id, "S1")
    assert reach.standing(db, me, NOON, Window()).credits == {"S1": 1}
    reach.void(db, me.id, "S1")
    assert reach.standing(db, me, NOON, Window()).credits == {}


def test_a_gate_stays_shut_as_long_as_the_longest_reason(db: Session) -> None:
    reach.shut(db, "custom", NOON + timedelta(hours=2), "quota")
    reach.shut(db, "custom", NOON + timedelta(hours=1), "other")
    assert reach.shut_now(db, NOON + timedelta(minutes=90)) == {"custom": NOON + timedelta(hours=2)}
    assert reach.shut_now(db, NOON + timedelta(hours=2)) == {}
    reach.open_gate(db, "custom")
    assert reach.shut_now(db, NOON) == {}


def test_who_left_cannot_be_reached_until_they_write(db: Session) -> None:
    me = resident(db)
    reach.block(db, me.id, reach.REFUSES, NOON)
    assert reach.standing(db, me, NOON, Window()).blocked == reach.REFUSES
    hear(db, "text", "您好", NOON + timedelta(minutes=1))
    assert reach.standing(db, me, NOON + timedelta(minutes=2), Window()).blocked is None
    me.followed = False
    assert reach.standing(db, me, NOON, Window()).blocked == reach.UNFOLLOWED


def test_staff_see_what_is_stuck_and_why(db: Session) -> None:
    plan(db, "一", NOON - timedelta(minutes=10))
    plan(db, "二")
    push.settle(db, [2], HELD, "no channel")
    state = stuck.state(db, NOON)
    assert (state.oldest, state.unreachable, state.unsure, state.held) == (600.0, 1, 0, {"silent": 1})
    (lying,) = stuck.longest(db, NOON)
    assert (lying.id, lying.kind, lying.since, lying.why, lying.attempts) == (2, "activity", NOON, "silent", 0)


@pytest.mark.parametrize(
    ("status", "outcome", "why"),
    [
        (HELD, "no channel", "silent"),
        (HELD, "unfollowed", "unfollowed"),
        (HELD, "unfollowed: 43004", "unfollowed"),
        (HELD, "invalid: 40003", "invalid"),
        (HELD, "refuses: 43019", "refuses"),
        (HELD, "failed:user block", "refuses"),
        (HELD, "gave up: retry: -1", "failed"),
        (HELD, None, "failed"),
        (UNSURE, "unknown: ReadTimeout", "unsure"),
        (DROPPED, push.MUTED, "muted"),
        (DROPPED, push.EXPIRED, "expired"),
    ],
)
def test_every_fate_has_its_reason(status: str, outcome: str | None, why: str) -> None:
    assert stuck.why(status, outcome) == why
    assert why in stuck.WHYS


def fate(db: Session, openid: str, text: str, status: str, outcome: str, send_at: datetime = NOON) -> None:
    found = people.get(db, "wechat", openid)
    assert found is not None
    plan(db, text, send_at, user=found)
    row = db.query(Outbox).order_by(Outbox.id.desc()).first()
    assert row is not None
    row.status, row.outcome = status, outcome
    db.flush()


def test_staff_see_those_of_their_own_place(db: Session) -> None:
    elsewhere = people.add(db, "wechat", "elsewhere", NOON, community_id=4)  # another town
    neighbour = people.add(db, "wechat", "neighbour", NOON, community_id=2)
    people.add(db, "wechat", "nowhere", NOON)
    people.add(db, "chat", "fetches", NOON, community_id=1)
    for name in ("leader", "neighbour", "elsewhere", "nowhere"):
        fate(db, name, f"{name} 一", HELD, "no channel")
    plan(db, "自己来取", user=people.get(db, "chat", "fetches"))
    db.query(Outbox).order_by(Outbox.id.desc()).first().status = HELD  # type: ignore[union-attr]
    db.flush()

    def seen(who: str) -> list[str]:
        asker = people.get(db, "wechat", who)
        assert asker is not None
        return [one.user.openid for one in stuck.untold(db, asker, NOON)]

    assert seen("worker") == ["leader"]
    assert seen("town") == ["leader", neighbour.openid]
    assert seen("city") == ["leader", "neighbour", elsewhere.openid, "nowhere"]
    assert seen("leader") == seen("resident") == []
    assert stuck.untold_by_town(db, NOON) == [("城厢镇", 2), ("沙溪镇", 1), (None, 1)]


def test_the_hardest_reason_is_told_and_what_is_old_is_let_go(db: Session) -> None:
    worker = people.get(db, "wechat", "worker")
    assert worker is not None
    fate(db, "leader", "一", HELD, "no channel", NOON - timedelta(days=20))
    fate(db, "leader", "二", HELD, "refuses: 43019")
    fate(db, "leader", "三", DROPPED, push.MUTED)
    fate(db, "resident", "四", UNSURE, "unknown", NOON - timedelta(days=8))
    fate(db, "worker", "五", DROPPED, push.EXPIRED, NOON - timedelta(days=6))
    told = [(one.user.openid, one.why, one.count) for one in stuck.untold(db, worker, NOON)]
    assert told == [("leader", "refuses", 1), ("worker", "expired", 1)]


def test_organisations_without_anybody_bound_have_no_address(db: Session) -> None:
    worker, town = people.get(db, "wechat", "worker"), people.get(db, "wechat", "town")
    assert worker is not None
    assert town is not None
    assert "梅园社区百灵鸟合唱队" not in stuck.voiceless(db, worker)
    assert (len(stuck.voiceless(db, worker)), len(stuck.voiceless(db, town))) == (4, 6)
