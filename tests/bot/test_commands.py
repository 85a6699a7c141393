"""The `shezhu` command as people and programs use it: results on standard output, reasons beside them, exit codes."""

import csv
import functools
import hashlib
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from alembic import command
from openpyxl import load_workbook

from bot import tables as files
from bot.__main__ import main
from bot.commands import console, doctor, platform, running
from bot.config import ROOT, Config
from bot.demo import load
from handlers import words
from models import audit, messages, migrate, people, tables
from models.base import Base, Database, seal
from models.people import Role
from models.when import SHANGHAI
from nlp.understand import Understander
from tests.conftest import DATA_KEY, NOW

assert tables
AT = "2026-11-24T09:30"
COMMANDS = (
    "serve", "worker", "scheduler", "chat", "parse", "times", "import directory", "invite", "records", "evaluate",
    "doctor", "menu push", "simulate-wechat",
)  # fmt: skip


@dataclass(frozen=True)
class Ran:
    code: int
    raw: bytes
    err: str

    @property
    def out(self) -> str:
        return self.raw.decode()

    @property
    def rows(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.out.splitlines()]


Shezhu = Callable[..., Ran]


load_once = functools.cache(Understander.load)  # the models take longer than any command


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two database files to copy: with all tables and nothing in them, and with the demo."""
    folder = tmp_path_factory.mktemp("templates")
    made = {}
    for name in ("empty", "demo"):
        made[name] = folder / f"{name}.db"
        opened = Database(f"sqlite:///{made[name]}", DATA_KEY)
        Base.metadata.create_all(opened.engine)
        command.stamp(migrate._config(opened), "head")
        if name == "demo":
            load.load(opened)
        opened.close()
    return made


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to run in, with an environment of its own and no database yet."""
    for name in [name for name in os.environ if name.startswith("SHEZHU_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHEZHU_DATABASE__URL", f"sqlite:///{tmp_path}/shezhu.db")
    monkeypatch.setenv("SHEZHU_SECURITY__DATA_KEY", DATA_KEY)
    monkeypatch.setenv("SHEZHU_SECURITY__SECRET_KEY", "for-tests")
    return tmp_path


@pytest.fixture
def demo(home: Path, templates: dict[str, Path]) -> Iterator[Database]:
    shutil.copy(templates["demo"], home / "shezhu.db")
    opened = Database(f"sqlite:///{home}/shezhu.db", DATA_KEY)
    yield opened
    opened.close()


@pytest.fixture
def empty(home: Path, templates: dict[str, Path]) -> Path:
    shutil.copy(templates["empty"], home / "shezhu.db")
    return home


@pytest.fixture
def shezhu(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Shezhu:
    """Runs the command in this process, as the installed entry point does."""
    monkeypatch.setattr(Understander, "load", load_once)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)

    def run(*args: str, say: str | bytes = "") -> Ran:
        monkeypatch.setattr(sys, "argv", ["shezhu", *args])
        data = say.encode() if isinstance(say, str) else say
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))
        code: object = 0
        try:
            main()
        except SystemExit as end:
            code = end.code
        except (console.Failure, OSError, ValueError) as error:
            console.report(type(error), error, error.__traceback__)
            code = 1
        sys.stdout.flush()
        said = capfdbinary.readouterr()
        return Ran(int(str(code or 0)), said.out, said.err.decode())

    return run


