"""Fault switches: each kind strikes as it says, by hand, by script, and by chance with a seed."""

from typing import Any

import httpx
import pytest

from tests.platform.clock import Clock
from tests.platform.faults import BUSY, HALF, RESET, REVOKE, SLOW, Outcome, errcode, undone
from tests.platform.world import World
from tests.platform_tests.conftest import Api

pytestmark = pytest.mark.anyio
TEMPLATE = "/cgi-bin/message/template/send"


def template(number: int = 0, to: str = "oMei") -> dict[str, Any]:
    data = {"keyword1": {"value": str(number)}, "keyword2": {"value": "周三"}}
    return {"touser": to, "template_id": "T1", "data": data}


async def attempt(api: Api, body: dict[str, Any] | None = None) -> int | str:
    """The errcode, or the name of what httpx raised."""
    try:
        return int((await api.post(TEMPLATE, body or template()))["errcode"])
    except httpx.TransportError as error:
        return type(error).__name__
    except ValueError:
        return "no JSON"


async def test_burst_of_busy_has_no_effect_and_ends(api: Api, world: World) -> None:
    world.faults.burst(BUSY, times=3)
    assert [await attempt(api) for _ in range(4)] == [-1, -1, -1, 0]
    assert len(world.deliveries) == 1
    assert world.errcodes() == {-1: 3, 0: 1}


async def test_daily_quota_by_switch(api: Api, world: World) -> None:
    world.faults.burst(errcode(45009), path=TEMPLATE)
    assert [await attempt(api), await attempt(api)] == [45009, 0]


@pytest.mark.parametrize(
    ("outcome", "seen"),
    [
        (SLOW, "ReadTimeout"),
        (RESET, "ReadError"),
        (HALF, "RemoteProtocolError"),
        (Outcome("http", code=502), "no JSON"),
    ],
)
async def test_lost_answers(api: Api, world: World, outcome: Outcome, seen: str) -> None:
    """The same symptom twice: once the message was delivered, once it was not."""
    world.faults.script([outcome, undone(outcome)])
    assert await attempt(api) == seen
    assert len(world.deliveries) == 1
    assert await attempt(api) == seen
    assert len(world.deliveries) == 1
    assert [call.fault for call in world.calls] == [outcome.kind] * 2


async def test_slow_is_no_error_for_a_patient_client(api: Api, world: World) -> None:
    world.faults.burst(Outcome("slow", seconds=3.0))
    assert await attempt(api) == 0


async def test_revoked_token_stays_revoked(api: Api, world: World) -> None:
    world.faults.burst(REVOKE)
    assert [await attempt(api), await attempt(api)] == [40001, 40001]
    api.renew()
    assert await attempt(api) == 0


async def test_rules_by_path_and_person(api: Api, world: World) -> None:
    world.add_person("oLi")
    world.faults.burst(errcode(43004), times=9, to="oLi")
    world.faults.burst(BUSY, times=9, path="*/menu/*")
    assert await attempt(api) == 0
    assert await attempt(api, template(to="oLi")) == 43004
    assert (await api.get("/cgi-bin/menu/get"))["errcode"] == -1
    world.faults.clear()
    assert await attempt(api, template(to="oLi")) == 0


async def test_script_then_odds(api: Api, world: World) -> None:
    world.faults.script([None, BUSY, None])
    world.faults.odds([(1.0, errcode(45011))])
    assert [await attempt(api) for _ in range(5)] == [0, -1, 0, 45011, 45011]


async def test_odds_repeat_with_their_seed() -> None:
    def run(seed: int) -> list[str]:
        world = World(seed=seed)
        world.faults.odds([(0.2, BUSY), (0.1, RESET)])
        outcomes = [world.faults.pick("/any") for _ in range(1000)]
        return [outcome.kind if outcome else "" for outcome in outcomes]

    assert run(7) == run(7)
    assert run(7) != run(8)
    assert 150 < run(7).count("errcode") < 250
    assert 60 < run(7).count("reset") < 140


async def test_odds_over_one_and_unknown_kinds_are_refused(world: World) -> None:
    with pytest.raises(ValueError, match="more than 1"):
        world.faults.odds([(0.7, BUSY), (0.7, RESET)])
    with pytest.raises(ValueError, match="unknown fault"):
        Outcome("fire")


async def test_duplicates_are_counted(api: Api, world: World) -> None:
    for number in (1, 2, 2, 3, 3, 3):
        await attempt(api, template(number))
    assert world.duplicates() == {("oMei", "2\n周三"): 2, ("oMei", "3\n周三"): 3}


def test_clock_stands_still_until_skipped() -> None:
    clock = Clock(1000.0)
    assert clock.now() == clock.now() == 1000.0
    clock.skip(60)
    assert clock.now() == 1060.0
    with pytest.raises(ValueError, match="backwards"):
        clock.skip(-1)


async def test_waiting_on_a_frozen_clock_skips() -> None:
    clock = Clock()
    assert clock.day() == "2026-11-24"
    began = clock.now()
    await clock.wait(86400)
    assert (clock.now() - began, clock.day(), clock.month()) == (86400, "2026-11-25", "2026-11")


async def test_days_begin_at_midnight_in_china() -> None:
    clock = Clock(1795535999.0)  # 2026-11-24T15:59:59Z
    assert clock.day() == "2026-11-24"
    clock.skip(1)
    assert clock.day() == "2026-11-25"
