"""The `shezhu` command: every subcommand, its options and its help; what they do is in bot/commands."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="shezhu", no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)
imports = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
menus = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
app.add_typer(imports, name="import")
app.add_typer(menus, name="menu")


class RoleName(StrEnum):
    resident = "resident"
    worker = "worker"
    leader = "leader"
    town = "town"
    city = "city"


class Format(StrEnum):
    jsonl = "jsonl"
    csv = "csv"
    xlsx = "xlsx"


@app.callback()
def about() -> None:
    """社小助：社区社会组织的微信助手。各命令加 --help 看用法。"""


@imports.callback()
def about_imports() -> None:
    """导入数据。"""


@menus.callback()
def about_menus() -> None:
    """公众号菜单。"""


# -- running ------------------------------------------------------------------------------------------------------


@app.command()
def serve(
    host: Annotated[str | None, typer.Option()] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535)] = None,
    demo: Annotated[bool, typer.Option("--demo")] = False,
) -> None:
    """启动社小助。--demo 用自带的演示数据试用：不需要别的服务，浏览器里就能聊。"""
    from bot.commands import running

    running.serve(host, port, demo=demo)


@app.command()
def migrate() -> None:
    """把数据库升到最新的表结构，部署时先跑这一步。"""
    from bot.commands import opening

    opening.upgrade()


@app.command()
def worker() -> None:
    """启动任务进程(发提醒等)，配合 Redis 部署用。"""
    from bot.commands import running

    running.worker()


@app.command()
def scheduler() -> None:
    """启动定时器，整个部署只要一个，配合 Redis 部署用。"""
    from bot.commands import running

    running.scheduler()


@app.command()
def doctor(online: Annotated[bool, typer.Option("--online")] = False) -> None:
    """检查配置、数据库、Redis、微信凭据和没发出去的消息，逐条说怎么办；有不通过的返回 1。--online 会连微信核对凭据。"""
    from bot.commands import doctor as checks

    raise typer.Exit(checks.run(online=online))


@app.command("simulate-wechat")
def simulate_wechat(
    host: Annotated[str, typer.Option()] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8090,
    callback_url: Annotated[str, typer.Option("--callback-url", metavar="URL")] = "",
) -> None:
    """启动微信接口的模拟服务，开发和测试用(需要源码目录)。--callback-url 是社小助的回调地址，如 http://127.0.0.1:8000/wechat。"""
    from bot.commands import platform

    platform.simulate(host, port, callback_url)


@menus.command()
def push() -> None:
    """创建公众号菜单，替换原来的。"""
    from bot.commands import platform

    platform.push_menu()


# -- talking and understanding ------------------------------------------------------------------------------------


@app.command()
def chat(role: Annotated[RoleName, typer.Option("--as")] = RoleName.resident) -> None:
    """在终端里和社小助聊，走的路和微信里一样。管道输入时一行一条消息。

    \b
    /photo [编号]   发一张照片
    /location 地点  发一个位置
    /click 菜单键   点一下菜单
    /quit           结束
    """
    from bot.commands import talking

    talking.chat(role.value)


@app.command()
def parse(
    now: Annotated[str | None, typer.Option(metavar="ISO")] = None,
    community: Annotated[str | None, typer.Option(metavar="NAME")] = None,
    explain: Annotated[bool, typer.Option("--explain")] = False,
) -> None:
    """每行一条消息，说明社小助怎么理解它；一行出一个 JSON。不写任何数据。

    输入是纯文本，或带 text(可加 now、community、role、expecting)的 JSON。--explain 附上依据。
    """
    from bot.commands import reading

    raise typer.Exit(reading.parse(now, community, explain=explain))


@app.command()
def times(
    now: Annotated[str | None, typer.Option(metavar="ISO")] = None,
    past: Annotated[bool, typer.Option("--past")] = False,
) -> None:
    """每行一条消息，找出里面的时间；一行出一个 JSON。说得含糊的时间往后理解，--past 往前理解。"""
    from bot.commands import reading

    raise typer.Exit(reading.times(now, past=past))


@app.command()
def evaluate(
    file: Annotated[Path, typer.Argument(metavar="FILE.jsonl")], failures: Annotated[int, typer.Option(min=0)] = 0
) -> None:
    """拿标准答案给理解能力打分：意图、要素、整句、每条耗时、最常弄错的。--failures N 列出前 N 条答错的。"""
    from bot.commands import reading

    reading.score(file, failures)


# -- data ---------------------------------------------------------------------------------------------------------


@imports.command("directory")
def import_directory(file: Annotated[Path, typer.Argument(metavar="FILE.csv|.xlsx")]) -> None:
    """导入镇街、社区和组织的名录；有一行不对就整个不导入，并说明哪行为什么。"""
    from bot.commands import data

    data.import_directory(file)


@app.command()
def invite(
    role: Annotated[RoleName, typer.Option()],
    community: Annotated[str | None, typer.Option(metavar="NAME")] = None,
    town: Annotated[str | None, typer.Option(metavar="NAME")] = None,
    org: Annotated[str | None, typer.Option(metavar="NAME")] = None,
    name: Annotated[str | None, typer.Option(metavar="NAME")] = None,
) -> None:
    """发一个绑定码，只能用一次；对方在微信里发“绑定 绑定码”就有了身份。同名的加 --town 或 --community 说清楚。"""
    from bot.commands import data

    data.invite(role.value, community=community, town=town, organization=org, name=name)


@app.command()
def records(
    kind: Annotated[str, typer.Argument(metavar="KIND")],
    format_: Annotated[Format, typer.Option("--format")] = Format.jsonl,
    since: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD")] = None,
    until: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD")] = None,
    community: Annotated[str | None, typer.Option(metavar="NAME")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE")] = None,
    with_personal: Annotated[bool, typer.Option("--with-personal")] = False,
) -> None:
    """导出一类台账。--since、--until 按登记日期，两头都算。个人信息默认隐去，--with-personal 全部给出并记入审计。

    \b
    KIND：activity filing organization dispute safety disclosure training project match points care
          deliberation convention incubation party award finance venue reminder message
    """
    from bot.commands import data

    data.export(
        kind, format_.value, since=since, until=until, community=community, output=output, with_personal=with_personal
    )


def main() -> None:
    """Entry point of the installed command."""
    from bot.commands import console

    sys.excepthook = console.report
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")
    typer.main.get_command(app)(prog_name="shezhu")


if __name__ == "__main__":
    main()