def apart(*args: str, say: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    """Runs the command in a process of its own."""
    run = [sys.executable, "-m", "bot", *args]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SHEZHU_") or name in env}
    kept = {"PYTHONPATH": str(ROOT), **clean, **env}
    return subprocess.run(run, input=say, capture_output=True, text=True, env=kept, check=False, timeout=120)


# -- the command itself -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_contract_explains_itself(shezhu: Shezhu, home: Path, name: str) -> None:
    ran = shezhu(*name.split(), "--help")
    assert ran.code == 0
    assert "Usage: shezhu" in ran.out


def test_a_bad_setting_is_named_without_its_value(home: Path) -> None:
    ran = apart("records", "activity", SHEZHU_WECHAT__SECRT="hunter2-hunter2")
    assert ran.returncode != 0
    assert "wechat.secrt" in ran.stderr
    assert "hunter2" not in ran.stderr + ran.stdout
    assert "Traceback" not in ran.stderr
    assert ran.stdout == ""


@pytest.mark.parametrize("url", ["nonsense", "mysql://u:hunter2@h/x", "postgresql://u:hunter2@127.0.0.1:1/x"])
def test_a_database_that_cannot_be_is_said_plainly(home: Path, url: str) -> None:
    key = {"SHEZHU_SECURITY__DATA_KEY": DATA_KEY, "SHEZHU_SECURITY__SECRET_KEY": "x"}
    ran = apart("records", "activity", SHEZHU_DATABASE__URL=url, **key)
    assert ran.returncode == 1
    assert "SHEZHU_DATABASE__URL" in ran.stderr
    assert "hunter2" not in ran.stderr
    assert "Traceback" not in ran.stderr


def test_an_error_of_ours_shows_neither_traceback_nor_content(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise RuntimeError("13812345678")
    except RuntimeError as error:
        console.report(type(error), error, error.__traceback__)
    said = capsys.readouterr()
    assert "RuntimeError" in said.err
    assert "13812345678" not in said.err
    assert "Traceback" not in said.err


def test_a_data_key_that_is_none(shezhu: Shezhu, empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHEZHU_SECURITY__DATA_KEY", "zz")
    ran = shezhu("records", "activity")
    assert ran.code == 1
    assert "SHEZHU_SECURITY__DATA_KEY" in ran.err


# -- parse and times ----------------------------------------------------------------------------------------------


def test_parse_answers_line_by_line(shezhu: Shezhu, home: Path) -> None:
    lines = [
        "明天下午两点半活动室搞垃圾分类宣传,20来个人",
        "",
        '{"text": "我是谁", "now": "2025-01-01T08:00"}',
        "{不是JSON",
    ]
    ran = shezhu("parse", "--now", AT, say="\n".join(lines))
    assert ran.code == 0
    assert [row["text"] for row in ran.rows] == [lines[0], "", "我是谁", "{不是JSON"]
    for row in ran.rows:
        assert list(row) == ["text", "intent", "confidence", "slots", "danger", "others"]
    assert ran.rows[0]["intent"] == "activity.register"
    slots = ran.rows[0]["slots"]
    assert isinstance(slots, dict)
    assert slots["start"] == "2026-11-25T14:30"


def test_parse_takes_the_time_of_the_line_before_its_own(shezhu: Shezhu, home: Path) -> None:
    line = json.dumps({"text": "明天下午三点活动室搞讲座,20人", "now": "2026-03-01T23:00:00+00:00"})
    (row,) = shezhu("parse", "--now", AT, say=line).rows
    slots = row["slots"]
    assert isinstance(slots, dict)
    assert slots["start"] == "2026-03-03T15:00"  # 07:00 on the second in Shanghai


def test_parse_names_a_line_it_cannot_take_and_goes_on(shezhu: Shezhu, home: Path) -> None:
    ran = shezhu("parse", say='{"text": "好的", "now": "soon"}\n{"text": 5}\n你好\n')
    assert ran.code == 1
    assert ["error" in row for row in ran.rows] == [True, True, False]
    assert "1" in ran.err


def test_parse_reads_any_bytes(shezhu: Shezhu, home: Path) -> None:
    ran = shezhu("parse", say=b"\xef\xbb\xbf\xe4\xbd\xa0\xe5\xa5\xbd\r\n\xff\xfe\n\x00\n")
    assert ran.code == 0
    assert [row["text"] for row in ran.rows] == ["你好", "\ufffd\ufffd", "\x00"]


def test_parse_makes_nothing(shezhu: Shezhu, home: Path) -> None:
    assert shezhu("parse", say="你好").code == 0
    assert list(home.iterdir()) == []


def test_parse_changes_nothing_in_the_database_it_reads(shezhu: Shezhu, demo: Database, home: Path) -> None:
    demo.close()
    before = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in home.iterdir()}
    (row,) = shezhu("parse", "--now", AT, "--community", "梅园社区", say="先锋队明天下午两点在活动室搞宣传,20人").rows
    slots = row["slots"]
    assert isinstance(slots, dict)
    assert slots["organization_name"] == "梅园社区垃圾分类先锋队"
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in home.iterdir()} == before


def test_parse_reads_while_somebody_writes(shezhu: Shezhu, demo: Database) -> None:
    with demo.transaction() as db:
        people.add(db, "wechat", "busy", NOW)
        assert shezhu("parse", say="你好").code == 0


def test_parse_does_without_a_database_it_cannot_read(shezhu: Shezhu, home: Path) -> None:
    (home / "shezhu.db").write_bytes(b"not a database at all" * 100)
    ran = shezhu("parse", say="你好")
    assert ran.code == 0
    assert ran.rows[0]["intent"] == "chat.greet"
    assert "doctor" in ran.err


def test_parse_explains(shezhu: Shezhu, home: Path) -> None:
    (row,) = shezhu("parse", "--now", AT, "--explain", say="明天下午两点半活动室搞垃圾分类宣传,20来个人").rows
    assert {"ranking", "values"} <= set(row)
    assert row["values"]


def test_times(shezhu: Shezhu, home: Path) -> None:
    ran = shezhu("times", "--now", AT, say="下周三下午两点半到五点\n3号楼\n")
    first, second = ran.rows
    assert first["times"] == [
        {
            "span": "下周三下午两点半到五点", "offset": 0, "kind": "range",
            "start": "2026-12-02T14:30", "end": "2026-12-02T17:00",
        }
    ]  # fmt: skip
    assert second["times"] == []


def test_times_look_back_when_asked(shezhu: Shezhu, home: Path) -> None:
    starts = [
        row["times"][0]["start"]  # type: ignore[index]
        for args in ((), ("--past",))
        for row in shezhu("times", "--now", AT, *args, say="周五").rows
    ]
    assert starts == ["2026-11-27", "2026-11-20"]


@pytest.mark.parametrize("name", ["parse", "times"])
def test_a_time_that_is_none(shezhu: Shezhu, home: Path, name: str) -> None:
    ran = shezhu(name, "--now", "gestern", say="你好")
    assert (ran.code, ran.out) == (1, "")
    assert "gestern" in ran.err


def test_reading_sentences_loads_nothing_of_the_service(home: Path) -> None:
    script = (
        "import sys; sys.argv = ['shezhu', 'parse']\nfrom bot.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "sys.exit(' '.join({'fastapi', 'wechatpy', 'alembic', 'sqlalchemy', 'redis'} & set(sys.modules)) or 0)"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [sys.executable, "-c", script], input="你好", capture_output=True, text=True, env=env, check=False
    )
    assert ran.stderr == ""
    assert json.loads(ran.stdout)["intent"] == "chat.greet"


# -- evaluate -----------------------------------------------------------------------------------------------------


def test_evaluate_scores_a_file(shezhu: Shezhu, home: Path) -> None:
    gold = [
        {"text": "你好", "now": AT, "intent": "chat.greet", "slots": {}},
        {"text": "你好", "now": AT, "intent": "chat.thanks", "slots": {}},
    ]
    (home / "gold.jsonl").write_text("\n".join(json.dumps(line) for line in gold), encoding="utf-8")
    ran = shezhu("evaluate", "gold.jsonl", "--failures", "5")
    assert ran.code == 0
    assert "1/2" in ran.out
    assert "chat.thanks -> chat.greet" in ran.out
    assert json.loads(ran.out.splitlines()[-1])["gold"]["intent"] == "chat.thanks"


@pytest.mark.parametrize(
    "line", ['{"text": "x"}', "not json", '{"text": "x", "now": "?", "intent": "none", "slots": {}}']
)
def test_evaluate_names_the_bad_line(shezhu: Shezhu, home: Path, line: str) -> None:
    good = json.dumps({"text": "你好", "now": AT, "intent": "chat.greet", "slots": {}})
    (home / "gold.jsonl").write_text(f"{good}\n{line}\n", encoding="utf-8")
    ran = shezhu("evaluate", "gold.jsonl")
    assert (ran.code, ran.out) == (1, "")
    assert "2" in ran.err


def test_evaluate_without_a_file(shezhu: Shezhu, home: Path) -> None:
    ran = shezhu("evaluate", "nowhere.jsonl")
    assert ran.code == 1
    assert "nowhere.jsonl" in ran.err


# -- directory and invites ----------------------------------------------------------------------------------------

HEADER = "镇街,社区,组织名称,类别\n"


def test_import_tells_what_it_did(shezhu: Shezhu, empty: Path) -> None:
    (empty / "d.csv").write_text(HEADER + "城厢镇,梅园社区,合唱队,文体科教\n", encoding="gb18030")
    ran = shezhu("import", "directory", "d.csv")
    assert ran.code == 0
    assert "梅园社区 合唱队" in ran.out
    assert "新增" not in shezhu("import", "directory", "d.csv").out.splitlines()[0].replace("新增 0", "")


def test_import_refuses_whole(shezhu: Shezhu, empty: Path) -> None:
    (empty / "d.csv").write_text(HEADER + "城厢镇,梅园社区,合唱队,文体科教\n城厢镇,,夜巡队,平安\n", encoding="utf-8")
    ran = shezhu("import", "directory", "d.csv")
    assert ran.code == 1
    assert "第3行" in ran.err
    assert shezhu("records", "organization").rows == []


def test_import_without_a_file(shezhu: Shezhu, empty: Path) -> None:
    ran = shezhu("import", "directory", "nowhere.csv")
    assert ran.code == 1
    assert "nowhere.csv" in ran.err


def test_an_invite_is_one_code_that_binds(shezhu: Shezhu, demo: Database) -> None:
    ran = shezhu("invite", "--role", "leader", "--org", "百灵鸟", "--name", "王芳")
    code = ran.out.strip()
    assert ran.code == 0
    assert ran.out == f"{code}\n"
    assert f"绑定 {code}" in ran.err
    with demo.transaction() as db:
        user = people.bind(db, people.add(db, "wechat", "new", NOW), code, NOW)
        assert user.role == Role.LEADER
        assert user.organization_id == load.team_named(db, "梅园社区百灵鸟合唱队").id


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--role", "worker"), "--community"),
        (("--role", "town", "--town", "城乡镇"), "城乡镇"),
        (("--role", "leader", "--org", "合唱队"), "南郊社区合唱队"),
        (("--role", "leader", "--org", "广场舞队", "--community", "梅园社区"), "夕阳红广场舞队"),
        (("--role", "worker", "--community", "梅园"), "梅园社区"),
    ],
)
def test_an_invite_to_nowhere_says_what_is_near(
    shezhu: Shezhu, demo: Database, args: tuple[str, ...], said: str
) -> None:
    ran = shezhu("invite", *args)
    assert (ran.code, ran.out) == (1, "")
    assert said in ran.err


