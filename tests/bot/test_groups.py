"""A group is told of the next day once, within its twenty messages a minute, and nothing that is somebody's own."""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from bot import groups
from bot.client import wecom
from bot.config import Config, GroupSection
from bot.sender import Sender
from handlers import digest
from models import digest as lying_ahead
from models import messages, people
from models.activity import Activity
from models.base import Base, Database, Session, seal
from models.dispute import Dispute
from models.filing import RETURNED, Filing
from models.messages import Outbox
from models.organization import Organization
from models.people import User
from models.place import Community
from models.safety import Hazard
from models.training import Training
from models.when import SHANGHAI
from tests.bot.test_push import dies
from tests.bot.test_worker import eventually, served
from tests.bot.wire import Deployment
from tests.conftest import DATA_KEY, settle
from tests.faults.server import ROOT
from tests.platform import faults
from tests.platform.clock import Clock
from tests.platform.faults import errcode
from tests.platform.world import World

TODAY, TOMORROW = date(2026, 11, 24), "2026-11-25"
NOW = datetime(2026, 11, 24, 9, tzinfo=SHANGHAI)
KEY = "meiyuan-key-123456"
SEND = "/cgi-bin/webhook/send"


def add(db: Session, table: type[Any], no: str, **facts: Any) -> None:
    row = table(no=no, **{"status": "planned", "created_at": NOW, "community_id": 1, **facts})
    db.add(row)
    db.flush()


def activity(db: Session, no: str, title: str = "反诈讲座", **facts: Any) -> None:
    add(db, Activity, no, **{"title": title, "start": f"{TOMORROW}T15:00", "place": "二楼会议室", **facts})


def told(db: Session, community: str = "梅园社区", town: str = "", today: date = TODAY) -> str | None:
    here = lying_ahead.place_named(db, community, town)
    assert here is not None
    return digest.told(db, here, today)


# -- what it says -----------------------------------------------------------------------------------------------------


def test_a_community_reads_its_tomorrow_its_week_and_numbers(db: Session) -> None:
    activity(db, "HD1")
    activity(db, "HD2", "晨练", start="2026-11-18T07:00", repeat="FREQ=WEEKLY;BYDAY=WE", place=None)
    activity(db, "HD3", "后天的", start="2026-11-26T15:00")
    activity(db, "HD4", "取消了的", status="cancelled")
    activity(db, "HD5", "别处的", community_id=2)
    add(db, Training, "PX1", title="台账怎么记", start="2026-11-27T14:00", town_id=1, community_id=None)
    add(db, Training, "PX2", title="队里自己练", start="2026-11-27T14:00", town_id=1, internal=True)
    add(db, Training, "PX3", title="下个月的", start="2026-12-27T14:00", town_id=1, community_id=None)
    returned = {"kind": "apply", "management": "备案", "changes": {}, "missing": [], "status": RETURNED, "since": NOW}
    add(db, Filing, "BA1", name="梅园社区编织坊", due_on=date(2026, 11, 28), **returned)
    db.get_one(Organization, 1).expires_on = date(2026, 12, 1)
    for number, days in enumerate((3, 30)):
        day = TODAY + timedelta(days=days)
        add(db, Dispute, f"JF{number}", status="open", dispute_type="邻里", text=seal(db, "老王打人"), due_on=day)
    add(db, Hazard, "PA1", status="working", hazard_type="消防", text=seal(db, "楼道堆物"))
    add(db, Hazard, "PA2", status="closed", hazard_type="消防")
    assert told(db) == (
        """**梅园社区：明天11月25日(周三)**
明天的活动：
> 上午7:00，晨练
> 下午3:00，反诈讲座，二楼会议室
一周内的培训：
> 11月27日(周五)下午2:00，台账怎么记
一周内到期的备案补正：
> 梅园社区编织坊，11月28日(周六)
一周内到期的证书：
> 梅园社区百灵鸟合唱队，12月1日(周二)
手上的：在办纠纷2件，没销号的隐患1处，其中一周内到期或已过期的1件"""
    )


