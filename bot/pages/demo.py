"""The browser chat at /demo: everything typed there becomes real signed callback XML on the same /wechat route."""

import secrets
import time
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import httpx
import segno
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse
from pydantic import BaseModel

from bot.demo.cast import CAST, Person
from bot.push import Mailbox
from bot.wechat import Mirror
from handlers import words
from models import people
from models.base import Database, Session
from models.people import Role
from models.when import SHANGHAI

HERE = Path(__file__).parent
ACCOUNT = "gh_shezhu_demo"
MEDIA = Path("var/demo-media")
MAX_MEDIA = 2 * 1024 * 1024
_ids = count(int(time.time() * 1000) * 1000)


class Said(BaseModel):
    """What the page sends: who speaks, and a message of one kind."""

    openid: str
    kind: str = "text"
    text: str = ""
    media_id: str = ""
    latitude: float = 0
    longitude: float = 0
    event: str = ""
    event_key: str = ""


class Sender:
    """Plays WeChat's server against the app's own /wechat route."""

    def __init__(self, app: Any, mirror: Mirror):
        self._client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://demo")
        self._mirror = mirror

    async def send(self, said: Said) -> str:
        query, body = self._mirror.pack(ACCOUNT, as_xml(said))
        answer = await self._client.post("/wechat", params=query, content=body)
        if answer.status_code != 200:
            raise HTTPException(answer.status_code, answer.text)
        return self._mirror.open(answer.text)


def as_xml(said: Said) -> str:
    """The platform's XML for it."""
    fields: dict[str, str] = {
        "ToUserName": ACCOUNT,
        "FromUserName": said.openid,
        "CreateTime": str(int(time.time())),
        "MsgType": said.kind,
    }
    match said.kind:
        case "text":
            fields["Content"] = said.text
        case "voice":
            fields |= {"MediaId": said.media_id or "demo-voice", "Format": "amr", "Recognition": said.text}
        case "image":
            fields |= {"MediaId": said.media_id, "PicUrl": f"/demo/media/{said.media_id}"}
        case "location":
            fields |= {"Location_X": str(said.latitude), "Location_Y": str(said.longitude), "Label": said.text}
        case "event":
            fields |= {"Event": said.event, "EventKey": said.event_key}
    if said.kind != "event":
        fields["MsgId"] = str(next(_ids))
    return "<xml>" + "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items()) + "</xml>"


def router(sender: Sender, database: Database, mailbox: Mailbox) -> APIRouter:
    """The demo's routes; mounted only where the deployment asks for them."""
    routes = APIRouter(prefix="/demo")

    @routes.get("", response_class=HTMLResponse)
    def page() -> FileResponse:
        return FileResponse(HERE / "templates" / "demo.html")

    @routes.get("/cast")
    def cast() -> dict[str, Any]:
        return {"people": [person.__dict__ for person in CAST], "menu": words.load("words")["menu"]}

    @routes.post("/send")
    async def send(said: Said) -> dict[str, Any]:
        known(said.openid)
        return {"reply": await sender.send(said)}

    @routes.get("/pushes")
    def pushes(openid: str) -> dict[str, Any]:
        return {"pushes": mailbox.take("wechat", known(openid).openid, datetime.now(SHANGHAI))}

    @routes.post("/media")
    async def upload(request: Request) -> dict[str, str]:
        body = await request.body()
        if len(body) > MAX_MEDIA:
            raise HTTPException(413, "too large")
        name = f"demo-{secrets.token_hex(8)}"
        MEDIA.mkdir(parents=True, exist_ok=True)
        (MEDIA / name).write_bytes(body)
        return {"media_id": name}

    @routes.get("/media/{name}")
    def media(name: str) -> FileResponse:
        path = MEDIA / Path(name).name
        if not path.is_file():
            raise HTTPException(404)
        return FileResponse(path, media_type="image/jpeg")

    @routes.post("/invite/{role}")
    def invite(role: str) -> JSONResponse:
        """A binding code as the community would hand it out: its QR picture, and the scene a scan reports."""
        code = database.run(lambda db: new_code(db, Role.named(role)))
        return JSONResponse({"code": code, "svg": segno.make(f"shezhu:{code}").svg_inline(scale=5)})

    return routes


def new_code(db: Session, role: Role) -> str:
    """An invite to the place the cast's person of that role has."""
    model = people.get(db, "wechat", f"demo-{role.name.lower()}")
    assert model is not None, "the demo data is loaded before the page is served"
    place = (
        {"organization_id": model.organization_id} if model.organization_id else {"community_id": model.community_id}
    )
    if role >= Role.TOWN:
        place = {"town_id": model.town_id}
    return people.invite(db, role, datetime.now(SHANGHAI), name=model.name, **place)


def known(openid: str) -> Person:
    found = next((person for person in CAST if person.openid == openid), None)
    if found is None:
        raise HTTPException(404, "nobody of the demo")
    return found
