"""Rules of activities: series, sign-ups, corrections of a report, and who may change what."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models import activity, points, signup
from models.activity import Activity
from models.base import Session
from models.disclosure import Disclosure
from models.errors import Refused
from models.people import User
from models.points import VolunteerHours


def person(db: Session, openid: str) -> User:
    return db.scalars(select(User).where(User.openid == openid)).one()


def planned(db: Session, now: datetime, who: str = "worker", **facts: Any) -> Activity:
    told = {"title": "包饺子", "start": "2026-11-28T14:00", "place": "活动室", **facts}
    return activity.register(db, person(db, who), now, 1, told)


def test_a_series_is_shown_by_its_next_day(db: Session, now: datetime) -> None:
    row = planned(db, now, start="2026-11-24T19:00", repeat="FREQ=WEEKLY;BYDAY=TU,TH", title="排练")
    single = planned(db, now, start="2026-12-02T09:00")
    assert activity.next_time(row, date(2026, 12, 2)) == "2026-12-03T19:00"
    assert activity.public(db, community_id=1, since="2026-12-02", until="2026-12-04") == [single, row]
    assert activity.public(db, community_id=1, since="2026-12-04", until="2026-12-07") == []


def test_a_town_sees_its_communities_and_no_others(db: Session, now: datetime) -> None:
    row = planned(db, now)
    assert activity.public(db, town_id=1, since="2026-11-24") == [row]
    assert activity.public(db, town_id=2, since="2026-11-24") == []


def test_one_day_of_a_series_has_a_record_of_its_own_once(db: Session, now: datetime) -> None:
    row = planned(db, now, start="2026-11-10T19:00", repeat="FREQ=WEEKLY;BYDAY=TU", title="排练")
    user = person(db, "worker")
    day = activity.one_day_of(db, user, now, row, None)
    assert (day.start, day.repeat, day.place) == ("2026-11-24T19:00", None, "活动室")
    assert activity.one_day_of(db, user, now, row, None) is day
    assert row.status == activity.PLANNED


def test_reporting_again_corrects_every_ledger(db: Session, now: datetime) -> None:
    row, user = planned(db, now), person(db, "worker")
    activity.report(db, user, now, row, {"attended": 45, "volunteers": 6, "hours": 2.0}, lambda one: f"{one.attended}")
    activity.report(db, user, now, row, {"attended": 46, "volunteers": 7}, lambda one: f"{one.attended}")
    assert db.scalars(select(Disclosure.content)).all() == ["46"]
    assert db.execute(select(VolunteerHours.volunteers, VolunteerHours.hours)).all() == [(7, 2.0)]
    activity.report(db, user, now, row, {"volunteers": 0})
    assert db.scalars(select(VolunteerHours)).all() == []


def test_confirmed_hours_stay_when_an_activity_is_called_off(db: Session, now: datetime) -> None:
    row, user = planned(db, now), person(db, "worker")
    activity.report(db, user, now, row, {"attended": 45, "volunteers": 6})
    db.scalars(select(VolunteerHours)).one().status = points.CONFIRMED
    activity.cancel(db, user, now, row, None)
    assert len(db.scalars(select(VolunteerHours)).all()) == 1


def test_a_second_sign_up_with_people_replaces_the_first(db: Session, now: datetime) -> None:
    row, user = planned(db, now), person(db, "resident")
    assert signup.join(db, user, row, None, now) == 1
    with pytest.raises(Refused, match="joined_already"):
        signup.join(db, user, row, None, now)
    assert signup.join(db, user, row, 3, now) == 3
    assert signup.joined_by(db, user, now) == [row]
    assert signup.joined_by(db, user, now + timedelta(days=9)) == []
    signup.leave(db, user, row)
    assert signup.coming(db, row) == 0


def test_nobody_bound_to_nothing_may_change_what_belongs_to_nobody(db: Session, now: datetime) -> None:
    row = planned(db, now)
    with pytest.raises(Refused, match="not_yours"):
        activity.report(db, person(db, "resident"), now, row, {"attended": 3})
    assert not activity.may_change(person(db, "leader"), row)


def test_a_number_is_found_as_people_type_it(db: Session, now: datetime) -> None:
    row = planned(db, now)
    assert activity.numbered(db, row.no.lower()) is row
    assert activity.numbered(db, row.no[:-1]) is row
    assert activity.numbered(db, row.no[:-1] + "?") is None


def test_nobody_signs_up_for_what_is_reported(db: Session, now: datetime) -> None:
    row = planned(db, now)
    activity.report(db, person(db, "worker"), now, row, {"attended": 18})
    with pytest.raises(Refused, match="over"):
        signup.join(db, person(db, "resident"), row, None, now)
