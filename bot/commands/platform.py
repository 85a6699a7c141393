"""The commands about WeChat's side: the account's menu, and a stand-in for its API."""

from collections.abc import Mapping
from typing import Any

from bot.commands import console


def push_menu() -> None:
    """Creates the menu of handlers/words.yaml, in place of whatever is there."""
    config = console.configured()
    given = {"APP_ID": config.wechat.app_id, "APP_SECRET": config.wechat.app_secret.get_secret_value()}
    if missing := [f"SHEZHU_WECHAT__{name}" for name, value in given.items() if not value]:
        raise console.Failure("no_account", names="、".join(missing))
    from bot.client import wechat
    from handlers import words

    menu = tree(words.load("words")["menu"])
    wechat.build(config).push_menu(menu)
    console.say("menu_pushed", count=sum(len(top["sub_button"]) for top in menu["button"]))


def tree(menu: list[Mapping[str, Any]]) -> dict[str, Any]:
    """The menu as the platform takes it: clicks that name an action."""

    def click(item: Mapping[str, Any]) -> dict[str, str]:
        return {"type": "click", "name": item["name"], "key": item["key"]}

    return {"button": [{"name": top["name"], "sub_button": [click(item) for item in top["items"]]} for top in menu]}


def simulate(host: str, port: int) -> None:
    """Serves the simulator of the tests; it is no part of the installed package."""
    try:
        from tests.platform.clock import Clock
        from tests.platform.server import create_simulator
        from tests.platform.world import World
    except ModuleNotFoundError:
        raise console.Failure("no_source") from None
    import uvicorn

    app = create_simulator(World(clock=Clock.real()))
    console.say("simulating", host=host, port=port)
    uvicorn.run(app, host=host, port=port, log_level="warning")
