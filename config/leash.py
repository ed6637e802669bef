"""A guard that ends the supervisor's process groups when the supervisor is gone without having said goodbye.

    python leash.py GRACE_SECONDS     reads "hold PGID", "let PGID" lines from standard input

Standard input is a pipe whose other end only the supervisor holds, so its end of file means
that the supervisor has ended, however it ended. What it still held is then asked to stop
(SIGTERM), and killed after the grace. Standard library only: it must be up in milliseconds
and weigh little.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress


def is_alive(group: int) -> bool:
    """Return whether the process group has a process."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def end(groups: list[int], grace: float) -> None:
    """Stop the groups with SIGTERM, and kill what is left after the grace (seconds)."""
    for group in groups:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while any(is_alive(group) for group in groups) and time.monotonic() < deadline:
        time.sleep(0.05)
    for group in groups:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


def main(grace: float) -> None:
    """Read the supervisor's orders until its end of the pipe closes, then end the groups it still held."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    held: list[int] = []
    for line in sys.stdin:
        word, group = line.split()
        if word == "hold":
            held.append(int(group))
        elif int(group) in held:
            held.remove(int(group))
    end(held, grace)


if __name__ == "__main__":
    main(float(sys.argv[1]))
