"""The house rules that are more than good will."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from bot.config import ROOT, Config
from handlers import SKILLS, words

CHINESE = re.compile(r"[\u4e00-\u9fff]")
SPEAKING = [*sorted((ROOT / "handlers").glob("*.py")), *sorted((ROOT / "bot").rglob("*.py"))]


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def docstrings(module: ast.Module) -> set[int]:
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    bodies = [node.body[0] for node in ast.walk(module) if isinstance(node, owners) and node.body]
    return {id(first.value) for first in bodies if isinstance(first, ast.Expr)}


def strings(path: Path) -> Iterator[str]:
    module = tree(path)
    told = docstrings(module)
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value


@pytest.mark.parametrize("path", SPEAKING, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_chinese_sentence_stands_in_python(path: Path) -> None:
    assert [text for text in strings(path) if CHINESE.search(text)] == []


@pytest.mark.parametrize("package", ["bot", "handlers", "models", "nlp"])
def test_every_module_opens_with_its_purpose(package: str) -> None:
    silent = [
        path
        for path in (ROOT / package).rglob("*.py")
        if "versions" not in path.parts and not ast.get_docstring(tree(path))
    ]
    assert silent == []


def said(skill: str) -> set[str]:
    """Every string the rooms of a handler hold: reply keys are among them, whole or as the head of an f-string."""
    rooms = [ROOT / "handlers" / f"{skill}.py", *(ROOT / "handlers").glob(f"{skill}_*.py")]
    if any("import words, yearly" in room.read_text("utf-8") for room in rooms):
        rooms.append(ROOT / "handlers" / "yearly.py")  # says what two skills have in common
    return {text for room in rooms for text in strings(room)}


@pytest.mark.parametrize("skill", SKILLS, ids=lambda skill: skill.name)
def test_every_reply_is_used_somewhere(skill: Any) -> None:
    module = ROOT / "models" / f"{skill.name}.py"
    used = said(skill.name) | (set(strings(module)) if module.exists() else set())
    used |= set(strings(ROOT / "models" / "people.py")) | {
        text for path in (ROOT / "models").glob("*.py") for text in strings(path)
    }
    heads = tuple(text for text in used if text.endswith("_"))
    unused = [key for key in skill.words["reply"] if key not in used and not key.startswith(heads)]
    assert unused == []


def test_every_word_of_the_engine_is_used() -> None:
    used = {text for path in [*SPEAKING] for text in strings(path)}
    tails = tuple(text for text in used if text.startswith("_"))
    unused = [key for key in words.load("words")["reply"] if key not in used and not key.endswith(tails)]
    assert unused == []


@pytest.mark.parametrize("skill", SKILLS, ids=lambda skill: skill.name)
def test_every_skill_has_a_transcript_and_every_action_an_offer(skill: Any) -> None:
    assert (ROOT / "tests" / "dialogues" / f"{skill.name}.yaml").exists()
    silent = {"greet", "thanks"}
    assert set(skill.actions) - set(skill.words["offers"]) - silent == set()


def keys(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, info in model.model_fields.items():
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield from keys(info.annotation, f"{prefix}{name}.")
        else:
            yield prefix + name, info.annotation


def test_every_setting_is_documented_where_it_is_set() -> None:
    text = (ROOT / "config.yaml").read_text(encoding="utf-8")
    stored = yaml.safe_load(text)
    for name, kind in keys(Config):
        section, _, key = name.rpartition(".")
        if "Secret" in str(kind):
            assert key.upper() in text, f"{name} is a secret; config.yaml must name its variable"
            continue
        line = re.search(rf"^\s*{re.escape(key)}:.*#.+$|^\s*#.+\n\s*{re.escape(key)}:", text, re.MULTILINE)
        assert line, f"{name} has no comment in config.yaml"
        assert not section or section.split(".")[0] in stored


def test_the_readme_names_only_commands_that_exist() -> None:
    from typer.main import get_command

    from bot.__main__ import app

    known = set(get_command(app).commands)  # type: ignore[attr-defined]
    named = set(re.findall(r"`?shezhu ([a-z-]+)", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert named - known == set()


def test_one_commit_and_one_broad_except() -> None:
    sources = {
        path: path.read_text(encoding="utf-8")
        for package in ("bot", "handlers", "models")
        for path in (ROOT / package).rglob("*.py")
    }
    assert sum(text.count("session.commit()") for text in sources.values()) == 1
    broad = [path.name for path, text in sources.items() if re.search(r"except (Base)?Exception\b|except:", text)]
    assert broad == ["webhook.py"]
