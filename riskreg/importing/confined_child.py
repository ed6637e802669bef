"""The confined process itself: it limits itself, reads what comes in, and writes plain data.

It imports as little as it can, no Django among it: a small file is read in less time than a framework takes to start.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

from .packed_content import packed
from .text_limits import check_text
from .unreadable import UnreadableFile

_KINDS = ("pdf", "xls", "docx", "xlsx", "ods", "json", "csv")


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
        if is_of_memory(error):
            answer = {"code": "too_demanding", "values": {}}
    sys.stdout.write(json.dumps(answer))


def is_of_memory(error: BaseException | None) -> bool:
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
