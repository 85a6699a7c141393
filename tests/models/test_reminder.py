"""Own reminders: when they fall due, that every occurrence is planned once, and that nobody else sees them."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from models import messages, people, push, reminder
from models.base import Database, Session
from models.errors import Refused
from models.messages import Outbox
from models.people import User
from models.reminder import DONE, OWN, PLANNED, Reminder
from models.when import SHANGHAI, When


def person(db: Session, openid: str = "resident") -> User:
    found = people.get(db, "wechat", openid)
    assert found is not None
    return found


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def made(db: Session, now: datetime, start: str, repeat: str | None = None, title: str = "浇花") -> Reminder:
    return reminder.add(db, person(db), now, title=title, start=When(start), repeat=repeat)


def following(start: str, repeat: str | None, after: str, count: int) -> list[str]:
    moments = reminder.occurrences(When(start), repeat, local(after))
    return [f"{moment:%m-%d %H:%M}" for moment, _ in zip(moments, range(count), strict=False)]


@pytest.mark.parametrize(
    ("start", "repeat", "after", "due"),
    [
        ("2026-11-27T15:00", None, "2026-11-24T09:30", ["11-27 15:00"]),
        ("2026-11-27T15:00", None, "2026-11-27T15:00", []),
        (
            "2026-11-24T09:00",
            "FREQ=MONTHLY;BYMONTHDAY=25",
            "2026-11-24T09:30",
            ["11-25 09:00", "12-25 09:00", "01-25 09:00"],
        ),
        ("2026-11-24T09:00", "FREQ=DAILY", "2026-11-24T09:30", ["11-25 09:00", "11-26 09:00"]),
        ("2026-11-24T16:00", "FREQ=WEEKLY;BYDAY=FR", "2026-11-27T16:00", ["12-04 16:00", "12-11 16:00"]),
        ("2026-12-31T09:00", "FREQ=MONTHLY;BYMONTHDAY=31", "2027-01-01T00:00", ["01-31 09:00", "02-28 09:00"]),
        ("2026-12-30T09:00", "FREQ=MONTHLY", "2027-01-01T00:00", ["01-30 09:00", "02-28 09:00", "03-30 09:00"]),
        ("2026-11-24T09:00", "FREQ=MONTHLY;BYMONTHDAY=1,15", "2026-11-24T09:30", ["12-01 09:00", "12-15 09:00"]),
        ("2026-11-24T09:00", "FREQ=MONTHLY;BYMONTHDAY=-1", "2026-11-24T09:30", ["11-30 09:00", "12-31 09:00"]),
        ("2026-11-25T09:00", "FREQ=DAILY;UNTIL=20261126", "2026-11-24T09:30", ["11-25 09:00", "11-26 09:00"]),
        ("2024-02-29T09:00", "FREQ=YEARLY", "2026-11-24T09:30", ["02-28 09:00", "02-29 09:00"]),
    ],
)
def test_when_it_falls_due(start: str, repeat: str | None, after: str, due: list[str]) -> None:
    assert following(start, repeat, after, 3)[: len(due) or 1] == due


def test_the_very_same_again_is_refused(db: Session, now: datetime) -> None:
    made(db, now, "2026-11-27T15:00")
    with pytest.raises(Refused) as no:
        made(db, now, "2026-11-27T15:00")
    assert no.value.reply == "known"
    made(db, now, "2026-11-27T15:00", title="开会")
    assert len(reminder.own(db, person(db))) == 2


@pytest.mark.parametrize(
    ("start", "repeat", "reply"),
    [
        ("2026-11-24T09:00", None, "past"),
        ("2026-11-24T09:00", "FREQ=DAILY;UNTIL=20261123", "past"),
        ("2026-11-24T09:00", "FREQ=HOURLY;INTERVAL=2", "too_often"),
        ("2026-11-24T09:00", "FREQ=MONTHLY;BYMONTHDAY=x", "rule_unknown"),
    ],
)
def test_what_cannot_be_reminded_of_is_refused(
    db: Session, now: datetime, start: str, repeat: str | None, reply: str
) -> None:
    with pytest.raises(Refused) as no:
        made(db, now, start, repeat)
    assert (no.value.reply, reminder.own(db, person(db))) == (reply, [])


def test_there_is_an_end_to_how_many(db: Session, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reminder, "MOST", 2)
    made(db, now, "2026-11-27T15:00")
    made(db, now, "2026-11-28T15:00")
    with pytest.raises(Refused) as no:
        made(db, now, "2026-11-29T15:00")
    assert no.value.reply == "too_many"


def test_the_title_is_sealed_and_only_its_owner_asks_for_it(db: Session, now: datetime) -> None:
    row = made(db, now, "2026-11-27T15:00", title="陪老周去医院")
    assert "老周".encode() not in row.title
    assert row.no.startswith("TX20261124-0001")
    assert reminder.own(db, person(db, "worker"), no=row.no) == []
    assert reminder.coming(db, person(db, "worker"), now) == []


@pytest.mark.parametrize("start", ["2026-11-25T05:00", "2026-11-25T09:00", "2026-11-25T23:30"])
def test_day_by_day_no_occurrence_is_missed_or_planned_twice(db: Session, now: datetime, start: str) -> None:
    row = made(db, now, start, "FREQ=DAILY")
    planned = [row.due]
    for days in range(6):
        day = date(2026, 11, 25) + timedelta(days=days)
        planned += [at for _, at in reminder.advance(db, day)]
        assert [at for _, at in reminder.advance(db, day)] == []  # a second sweep of the day
        assert any(at.date() == day + timedelta(days=1) for at in planned)  # there before any early hour of tomorrow
    assert planned == [row.due - timedelta(days=back) for back in reversed(range(len(planned)))]


def test_after_weeks_without_a_sweep_only_what_is_ahead_is_planned(db: Session, now: datetime) -> None:
    made(db, now, "2026-11-25T09:00", "FREQ=DAILY")
    planned = [at for _, at in reminder.advance(db, date(2026, 12, 20))]
    assert [at.day for at in planned] == [20, 21, 22]


def test_a_monthly_one_is_planned_after_it_is_past(db: Session, now: datetime) -> None:
    row = made(db, now, "2026-11-25T09:00", "FREQ=MONTHLY;BYMONTHDAY=25")
    assert list(reminder.advance(db, date(2026, 11, 23))) == []
    assert [at for _, at in reminder.advance(db, date(2026, 11, 26))] == [local("2026-12-25T09:00")]
    assert row.due == local("2026-12-25T09:00")


def test_what_is_over_is_closed(db: Session, now: datetime) -> None:
    once = made(db, now, "2026-11-24T15:00")
    ending = made(db, now, "2026-11-24T15:00", "FREQ=DAILY;UNTIL=20261125")
    list(reminder.advance(db, date(2026, 11, 24)))
    assert {once.status, ending.status} == {PLANNED}
    list(reminder.advance(db, date(2026, 11, 26)))
    assert {once.status, ending.status} == {DONE}


def test_whose_owner_is_gone_reminds_nobody(db: Session, now: datetime) -> None:
    made(db, now, "2026-11-25T09:00", "FREQ=DAILY").created_by = None
    db.flush()
    assert list(reminder.advance(db, date(2026, 11, 25))) == []


def test_told_late_but_never_together_with_the_next(db: Session, now: datetime) -> None:
    daily = made(db, now, "2026-11-25T09:00", "FREQ=DAILY")
    once = made(db, now, "2026-11-25T09:00")
    assert reminder.not_after(daily, daily.due) == local("2026-11-26T09:00")
    assert reminder.not_after(once, once.due) == local("2026-11-28T09:00")


def planned(db: Session, user: User, kind: str, key: str, now: datetime) -> None:
    messages.plan(db, user.id, key=key, kind=kind, text=f"{key}\n第二行", send_at=now + timedelta(days=1))


def test_what_is_coming_is_in_order_without_what_is_muted(db: Session, now: datetime) -> None:
    user = person(db)
    made(db, now, "2026-11-24T15:00")
    planned(db, user, "activity", "排练", now)
    planned(db, user, "filing", "补章程", now)
    planned(db, user, push.LATE, "迟到的回答", now)
    planned(db, person(db, "worker"), "filing", "别人的", now)
    assert [one.text for one in reminder.coming(db, user, now)] == ["浇花", "排练", "补章程"]
    reminder.mute(db, user, "activity")
    assert [one.text for one in reminder.coming(db, user, now)] == ["浇花", "补章程"]


def test_one_automatic_reminder_is_dropped_by_its_receiver_alone(db: Session, now: datetime) -> None:
    user = person(db)
    planned(db, user, "activity", "排练", now)
    (one,) = reminder.coming(db, user, now)
    assert one.outbox_id is not None
    reminder.drop(db, person(db, "worker"), one.outbox_id)
    assert len(reminder.coming(db, user, now)) == 1
    reminder.drop(db, user, one.outbox_id)
    assert reminder.coming(db, user, now) == []


def test_taking_back_one_kind_leaves_the_rest_muted(db: Session, now: datetime) -> None:
    user = person(db)
    reminder.mute(db, user, push.ALL)
    reminder.unmute(user, "activity", ("activity", "filing", OWN))
    assert user.mutes == ["filing", OWN]
    reminder.unmute(user, push.ALL, ())
    assert user.mutes == []


def test_own_reminders_rest_and_come_back(database: Database, now: datetime) -> None:
    with database.transaction() as db:
        row = made(db, now, "2026-11-25T09:00", "FREQ=DAILY")
        once = made(db, now, "2026-11-26T09:00")
        for one in (row, once):
            messages.plan(db, row.created_by or 0, key=one.no, kind=OWN, text="浇花", send_at=one.due, source=one.no)
    with database.transaction() as db:
        reminder.mute(db, person(db), OWN)
        assert db.scalars(select(Outbox)).all() == []
        assert list(reminder.advance(db, date(2026, 11, 26))) == []
    with database.transaction() as db:
        later = now + timedelta(days=10)
        going = reminder.resume(db, person(db), later)
        assert [(one.no, one.due) for one in going] == [(row.no, local("2026-12-05T09:00"))]
        assert [one.no for one in reminder.own(db, person(db))] == [row.no]