def test_an_invite_for_the_city_needs_no_place(shezhu: Shezhu, demo: Database) -> None:
    assert len(shezhu("invite", "--role", "city").out.strip()) == 10


# -- records ------------------------------------------------------------------------------------------------------


def test_records_in_three_formats(shezhu: Shezhu, demo: Database, home: Path) -> None:
    rows = shezhu("records", "activity").rows
    table = list(csv.DictReader(io.StringIO(shezhu("records", "activity", "--format", "csv").raw.decode("utf-8-sig"))))
    assert shezhu("records", "activity", "--format", "xlsx", "-o", "a.xlsx").code == 0
    sheet = load_workbook(home / "a.xlsx").worksheets[0]
    assert [row["no"] for row in rows] == [row["no"] for row in table]
    assert [cell.value for cell in sheet["A"]] == ["no", *(row["no"] for row in rows)]
    assert len(rows) > 5


def test_records_can_be_narrowed(shezhu: Shezhu, demo: Database) -> None:
    rows = shezhu("records", "organization", "--community", "太丰社区").rows
    assert rows
    assert {row["community"] for row in rows} == {"太丰社区"}
    assert shezhu("records", "activity", "--until", "2001-01-01").rows == []


def test_records_of_a_kind_nobody_records_yet(shezhu: Shezhu, demo: Database) -> None:
    ran = shezhu("records", "award", "--format", "csv")
    assert ran.code == 0
    assert len(ran.out.splitlines()) == 1


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("unicorn",), "unicorn"),
        (("activity", "--since", "gestern"), "gestern"),
        (("activity", "--community", "火星社区"), "火星社区"),
    ],
)
def test_records_that_cannot_be(shezhu: Shezhu, demo: Database, args: tuple[str, ...], said: str) -> None:
    ran = shezhu("records", *args)
    assert (ran.code, ran.out) == (1, "")
    assert said in ran.err


