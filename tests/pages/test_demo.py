"""The demo page as a person uses it."""

from typing import Any

import pytest

from tests.faults.server import Server

pytestmark = pytest.mark.browser
SENTENCE = "明天下午两点半活动室搞垃圾分类宣传，20来个人，先锋队办的"


def say(page: Any, text: str) -> str:
    """Types a sentence; the answer."""
    answers = page.locator("#talk li.bot")
    before = answers.count()
    page.fill("#text", text)
    page.click("#send")
    answers.nth(before).wait_for()
    return str(answers.nth(before).inner_text())


def test_an_activity_from_the_sentence_to_the_receipt(browser: Any, demo: Server) -> None:
    page = browser.new_page()
    page.goto(f"{demo.base}/demo")
    page.wait_for_selector("#people button")
    assert "下午2:30" in say(page, SENTENCE)
    assert "编号 HD" in say(page, "确认")
    assert "35人" in say(page, "人数改成35")
    page.close()


def test_a_scanned_code_binds(browser: Any, demo: Server) -> None:
    page = browser.new_page()
    page.goto(f"{demo.base}/demo")
    page.click("#people button[data-openid=demo-newcomer]")
    page.click(".codes button[data-role=worker]")
    page.click("#scan")
    reply = page.locator("#talk li.bot").first
    reply.wait_for()
    assert "社区工作者" in reply.inner_text()
    page.close()


def test_a_menu_tap_starts_what_it_names(browser: Any, demo: Server) -> None:
    page = browser.new_page()
    page.goto(f"{demo.base}/demo")
    page.click("#tomenu")
    page.click("#menu button:nth-child(3)")
    page.click("#submenu button:nth-child(1)")
    reply = page.locator("#talk li.bot").first
    reply.wait_for()
    assert "您的身份" in reply.inner_text()
    page.close()


def test_the_page_fits_a_phone(browser: Any, demo: Server) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 780})
    page.goto(f"{demo.base}/demo")
    page.wait_for_selector("#people button")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()
