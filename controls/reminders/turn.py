"""The one turn at the mail server: a server that hangs holds one process of this machine, whatever waits to be sent.

Everything else that a worker does goes on meanwhile. The turn is a lock on a file, which ends with the process that holds it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.conf import settings

from controls.reminders.deliver import Outcome, deliver


@contextmanager
def the_turn() -> Iterator[bool]:
    """Take the turn, without waiting for it; gives whether it is ours."""
    lock = os.open(Path(settings.VAR_DIR) / "mail.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(lock)


def deliver_in_turn(now: Callable[[], datetime], *, seconds: float = 600.0) -> Outcome:
    """Send what waits in the ledger, unless another process is at it: it sends what waits now, or the next run does."""
    with the_turn() as is_ours:
        return deliver(now, seconds=seconds) if is_ours else Outcome()
