"""Reading in a child process with a fixed limit of time and memory: every upload that a page opens is opened here.

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
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

from .cells import Content
from .packed_content import unpacked
from .readers.joined_pages import join_pages
from .unreadable import UnreadableFile

_PROJECT = Path(__file__).resolve().parents[2]
_CHILD = f"{__package__}.confined_child"
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
    return unpacked(run_confined(_CHILD, [kind, *map(str, numbers)], data, limits, told))


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
