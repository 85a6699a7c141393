"""Lengths and cuts as the platform counts them."""

import re

EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f]")


def byte_length(text: str) -> int:
    return len(text.encode("utf-8"))


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, the rest replaced by one ellipsis."""
    return text if len(text) <= limit else text[:limit] + "…"


def without_emoji(text: str) -> str:
    return EMOJI.sub("", text)