def test_personal_data_only_when_asked_and_written_down(shezhu: Shezhu, demo: Database) -> None:
    assert "漏水吵起来" not in shezhu("records", "dispute").out
    assert "漏水吵起来" in shezhu("records", "dispute", "--with-personal").out
    with demo.transaction() as db:
        operator = people.get(db, "cli", "operator")
        assert operator is not None
        assert len(audit.reads(db, operator)) == 2


def test_a_cell_is_never_a_formula(tmp_path: Path) -> None:
    rows = [{"a": "=1+1", "b": ["x", "y"], "c": 5, "d": "\x00bell"}]
    out = io.BytesIO()
    files.as_csv(rows, list("abcd"), out)
    assert out.getvalue().decode("utf-8-sig").splitlines()[1].startswith("'=1+1,x、y,5,")
    book = io.BytesIO()
    files.xlsx(rows, list("abcd"), book)
    cells = load_workbook(book).worksheets[0][2]
    assert [(cell.value, cell.data_type) for cell in cells] == [("=1+1", "s"), ("x、y", "s"), (5, "n"), ("bell", "s")]


# -- chat ---------------------------------------------------------------------------------------------------------


def test_chat_through_a_pipe(shezhu: Shezhu, demo: Database) -> None:
    ran = shezhu("chat", "--as", "worker", say="我是谁\n\n/photo\n/dance\n/quit\n我是谁\n")
    assert ran.code == 0
    assert ran.out.count("梅园社区") == 1
    assert "照片" in ran.out
    assert "/location" in ran.err


