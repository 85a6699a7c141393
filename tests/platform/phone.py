"""A person with a phone: what they type, tap, scan and follow, and what the account may send them for it."""

from typing import Any

from tests.platform.callback import Exchange, WechatServer
from tests.platform.people import Person

OPENING_CLICKS = ("CLICK", "scancode_push", "scancode_waitmsg")  # the taps that open a window
FIRST_FRAME = b"\xff\xd8\xff\xe0simulated picture\xff\xd9"


class Phone:
    """One person's side of the conversation. Every method returns the exchange; `.text` is what they saw."""

    def __init__(self, server: WechatServer, openid: str) -> None:
        self.server = server
        self.world = server.world
        self.openid = openid
        if openid not in self.world.people:
            self.world.add_person(openid)

    @property
    def person(self) -> Person:
        return self.world.people[self.openid]

    def message(self, kind: str, **fields: Any) -> dict[str, Any]:
        """A message with a fresh MsgId; writing opens the 48-hour window (a msgmenu tap the short one)."""
        self.world.trigger(self.openid, "menu" if "bizmsgmenuid" in fields else "message")
        return {**self.server.head(self.openid), "MsgType": kind, **fields, "MsgId": self.world.next_id()}

    def event(self, name: str, **fields: Any) -> dict[str, Any]:
        return {**self.server.head(self.openid), "MsgType": "event", "Event": name, **fields}

    async def say(self, text: str, **fields: Any) -> Exchange:
        return await self.server.send(self.message("text", Content=text, **fields))

    async def tap_msgmenu(self, text: str, item_id: str) -> Exchange:
        return await self.say(text, bizmsgmenuid=item_id)

    async def send_image(self, content: bytes = FIRST_FRAME, content_type: str = "image/jpeg") -> Exchange:
        media = self.world.media.add("image", content, content_type, "image.jpg")
        return await self.server.send(
            self.message("image", PicUrl=f"http://mmbiz.qpic.cn/{media.id}/0", MediaId=media.id)
        )

    async def send_voice(self, recognition: str = "", content: bytes = b"#!AMR\n") -> Exchange:
        """`recognition` is empty by default, as it is in practice."""
        narrow = self.world.media.add("voice", content, "audio/amr", "voice.amr")
        wide = self.world.media.add("voice", content, "audio/speex", "voice.speex")
        fields = {"MediaId": narrow.id, "Format": "amr", "MediaId16K": wide.id, "Recognition": recognition}
        return await self.server.send(self.message("voice", **fields))

    async def send_video(self, content: bytes = b"\x00\x00\x00\x18ftypmp42", kind: str = "video") -> Exchange:
        film = self.world.media.add("video", content, "video/mp4", "video.mp4")
        thumb = self.world.media.add("thumb", FIRST_FRAME, "image/jpeg", "thumb.jpg")
        return await self.server.send(self.message(kind, MediaId=film.id, ThumbMediaId=thumb.id))

    async def send_location(self, latitude: float, longitude: float, label: str, scale: int = 16) -> Exchange:
        fields = {"Location_X": latitude, "Location_Y": longitude, "Scale": scale, "Label": label}
        return await self.server.send(self.message("location", **fields))

    async def send_link(self, title: str, description: str, url: str) -> Exchange:
        return await self.server.send(self.message("link", Title=title, Description=description, Url=url))

    async def follow(self, scene: str = "") -> Exchange:
        """Follow, by search or by scanning a QR code with a scene (also the ticket of one)."""
        self.person.following, self.person.scene = True, scene
        self.person.followed_at = self.world.clock.now()
        self.world.trigger(self.openid, "follow")
        fields = {"EventKey": f"qrscene_{scene}", "Ticket": self._ticket(scene)} if scene else {"EventKey": ""}
        return await self.server.send(self.event("subscribe", **fields))

    async def unfollow(self) -> Exchange:
        self.person.following = False
        self.person.windows.clear()
        self.person.credits.clear()
        return await self.server.send(self.event("unsubscribe", EventKey=""))

    async def scan(self, scene: str) -> Exchange:
        """Scan a QR code: SCAN for a follower, subscribe for a stranger. Raises LookupError when it has expired."""
        if self.world.qrcodes.has(scene) and not self.world.qrcodes.valid(scene):
            raise LookupError(f"the QR code of scene {scene!r} has expired")
        if not self.person.following:
            return await self.follow(scene)
        self.world.trigger(self.openid, "scan")
        return await self.server.send(self.event("SCAN", EventKey=scene, Ticket=self._ticket(scene)))

    async def click(self, key: str, event: str = "CLICK", **fields: Any) -> Exchange:
        """Tap a menu entry; only CLICK and the scancode kinds open the one-minute window."""
        if event in OPENING_CLICKS:
            self.world.trigger(self.openid, "menu")
        return await self.server.send(self.event(event, EventKey=key, **fields))

    async def view(self, url: str) -> Exchange:
        return await self.click(url, "VIEW", MenuId=self.world.next_id())

    async def scan_from_menu(self, key: str, result: str, kind: str = "scancode_waitmsg") -> Exchange:
        return await self.click(key, kind, ScanCodeInfo={"ScanType": "qrcode", "ScanResult": result})

    async def report_location(self, latitude: float, longitude: float, precision: float = 40.0) -> Exchange:
        return await self.server.send(
            self.event("LOCATION", Latitude=latitude, Longitude=longitude, Precision=precision)
        )

    async def answer_popup(self, choices: dict[str, bool], scene: int = 1) -> Exchange:
        """Accept or refuse templates in a page (scene 1) or an article (2); each acceptance is one credit."""
        for template_id, accepted in choices.items():
            if accepted and self.person.credits.get(template_id, 0) >= 0:
                self.person.credits[template_id] = self.person.credits.get(template_id, 0) + 1
        entries = [
            {"TemplateId": name, "SubscribeStatusString": "accept" if yes else "reject", "PopupScene": scene}
            for name, yes in choices.items()
        ]
        return await self.server.send(self.event("subscribe_msg_popup_event", SubscribeMsgPopupEvent={"List": entries}))

    async def refuse_template(self, template_id: str) -> Exchange:
        """Switch a template off in the account's settings: the credits are gone."""
        self.person.credits.pop(template_id, None)
        entry = {"TemplateId": template_id, "SubscribeStatusString": "reject"}
        return await self.server.send(
            self.event("subscribe_msg_change_event", SubscribeMsgChangeEvent={"List": [entry]})
        )

    def _ticket(self, scene: str) -> str:
        return self.world.qrcodes.ticket_of(scene)
