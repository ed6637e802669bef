"""Reading in a child process with a fixed limit of time and memory.

PDF and the old binary Excel format pack and repeat in ways that cannot be measured beforehand as a zip's parts can: a
few megabytes may unfold to gigabytes inside a reader. And a zip's parts, once parsed, take ten times the space they
unpack to. Such a reader runs in a process of its own, without the parent's environment, and hands back plain data.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple
from pathlib import Path
from typing import Any

from .cells import Beside, Cell, Content, Place, Table
from .readers.joined_pages import join_pages
from .text_limits import check_text
from .unreadable import UnreadableFile

MAX_SECONDS = 120
MAX_MEMORY = 2 * 2**30
_PROJECT = Path(__file__).resolve().parents[2]
_KINDS = ("pdf", "xls", "docx", "xlsx", "ods")
MOST_PROCESSES = min(4, os.cpu_count() or 1)
_SMALL = 300_000
"""Bytes; below that a second process costs more than it saves."""


def read_confined(kind: str, data: bytes, *, max_rows: int, max_seconds: int = MAX_SECONDS, with_hidden: bool = False) -> Content:
    """Read the file with `readers.<kind>.read` in child processes, several of them for a long PDF.

    Raises `UnreadableFile("too_demanding")` when a process meets its limits; the limits hold for each process.
    """
    parts = MOST_PROCESSES if kind == "pdf" and len(data) > _SMALL else 1
    with ThreadPoolExecutor(parts) as readers:
        numbers = (max_rows, max_seconds, parts, int(with_hidden))
        read = list(readers.map(lambda part: _read_part(kind, data, numbers, part), range(parts)))
    return join_pages(read, max_rows=max_rows) if kind == "pdf" else read[0]


def _read_part(kind: str, data: bytes, numbers: tuple[int, int, int, int], part: int) -> Content:
    command = [sys.executable, "-m", "riskreg.importing.confined", kind, *map(str, (*numbers, part))]
    max_seconds = numbers[1]
    try:
        child = subprocess.run(
            command,
            input=data,
            capture_output=True,
            # The child counts its own processor time; on a busy machine the clock on the wall runs faster.
            timeout=max_seconds * 3,
            check=False,
            cwd=_PROJECT,
            env={"PATH": os.defpath, "PYTHONUTF8": "1"},
        )
    except subprocess.TimeoutExpired as error:
        raise UnreadableFile("too_demanding") from error
    if child.returncode < 0:
        raise UnreadableFile("too_demanding")
    try:
        answer = json.loads(child.stdout)
    except ValueError as error:
        raise UnreadableFile("damaged", detail=kind) from error
    if "code" in answer:
        raise UnreadableFile(answer["code"], **answer["values"])
    return _unpacked(answer)


def _packed(content: Content) -> dict[str, Any]:
    return {
        "tables": [
            {
                "place": astuple(table.place),
                "rows": [[_cell(cell) for cell in row] for row in table.rows],
                "first_row": table.first_row,
                "heading": table.heading,
                "row_numbers": table.row_numbers,
                "column_numbers": table.column_numbers,
            }
            for table in content.tables
        ],
        "beside": [[piece.kind, piece.text, astuple(piece.place), piece.row, piece.column] for piece in content.beside],
    }


def _cell(cell: Cell) -> list[Any]:
    return [cell.text, cell.fill, cell.merged, cell.uncomputed, cell.is_formula, cell.struck]


def _unpacked(packed: dict[str, Any]) -> Content:
    tables = [
        Table(
            Place(*table["place"]),
            [[Cell(*cell) for cell in row] for row in table["rows"]],
            table["first_row"],
            table["heading"],
            tuple(table["row_numbers"]),
            tuple(table["column_numbers"]),
        )
        for table in packed["tables"]
    ]
    beside = [Beside(kind, text, Place(*place), row, column) for kind, text, place, row, column in packed["beside"]]
    return Content(tables, beside)


def _limit(seconds: int) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _main(kind: str, max_rows: int, seconds: int, parts: int, with_hidden: int, part: int) -> None:
    from importlib import import_module

    if kind not in _KINDS:
        raise ValueError(kind)
    _limit(seconds)
    reader = import_module(f"riskreg.importing.readers.{kind}")
    shared: dict[str, Any] = {"part": part, "parts": parts} if kind == "pdf" else {}
    if with_hidden:
        shared["with_hidden"] = True
    answer: dict[str, Any]
    try:
        answer = _packed(check_text(reader.read(sys.stdin.buffer.read(), max_rows=max_rows, **shared)))
    except UnreadableFile as error:
        answer = {"code": error.code, "values": {key: value for key, value in error.values.items() if value}}
    except MemoryError:
        answer = {"code": "too_demanding", "values": {}}
    except BaseException as error:
        # The readers' libraries raise whatever a broken file makes them stumble on, native panics included.
        answer = {"code": "damaged", "values": {"detail": type(error).__name__}}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    _main(sys.argv[1], *map(int, sys.argv[2:7]))
