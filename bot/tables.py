"""Rows as files: JSON lines, CSV that opens in a spreadsheet, and XLSX; text never becomes a formula."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, BinaryIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

Rows = Iterable[Mapping[str, Any]]
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a cell begins that a spreadsheet would execute


def jsonl(rows: Rows, _columns: Sequence[str], out: BinaryIO) -> None:
    """One object a line."""
    for row in rows:
        out.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")


def as_csv(rows: Rows, columns: Sequence[str], out: BinaryIO) -> None:
    """UTF-8 with a byte-order mark, without which spreadsheets take it for GBK."""
    text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([harmless(cell(row.get(column))) for column in columns] for row in rows)
    text.detach()


def xlsx(rows: Rows, columns: Sequence[str], out: BinaryIO) -> None:
    """One sheet, written row by row."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("records")
    sheet.append(list(columns))

    def typed(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        made = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value))
        made.data_type = "s"
        return made

    for row in rows:
        sheet.append([typed(cell(row.get(column))) for column in columns])
    book.save(out)


def cell(value: Any) -> Any:
    """A list as people write it; numbers stay numbers."""
    if isinstance(value, list | tuple):
        return "、".join(map(str, value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value


def harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


WRITERS: dict[str, Callable[[Rows, Sequence[str], BinaryIO], None]] = {"jsonl": jsonl, "csv": as_csv, "xlsx": xlsx}
