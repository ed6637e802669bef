"""A mail server in a process of its own: `python -m tests.faults.post_office PORT FILE`.

What it takes is on the disk before it answers; killed at any moment, it has accepted what stands in the file. A letter that
is in the file without its sender having read the answer is one of those that may come again.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
from aiosmtpd.controller import UnthreadedController

from config.supervisor import end_with_parent
from tests.waiting import becomes_true

HOST = "127.0.0.1"


class Office:
    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        body: Any = message.get_body(("plain",))
        letter = {"id": message["Message-ID"], "to": envelope.rcpt_tos, "text": body.get_content()}
        self._file.write(json.dumps(letter).encode() + b"\n")
        return "250 OK"


class PostOffice:
    """From the test's side: starts, stops and kills the server, and reads what it took."""

    def __init__(self, port: int, path: Path) -> None:
        self.port, self.path = port, path
        self._process: subprocess.Popen[bytes] | None = None

    def open(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.post_office", str(self.port), str(self.path)],
            stdout=subprocess.PIPE,
            preexec_fn=end_with_parent(),  # noqa: PLW1509 - it only makes system calls
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"open\n"

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    @property
    def is_open(self) -> bool:
        return self._process is not None

    def processor_seconds(self) -> float:
        """What the server has worked so far."""
        assert self._process is not None
        times = psutil.Process(self._process.pid).cpu_times()
        return float(times.user + times.system)

    def letters(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.path.read_bytes().splitlines()] if self.path.exists() else []

    def wait_for(self, count: int, seconds: float = 30) -> bool:
        """Whether so many letters have come, as soon as they have, or when the time is over."""
        return becomes_true(lambda: len(self.letters()) >= count, seconds=seconds)


def serve(port: int, path: Path) -> None:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    controller = UnthreadedController(Office(path), hostname=HOST, port=port, loop=loop)
    controller.begin()
    sys.stdout.write("open\n")
    sys.stdout.flush()
    loop.run_forever()


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]))