def test_chat_on_an_empty_database_furnishes_it_and_says_so(shezhu: Shezhu, empty: Path) -> None:
    ran = shezhu("chat", "--as", "leader", say="我是谁\n")
    assert "演示数据" in ran.err
    assert "百灵鸟合唱队" in ran.out


def test_chat_remembers_between_two_runs(shezhu: Shezhu, demo: Database) -> None:
    shezhu("chat", "--as", "worker", say="明天下午两点半活动室搞垃圾分类宣传,20来个人\n")
    assert "HD" in shezhu("chat", "--as", "worker", say="确认\n").out


@pytest.mark.parametrize("role", [role.name.lower() for role in Role])
def test_chat_as_everybody(shezhu: Shezhu, demo: Database, role: str) -> None:
    assert shezhu("chat", "--as", role, say="我是谁\n").code == 0
    with demo.transaction() as db:
        user = people.get(db, "chat", f"chat-{role}")
        model = people.get(db, "wechat", f"demo-{role}")
        assert user is not None
        assert model is not None
        assert (user.role, user.community_id, user.organization_id) == (
            Role.named(role),
            model.community_id,
            model.organization_id,
        )


# -- doctor, menu -------------------------------------------------------------------------------------------------


def test_doctor_is_content_with_a_demo(shezhu: Shezhu, demo: Database) -> None:
    ran = shezhu("doctor")
    assert ran.code == 0
    assert "[有问题]" not in ran.out


