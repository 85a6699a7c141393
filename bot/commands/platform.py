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


def simulate(host: str, port: int, callback_url: str) -> None:
    """Serves the simulator of the tests (no part of the installed package) for the configured account, or its own."""
    try:
        from tests.platform.server import run
        from tests.platform.world import Account
    except ModuleNotFoundError:
        raise console.Failure("no_source") from None
    wechat = console.configured().wechat
    given = {
        "app_id": wechat.app_id,
        "secret": wechat.app_secret.get_secret_value(),
        "token": wechat.token.get_secret_value(),
        "aes_key": wechat.aes_key.get_secret_value(),
    }
    known: dict[str, Any] = {name: value for name, value in given.items() if value}
    console.say("simulating", host=host, port=port)
    run(host, port, callback_url, account=Account(**known), log_level="warning")