def test_a_town_reads_of_all_its_communities(db: Session) -> None:
    activity(db, "HD1", "太丰的", community_id=2)
    activity(db, "HD2", "沙溪的", community_id=4)
    text = told(db, "", "城厢镇") or ""
    assert "太丰的" in text
    assert "沙溪的" not in text


def test_without_anything_to_say_nothing_is_said(db: Session) -> None:
    activity(db, "HD5", "别处的", community_id=2)
    assert told(db) is None


def test_nothing_of_a_person_is_in_it(db: Session) -> None:
    activity(db, "HD1", "给王阿姨过生日 联系13812345678", place="3幢2单元501室", building="3幢2单元501室")
    text = told(db) or ""
    assert not [word for word in ("13812345678", "501") if word in text]


def test_accounts_are_asked_for_in_their_week_alone(db: Session) -> None:
    assert "上季度收支还没公开的" in (told(db, today=date(2026, 10, 5)) or "")
    assert told(db, today=date(2026, 10, 10)) is None
    assert told(db, today=date(2026, 9, 30)) is None


def test_many_lines_are_counted(db: Session) -> None:
    for number in range(12):
        activity(db, f"HD{number}", f"第{number}场")
    assert "还有4项" in (told(db) or "")


def test_a_name_that_two_towns_share_needs_its_town(db: Session) -> None:
    db.add(Community(town_id=2, name="梅园社区", aliases=[]))
    db.flush()
    assert lying_ahead.place_named(db, "梅园社区", "") is None
    found = lying_ahead.place_named(db, "梅园社区", "城厢镇")
    assert found is not None
    assert found.community_id == 1


# -- when, and how often ----------------------------------------------------------------------------------------------


@dataclass
class Groups:
    """A deployment with groups, on the simulator's clock; the first group is 梅园社区's."""

    made: Deployment
    config: Config
    clients: list[wecom.Group] = field(default_factory=list)

    def sender(self) -> Sender:
        carriers = groups.carriers(self.config, self._client)
        return Sender(self.made.database, carriers, self.config, lambda: self.made.now, lambda: 0.5)

    def _client(self, config: Config, key: str) -> wecom.Group:
        made = wecom.group(config, key, http=self.made._bridge, clock=self.made.world.clock.now)
        self.clients.append(made)
        return made

    def gather(self) -> int:
        return groups.gather(self.made.database, self.config, self.made.now)

    def drain(self) -> None:
        self.made.sender.drain()

    @property
    def read(self) -> list[str]:
        return [one.to for one in self.made.world.deliveries]

    def with_activity(self, *communities: int) -> None:
        with self.made.database.transaction() as db:
            day = (self.made.now.date() + timedelta(days=1)).isoformat()
            for one in communities:
                activity(db, f"HD{one}", start=f"{day}T15:00", community_id=one)


def furnished(database: Database, *wanted: dict[str, Any], keys: dict[str, str] | None = None) -> Groups:
    made = Deployment(database)
    section = {"groups": list(wanted), "webhook_keys": keys or {"meiyuan": KEY}}
    for name, key in (keys or {"meiyuan": KEY}).items():
        made.world.webhooks.groups[key] = f"group {name}"
    found = Groups(made, made.config.model_copy(update={"wecom": Config(wecom=section).wecom}))
    made.sender = found.sender()
    return found


@pytest.fixture
def group(database: Database) -> Iterator[Groups]:
    found = furnished(database, {"community": "梅园社区", "hour": 17, "key": "meiyuan"})
    yield found
    found.made.close()


def test_at_its_hour_the_group_is_told_once(group: Groups) -> None:
    group.with_activity(1)
    group.made.at("16:59")
    assert group.gather() == 0
    group.made.at("17:00")
    assert group.gather() == 1
    assert group.gather() == 0
    group.drain()
    group.sender().drain()
    assert group.read == ["group meiyuan"]
    assert "反诈讲座" in group.made.world.deliveries[0].text
    group.made.at("17:00")
    assert group.gather() == 0, "the next day there is nothing to say"


def test_a_missed_hour_is_made_up_for_the_same_evening(group: Groups) -> None:
    group.with_activity(1)
    group.made.at("22:59")
    assert group.gather() == 1
    group.drain()
    assert group.read == [], "the night is quiet to what is late"