def test_doctor_makes_no_database(shezhu: Shezhu, home: Path) -> None:
    assert shezhu("doctor").code == 0
    assert list(home.iterdir()) == []


def test_doctor_finds_what_is_wrong_and_keeps_secrets(
    shezhu: Shezhu, demo: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHEZHU_REDIS__URL", "redis://:hunter2@127.0.0.1:1/0")
    monkeypatch.setenv("SHEZHU_WECHAT__APP_SECRET", "hunter2-hunter2")
    monkeypatch.setenv("SHEZHU_WECHAT__AES_KEY", "hunter2")
    ran = shezhu("doctor")
    assert ran.code == 1
    for said in ("SHEZHU_REDIS__URL", "SHEZHU_WECHAT__APP_ID", "SHEZHU_WECHAT__AES_KEY"):
        assert said in ran.out
    assert "hunter2" not in ran.out + ran.err


@pytest.mark.parametrize(
    ("channel", "hours", "urgency", "ill"),
    [
        ("wechat", 2, messages.URGENT, True),
        ("wechat", 2, messages.ROUTINE, False),  # waits for the morning
        ("wechat", 30, messages.ROUTINE, True),
        ("chat", 30, messages.URGENT, False),  # fetched when they come
    ],
)
def test_doctor_sees_pushes_nobody_sends(
    shezhu: Shezhu, demo: Database, channel: str, hours: int, urgency: int, ill: bool
) -> None:
    with demo.transaction() as db:
        user = people.add(db, channel, "waiting", NOW)
        at = datetime.now(SHANGHAI) - timedelta(hours=hours)
        messages.plan(db, user.id, key="k", kind="activity", text="x", send_at=at, urgency=urgency)
    ran = shezhu("doctor")
    assert bool(ran.code) == ill
    assert ("shezhu worker" in ran.out) == ill


def test_doctor_tells_the_oldest_of_what_lies_and_why_but_not_whose(shezhu: Shezhu, demo: Database) -> None:
    with demo.transaction() as db:
        user = people.add(db, "wechat", "oSECRET", NOW, name=seal(db, "王秀珍"))
        for number, outcome in enumerate(("no channel", "no channel", "refuses: 43019")):
            at = datetime.now(SHANGHAI) - timedelta(hours=number)
            messages.plan(db, user.id, key=f"k{number}", kind="activity", text="合唱排练", send_at=at)
            row = db.query(messages.Outbox).filter_by(key=f"k{number}").one()
            row.status, row.outcome = messages.HELD, outcome
    ran = shezhu("doctor")
    assert ran.code == 0
    assert "有 1 个人现在联系不上" in ran.out
    assert "拉黑了公众号，或关了它的消息 1；48小时没说过话，也没订阅 2" in ran.out
    lying = [line for line in ran.out.splitlines() if line.startswith("  outbox")]
    assert ["拉黑" in line for line in lying] == [True, False, False]
    assert "活动" in lying[0]
    assert not [word for word in ("oSECRET", "王秀珍", "合唱排练") if word in ran.out + ran.err]


def test_doctor_sees_messages_that_failed(shezhu: Shezhu, demo: Database) -> None:
    with demo.transaction() as db:
        user = people.add(db, "wechat", "unlucky", NOW)
        now = datetime.now(SHANGHAI)
        claim = messages.claim(db, key="k", signature=None, digest="d", kind="text", body="x", at=now)
        assert claim.id is not None
        messages.settle(db, claim.id, user.id, "sorry", messages.FAILED)
    ran = shezhu("doctor")
    assert ran.code == 1
    assert "shezhu records message" in ran.out
    assert [row["status"] for row in shezhu("records", "message").rows] == ["failed"]


def test_doctor_looks_after_groups(shezhu: Shezhu, demo: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHEZHU_WECOM__WEBHOOK_KEYS__A", "a-key-123456")
    wanted = [{"community": "梅园社区", "key": "a"}, {"community": "没有的社区", "key": "b"}]
    monkeypatch.setenv("SHEZHU_WECOM__GROUPS", json.dumps(wanted))
    ran = shezhu("doctor")
    ill = [line for line in ran.out.splitlines() if line.startswith("[有问题]")]
    assert ["没有的社区" in line for line in ill] == [True, True]
    assert "SHEZHU_WECOM__WEBHOOK_KEYS__B" in ran.out
    assert "a-key" not in ran.out + ran.err


def test_doctor_wants_keys_where_it_is_serious() -> None:
    serious = Config(database={"url": "postgresql://h/x"}, security={"data_key": "", "secret_key": "x"})  # type: ignore[arg-type]
    assert {finding.key: finding.level for finding in doctor.security(serious)} == {
        "key_missing": doctor.ILL,
        "key": doctor.WELL,
    }


def test_the_menu_fits_the_platform() -> None:
    menu = platform.tree(words.load("words")["menu"])
    assert 1 <= len(menu["button"]) <= 3
    for top in menu["button"]:
        assert len(top["name"].encode()) <= 16
        assert 1 <= len(top["sub_button"]) <= 5
        for button in top["sub_button"]:
            assert len(button["name"].encode()) <= 60
            assert len(button["key"].encode()) <= 128


def test_a_menu_needs_an_account(shezhu: Shezhu, home: Path) -> None:
    ran = shezhu("menu", "push")
    assert ran.code == 1
    assert "SHEZHU_WECHAT__APP_SECRET" in ran.err


@pytest.mark.parametrize("name", ["worker", "scheduler"])
def test_jobs_apart_need_redis(shezhu: Shezhu, home: Path, name: str) -> None:
    ran = shezhu(name)
    assert ran.code == 1
    assert "SHEZHU_REDIS__URL" in ran.err


# -- serve --------------------------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def until_up(url: str, process: subprocess.Popen[str]) -> httpx.Response:
    """The first answer; a process that ended before it fails the test with what it said."""
    for _ in range(600):
        try:
            return httpx.get(url, timeout=5)
        except httpx.TransportError:
            assert process.poll() is None, process.communicate()
            time.sleep(0.1)
    raise AssertionError("never came up")


def test_serve_demo_talks_in_the_browser_and_ends_when_told(empty: Path) -> None:
    port = free_port()
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = [sys.executable, "-m", "bot", "serve", "--demo", "--port", str(port)]
    process = subprocess.Popen(run, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
    try:
        assert until_up(f"http://127.0.0.1:{port}/demo", process).status_code == 200
        said = {"openid": "demo-worker", "text": "我是谁"}
        reply = httpx.post(f"http://127.0.0.1:{port}/demo/send", json=said, timeout=30).json()["reply"]
        assert "梅园社区" in reply
    finally:
        process.terminate()
        out, err = process.communicate(timeout=60)
    assert f"http://127.0.0.1:{port}/demo" in out
    assert "Traceback" not in err
    assert "for-tests" not in out + err
    assert DATA_KEY not in out + err


def test_serve_demo_refuses_a_real_directory(shezhu: Shezhu, empty: Path) -> None:
    (empty / "d.csv").write_text(HEADER + "城厢镇,梅园社区,合唱队,文体科教\n", encoding="utf-8")
    shezhu("import", "directory", "d.csv")
    ran = shezhu("serve", "--demo", "--port", "0")
    assert ran.code == 1
    assert "SHEZHU_DATABASE__URL" in ran.err


def test_the_demo_never_touches_what_is_configured(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHEZHU_DATABASE__URL", "postgresql://real/thing")
    monkeypatch.setenv("SHEZHU_REDIS__URL", "redis://real")
    config = running.settled(running.overrides(None, 8123, demo=True), demo=True)
    assert config.database.url == running.DEMO_DATABASE
    assert config.redis.url == ""
    assert config.server.demo
    assert config.server.public_url == "http://127.0.0.1:8123"
    plain = running.settled(running.overrides("0.0.0.0", None, demo=False), demo=False)
    assert (plain.database.url, plain.server.host) == ("postgresql://real/thing", "0.0.0.0")
