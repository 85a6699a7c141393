"""The residents' pages: what they say, what they never say, and how they look on a phone."""

import asyncio
import re
import threading
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from bot.app import PAGES
from bot.demo import load
from bot.demo.cast import CAST
from bot.pages import residents
from models import activity, disclosure, people, public
from models.base import Base, Database, Session, seal
from models.organization import DISSOLVED, Organization
from models.people import User
from models.place import Community
from tests.conftest import DATA_KEY, NOW
from tests.faults.server import free_port

PUBLIC_URL = "https://shezhu.example"
HOSTILE = "<script>alert(1)</script>\"'&"


class Visitor:
    """Asks the pages without a network."""

    def __init__(self, app: FastAPI):
        self._app = app

    def get(self, path: str, method: str = "GET", **how: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._app)
            async with httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL) as client:
                return await client.request(method, path, **how)

        return asyncio.run(ask())


def application(database: Database) -> FastAPI:
    """The pages alone, as the app has them."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.mount("/static", StaticFiles(directory=PAGES / "static"))
    residents.install(app, database, PUBLIC_URL)
    return app


@pytest.fixture
def client(database: Database) -> Visitor:
    return Visitor(application(database))


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The demo's district with all its records."""
    opened = Database(f"sqlite:///{tmp_path_factory.mktemp('district')}/demo.db", DATA_KEY)
    Base.metadata.create_all(opened.engine)
    assert load.load(opened)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def visitor(district: Database) -> Visitor:
    return Visitor(application(district))


def page(client: Visitor, path: str, status: int = 200) -> str:
    answer = client.get(path, headers={"accept": "text/html"})
    assert answer.status_code == status
    return answer.text


