"""One running instance per var directory: a locked file that says who runs and where.

The kernel drops the lock when its holder ends, however it ends, so a file left behind by a
killed instance never blocks the next start.
"""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any


class AlreadyRunning(Exception):
    """Another process holds the instance; `address` is where it answers."""

    def __init__(self, pid: int, address: str) -> None:
        super().__init__(f"already running at {address} (process {pid})")
        self.pid = pid
        self.address = address


class Instance:
    """Hold the var directory's instance as a context; raises AlreadyRunning on entering."""

    def __init__(self, path: Path, address: str) -> None:
        self._path = path
        self._address = address
        self._descriptor = -1

    def __enter__(self) -> Instance:
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            holder = _read(self._path)
            raise AlreadyRunning(int(holder.get("pid", 0)), str(holder.get("address", "an unknown address"))) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, json.dumps({"pid": os.getpid(), "address": self._address}).encode())
        self._descriptor = descriptor
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        # Emptied, not removed: removing would let two later starts lock two different files.
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
