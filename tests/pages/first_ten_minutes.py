"""Plays a newcomer's first ten minutes in the demo page and writes them down: docs/first-ten-minutes.md and pictures.

Run it with `python -m tests.pages.first_ten_minutes`; it starts a demo server of its own.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from tests.faults.server import ROOT, Server
from tests.pages.conftest import FLAGS

DOCS = ROOT / "docs"
SCENES: list[tuple[str, str, list[str]]] = [
    ("扫码绑定，成了社区工作者", "demo-newcomer", ["SCAN worker", "我是谁"]),
    (
        "一句话登记活动，改一改，办完报情况",
        "demo-newcomer",
        [
            "后天下午两点半活动室搞垃圾分类宣传,20来个人,先锋队办的",
            "不对,是下午三点",
            "确认",
            "人数改成35",
            "垃圾分类宣传办完了 来了42个 志愿者8个 用了2.5小时",
        ],
    ),
    (
        "居民说邻里吵架；楼下闻到煤气味",
        "demo-resident",
        ["楼上天天半夜拖凳子 3号楼2单元502 楼下受不了", "确认", "闻到煤气味 7幢一楼"],
    ),
    ("组织负责人问备案，居民查账", "demo-leader", ["我们合唱队备案到哪一步了", "证书什么时候到期", "备案要啥材料"]),
    ("信息公开：钱去哪了", "demo-resident", ["合唱队今年收了多少钱 花哪了", "有没有能陪老人看病的"]),
]


def say(page: Any, line: str) -> str:
    answers = page.locator("#talk li.bot")
    before = answers.count()
    if line.startswith("SCAN "):
        page.click(f".codes button[data-role={line.split()[1]}]")
        page.wait_for_selector("#qr svg")
        page.click("#scan")
    else:
        page.fill("#text", line)
        page.click("#send")
    answers.nth(before).wait_for()
    return str(answers.nth(before).inner_text()).removeprefix("社\n")


def play(page: Any, base: str) -> str:
    page.goto(f"{base}/demo")
    page.wait_for_selector("#people button")
    told = ["# 第一个十分钟", "", "在演示页里真实走过的对话，由 `python -m tests.pages.first_ten_minutes` 写下。", ""]
    for number, (title, openid, lines) in enumerate(SCENES, 1):
        page.click(f"#people button[data-openid={openid}]")
        told += [f"## {number}. {title}", ""]
        for line in lines:
            reply = say(page, line)
            shown = "（扫码）" if line.startswith("SCAN ") else line
            told += [f"**我**：{shown}", "", *(f"> {row}  " for row in reply.split("\n")), ""]
        page.screenshot(path=str(DOCS / f"ten-minutes-{number}.png"))
        told += [f"![{title}](ten-minutes-{number}.png)", ""]
    return "\n".join(told)


def main() -> None:
    folder = tempfile.mkdtemp()
    server = Server(f"sqlite:///{folder}/demo.db", demo=True)
    try:
        with sync_playwright() as play_:
            browser = play_.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            page = browser.new_page(viewport={"width": 780, "height": 860})
            Path(DOCS / "first-ten-minutes.md").write_text(play(page, server.base), encoding="utf-8")
            browser.close()
    finally:
        server.stop()


if __name__ == "__main__":
    main()
