"""What users send us as files: recognised, stripped of what the camera wrote about its owner, stored."""

import io
import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from bot.client.errors import ApiError, check

# What is not a picture, by the first bytes or, where those say nothing, by the platform's word.
MAGIC = {b"#!AMR": ".amr", b"ID3": ".mp3", b"%PDF": ".pdf", b"OggS": ".ogg"}
SPEECH = {"amr": ".amr", "speex": ".speex", "mpeg": ".mp3", "mp3": ".mp3"}
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
    if data.startswith(b"{"):
        check(_json(data))
        raise ApiError(40004, "no file")
    if data[4:8] == b"ftyp":
        return Media(".mp4", data)
    known = next((suffix for magic, suffix in MAGIC.items() if data.startswith(magic)), None)
    family, _, kind = content_type.split(";")[0].partition("/")
    suffix = known or (SPEECH.get(kind) if family in ("audio", "voice") else None)
    return Media(suffix, data) if suffix else picture(data)


def video_address(data: bytes) -> str | None:
    """Videos come in two steps: the first answer holds the address of the second."""
    answer = _json(data) if data.startswith(b"{") else None
    return str(answer["video_url"]) if isinstance(answer, dict) and "video_url" in answer else None


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
