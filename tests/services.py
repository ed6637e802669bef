"""A pytest plugin: the real servers the tests talk to.

- a Redis-protocol server for the whole run (cache and broker), one database per xdist worker;
- `smtp_server`: a mail server that takes mail and keeps it;
- `celery_worker_process`: a Celery worker in its own processes, on the test database.
"""

from __future__ import annotations

import email
import email.policy
import gc
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import IO, Any

import psutil
import pytest
import redis
from aiosmtpd.controller import Controller
from django.conf import settings as django_settings
from django.db import connection

from config import embedded_valkey
from config.celery import READY_LINE
from config.supervisor import end_with_parent
from controls.riskreg_hooks.triggers import GUARDS
from tests.waiting import becomes_true, wait_until

ROOT = Path(__file__).resolve().parent.parent
VALKEY = pytest.StashKey["subprocess.Popen[bytes]"]()


def pytest_configure(config: pytest.Config) -> None:
    """The run's first process starts the Redis-protocol server; its xdist workers share it."""
    # What is loaded by now stays for the whole run: the collector need not walk it again and again (8 % of the time).
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
    if hasattr(config, "workerinput"):
        return
    directory = Path(os.environ["RISKREG_TEST_DIRECTORY"])
    port = os.environ["RISKREG_TEST_REDIS_PORT"]
    config.stash[VALKEY] = started_valkey(directory, port)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Leave the collected tests, and all that they import, to the end of the run as well."""
    gc.freeze()


def pytest_unconfigure(config: pytest.Config) -> None:
    server = config.stash.get(VALKEY, None)
    if server is not None:
        server.kill()
        server.wait()


def started_valkey(directory: Path, port: str) -> subprocess.Popen[bytes]:
    options = {"bind": "127.0.0.1", "port": port, "databases": "64", "save": "", "appendonly": "no", "dir": str(directory)}
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    log = (directory / "valkey.log").open("wb")
    server = subprocess.Popen(
        [embedded_valkey.binary(), *arguments],
        stdout=log,
        stderr=subprocess.STDOUT,
        preexec_fn=end_with_parent(),  # noqa: PLW1509 - it only makes system calls
    )
    url = f"redis://127.0.0.1:{port}/0"
    becomes_true(lambda: server.poll() is not None or embedded_valkey.answers(url), seconds=10, every=0.02)
    if not embedded_valkey.answers(url):
        pytest.exit("The Redis-protocol server did not start:\n" + (directory / "valkey.log").read_text(errors="replace"), 1)
    return server


@pytest.fixture(scope="session", autouse=True)
def _tables_are_emptied_past_their_guards() -> None:
    """After a test that commits, Django empties SQLite's tables by DELETE; the triggers are made again afterwards."""
    from django.db.backends.sqlite3.base import DatabaseOperations  # type: ignore[attr-defined]

    flush = DatabaseOperations.sql_flush

    def past_them(self: Any, *args: Any, **kwargs: Any) -> list[str]:
        return [*(f"DROP TRIGGER IF EXISTS {guard.name}" for guard in GUARDS), *flush(self, *args, **kwargs)]

    DatabaseOperations.sql_flush = past_them  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _empty_cache_between_tests(request: pytest.FixtureRequest) -> Iterator[None]:
    """No test sees what another one cached or queued."""
    yield
    if "celery_worker_process" not in request.fixturenames:
        broker().flushdb()


@cache
def broker() -> redis.Redis:
    """One connection for the whole run."""
    return redis.Redis.from_url(django_settings.REDIS_URL)


class MailServer:
    """A mail server on the loopback that keeps what it takes.

    refused: addresses that are answered with 550, as a mailbox that does not exist.
    """

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.refused: set[str] = set()
        self.port = embedded_valkey.free_port()
        self._controller = Controller(self, hostname=self.host, port=self.port)

    host = "127.0.0.1"

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()

    def forget(self) -> None:
        self.messages.clear()
        self.recipients.clear()
        self.refused.clear()

    def wait_for(self, count: int, seconds: float = 10) -> list[EmailMessage]:
        """The messages, as soon as there are so many; fails when that takes longer."""
        wait_until(
            lambda: len(self.messages) >= count,
            lambda: f"{len(self.messages)} messages arrived, {count} were awaited",
            seconds=seconds,
            every=0.02,
        )
        return self.messages

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        if address in self.refused:
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.recipients.append(list(envelope.rcpt_tos))
        self.messages.append(message)
        return "250 OK"


