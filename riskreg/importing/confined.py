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
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass
from pathlib import Path
from threading import Thread
from typing import Any

from .cells import BLANK, Beside, BesideKind, Cell, Content, HiddenSheet, Place, Table
from .readers.joined_pages import join_pages
from .text_limits import check_text
from .unreadable import UnreadableFile

_PROJECT = Path(__file__).resolve().parents[2]
_KINDS = ("pdf", "xls", "docx", "xlsx", "ods", "json")
MOST_PROCESSES = min(4, os.cpu_count() or 1)
"""At once; a long PDF is read in as many parts as `_PARTS`, whatever the machine."""
_PARTS = 4
_SMALL = 300_000
"""Bytes; below that a second process costs more than it saves."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one process may use: seconds of the processor, and bytes of memory."""

    seconds: int = 30
    memory: int = 512 * 2**20


def read_confined(
    kind: str,
    data: bytes,
    *,
    max_rows: int,
    limits: Limits | None = None,
    with_hidden: bool = False,
    tell: Callable[[float], None] | None = None,
) -> Content:
    """Read the file with `readers.<kind>.read` in child processes, several of them for a long PDF.

    `tell` is called with the share of the pages that are read, from other threads. Raises
    `UnreadableFile("too_demanding")` when a process meets its limits; the limits hold for each process.
    """
    limits = limits or Limits()
    parts = _PARTS if kind == "pdf" and len(data) > _SMALL else 1
    shares = [0.0] * parts

    def read_part(part: int) -> Content:
        def told(share: float) -> None:
            shares[part] = share
            if tell is not None:
                tell(sum(shares) / parts)

        return _read_part(kind, data, limits, (max_rows, parts, int(with_hidden), part), told)

    with ThreadPoolExecutor(min(parts, MOST_PROCESSES)) as readers:
        read = list(readers.map(read_part, range(parts)))
    return join_pages(read, max_rows=max_rows) if kind == "pdf" else read[0]


def _read_part(
    kind: str, data: bytes, limits: Limits, numbers: tuple[int, int, int, int], told: Callable[[float], None]
) -> Content:
    return unpacked(run_confined(__name__, [kind, *map(str, numbers)], data, limits, told))


def run_confined(
    module: str, arguments: Sequence[str], data: bytes, limits: Limits, told: Callable[[float], None]
) -> dict[str, Any]:
    """Run a module with `data` as its input in a process of its own, and return what it answers.

    The module's arguments are the limits' seconds and memory, the file number to which it writes "done/total", and
    `arguments`. Raises UnreadableFile: its own one, too_demanding at the limits, damaged for an answer that is none.
    """
    reads, writes = os.pipe()
    watcher = Thread(target=_watch, args=(reads, told), daemon=True)
    watcher.start()
    command = [sys.executable, "-m", module, *map(str, (limits.seconds, limits.memory, writes)), *arguments]
    try:
        child = subprocess.run(
            command,
            input=data,
            capture_output=True,
            # The child counts its own processor time; on a busy machine the clock on the wall runs faster.
            timeout=limits.seconds * 3,
            check=False,
            cwd=_PROJECT,
            env={"PATH": os.defpath, "PYTHONUTF8": "1"},
            pass_fds=(writes,),
        )
    except subprocess.TimeoutExpired as error:
        raise UnreadableFile("too_demanding") from error
    finally:
        os.close(writes)
        watcher.join()
    if child.returncode < 0:
        raise UnreadableFile("too_demanding")
    try:
        answer: dict[str, Any] = json.loads(child.stdout)
    except ValueError as error:
        raise UnreadableFile("damaged", detail=module) from error
    if "code" in answer:
        raise UnreadableFile(answer["code"], **answer["values"])
    return answer


def _watch(reads: int, told: Callable[[float], None]) -> None:
    with os.fdopen(reads) as lines:
        for line in lines:
            done, total = line.split("/")
            told(int(done) / int(total))


