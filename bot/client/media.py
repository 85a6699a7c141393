"""What users send us as files: recognised, stripped of what the camera wrote about its owner, stored."""

import io
import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from bot.client.errors import ApiError, check

KINDS = {
    "audio/amr": ".amr",
    "video/mp4": ".mp4",
    "audio/mpeg": ".mp3",
    "application/pdf": ".pdf",
    "voice/speex": ".speex",
}
PICTURES = {"JPEG": ".jpg", "PNG": ".png", "GIF": ".gif", "WEBP": ".webp"}
PIXELS = 50_000_000  # a picture of more is an attack or a mistake
QUALITY = 88


@dataclass(frozen=True)
class Media:
    """`suffix` tells what the bytes are, whatever the sender called them."""

    suffix: str
    data: bytes


def opened_media(content_type: str, data: bytes) -> Media:
    """A download as a file of a known kind. Raises ApiError: the platform tells its errors as JSON."""
    if data[:1] == b"{" or content_type.startswith(("application/json", "text/plain")):
        check(_json(data))
        raise ApiError(40004, "no file")
    if content_type.split(";")[0] in KINDS:
        return Media(KINDS[content_type.split(";")[0]], data)
    return picture(data)


def _json(data: bytes) -> object:
    try:
        return json.loads(data)
    except ValueError:
        raise ApiError(40004, "neither file nor JSON") from None


def picture(data: bytes) -> Media:
    """Upright, with no place, time, device or comment in it. Raises ApiError 40004."""
    try:
        with Image.open(io.BytesIO(data), formats=list(PICTURES)) as image:
            if image.width * image.height > PIXELS:
                raise ApiError(40006, "too many pixels")
            kind = image.format or "JPEG"
            upright = ImageOps.exif_transpose(image)
            bare = Image.new(upright.mode, upright.size)
            if upright.mode == "P":
                bare.putpalette(upright.getpalette() or [])
            bare.paste(upright)
            out = io.BytesIO()
            bare.save(out, kind, quality=QUALITY)
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ):
        raise ApiError(40004, "not a picture") from None
    return Media(PICTURES[kind], out.getvalue())


def store(media: Media, folder: Path) -> str:
    """Writes the file under a name nobody can guess; the name."""
    folder.mkdir(parents=True, exist_ok=True)
    name = secrets.token_hex(16) + media.suffix
    (folder / name).write_bytes(media.data)
    return name
