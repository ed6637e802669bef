"""A pytest plugin: a run that stands still says where, and ends.

A test that takes longer than `faulthandler_timeout` ends its xdist worker with every thread's
stack (pyproject.toml). This is for the rest: when no report has come for so long, whatever the
reason, every process of the run shows its stacks and the run fails, instead of waiting for
whoever started it to lose patience.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import threading
import time
from contextlib import suppress

import psutil
import pytest

SECONDS = float(os.environ.get("RISKREG_TESTS_STAND_STILL", "420"))
_SHOWN_WITHIN = 5.0


class Watchdog:
    """Watches from the run's first process; `seconds` without a report are the end."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._last = time.monotonic()
        self._over = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self) -> None:
        self._last = time.monotonic()

    def pytest_unconfigure(self) -> None:
        self._over.set()

    def _watch(self) -> None:
        while not self._over.wait(min(5.0, self._seconds / 4)):
            if time.monotonic() - self._last > self._seconds:
                self._end()

    def _end(self) -> None:
        os.write(2, f"\nNothing was reported for {self._seconds:g} s. Where the run's processes stand:\n".encode())
        workers = [child for child in psutil.Process().children() if _is_worker(child)]
        for process in workers:
            os.write(2, f"\nProcess {process.pid}: {process.status()}\n".encode())
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGUSR1)
                self._over.wait(_SHOWN_WITHIN / 5)
        faulthandler.dump_traceback(file=2, all_threads=True)
        self._over.wait(_SHOWN_WITHIN / 5)
        for process in psutil.Process().children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                os.write(2, f"{process.pid} {process.status()} {' '.join(process.cmdline())[:200]}\n".encode())
        for process in workers:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        os._exit(3)


def _is_worker(process: psutil.Process) -> bool:
    """xdist starts its workers by a line that reads the rest from standard input."""
    with suppress(psutil.NoSuchProcess):
        return any("eval(sys.stdin.readline())" in part for part in process.cmdline())
    return False


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        faulthandler.register(signal.SIGUSR1, file=os.dup(sys.__stderr__.fileno() if sys.__stderr__ else 2), all_threads=True)
    else:
        config.pluginmanager.register(Watchdog(SECONDS), "watchdog")
