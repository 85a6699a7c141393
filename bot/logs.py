"""What the program tells whoever runs it: one JSON object a line, or plain lines in a terminal; never what people say.

Our own lines are an event in fixed words and fields: `log.warning("turn failed", extra=fields(message=key))`. What is
said inside `about(message=…)` carries those fields too. Of other libraries' lines the first is kept, an error is told
by its type and place, and whatever looks like a person's or a secret is blotted out.
"""

import json
import logging
import re
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from bot.client.errors import redact
from models.when import SHANGHAI

OURS = "shezhu"
# The last resort behind careful lines: phones, ID numbers, openids, what an address asks for.
PRIVATE = re.compile(
    r"(?<![0-9A-Za-z])(?:1[3-9]\d{9}|\d{17}[\dXx])(?![0-9A-Za-z])|(?<![\w-])o[\w-]{27}(?![\w-])|(?<=\?)\S+=\S+"
)
OWN_WORDS = re.compile(r"[a-z ;,]{1,60}|[0-9a-f]{32}|[0-9a-f]{64}")  # most lines are these alone: no need to look
_about: ContextVar[Mapping[str, Any]] = ContextVar("about", default={})  # noqa: B039 (never written to)


def fields(**told: Any) -> dict[str, Any]:
    """The `extra` of a line; what is None is left out."""
    return {"fields": {name: value for name, value in told.items() if value is not None}}


@contextmanager
def about(**told: Any) -> Iterator[None]:
    """Every line of this thread or task inside the block carries these fields."""
    before = _about.set({**_about.get(), **told})
    try:
        yield
    finally:
        _about.reset(before)


def where(error: BaseException) -> str:
    """Type and place of an error, innermost first; not its message, which may quote what somebody said."""
    frames = traceback.extract_tb(error.__traceback__)[::-1]
    ours = [one for one in frames if "site-packages" not in Path(one.filename).parts]
    return " < ".join([type(error).__name__, *(f"{Path(one.filename).name}:{one.lineno}" for one in ours[:12])])


def told(record: logging.LogRecord) -> dict[str, Any]:
    """A line as its parts: time, level, logger, event, then what it speaks of."""
    line: dict[str, Any] = {
        "time": datetime.fromtimestamp(record.created, SHANGHAI).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "event": blotted(event(record)),
        **{name: blotted(value) for name, value in {**_about.get(), **getattr(record, "fields", {})}.items()},
    }
    if record.exc_info and record.exc_info[1] is not None:
        line["error"] = where(record.exc_info[1])
    return line


def event(record: logging.LogRecord) -> str:
    """The first line; an error among what is filled in is named by its type."""
    said = str(record.msg)
    if record.args:
        named = record.args
        if isinstance(named, tuple):
            named = tuple(type(one).__name__ if isinstance(one, BaseException) else one for one in named)
        said %= named
    return (said.strip().splitlines() or [""])[0]


def blotted(value: Any) -> Any:
    """Strings, also inside lists, without what is nobody's business; other values as they are."""
    if isinstance(value, list | tuple):
        return [blotted(one) for one in value]
    if not isinstance(value, str) or OWN_WORDS.fullmatch(value):
        return value
    return PRIVATE.sub("***", redact(value))


class Json(logging.Formatter):
    """One object a line."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(told(record), ensure_ascii=False, default=str)


class Plain(logging.Formatter):
    """For somebody who reads along."""

    def format(self, record: logging.LogRecord) -> str:
        line = told(record)
        head = " ".join(str(line.pop(name)) for name in ("time", "level", "logger", "event"))
        return " ".join([head, *(f"{name}={value}" for name, value in line.items())])


FORMS: Mapping[str, type[logging.Formatter]] = {"json": Json, "plain": Plain}


def form(wanted: str, *, demo: bool, terminal: bool) -> str:
    """`json` or `plain` as set; else plain for a demo in a terminal."""
    return wanted or ("plain" if demo and terminal else "json")


def set_up(how: str, level: int = logging.INFO, stream: TextIO | None = None) -> logging.Handler:
    """Sends all lines of this process to standard error: ours and the web server's from `level`, others' warnings."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(FORMS[how]())
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.WARNING)
    for name in (OURS, "uvicorn"):
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(True)
    logging.raiseExceptions = False  # a line that cannot be formed would be printed with all its values
    return handler