def words(html: str) -> str:
    """What is read on a page, without its marks and with single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def team(db: Session, name: str = "梅园社区百灵鸟合唱队") -> Organization:
    return db.query(Organization).filter_by(name=name).one()


def number(database: Database, name: str) -> int:
    return database.run(lambda db: team(db, name).id)


def leader(db: Session) -> User:
    found = people.get(db, "wechat", "leader")
    assert found is not None
    return found


def change(database: Database, of: str = "梅园社区百灵鸟合唱队", **facts: Any) -> str:
    """Changes an organisation; the address of its page."""

    def work(db: Session) -> str:
        row = team(db, of)
        for column, value in facts.items():
            setattr(row, column, value)
        return f"/o/{row.id}"

    return database.run(work)


def publish(database: Database, topic: str, title: str, name: str = "梅园社区百灵鸟合唱队", **facts: Any) -> None:
    def work(db: Session) -> None:
        row, by = team(db, name), leader(db).id
        where = {"community_id": row.community_id, "organization_id": row.id}
        disclosure.publish(db, by, NOW, topic=topic, title=title, **where, **facts)

    database.run(work)


def plan(database: Database, title: str, start: date, **facts: Any) -> None:
    def work(db: Session) -> None:
        row = team(db)
        told = {"title": title, "start": f"{start}T14:30", "organization_id": row.id, **facts}
        activity.register(db, leader(db), NOW, row.community_id, told)

    database.run(work)


def crawl(client: Visitor) -> dict[str, str]:
    """Every page that links lead to, by its address."""
    seen: dict[str, str] = {}
    waiting = ["/", "/?q="]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen[path] = page(client, path)
        links = (link.replace("&amp;", "&") for link in re.findall(r'href="(/[^"]*)"', seen[path]))
        waiting += [link for link in links if not link.startswith("/static")]
    return seen


# -- the directory ----------------------------------------------------------------------------------------------


def test_the_directory_counts_living_organisations(client: Visitor, database: Database) -> None:
    change(database, status=DISSOLVED)
    text = words(page(client, "/"))
    assert "2个镇（街道）、4个社区（村）、6个组织" in text
    assert "梅园社区 4个" in text
    assert "电站村 0个" in text


def test_an_empty_directory_says_so(client: Visitor, database: Database) -> None:
    with database.transaction() as db:
        for table in reversed(Base.metadata.sorted_tables):
            db.execute(table.delete())
    assert "名录还是空的" in page(client, "/")


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("百灵鸟", ["梅园社区百灵鸟合唱队"]),
        ("爱心社", ["娄东爱心社"]),
        ("纠纷调处", ["梅园社区老娘舅调解工作室"]),
        ("写毛笔字", ["太丰社区老年书画社"]),
        ("梅园社区的广场舞", ["梅园社区晨曦广场舞队", "梅园社区夕阳广场舞队"]),
        ("太丰 书画", ["太丰社区老年书画社"]),
        ("太丰 合唱", []),
        ("飞船", []),
    ],
)
def test_a_search_by_name_kind_place_or_need(client: Visitor, query: str, names: list[str]) -> None:
    html = client.get("/", params={"q": query}).text
    assert re.findall(r'<a class="card"[^>]*>\s*<strong>(.*?)</strong>', html) == names
    assert ("没有找到" in html) is not bool(names)


def test_a_filing_number_finds_its_holder_however_it_is_written(client: Visitor, database: Database) -> None:
    change(database, filing_no="太备〔2026〕CX-0012号")
    html = client.get("/", params={"q": "太备(2026)CX0012"}).text
    assert "百灵鸟合唱队" in html
    assert "找到1个" in html


def test_a_long_list_has_a_second_page(visitor: Visitor, district: Database) -> None:
    count = district.run(lambda db: len(public.register(db)))
    first, second = page(visitor, "/?q="), page(visitor, "/?q=&page=2")
    assert f"找到{count}个组织，这是第1页，共5页" in words(first)
    assert 'rel="next" href="/?q=&amp;page=2"' in first
    assert 'rel="prev"' not in first
    shown = [set(re.findall(r'href="(/o/\d+)"', html)) for html in (first, second)]
    assert [len(links) for links in shown] == [20, 20]
    assert not shown[0] & shown[1]


@pytest.mark.parametrize("number", ["0", "-1", "x", "99999999", "²"])
def test_a_page_that_is_not_there_is_the_nearest(visitor: Visitor, number: str) -> None:
    assert "共5页" in visitor.get("/", params={"q": "", "page": number}).text


# -- one community ----------------------------------------------------------------------------------------------


def test_a_community_shows_six_kinds_its_activities_and_whom_to_ask(client: Visitor, database: Database) -> None:
    tomorrow = date.today() + timedelta(days=1)
    plan(database, "冬季用电安全讲座", tomorrow, place="三楼会议室")
    plan(database, "早就办过的事", date.today() - timedelta(days=3))
    community = database.run(lambda db: team(db).community_id)
    text = words(page(client, f"/c/{community}"))
    assert "文体科教 3个" in text
    assert "特色 0个 这一类还没有组织" in text
    assert "冬季用电安全讲座" in text
    assert f"{tomorrow.month}月{tomorrow.day}日" in text
    assert "早就办过的事" not in text
    assert "梅园社区居民委员会" in text
    assert "也可以问城厢镇民政办。 打电话 0512-00000001" in text


def test_an_empty_village_says_what_is_missing(client: Visitor, database: Database) -> None:
    village = database.run(lambda db: db.query(Community).filter_by(name="电站村").one().id)
    text = words(page(client, f"/c/{village}"))
    assert "近期没有登记的活动" in text
    assert "还没有公开过信息" in text
    assert "电站村村民委员会" in text


def test_a_series_stays_until_its_rule_ends(client: Visitor, database: Database) -> None:
    before = date.today() - timedelta(days=40)
    plan(database, "周周排练", before, repeat="FREQ=WEEKLY;BYDAY=TU,TH")
    plan(database, "结束的班", before, repeat="FREQ=WEEKLY;BYDAY=MO;UNTIL=20200101T000000")
    html = page(client, f"/o/{number(database, '梅园社区百灵鸟合唱队')}")
    assert "每周二、四" in html
    assert "结束的班" not in html


def test_a_kind_with_many_shows_some_and_leads_to_all(client: Visitor, database: Database) -> None:
    with database.transaction() as db:
        where = team(db).community_id
        db.add_all(
            Organization(name=f"第{n}读书会", aliases=[], category="特色", community_id=where) for n in range(15)
        )
    html = page(client, f"/c/{where}")
    assert html.count("读书会</strong>") == 12
    (link,) = re.findall(r'href="([^"]+)">看全部15个', html)
    assert "找到15个" in page(client, link)


# -- one organisation -------------------------------------------------------------------------------------------


def test_the_register_is_told_as_it_stands(client: Visitor, database: Database) -> None:
    far = date(2099, 3, 31)
    path = change(database, filing_no="演示备2025-0001", issued_on=date(2025, 4, 1), expires_on=far, place="活动室")
    text = words(page(client, path))
    assert "备案 ：在镇（区、街道）备案，有备案证书，不是法人" in text
    assert "备案编号 演示备2025-0001" in text
    assert "2025年4月1日发证，有效到2099年3月31日" in text
    assert "负责人 演示负责人" in text
    assert "成员 名录里没有写" in text
    assert f"{PUBLIC_URL}{path}" in text
    assert "过期" not in text


def test_an_expired_certificate_and_a_dissolved_organisation_are_warned_of(client: Visitor, database: Database) -> None:
    path = change(database, expires_on=date(2020, 1, 1))
    assert "证书在2020年1月1日已经过期" in page(client, path)
    change(database, status=DISSOLVED)
    assert "已经注销" in page(client, path)


def test_what_was_never_disclosed_is_said_plainly(client: Visitor, database: Database) -> None:
    path = f"/o/{number(database, '梅园社区百灵鸟合唱队')}"
    assert "这个组织还没有公开过" in page(client, path)
    publish(database, "章程", "合唱队章程")
    assert "还没有公开过： 收支、捐赠、活动、项目、证书、年度报告" in words(page(client, path))


def test_money_is_summed_by_year(client: Visitor, database: Database) -> None:
    for period, amount, direction in [
        ("2026-Q2", 1200.5, "income"),
        ("2026-Q3", 2000, "income"),
        ("2026-Q3", 700, "expense"),
        ("2025", 90, "income"),
    ]:
        publish(database, "收支", f"{period}账目", period=period, money=amount, direction=direction)
    publish(database, "捐赠", "助学", period="2026", money=5000, direction="income")
    path = f"/o/{number(database, '梅园社区百灵鸟合唱队')}"
    this_year, last_year = words(page(client, path)), words(page(client, f"{path}?year=2025"))
    assert "收入 3,200.50元 支出 700元 结余 2,500.50元" in this_year
    assert "2026年第三季度" in this_year
    assert "90元" not in this_year
    assert "收入 90元 支出 还没公开" in last_year
    assert words(page(client, f"{path}?year=<b>")) == this_year


def test_a_topic_with_many_entries_shows_some_sums_all_and_leads_to_all(client: Visitor, database: Database) -> None:
    for n in range(15):
        publish(database, "收支", f"票号{n}", period="2026", money=10, direction="income")
    html = page(client, f"/o/{number(database, '梅园社区百灵鸟合唱队')}")
    assert html.count("票号") == 12
    assert "150元" in html
    (link,) = re.findall(r'href="([^"#]+)#disclosure">看全部15条', html)
    assert page(client, link.replace("&amp;", "&")).count("票号") == 15


def test_a_reported_activity_shows_how_many_came(client: Visitor, database: Database) -> None:
    held = date.today() - timedelta(days=2)
    plan(database, "敬老演出", held)
    path = f"/o/{number(database, '梅园社区百灵鸟合唱队')}"
    assert "还没公开的活动" in page(client, path)

    def report(db: Session) -> None:
        row = db.query(activity.Activity).one()
        told = {"attended": 96, "volunteers": 8, "outcome": "演了12个节目"}
        activity.report(db, leader(db), NOW, row, told)

    database.run(report)
    text = words(page(client, path))
    assert "来了96人，志愿者8人" in text
    assert "还没公开的活动" not in text
    assert text.count("敬老演出") == 1


# -- what is never shown ----------------------------------------------------------------------------------------


def test_hostile_names_are_only_text(client: Visitor, database: Database) -> None:
    facts = {"name": HOSTILE, "head": HOSTILE, "place": HOSTILE, "note": HOSTILE, "aliases": [HOSTILE]}
    publish(database, "收支", HOSTILE, content=HOSTILE)
    plan(database, HOSTILE, date.today() + timedelta(days=1), place=HOSTILE)
    path = change(database, **facts)
    for address in (path, "/?q=", f"/?q={HOSTILE.replace('&', '%26')}", f"/c/{HOSTILE.split('/')[0]}"):
        html = client.get(address, headers={"accept": "text/html"}).text
        assert "<script" not in html
        assert "onerror" not in html
    assert "&lt;script&gt;" in page(client, path)


def test_a_phone_or_a_door_written_into_free_text_is_taken_out(client: Visitor, database: Database) -> None:
    told = "联系１３８ 0000-1234或53510000，身份证320522194901011234，演示3号楼2单元501室"
    publish(database, "项目", told, content=told)
    plan(database, told, date.today() + timedelta(days=1), place="3幢2单元501", building="3幢2单元501室")
    path = change(database, note=told, phone=None)
    community = database.run(lambda db: team(db).community_id)
    for address in (path, f"/c/{community}", "/?q="):
        html = page(client, address)
        assert "3号楼" in html
        for secret in ("138", "0000-1234", "53510000", "19490101", "501"):
            assert secret not in html


def test_amounts_dates_and_numbers_of_papers_are_left_alone() -> None:
    for text in ("2026年11月24日", "12600元", "53510000元", "太备2024-CX-0012", "8:30到11:30", "2026-11-24"):
        assert public.masked(text) == text


def test_what_came_of_a_dispute_or_a_hazard_stays_out(client: Visitor, database: Database) -> None:
    publish(database, "活动", "楼上漏水的调解", source_no="JF20261124-00012")
    publish(database, "活动", "楼道隐患", source_no="PA20261124-00013")
    html = page(client, f"/o/{number(database, '梅园社区百灵鸟合唱队')}")
    assert "漏水" not in html
    assert "楼道" not in html


def test_no_page_of_the_demo_holds_anything_personal(visitor: Visitor, district: Database) -> None:
    pages = crawl(visitor)
    assert len(pages) > 150
    everything = "\n".join(pages.values())
    heads = district.run(
        lambda db: {db.info["seal"].open(row.phone) for row in db.query(Organization) if row.phone is not None}
    )
    assert len(heads) > 20
    secrets = heads | {person.openid for person in CAST} | {"漏水", "飞线", "楼道里", "停车位"}
    assert {secret for secret in secrets if secret in everything} == set()
    assert re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", everything) is None
    assert {path for path, html in pages.items() if "演示数据" not in html} == set()


def test_a_sealed_phone_never_leaves_the_database(client: Visitor, database: Database) -> None:
    with database.transaction() as db:
        team(db).phone = seal(db, "0512-12340000")
    assert "12340000" not in page(client, f"/o/{number(database, '梅园社区百灵鸟合唱队')}")


# -- as pages ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/c/9999", "/o/9999", "/o/abc", "/o/²", "/o/1/2", "/c/99999999999999999999", "/nix"])
def test_a_lost_visitor_finds_back(client: Visitor, path: str) -> None:
    html = page(client, path, 404)
    assert "没有这一页" in html
    assert 'href="/"' in html


def test_a_program_is_told_404_in_its_own_language(client: Visitor) -> None:
    assert client.get("/nix", headers={"accept": "application/json"}).json() == {"detail": "Not Found"}


def test_every_answer_carries_its_guards_and_a_known_page_is_not_sent_twice(client: Visitor) -> None:
    for path in ("/", "/o/1", "/o/9999"):
        headers = client.get(path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "referrer-policy" in headers
    etag = client.get("/").headers["etag"]
    again = client.get("/", headers={"if-none-match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/", "HEAD").status_code == 200


def test_a_page_is_light_and_needs_no_script(visitor: Visitor) -> None:
    style = len(visitor.get("/static/pages.css").content)
    for path, html in crawl(visitor).items():
        assert len(html.encode()) + style < 30_000, path
        assert "<script" not in html
        assert "style=" not in html


def test_an_unreachable_database_is_told_kindly(tmp_path: Path) -> None:
    nowhere = Visitor(application(Database(f"sqlite:///{tmp_path}", DATA_KEY)))
    assert "暂时打不开" in page(nowhere, "/", 503)


# -- on a phone -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site(district: Database) -> Iterator[str]:
    """The pages of the demo's district at an address of their own."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(application(district), port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture
def phone(browser: Any) -> Iterator[Any]:
    """A narrow screen that runs no script of a page."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.mark.browser
def test_no_page_is_wider_than_a_phone_and_type_is_large(browser: Any, site: str, district: Database) -> None:
    tab = browser.new_page(viewport={"width": 390, "height": 844})
    choir = number(district, "梅园社区百灵鸟合唱队")
    for path in ("/", "/?q=", "/?q=飞船", "/c/1", f"/o/{choir}", "/o/9999"):
        tab.goto(site + path)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390, path
        sizes = tab.evaluate(
            "[...document.querySelectorAll('main *, footer *')].map(e => parseFloat(getComputedStyle(e).fontSize))"
        )
        assert min(sizes) >= 18, path
    tab.close()


@pytest.mark.browser
def test_what_a_thumb_presses_is_large(browser: Any, site: str) -> None:
    tab = browser.new_page(viewport={"width": 390, "height": 844})
    for path in ("/", "/?q=", "/c/1"):
        tab.goto(site + path)
        tab.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
        targets = "main :is(button, input, summary, .card, .chips a, .places a, .pages a, .back a, .button)"
        heights = tab.evaluate(
            f"[...document.querySelectorAll('{targets}')].map(e => e.getBoundingClientRect().height)"
        )
        assert min(heights) >= 48, path
    tab.close()


@pytest.mark.browser
def test_from_the_first_page_to_the_accounts_without_script(phone: Any, site: str) -> None:
    phone.goto(site)
    phone.fill("#q", "合唱")
    phone.click(".search button")
    phone.click("text=梅园社区百灵鸟合唱队")
    assert "结余" in phone.inner_text("table")
    phone.click(".back a")
    assert phone.inner_text("h1") == "梅园社区"