def test_beyond_the_evening_it_is_let_go(group: Groups) -> None:
    group.with_activity(1)
    group.made.at("23:00")
    assert group.gather() == 0


def test_an_hour_of_the_night_is_kept_when_it_was_chosen(database: Database) -> None:
    late = furnished(database, {"community": "梅园社区", "hour": 22, "key": "meiyuan"})
    late.with_activity(1)
    late.made.at("22:00")
    assert late.gather() == 1
    late.drain()
    assert late.read == ["group meiyuan"]
    late.made.close()


def test_nothing_to_say_leaves_no_trace(group: Groups) -> None:
    group.made.at("17:00")
    assert group.gather() == 0
    with group.made.database.transaction() as db:
        assert db.query(Outbox).count() == 0
        assert people.get(db, "group", "梅园社区") is None


def test_two_workers_at_once_plan_and_tell_once(group: Groups) -> None:
    group.with_activity(1)
    group.made.at("17:00")
    planned: list[int] = []
    rivals = [threading.Thread(target=lambda: planned.append(group.gather())) for _ in range(4)]
    rivals += [threading.Thread(target=group.sender().drain) for _ in range(2)]
    for rival in rivals:
        rival.start()
    for rival in rivals:
        rival.join()
    group.drain()
    assert sum(planned) == 1
    assert group.read == ["group meiyuan"]
    with group.made.database.transaction() as db:
        assert db.query(User).filter_by(channel="group").count() == 1


@pytest.mark.parametrize("after", [True, False])
def test_a_dead_workers_digest_is_never_told_again(group: Groups, after: bool) -> None:
    group.with_activity(1)
    group.made.at("17:00")
    group.gather()
    group.made.another = group.sender  # type: ignore[method-assign]
    dies(group.made, after=after)
    group.made.world.clock.skip(121)
    group.gather()
    group.drain()
    assert group.read == ["group meiyuan"] * after
    assert group.made.fates == ["unsure"]


def many(database: Database, count: int) -> Groups:
    """Communities of one town that share one group."""
    with database.transaction() as db:
        for number in range(count):
            db.add(Community(town_id=1, name=f"第{number}社区", aliases=[]))
    wanted = ({"community": f"第{number}社区", "key": "meiyuan"} for number in range(count))
    found = furnished(database, *wanted)
    found.with_activity(*range(5, 5 + count))
    found.made.at("17:00")
    assert found.gather() == count
    return found


def test_twenty_a_minute_is_kept_and_all_arrive(database: Database) -> None:
    found = many(database, 25)
    for _ in range(20):
        found.drain()
        found.made.world.clock.skip(20)
    assert len(found.read) == 25
    assert found.made.world.errcodes()[45009] == 0, "our own count knew before the platform refused"
    assert set(found.made.fates) == {"sent"}
    found.made.close()


def test_what_another_worker_used_up_is_waited_for(group: Groups) -> None:
    group.with_activity(1)
    group.made.at("17:00")
    group.gather()
    group.made.world.faults.burst(errcode(45009), path=SEND)
    group.drain()
    group.made.world.clock.skip(30)
    group.drain()
    assert group.read == []
    group.made.world.clock.skip(40)
    group.drain()
    assert group.read == ["group meiyuan"], "a minute, not until midnight"


