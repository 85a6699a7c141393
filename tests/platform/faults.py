"""Fault switches: what goes wrong at which call, by hand, by script or by chance with a seed."""

import random
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any

KINDS = ("errcode", "slow", "reset", "half", "http", "revoke")


@dataclass(frozen=True)
class Outcome:
    """What happens to one call.

    kind: `errcode` answers `code` and does nothing else; `slow` answers `seconds` late; `reset` cuts the connection;
    `half` sends half of the answer and cuts; `http` answers status `code` with an HTML page; `revoke` first kills the
    token of this call. `done` says whether slow, reset, half and http happen after the call took effect (only its
    answer is lost) or instead of it.
    """

    kind: str
    code: int = -1
    seconds: float = 6.0
    done: bool = True

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}; one of {', '.join(KINDS)}")


def errcode(code: int) -> Outcome:
    return Outcome("errcode", code=code)


BUSY = errcode(-1)
SLOW = Outcome("slow")
RESET = Outcome("reset")
HALF = Outcome("half")
REVOKE = Outcome("revoke")


def undone(outcome: Outcome) -> Outcome:
    """The same fault, striking before the call took effect."""
    return replace(outcome, done=False)


@dataclass
class Rule:
    """`path` and `to` are patterns; `script` is played once, call by call (None: all well), then `odds` are drawn."""

    path: str = "*"
    to: str = "*"
    script: list[Outcome | None] = field(default_factory=list)
    odds: list[tuple[float, Outcome]] = field(default_factory=list)

    def matches(self, path: str, to: str) -> bool:
        return fnmatchcase(path, self.path) and fnmatchcase(to, self.to)

    def draw(self, chance: random.Random) -> Outcome | None:
        if self.script:
            return self.script.pop(0)
        if not self.odds:
            return None
        mark = chance.random()
        for share, outcome in self.odds:
            mark -= share
            if mark < 0:
                return outcome
        return None


@dataclass
class EventFaults:
    """What happens on the way to the bot and back; shares between 0 and 1.

    Events are `lost`, `doubled` or `shuffled`. Of any callback the answer may go `unheard`: the bot has done its work,
    the platform has not heard of it and posts again.
    """

    lost: float = 0.0
    doubled: float = 0.0
    shuffled: bool = False
    unheard: float = 0.0


class Faults:
    """All rules of one simulator; the first matching rule with something to say decides."""

    def __init__(self, seed: int = 0) -> None:
        self.chance = random.Random(seed)
        self.rules: list[Rule] = []
        self.events = EventFaults()

    def burst(self, outcome: Outcome, times: int = 1, path: str = "*", to: str = "*") -> None:
        """The next `times` matching calls meet `outcome`."""
        self.rules.append(Rule(path, to, script=[outcome] * times))

    def script(self, outcomes: list[Outcome | None], path: str = "*", to: str = "*") -> None:
        self.rules.append(Rule(path, to, script=list(outcomes)))

    def odds(self, odds: list[tuple[float, Outcome]], path: str = "*", to: str = "*") -> None:
        """From now on each matching call meets an outcome with its probability; the rest goes well."""
        if sum(share for share, _ in odds) > 1 + 1e-9:
            raise ValueError("the probabilities add up to more than 1")
        self.rules.append(Rule(path, to, odds=list(odds)))

    def clear(self) -> None:
        self.rules.clear()
        self.events = EventFaults()

    def pick(self, path: str, to: str = "") -> Outcome | None:
        self.rules = [rule for rule in self.rules if rule.script or rule.odds]
        for rule in self.rules:
            if not rule.matches(path, to):
                continue
            scripted = bool(rule.script)
            outcome = rule.draw(self.chance)
            if outcome is not None or scripted:
                return outcome
        return None

    def on_the_way(self, events: list[Any]) -> list[Any]:
        """The events that arrive, in the order in which they arrive."""
        arriving: list[Any] = []
        for event in events:
            if self.chance.random() < self.events.lost:
                continue
            arriving += [event, event] if self.chance.random() < self.events.doubled else [event]
        if self.events.shuffled:
            self.chance.shuffle(arriving)
        return arriving
