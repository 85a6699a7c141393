"""media/upload, media/get, media/uploadimg: temporary material that is gone after three days."""

import secrets
from dataclasses import dataclass, field
from urllib.parse import quote

from starlette.responses import Response

from tests.platform.clock import Clock
from tests.platform.errors import ApiError
from tests.platform.gate import Call, Endpoint

LIFE = 3 * 86400
MEGA = 1 << 20

# type -> (largest size in bytes, accepted content types)
TYPES: dict[str, tuple[int, tuple[str, ...]]] = {
    "image": (10 * MEGA, ("image/jpeg", "image/png", "image/gif", "image/bmp")),
    "voice": (2 * MEGA, ("audio/amr", "audio/mp3", "audio/mpeg", "audio/speex")),
    "video": (10 * MEGA, ("video/mp4",)),
    "thumb": (64 * 1024, ("image/jpeg",)),
}


@dataclass(frozen=True)
class Media:
    id: str
    kind: str
    content: bytes
    content_type: str
    filename: str
    made: float


@dataclass
class MediaStore:
    clock: Clock
    kept: dict[str, Media] = field(default_factory=dict)

    def add(self, kind: str, content: bytes, content_type: str, filename: str) -> Media:
        """Keep bytes for three days; also what people send is put here."""
        media = Media(secrets.token_urlsafe(48), kind, content, content_type, filename, self.clock.now())
        self.kept[media.id] = media
        return media

    def get(self, media_id: str) -> Media:
        """40007 for an id that never was or is older than three days."""
        media = self.kept.get(media_id)
        if media is None or self.clock.now() - media.made > LIFE:
            raise ApiError(40007)
        return media


def upload(call: Call) -> dict[str, object]:
    kind = call.query.get("type") or call.form.get("type", "")
    if kind not in TYPES:
        raise ApiError(40004)
    if call.upload is None:
        raise ApiError(41005, "media data missing")
    largest, accepted = TYPES[kind]
    if not call.content:
        raise ApiError(44001)
    if call.upload.content_type not in accepted:
        raise ApiError(40005)
    if len(call.content) > largest:
        raise ApiError(40006)
    media = call.world.media.add(kind, call.content, call.upload.content_type or "", call.upload.filename or "media")
    name = "thumb_media_id" if kind == "thumb" else "media_id"
    return {"type": kind, name: media.id, "created_at": int(call.now)}


def upload_image(call: Call) -> dict[str, object]:
    """A picture for articles: a lasting address instead of a media id; JPEG or PNG up to 1 MB."""
    if call.upload is None or not call.content:
        raise ApiError(44001)
    if call.upload.content_type not in ("image/jpeg", "image/png"):
        raise ApiError(40005)
    if len(call.content) > MEGA:
        raise ApiError(40009, "invalid image size")
    return {"url": f"http://mmbiz.qpic.cn/mmbiz_png/{secrets.token_urlsafe(30)}/0"}


def download(call: Call) -> dict[str, object] | Response:
    """The bytes; for a video the address of the bytes; errors are JSON with HTTP 200."""
    media_id = call.query.get("media_id", "")
    if not media_id:
        raise ApiError(41006)
    media = call.world.media.get(media_id)
    if media.kind == "video" and "raw" not in call.query:
        return {"video_url": f"http://{call.headers.get('host', 'localhost')}/simulator/media/{media.id}"}
    disposition = f'attachment; filename="{quote(media.filename)}"'
    return Response(media.content, media_type=media.content_type, headers={"Content-disposition": disposition})


ENDPOINTS = [
    Endpoint("POST", "/cgi-bin/media/upload", upload, token="any", body="form", daily=100_000),
    Endpoint("POST", "/cgi-bin/media/uploadimg", upload_image, body="form", daily=100_000),
    Endpoint("GET", "/cgi-bin/media/get", download, token="any", daily=200_000),
    Endpoint("GET", "/cgi-bin/media/get/jssdk", download, daily=200_000),
]
