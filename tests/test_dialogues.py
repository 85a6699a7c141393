"""Every transcript of tests/dialogues is spoken through the real engine: the same road as a WeChat message."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import func, select

from bot.dialogue import Dialogue
from bot.directory import Directory
from handlers.skill import Message
from models.base import Base, Database
from models.record import Recorded
from models.when import SHANGHAI
from nlp.understand import Understander
from tests.conftest import DATA_KEY, settle

TRANSCRIPTS = Path(__file__).parent / "dialogues"
UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def transcripts() -> Iterator[Any]:
    for path in sorted(TRANSCRIPTS.glob("*.yaml")):
        for talk in yaml.safe_load(path.read_text(encoding="utf-8")):
            yield pytest.param(talk, id=f"{path.stem}: {talk['name']}")


@pytest.mark.parametrize("transcript", list(transcripts()))
def test_transcript(transcript: dict[str, Any], sqlite_url: str, understander: Understander) -> None:
    database = Database(sqlite_url, DATA_KEY)
    Base.metadata.create_all(database.engine)
    with database.transaction() as db:
        settle(db)
    settings = {"settings": transcript.get("settings", {}), "public_url": "http://test"}
    dialogue = Dialogue(database, understander, Directory(), lambda: settings)
    at = datetime.fromisoformat(transcript.get("now", "2026-11-24T09:30")).replace(tzinfo=SHANGHAI)
    speaker = transcript.get("as", "resident")
    for turn, step in enumerate(transcript["talk"]):
        if after := step.get("after"):
            at += timedelta(**{UNITS[after[-1]]: int(after[:-1])})
        at += timedelta(seconds=20)
        reply = dialogue.answer(message(step, step.get("as", speaker), at, turn))
        check(step, reply)
    check_stored(transcript.get("stored", {}), database)
    database.close()


def message(step: dict[str, Any], openid: str, at: datetime, turn: int) -> Message:
    common: dict[str, Any] = {"key": f"{openid}:{turn}", "channel": "wechat", "openid": openid, "at": at}
    if "photo" in step:
        return Message(kind="image", media_id=step["photo"], url=f"http://photo/{step['photo']}", **common)
    if "voice" in step:
        return Message(kind="voice", text=step["voice"], media_id=f"voice-{turn}", **common)
    if "location" in step:
        latitude, longitude = step["location"]["at"]
        return Message(
            kind="location", text=step["location"].get("label", ""), latitude=latitude, longitude=longitude, **common
        )
    if "event" in step:
        return Message(kind="event", event=step["event"]["name"], event_key=step["event"].get("key", ""), **common)
    return Message(kind="text", text=step["me"], **common)


def check(step: dict[str, Any], reply: str) -> None:
    wanted, unwanted = step.get("bot", []), step.get("not", [])
    for fragment in [wanted] if isinstance(wanted, str) else wanted:
        assert str(fragment) in reply, f"{step}\n-> {reply}"
    for fragment in [unwanted] if isinstance(unwanted, str) else unwanted:
        assert str(fragment) not in reply, f"{step}\n-> {reply}"


def check_stored(stored: dict[str, int], database: Database) -> None:
    tables = {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}
    names = {
        "activity": "activities",
        "dispute": "disputes",
        "safety": "hazards",
        "filing": "filings",
        "disclosure": "disclosures",
    }
    with database.transaction() as db:
        for kind, count in stored.items():
            table = tables[names.get(kind, kind)]
            assert issubclass(table, Recorded) or table.__tablename__ == kind
            assert db.scalar(select(func.count()).select_from(table)) == count, kind
