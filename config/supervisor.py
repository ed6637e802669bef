"""Supervisor of child processes: starts them, prints their output, restarts those that die, and stops all in order.

Every child leads a process group of its own, so that Ctrl-C in the terminal reaches only the
supervisor, and so that a child's own children end with it. If the supervisor itself is killed,
the kernel asks each child to stop (Linux), and config/leash.py ends every group.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

QUICK_DEATH_SECONDS = 20.0
QUICK_DEATHS_ALLOWED = 5
FIRST_BACKOFF_SECONDS = 0.5
LONGEST_BACKOFF_SECONDS = 15.0
LAST_LINES_KEPT = 30
COLOURS = ["36", "33", "35", "32", "34"]
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class GaveUp(Exception):
    """A child died too often, or nothing answered in time."""


@dataclass(frozen=True)
class Service:
    """One child to keep running.

    ready_line: the line by which the child says that it works; None where is_ready tells.
    is_ready: asked again and again after the start.
    grace: seconds to stop by itself after SIGTERM before its group is killed.
    unremarkable: a line that contains one of these is not shown (but kept for a verdict).
    """

    name: str
    command: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)
    ready_line: str | None = None
    is_ready: Callable[[], bool] | None = None
    grace: float = 2.0
    unremarkable: tuple[str, ...] = ()


class Output:
    """Lines of many children on one stream: prefixed, coloured on a terminal, never interleaved."""

    def __init__(self, stream: IO[str], names: Sequence[str]) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._width = max((len(name) for name in names), default=0)
        coloured = stream.isatty() and "NO_COLOR" not in os.environ
        self._colours = {name: COLOURS[index % len(COLOURS)] if coloured else "" for index, name in enumerate(names)}

    def line(self, name: str, text: str) -> None:
        prefix = f"{name:<{self._width}} |"
        colour = self._colours.get(name, "")
        self.say(f"\033[{colour}m{prefix}\033[0m {text}" if colour else f"{prefix} {text}")

    def say(self, text: str) -> None:
        # A reader that went away (`make run | head`) must not end the services.
        with self._lock, suppress(OSError, ValueError):
            self._stream.write(text + "\n")
            self._stream.flush()


def end_with_parent() -> Callable[[], None] | None:
    """Return a preexec_fn by which the kernel stops the child when this process ends, however it ends.

    None where the kernel cannot. Between fork and exec it makes system calls only, so no lock of another thread can
    be in the way.
    """
    if _libc is None:
        return None
    parent = os.getpid()

    def tie() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it ended before prctl took hold
            os._exit(1)

    return tie


class Child:
    """A service's process, its last lines, and how often it died young."""

    def __init__(self, service: Service, output: Output) -> None:
        self.service = service
        self.last_lines: deque[str] = deque(maxlen=LAST_LINES_KEPT)
        self.quick_deaths = 0
        self.start_again_at: float | None = None
        self._output = output
        self._is_ready = threading.Event()
        self._process: subprocess.Popen[str] | None = None
        self._started_at = 0.0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> int:
        """Start the process and return its group's id.

        Only from the main thread: the parent-death signal follows the thread that started the child.
        """
        self._is_ready.clear()
        if self.service.is_ready is None and self.service.ready_line is None:
            self._is_ready.set()
        self.start_again_at = None
        self._process = subprocess.Popen(
            list(self.service.command),
            env={**os.environ, "PYTHONUNBUFFERED": "1", **self.service.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=end_with_parent(),  # noqa: PLW1509 - it only makes system calls
        )
        self._started_at = time.monotonic()
        threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True).start()
        return self._process.pid

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            text = line.rstrip("\n")
            if self.service.ready_line is not None and text == self.service.ready_line:
                self._is_ready.set()
                continue
            self.last_lines.append(text)
            if text.strip() and not any(part in text for part in self.service.unremarkable):
                self._output.line(self.service.name, text)

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def is_ready(self) -> bool:
        if not self.is_running():
            return False
        if self.service.is_ready is not None and not self._is_ready.is_set() and self.service.is_ready():
            self._is_ready.set()
        return self._is_ready.is_set()

    def note_death(self) -> str:
        """Count the death, plan the next start, and return what to say about it."""
        assert self._process is not None
        lived = time.monotonic() - self._started_at
        self._signal_group(signal.SIGKILL)  # what the dead leader left behind
        self.quick_deaths = self.quick_deaths + 1 if lived < QUICK_DEATH_SECONDS else 1
        wait = min(FIRST_BACKOFF_SECONDS * 2 ** (self.quick_deaths - 1), LONGEST_BACKOFF_SECONDS)
        self.start_again_at = time.monotonic() + wait
        return f"ended after {lived:.1f} s ({_ending(self._process.returncode)}); starting again in {wait:g} s"

    def stop(self, is_hurried: Callable[[], bool]) -> None:
        """Send SIGTERM, then after the grace, or when hurried, SIGKILL to the whole group."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            self._process.terminate()
        deadline = time.monotonic() + self.service.grace
        while self.is_running() and time.monotonic() < deadline and not is_hurried():
            time.sleep(0.02)
        self._signal_group(signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=1)

    def _signal_group(self, number: signal.Signals) -> None:
        assert self._process is not None
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)


def _ending(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


class Supervisor:
    """Runs services until told to stop. Start order is the list's; stop order is its reverse."""

    def __init__(self, services: Sequence[Service], output: Output) -> None:
        self.output = output
        self.children = [Child(service, output) for service in services]
        self._leash: subprocess.Popen[str] | None = None
        self._stop_asked = threading.Event()
        self._times_asked = 0

    def ask_to_stop(self) -> None:
        """Stop soon. The second time: at once, without grace."""
        self._times_asked += 1
        self._stop_asked.set()

    @property
    def is_asked_to_stop(self) -> bool:
        return self._stop_asked.is_set()

    def listen_to_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self.ask_to_stop())

    def start(self, names: Sequence[str] | None = None) -> None:
        """Start the named services, or all that do not run yet."""
        for child in self.children:
            if child.pid is None and (names is None or child.service.name in names):
                self._start(child)

    def wait_until_ready(self, seconds: float) -> bool:
        """Wait until all started services are ready; return False when asked to stop meanwhile.

        Raises GaveUp when a service keeps dying or does not get ready in time.
        """
        deadline = time.monotonic() + seconds
        started = [child for child in self.children if child.pid is not None]
        while not self._stop_asked.wait(0.1):
            self._tend()
            waiting = [child for child in started if not child.is_ready()]
            if not waiting:
                return True
            if time.monotonic() > deadline:
                raise GaveUp(self._verdict(waiting[0], f"did not get ready within {seconds:g} s"))
        return False

    def watch(self) -> None:
        """Keep everything running until asked to stop. Raises GaveUp."""
        while not self._stop_asked.wait(0.2):
            self._tend()

    def stop(self) -> None:
        """Stop everything in reverse order and leave no process behind."""
        for child in reversed(self.children):
            if child.is_running():
                self.output.line(child.service.name, "stopping")
            child.stop(is_hurried=lambda: self._times_asked > 1)
            if child.pid is not None:
                self._tell_leash("let", child.pid)
        if self._leash is not None and self._leash.stdin is not None:
            with suppress(OSError):
                self._leash.stdin.close()
            self._leash.wait(timeout=5)
            self._leash = None

    def _start(self, child: Child) -> None:
        if self._leash is None:
            # Its own session: neither the terminal's Ctrl-C nor the group's end reaches it.
            self._leash = subprocess.Popen(
                [sys.executable, "-I", "-S", str(Path(__file__).with_name("leash.py")), "6"],
                stdin=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        self._tell_leash("hold", child.start())

    def _tell_leash(self, word: str, group: int) -> None:
        if self._leash is not None and self._leash.stdin is not None:
            with suppress(OSError):
                self._leash.stdin.write(f"{word} {group}\n")
                self._leash.stdin.flush()

    def _tend(self) -> None:
        for child in self.children:
            if child.pid is None or child.is_running():
                continue
            if child.start_again_at is None:
                self._tell_leash("let", child.pid)
                said = child.note_death()
                if child.quick_deaths >= QUICK_DEATHS_ALLOWED:
                    raise GaveUp(self._verdict(child, f"ended {child.quick_deaths} times within seconds of its start"))
                self.output.line(child.service.name, said)
            elif time.monotonic() >= child.start_again_at:
                self._start(child)

    def _verdict(self, child: Child, what: str) -> str:
        lines = "\n".join(f"    {line}" for line in child.last_lines) or "    (it said nothing)"
        return f"{child.service.name} {what}. Its last lines:\n{lines}"
