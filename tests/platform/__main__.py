"""`python -m tests.platform`: serve the simulator, for people and for tests that need it in a process of its own."""

import argparse
import time
from dataclasses import fields

from tests.platform.bodies import MODES
from tests.platform.clock import Clock
from tests.platform.server import run
from tests.platform.world import Account

SETTINGS = ("app_id", "secret", "original_id", "token", "aes_key")


def main() -> None:
    defaults = {field.name: field.default for field in fields(Account)}
    parser = argparse.ArgumentParser(prog="python -m tests.platform", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--callback-url", default="", help="address of the bot, e.g. http://127.0.0.1:8000/wechat")
    parser.add_argument("--mode", choices=MODES, default="safe")
    parser.add_argument("--seed", type=int, default=0, help="of the faults")
    parser.add_argument("--flow", type=float, default=1.0, help="seconds of the platform's clock in one real second")
    parser.add_argument("--log-level", default="info")
    for name in SETTINGS:
        parser.add_argument(f"--{name.replace('_', '-')}", default=defaults[name], help=f"default {defaults[name]}")
    given = parser.parse_args()
    account = Account(mode=given.mode, **{name: getattr(given, name) for name in SETTINGS})
    clock = Clock(time.time(), given.flow)
    run(given.host, given.port, given.callback_url, account=account, clock=clock, seed=given.seed,
        log_level=given.log_level)  # fmt: skip


if __name__ == "__main__":
    main()