def packed(content: Content) -> dict[str, Any]:
    """Return the content as plain data, for JSON."""
    return {
        "tables": [_table(table) for table in content.tables],
        "beside": [_piece(piece) for piece in content.beside],
        "own": content.own,
        "hidden": [[_table(sheet.table), [_piece(piece) for piece in sheet.beside]] for sheet in content.hidden],
    }


def _table(table: Table) -> dict[str, Any]:
    return {
        "place": astuple(table.place),
        "rows": [[_cell(cell) for cell in row] for row in table.rows],
        "first_row": table.first_row,
        "heading": table.heading,
        "row_numbers": table.row_numbers,
        "column_numbers": table.column_numbers,
        "boxes": table.boxes,
        "heading_boxes": table.heading_boxes,
    }


def _piece(piece: Beside) -> list[Any]:
    return [piece.kind, piece.text, astuple(piece.place), piece.row, piece.column, piece.box]


def _cell(cell: Cell) -> list[Any] | int:
    if cell == BLANK and not cell.is_formula:
        return 0
    return [cell.text, cell.fill, cell.merged, cell.uncomputed, cell.is_formula, cell.struck, cell.whole]


def unpacked(packed: dict[str, Any]) -> Content:
    """Return the content that `packed` made plain data of."""
    tables = [_unpacked_table(table) for table in packed["tables"]]
    beside = [_unpacked_piece(*piece) for piece in packed["beside"]]
    hidden = [
        HiddenSheet(_unpacked_table(table), [_unpacked_piece(*piece) for piece in pieces])
        for table, pieces in packed.get("hidden", ())
    ]
    return Content(tables, beside, packed.get("own", ""), hidden)


def _unpacked_table(table: dict[str, Any]) -> Table:
    return Table(
        Place(*table["place"]),
        [[Cell(*cell) if cell else BLANK for cell in row] for row in table["rows"]],
        table["first_row"],
        table["heading"],
        tuple(table["row_numbers"]),
        tuple(table["column_numbers"]),
        table.get("boxes", ()),
        table.get("heading_boxes", ()),
    )


def _unpacked_piece(kind: BesideKind, text: str, place: list[Any], *where: Any) -> Beside:
    return Beside(kind, text, Place(*place), *where)


def answer_within(seconds: int, memory: int, work: Callable[[], dict[str, Any]]) -> None:
    """Limit this process, do the work, and write its answer, or why there is none."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answer: dict[str, Any]
    try:
        answer = work()
    except UnreadableFile as error:
        answer = {"code": error.code, "values": {key: value for key, value in error.values.items() if value}}
    except BaseException as error:
        # The readers' libraries raise whatever a broken file makes them stumble on, native panics included.
        answer = {"code": "damaged", "values": {"detail": type(error).__name__}}
        if _is_of_memory(error):
            answer = {"code": "too_demanding", "values": {}}
    sys.stdout.write(json.dumps(answer))


def _is_of_memory(error: BaseException | None) -> bool:
    """Return whether memory ran out, also where a library wraps that in an exception of its own."""
    while error is not None:
        if isinstance(error, MemoryError) or any(isinstance(part, MemoryError) for part in error.args):
            return True
        error = error.__cause__ or error.__context__
    return False


def _read_whole(kind: str, progress: int, max_rows: int, parts: int, with_hidden: int, part: int) -> dict[str, Any]:
    from importlib import import_module

    if kind not in _KINDS:
        raise ValueError(kind)
    reader = import_module(f"riskreg.importing.readers.{kind}")
    shared: dict[str, Any] = {}
    if kind == "pdf":
        shared = {"part": part, "parts": parts, "tell": lambda done, total: os.write(progress, f"{done}/{total}\n".encode())}
    if with_hidden:
        shared["with_hidden"] = True
    return packed(check_text(reader.read(sys.stdin.buffer.read(), max_rows=max_rows, **shared)))


if __name__ == "__main__":
    _seconds, _memory, _progress = map(int, sys.argv[1:4])
    answer_within(_seconds, _memory, lambda: _read_whole(sys.argv[4], _progress, *map(int, sys.argv[5:9])))
