"""The public pages for residents: the directory, one community, one organisation with what it discloses."""

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.exception_handlers import http_exception_handler
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException

from handlers import disclosure, words
from handlers.organization import needed
from models import public
from models.base import Database, Session, Unavailable
from models.disclosure import TOPICS
from models.organization import CATEGORIES
from models.when import SHANGHAI

PER_PAGE = 20
LONGEST = 40  # characters of a search that are looked at
GLANCE = 12  # of one kind or topic, before a link leads to all
NEWEST = 6  # items of disclosure on a community's page
HEADERS = {
    "Cache-Control": "public, max-age=60",
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}
TELEPHONE = re.compile(r"(?<!\d)(?:0\d{2,3}-?)?\d{7,8}(?!\d)")
Values = Mapping[str, Any]


class Missing(Exception):
    """There is no such page."""


def install(app: FastAPI, database: Database, public_url: str) -> None:
    """Adds the pages, and a page with a way back wherever a browser asks for one that does not exist."""
    pages = Pages(database, public_url.rstrip("/"))
    app.include_router(router(pages))

    @app.exception_handler(404)
    async def lost(request: Request, error: HTTPException) -> Response:
        wants_page = request.method in ("GET", "HEAD") and "text/html" in request.headers.get("accept", "")
        return pages.missing(404) if wants_page else await http_exception_handler(request, error)


def router(pages: "Pages") -> APIRouter:
    routes = APIRouter()

    def page(path: str) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
        return routes.api_route(path, methods=["GET", "HEAD"], response_class=HTMLResponse)

    @page("/")
    def directory(request: Request, q: str | None = None, page: str = "1") -> Response:
        return pages.answer(request, "home.html", lambda db: listing(db, q, page))

    @page("/c/{number}")
    def one_community(request: Request, number: str) -> Response:
        return pages.answer(request, "community.html", lambda db: community(db, known(number), datetime.now(SHANGHAI)))

    @page("/o/{number}")
    def one_organization(request: Request, number: str, year: str = "", topic: str = "") -> Response:
        asked, now = (year, topic), datetime.now(SHANGHAI)
        return pages.answer(request, "organization.html", lambda db: organization(db, known(number), now, *asked))

    return routes


class Pages:
    """Renders the templates; nothing of a request is kept."""

    def __init__(self, database: Database, public_url: str):
        self._database = database
        self._public_url = public_url
        self._templates = templates()

    def answer(self, request: Request, name: str, read: Callable[[Session], Callable[[], Values] | Values]) -> Response:
        """Reads in one short transaction, then renders; 304 to whoever has this very page already."""
        try:
            values = self._database.read(read)
        except Missing:
            return self.missing(404)
        except Unavailable:
            return self.missing(503)
        # What only computes runs after the transaction: SQLite has one writer, and readers stand in its queue.
        shown = values() if callable(values) else values
        body = self.render(name, path=request.url.path, **shown)
        etag = f'W/"{hashlib.sha256(body.encode()).hexdigest()[:24]}"'
        headers = {**HEADERS, "ETag": etag}
        if etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return HTMLResponse(body, headers=headers)

    def missing(self, status: int) -> Response:
        headers = {**HEADERS, "Cache-Control": "no-store"}
        return HTMLResponse(self.render("missing.html", path="/", status=status), status, headers)

    def render(self, name: str, **values: Any) -> str:
        return self._templates.get_template(name).render(public_url=self._public_url, **values)


def templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        day=disclosure.day,
        span=lambda event: words.span(event.start, event.end),
        hours=hours,
        telephone=lambda text: found_number[0] if (found_number := TELEPHONE.search(text)) else None,
        day_name=words.day_name,
        repeated=words.repeated,
        period=words.period,
        money=lambda value: f"{value:,.2f}".removesuffix(".00"),
    )
    made.globals.update(kinds=CATEGORIES, glance=GLANCE)
    return made


def hours(event: public.Event) -> str:
    """From which hour to which, for a series: its rule tells the days."""
    clocks = [words.clock(at) for at in (event.start, event.end) if at and at.clock]
    return str(words.load("words")["to"]).join(clocks)


def known(number: str) -> int:
    """The directory's id an address names; anything else is no page."""
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        raise Missing
    return int(number)


# -- what each page shows -----------------------------------------------------------------------------------------


def listing(db: Session, query: str | None, page: str) -> Callable[[], Values]:
    """Towns and communities; with a query (an empty one means everybody) a page of organisations."""
    boroughs, demo = public.boroughs(db), public.demo(db)
    entries = public.register(db) if query is not None else []
    return lambda: {"boroughs": boroughs, "demo": demo, **found(entries, query, page)}


def found(entries: list[public.Entry], query: str | None, page: str) -> Values:
    text = " ".join((query or "").split())[:LONGEST]
    needs = [(word, needed(word)) for word in public.terms(text, entries)]
    rows = public.search(entries, [(word, need["find"] if need else ()) for word, need in needs])
    pages = max(1, -(-len(rows) // PER_PAGE))
    number = min(int(page) if page.isascii() and page.isdecimal() and len(page) < 6 else 1, pages) or 1
    return {
        "query": None if query is None else text,
        "count": len(rows),
        "rows": rows[(number - 1) * PER_PAGE : number * PER_PAGE],
        "page": number,
        "pages": pages,
    }


def community(db: Session, community_id: int, now: datetime) -> Values:
    home = public.home(db, community_id)
    if home is None:
        raise Missing
    entries = public.register(db, community_id=community_id)
    return {
        "home": home,
        "entries": entries,
        "names": {row.id: row.name for row in entries},
        "coming": public.coming(db, now, community_id=community_id),
        "items": public.shown(db, community_id=community_id, limit=NEWEST),
        "demo": any(row.demo for row in entries) if entries else public.demo(db),
    }


def organization(db: Session, organization_id: int, now: datetime, year: str, topic: str) -> Values:
    """Everything of the register, and what one year disclosed (the newest if none is asked for), or one topic of it."""
    entry = public.entry(db, organization_id)
    if entry is None:
        raise Missing
    items = public.shown(db, organization_id=organization_id)
    years = dict(public.by_year(items))
    chosen = next((known_year for known_year in years if str(known_year) == year), max(years, default=None))
    sections = years.get(chosen, []) if chosen else []
    only = [section for section in sections if section.topic == topic]
    return {
        "entry": entry,
        "expired": entry.expires_on is not None and entry.expires_on < now.date(),
        "coming": public.coming(db, now, organization_id=organization_id) if entry.living else [],
        "unreported": public.unreported(db, now, organization_id),
        "years": list(years),
        "year": chosen,
        "sections": only or sections,
        "only": bool(only),
        "topics": TOPICS,
        "shown": {item.topic for item in items},
        "demo": entry.demo,
    }