@pytest.fixture(scope="session")
def _mail_server() -> Iterator[MailServer]:
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def smtp_server(_mail_server: MailServer, settings: Any) -> Iterator[MailServer]:
    """Mail goes over SMTP to a real server; `smtp_server.messages` is what arrived."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = _mail_server.host
    settings.EMAIL_PORT = _mail_server.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = False
    _mail_server.forget()
    yield _mail_server
    _mail_server.forget()


class InARow:
    """A condition that is true when another one was, so many times in a row."""

    def __init__(self, condition: Callable[[], object], looks: int) -> None:
        self._condition, self._looks, self._seen = condition, looks, 0

    def __call__(self) -> bool:
        self._seen = self._seen + 1 if self._condition() else 0
        return self._seen >= self._looks


def is_waiting(process: psutil.Process) -> bool:
    """Whether the process neither computes nor would, if a processor were free."""
    with suppress(psutil.NoSuchProcess):
        return bool(process.status() == psutil.STATUS_SLEEPING)
    return True


class WorkerProcess:
    """A Celery worker with two processes, as in production, on the test database."""

    application = "config"

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self._process: subprocess.Popen[str] | None = None
        self.lines: deque[str] = deque(maxlen=200)
        self._ready = threading.Event()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, seconds: float = 60) -> None:
        self._ready.clear()
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "celery", "--app", self.application, "--quiet", "worker"),
                *("--concurrency", "2", "--loglevel", "INFO", "--without-gossip", "--without-mingle"),
            ],
            cwd=ROOT,
            env={**os.environ, "REMAP_SIGTERM": "SIGQUIT", **self._environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=end_with_parent(),  # noqa: PLW1509 - it only makes system calls
        )
        threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True).start()
        becomes_true(lambda: self._ready.wait(0.05) or not self.is_running(), seconds=seconds, every=0)
        if not self._ready.is_set():
            pytest.fail("The Celery worker did not start:\n" + "\n".join(self.lines))

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            self.lines.append(line.rstrip())
            if line.strip() == READY_LINE:
                self._ready.set()

    def kill(self) -> None:
        """As a crash or the kernel's out-of-memory killer would: at once, with all its processes."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        if self._process is not None:
            self._process.wait(timeout=5)

    def stop(self) -> None:
        if self._process is None:
            return
        if self.is_running():
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=5)
        self.kill()

    def wait_until_idle(self, seconds: float = 20) -> None:
        """Until nothing waits in the queue and nothing is being worked on; for a while, as a task that is being taken is for a
        moment in neither."""
        queue = broker()
        idle = InARow(lambda: not (queue.llen(django_settings.CELERY_TASK_DEFAULT_QUEUE) or queue.hlen("unacked")), looks=10)
        last = "The worker finishes its tasks. Its last lines:\n"
        wait_until(idle, lambda: last + "\n".join(self.lines), seconds=seconds, every=0.02)

    def wait_until_at_rest(self, seconds: float = 30) -> None:
        """Until none of its processes has anything to do: each waits, for a lock, for a message or for another of them."""
        resting = InARow(lambda: all(is_waiting(each) for each in psutil.Process(self.pid).children(recursive=True)), looks=10)
        wait_until(resting, "the worker's processes come to rest", seconds=seconds, every=0.02)


@pytest.fixture(scope="session")
def _worker_process(django_db_setup: None, _mail_server: MailServer) -> Iterator[WorkerProcess]:
    environment = {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "RISKREG_TEST_DATABASE": str(connection.settings_dict["NAME"]),
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": _mail_server.host,
        "EMAIL_PORT": str(_mail_server.port),
    }
    worker = WorkerProcess(environment)
    yield worker
    worker.stop()


@pytest.fixture
def celery_worker_process(
    _worker_process: WorkerProcess, transactional_db: None, smtp_server: MailServer
) -> Iterator[WorkerProcess]:
    """A real worker that takes this test's tasks; the next test gets it again, restarted if this one killed it."""
    broker().flushdb()
    if not _worker_process.is_running():
        _worker_process.start()
    yield _worker_process
    if _worker_process.is_running():
        _worker_process.wait_until_idle()
    else:
        broker().flushdb()
