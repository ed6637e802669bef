"""Conversion of spreadsheets of up to a million rows to text, by a child process with limits of time and memory.

`python -m controls.data_files.spreadsheet IN OUT SHEET`: writes the sheet, or the first visible one with content, as CSV
with every row's number and mark first, and prints on standard output which sheet it was, how many others have content, which
hidden ones do, and how many cells hold an error or a formula that was never computed.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import chain, repeat
from pathlib import Path
from typing import Any

from controls.data_files.content import normal_text
from controls.data_files.problems import Unreadable
from controls.data_files.shown_digits import filled_in
from controls.data_files.spreadsheet_marks import Marks, marks_of

MAX_SECONDS = 600
MAX_MEMORY = 3 * 2**30
_PROJECT = Path(__file__).resolve().parents[2]
_WHOLE_FLOATS = 1e15
"""Above this a float no longer holds every whole number."""
HIDDEN, STRUCK = 1, 2
"""The bits of a row's mark."""
_WIDEST = 1_000
_DIGITS = 15
"""Significant digits that a spreadsheet shows, and saves as CSV: what a computed amount has beyond them is no content."""


def convert(source: Path, target: Path, *, sheet: str = "", alive: Callable[[], None] = lambda: None) -> dict[str, Any]:
    """Convert `source` to CSV in `target`; return what the child reports. `sheet` is the name of the one to read, hidden or not.

    Raises Unreadable: encrypted, damaged, too_demanding, no_rows, only_hidden_sheets, no_such_sheet. `alive` is called while
    the child works; an exception from it ends the child.
    """
    child = subprocess.Popen(
        [sys.executable, "-m", "controls.data_files.spreadsheet", str(source), str(target), sheet],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=_PROJECT,
        env={"PATH": os.defpath, "PYTHONUTF8": "1"},
    )
    try:
        said = _answer_of(child, alive)
    finally:
        child.kill()
        child.wait()
    try:
        answer: dict[str, Any] = json.loads(said)
    except ValueError as error:
        raise Unreadable("too_demanding" if child.returncode < 0 else "damaged") from error
    if "code" in answer:
        raise Unreadable(**answer)
    return answer


def _answer_of(child: subprocess.Popen[bytes], alive: Callable[[], None]) -> bytes:
    for _ in range(MAX_SECONDS * 4):
        try:
            # The child counts its own processor time; on a busy machine the clock on the wall runs faster.
            return child.communicate(timeout=0.5)[0]
        except subprocess.TimeoutExpired:
            alive()
    raise Unreadable("too_demanding")


def cell_text(value: object) -> str:
    """Return a typed cell as the text that a person would have typed."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < _WHOLE_FLOATS else _decimal_text(value)
    if isinstance(value, datetime):
        whole_day = value.time() == time(0)
        return value.date().isoformat() if whole_day else value.replace(microsecond=0).isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return normal_text(str(value))


def _decimal_text(value: float) -> str:
    if value.is_integer():
        return format(Decimal(repr(value)), "f").partition(".")[0]
    text = format(Decimal(format(value, f".{_DIGITS}g")), "f")
    return text if float(text) else "0"


def _write(source: str, target: str, wanted: str) -> dict[str, Any]:
    from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

    try:
        workbook = CalamineWorkbook.from_path(source)
    except PasswordError:
        return {"code": "encrypted"}
    written, others, hidden, marks = "", [], [], Marks()
    with workbook, Path(target).open("w", encoding="utf-8", newline="") as out:
        for metadata in workbook.sheets_metadata:
            if metadata.typ is not SheetTypeEnum.WorkSheet:
                continue
            sheet = workbook.get_sheet_by_name(metadata.name)
            if sheet.start is None or not sheet.height:
                continue
            is_wanted = metadata.name.strip().casefold() == wanted.strip().casefold()
            if metadata.visible is not SheetVisibleEnum.Visible and not is_wanted:
                hidden.append(metadata.name)
                continue
            if written or (wanted and not is_wanted):
                others.append(metadata.name)
                continue
            written = metadata.name
            marks = _marks(source, written)
            if _width(sheet, marks) > _WIDEST:
                return {"code": "too_many_columns", "limit": _WIDEST}
            writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
            for number, cells in _rows(sheet, marks):
                mark = HIDDEN * (number in marks.hidden) + STRUCK * (number in marks.struck)
                writer.writerow([number, mark, *cells])
    if not written and wanted:
        return {"code": "no_such_sheet", "value": wanted, "detail": ", ".join([*others, *hidden])}
    if not written:
        return {"code": "only_hidden_sheets", "detail": ", ".join(hidden)} if hidden else {"code": "no_rows"}
    return {
        "sheet": written,
        "others": others,
        "hidden_sheets": hidden,
        "unvalued": _first_unvalued(marks),
        "hidden_columns": len(marks.hidden_columns),
    }


def _first_unvalued(marks: Marks) -> list[int]:
    """Return how many cells have no value, and the row of the first; [] without any."""
    return [len(marks.cells), min(number for number, _column in marks.cells)] if marks.cells else []


def _marks(source: str, sheet: str) -> Marks:
    if not zipfile.is_zipfile(source):
        return Marks()
    with zipfile.ZipFile(source) as package:
        return marks_of(package, sheet)


def _rows(sheet: Any, marks: Marks) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows with content, with their numbers; a cell without a value has its error or its formula."""
    unvalued: dict[int, dict[int, str]] = {}
    for (number, column), text in marks.cells.items():
        unvalued.setdefault(number, {})[column] = normal_text(text)
    # calamine's rows begin at the sheet's first, whether it holds anything or not, and end with the last value; its
    # columns begin with the first that holds a value.
    (_top, start), (bottom, _end) = sheet.start, sheet.end
    left = _left(sheet, marks)
    width, last = _width(sheet, marks), max([bottom + 1, *unvalued])
    for number, row in zip(range(1, last + 1), chain(sheet.iter_rows(), repeat(())), strict=False):
        cells = [*[""] * (start - left), *(cell_text(value) for value in row)]
        cells += [""] * (width - len(cells))
        for column, text in unvalued.get(number, {}).items():
            cells[column - left] = cells[column - left] or text
        for column, template in marks.templates.of(number):
            if column - left < width and cells[column - left].isdecimal():
                cells[column - left] = filled_in(template, cells[column - left])
        for column, text in marks.shown.get(number, {}).items():
            if column - left < width and cells[column - left].isdecimal():
                cells[column - left] = text
        if any(cells):
            yield number, cells


def _left(sheet: Any, marks: Marks) -> int:
    return min([int(sheet.start[1]), *(column for _number, column in marks.cells)])


def _width(sheet: Any, marks: Marks) -> int:
    """Return the number of columns from the first that holds something to the last."""
    return max([int(sheet.end[1]), *(column for _number, column in marks.cells)]) + 1 - _left(sheet, marks)


def _main(source: str, target: str, sheet: str) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        answer = _write(source, target, sheet)
    except MemoryError:
        answer = {"code": "too_demanding"}
    except BaseException:
        # The reader raises whatever a broken file makes it stumble on, native panics included.
        answer = {"code": "damaged"}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    _main(sys.argv[1], sys.argv[2], sys.argv[3])
