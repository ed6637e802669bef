"""The parent of the web server's workers: it holds the port, starts a worker again that died, and stops all together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress

from config.supervisor import end_with_parent

BACKLOG = 1024
GRACE = 2.2
"""Seconds for the workers to end by themselves, a little more than each gives its requests."""
QUICK_DEATH = 10.0
QUICK_DEATHS_ALLOWED = 3
PAUSE = 1.0
"""Seconds before a worker is started again that died within QUICK_DEATH of its start, as one does that cannot start."""


def listen(host: str, port: int) -> socket.socket:
    """Return the listening socket that the workers share.

    The port can be shared with whoever reserved it (SO_REUSEPORT, config.product).
    """
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    sock.bind((host, port))
    sock.listen(BACKLOG)
    sock.setblocking(False)
    return sock


class Worker:
    """One worker's process, in the parent's process group."""

    def __init__(self, descriptor: int, threads: int) -> None:
        self._command = [sys.executable, "-m", "config.web", "--descriptor", str(descriptor), "--threads", str(threads)]
        self._descriptor = descriptor
        self.quick_deaths = 0
        self.start()

    def start(self) -> None:
        self._started_at = time.monotonic()
        self.process = subprocess.Popen(
            self._command,
            pass_fds=[self._descriptor],
            preexec_fn=end_with_parent(),  # noqa: PLW1509 - it only makes system calls
        )

    def died_young(self) -> bool:
        """Count a death within moments of the start; return whether it was one."""
        is_quick = time.monotonic() - self._started_at < QUICK_DEATH
        self.quick_deaths = self.quick_deaths + 1 if is_quick else 0
        return is_quick


def run(host: str, port: int, workers: int, threads: int) -> int:
    """Keep the workers going until asked to stop, or until one cannot start; return the exit code."""
    asked, code = threading.Event(), 0
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.set())
    with listen(host, port) as sock:
        going = [Worker(sock.fileno(), threads) for _ in range(workers)]
        while code == 0 and not asked.wait(0.2):
            code = max(_tend(worker, asked) for worker in going)
    _stop([worker.process for worker in going])
    return code


def _tend(worker: Worker, asked: threading.Event) -> int:
    """Start the worker again if it ended; return 1 when it cannot be kept going."""
    code = worker.process.poll()
    if code is None or (worker.died_young() and (worker.quick_deaths < QUICK_DEATHS_ALLOWED and asked.wait(PAUSE))):
        return 0
    if worker.quick_deaths >= QUICK_DEATHS_ALLOWED:
        return 1
    print(f"A worker ended (exit code {code}) and is started again.", flush=True)  # noqa: T201
    worker.start()
    return 0


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + GRACE
    for process in processes:
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=max(deadline - time.monotonic(), 0.01))
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            process.wait(timeout=1)
