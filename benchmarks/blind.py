"""The understanding on messages no author of it has seen: `python -m benchmarks.blind` writes all that fails."""

import json
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from nlp.evaluate import Report, evaluate
from nlp.names import Vocabulary
from nlp.types import Understanding
from nlp.understand import Understander

BLIND = Path(__file__).parents[1] / "tests" / "sentences" / "blind"
IGNORED = ("organization_id", "organization_name")


def gold() -> list[dict[str, Any]]:
    """Both sets, each written by another hand from the contract and the domain pages alone."""
    return [json.loads(line) for path in sorted(BLIND.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines()]


def measured(lines: list[dict[str, Any]]) -> Report:
    understander, names = Understander.load(), Vocabulary.build([])
    understander.understand("热身", datetime(2026, 1, 1), names)
    began = time.perf_counter()
    said = [understander.understand(line["text"], datetime.fromisoformat(line["now"]), names) for line in lines]
    return evaluate(lines, said, time.perf_counter() - began)


def failing(line: dict[str, Any], said: Understanding) -> str:
    """What was wanted and what was said, only where they differ."""
    slots = {name: value for name, value in said.slots.items() if name not in IGNORED}
    wanted = {name: value for name, value in line["slots"].items() if slots.get(name) != value}
    extra = {name: value for name, value in slots.items() if line["slots"].get(name) != value}
    intent = "" if said.intent == line["intent"] else f"`{line['intent']}` → `{said.intent}` "
    text = line["text"].replace("\n", " / ").replace("|", "｜")
    differs = f"{json.dumps(wanted, ensure_ascii=False)} → {json.dumps(extra, ensure_ascii=False)}"
    return f"- {text}\n  {intent}{differs if wanted or extra else ''}"


def page(report: Report) -> str:
    failures = "\n".join(failing(line, said) for line, said in report.failures)
    return (
        "# On messages nobody who taught the understanding has seen\n\n"
        "Written by two hands from the contract and the domain pages alone; no message was read for training.\n"
        "Totals and confusion counts were looked at between rounds of training, so the figures are a little kind.\n"
        "`python -m benchmarks.blind` writes this page; the intervals are Wilson's at 95 %.\n\n"
        f"```\n{report}\n```\n\n## What fails\n\nWanted → said, where they differ.\n\n{failures}\n"
    )


def main() -> None:
    report = measured(gold())
    Path(__file__).with_suffix(".md").write_text(page(report), encoding="utf-8")
    print(report)


if __name__ == "__main__":
    main()