def test_a_wrong_key_is_its_own_groups_trouble(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    keys = {"meiyuan": KEY, "taifeng": "taifeng-key-123456"}
    wanted = [{"community": "太丰社区", "key": "taifeng"}, {"community": "梅园社区", "key": "meiyuan"}]
    found = furnished(database, *wanted, keys=keys)
    del found.made.world.webhooks.groups["taifeng-key-123456"]
    found.with_activity(1, 2)
    found.made.at("17:00")
    found.gather()
    with caplog.at_level(logging.ERROR):
        found.drain()
    assert found.read == ["group meiyuan"]
    assert sorted(found.made.fates) == ["dropped", "sent"]
    assert "push refused, staff must look" in caplog.text
    assert "taifeng-key" not in caplog.text
    found.made.close()


def test_a_group_without_a_key_or_place_harms_no_other(database: Database) -> None:
    wanted = [{"community": "没有的社区"}, {"community": "太丰社区"}, {"community": "梅园社区", "key": "meiyuan"}]
    found = furnished(database, *wanted)
    found.with_activity(1, 2)
    found.made.at("17:00")
    assert found.gather() == 2
    found.drain()
    assert found.read == ["group meiyuan"]
    found.made.close()


@pytest.mark.parametrize("fault", [faults.RESET, faults.HALF])
def test_a_lost_answer_is_not_asked_for_twice(group: Groups, fault: faults.Outcome) -> None:
    group.with_activity(1)
    group.made.at("17:00")
    group.gather()
    group.made.world.faults.burst(fault, path=SEND)
    for _ in range(3):
        group.drain()
        group.made.world.clock.skip(120)
    assert group.read == ["group meiyuan"]
    assert group.made.fates == ["unsure"]


# -- settings ---------------------------------------------------------------------------------------------------------


def test_keys_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHEZHU_WECOM__WEBHOOK_KEYS__MEIYUAN", KEY)
    monkeypatch.setenv("SHEZHU_WECOM__WEBHOOK_KEY", "the-common-one")
    config = Config()
    assert groups.key_of(config, GroupSection(community="梅园社区", key="meiyuan")) == KEY
    assert groups.key_of(config, GroupSection(town="城厢镇")) == "the-common-one"
    assert groups.key_of(config, GroupSection(town="城厢镇", key="none")) == ""


@pytest.mark.parametrize("wrong", [{}, {"community": "梅" * 65}, {"town": "城厢镇", "hour": 24}])
def test_a_group_belongs_somewhere_at_some_hour(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        GroupSection(**wrong)


# -- kill -9 ----------------------------------------------------------------------------------------------------------

WORKER = """
import time
from bot.config import Config
from bot.jobs import Jobs
from models.base import Database
config = Config()
database = Database(config.database.url, config.security.data_key.get_secret_value())
jobs = Jobs(config, database)
while True:
    jobs.gather()
    jobs.drain()
    time.sleep(0.1)
"""


@pytest.mark.slow
def test_kill_nine_and_a_second_worker_tell_the_group_once(sqlite_url: str) -> None:
    world = World(clock=Clock.real())
    world.webhooks.groups[KEY] = "group meiyuan"
    world.faults.burst(faults.Outcome("slow", seconds=30), path=SEND)
    database = Database(sqlite_url, DATA_KEY)
    Base.metadata.create_all(database.engine)
    now = datetime.now(SHANGHAI)
    with database.transaction() as db:
        settle(db)
        activity(db, "HD1", start=f"{now.date() + timedelta(days=1)}T15:00")
    with served(world) as api:
        env = {
            **os.environ,
            "SHEZHU_DATABASE__URL": sqlite_url,
            "SHEZHU_SECURITY__DATA_KEY": DATA_KEY,
            "SHEZHU_WECOM__API_BASE": api,
            "SHEZHU_WECOM__WEBHOOK_KEYS__MEIYUAN": KEY,
            "SHEZHU_WECOM__GROUPS": f'[{{"community": "梅园社区", "hour": {now.hour}, "key": "meiyuan"}}]',
            "SHEZHU_PUSH__QUIET_FROM": "00:00",
            "SHEZHU_PUSH__QUIET_UNTIL": "00:00",
            "SHEZHU_PUSH__LEASE_SECONDS": "2",
            "SHEZHU_PUSH__ANSWER_SECONDS": "20",
        }
        first = subprocess.Popen([sys.executable, "-c", WORKER], cwd=ROOT, env=env)
        assert eventually(lambda: bool(world.deliveries))
        first.send_signal(signal.SIGKILL)
        first.wait()
        others = [subprocess.Popen([sys.executable, "-c", WORKER], cwd=ROOT, env=env) for _ in range(2)]

        def settled() -> bool:
            with database.transaction() as db:
                return [row.status for row in db.query(Outbox)] == [messages.UNSURE]

        assert eventually(settled)
        time.sleep(1)
        for other in others:
            other.kill()
            other.wait()
    database.close()
    assert [one.to for one in world.deliveries] == ["group meiyuan"]
