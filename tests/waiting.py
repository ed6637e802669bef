"""The one way in which a test waits for what another process or thread does: for a condition, with a deadline.

Never for a while, hoping: a machine that is busy takes longer. tests/architecture/test_waiting.py looks for that.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(condition: Callable[[], T], what: str | Callable[[], object], *, seconds: float = 30, every: float = 0.05) -> T:
    """Return the condition's answer as soon as it is true; fail when that takes longer.

    `what` says what was waited for, or returns it: then it is asked when the time is over, as for a process's last lines.
    """
    answer = becomes_true(condition, seconds=seconds, every=every)
    if not answer:
        raise AssertionError(f"Not within {seconds:g} s: {what() if callable(what) else what}")
    return answer


def becomes_true(condition: Callable[[], T], *, seconds: float, every: float = 0.05) -> T:
    """Return the condition's answer as soon as it is true, or its last one when the time is over."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()) and time.monotonic() < deadline:
        time.sleep(every)
    return answer
