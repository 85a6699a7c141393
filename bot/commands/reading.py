"""What the bot makes of sentences, line by line: parse, times, evaluate. Nothing is written but to the output."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bot.commands import console

if TYPE_CHECKING:
    from nlp.names import Vocabulary
    from nlp.types import Understanding
    from nlp.understand import Understander

SHANGHAI = ZoneInfo("Asia/Shanghai")
OPTIONS = ("community", "role", "expecting")
STEP = 500  # messages between two words of progress


class BadLine(ValueError):
    """A line that cannot be taken; says why."""


@dataclass(frozen=True)
class Line:
    """One message and what is known about it; `now` is naive local time."""

    text: str
    now: datetime
    community: str | None = None
    role: str | None = None
    expecting: str | None = None


def moment(value: str | None) -> datetime:
    """A naive local time; the present without a value. Raises ValueError."""
    at = datetime.fromisoformat(value) if value else datetime.now(SHANGHAI)
    return (at.astimezone(SHANGHAI) if at.tzinfo else at).replace(tzinfo=None)


def read_line(line: str, now: datetime, community: str | None) -> Line:
    """Plain text, or a JSON object with `text`. Raises BadLine."""
    data = as_object(line)
    if data is None:
        return Line(line, now, community)
    if not isinstance(data["text"], str):
        raise BadLine("text: string expected")
    try:
        at = moment(data["now"]) if data.get("now") else now
    except (TypeError, ValueError):
        raise BadLine("now: ISO time expected") from None
    known = {name: data[name] for name in OPTIONS if isinstance(data.get(name), str)}
    return Line(data["text"], at, **{"community": community, **known})


def as_object(line: str) -> dict[str, Any] | None:
    """The JSON object with a `text` that the line is, else None: people write braces too."""
    if not line.startswith("{"):
        return None
    try:
        data = json.loads(line)
    except ValueError:
        return None
    return data if isinstance(data, dict) and "text" in data else None


def parse(now: str | None, community: str | None, *, explain: bool) -> int:
    """Exit code; 1 when a line could not be taken."""
    at = _given(now)
    names, understander = vocabulary(), loaded()

    def answer(line: Line) -> dict[str, Any]:
        said = understander.understand(
            line.text, line.now, names, expecting=line.expecting, community=line.community, role=line.role
        )
        return shown(said, explain=explain)

    return stream(at, community, answer)


def times(now: str | None, *, past: bool) -> int:
    """Exit code; 1 when a line could not be taken."""
    from nlp.times import as_json, find_times

    def answer(line: Line) -> dict[str, Any]:
        return {"text": line.text, "times": [as_json(found) for found in find_times(line.text, line.now, past=past)]}

    return stream(_given(now), None, answer)


def stream(now: datetime, community: str | None, answer: Callable[[Line], dict[str, Any]]) -> int:
    """One JSON object out for each line in, at once, so that a program may talk through a pipe."""
    code = 0
    for number, line in enumerate(lines(), 1):
        try:
            row = answer(read_line(line, now, community))
        except BadLine as bad:
            row, code = {"text": line, "error": str(bad)}, 1
            console.note("bad_line", line=number, why=bad)
        print(json.dumps(row, ensure_ascii=False), flush=True)
    return code


def lines() -> Iterator[str]:
    """Standard input as UTF-8, with or without a byte-order mark; unreadable bytes become U+FFFD."""
    for number, raw in enumerate(sys.stdin.buffer):
        line = raw.decode(errors="replace").rstrip("\r\n")
        yield line.removeprefix("\ufeff") if number == 0 else line


def shown(said: "Understanding", *, explain: bool) -> dict[str, Any]:
    """Contract section 4; with `explain` the ranking and the evidence for each slot."""
    row = {
        "text": said.text,
        "intent": said.intent,
        "confidence": said.confidence,
        "slots": dict(said.slots),
        "danger": said.danger,
        "others": list(said.others),
    }
    if explain:
        row["ranking"] = [{"intent": intent, "confidence": chance} for intent, chance in said.ranking]
        row["values"] = [{name: getattr(value, name) for name in value.__slots__} for value in said.values]
    return row


def vocabulary() -> "Vocabulary":
    """The names of the configured database; none where there is no database, and none is made."""
    from nlp.names import Vocabulary

    url = console.configured().database.url
    embedded = url.startswith("sqlite")
    if embedded and not Path(url.partition("///")[2]).is_file():
        return Vocabulary.build([])  # said before the database's libraries are loaded: they take their time
    from models import lookup

    try:
        return lookup.look(url, _names) or Vocabulary.build([])
    except lookup.Unreadable:
        console.note("names_unread")
        return Vocabulary.build([])


def _names(db: Any) -> "Vocabulary":
    from bot.directory import snapshot

    return snapshot(db, 0).vocabulary


def loaded() -> "Understander":
    from nlp import artefact
    from nlp.understand import Understander

    try:
        return Understander.load()
    except FileNotFoundError:
        raise console.Failure("no_artefact", path=artefact.FOLDER) from None


def _given(now: str | None) -> datetime:
    try:
        return moment(now)
    except ValueError:
        raise console.Failure("bad_now", value=now) from None


# -- scoring ------------------------------------------------------------------------------------------------------


def score(file: Path, failures: int) -> None:
    """Prints how the understanding of a file of gold lines (contract 4) compares with them."""
    gold = read_gold(file)
    names, understander = vocabulary(), loaded()
    from nlp.evaluate import evaluate

    said, seconds = judged(gold, names, understander)
    report = evaluate(gold, said, seconds)
    print(report)
    for line, understanding in report.failures[:failures]:
        print(json.dumps({"gold": line, "said": shown(understanding, explain=False)}, ensure_ascii=False))


def judged(
    gold: Sequence[dict[str, Any]], names: "Vocabulary", understander: "Understander"
) -> tuple[list["Understanding"], float]:
    """(what was understood, seconds it took)."""
    said, seconds = [], 0.0
    for done, line in enumerate(gold, 1):
        at, community, expecting = moment(line["now"]), line.get("community"), line.get("expecting")
        began = time.perf_counter()
        said.append(understander.understand(line["text"], at, names, community=community, expecting=expecting))
        seconds += time.perf_counter() - began
        if done % STEP == 0:
            console.note("judged", done=done, total=len(gold))
    return said, seconds


def read_gold(file: Path) -> list[dict[str, Any]]:
    """The gold lines of a file; every one complete, or a failure that names the line."""
    gold = []
    for number, line in enumerate(file.read_text(encoding="utf-8-sig").splitlines(), 1):
        if line.strip():
            gold.append(gold_line(number, line))
    if not gold:
        raise console.Failure("no_gold")
    return gold


def gold_line(number: int, line: str) -> dict[str, Any]:
    try:
        data = json.loads(line)
        missing = [name for name in ("text", "now", "intent", "slots") if name not in data]
        moment(data.get("now"))
    except (TypeError, ValueError, AttributeError) as error:
        raise console.Failure("bad_gold", line=number, why=type(error).__name__) from None
    if missing or not isinstance(data["slots"], dict):
        raise console.Failure("bad_gold", line=number, why="、".join(missing) or "slots")
    return dict(data)
