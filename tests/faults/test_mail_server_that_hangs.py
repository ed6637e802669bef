"""A mail server that takes connections and never answers, while many ask for a new password: one process waits, work goes on."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.db import connection

from config.celery import app
from controls import operation
from controls.models import Digest
from riskreg import clock
from riskreg.models import User
from tests.cast import Cast
from tests.services import WorkerProcess
from tests.waiting import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]
QUEUE = "hanging"
PEOPLE = 8
LONGER_THAN_THE_TEST = "300"


@pytest.fixture
def server() -> Iterator[socket.socket]:
    listening = socket.create_server(("127.0.0.1", 0))
    listening.setblocking(False)
    yield listening
    listening.close()


@pytest.fixture
def worker(server: socket.socket) -> Iterator[WorkerProcess]:
    process = WorkerProcess(
        {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "RISKREG_TEST_DATABASE": str(connection.settings_dict["NAME"]),
            "CELERY_QUEUE": QUEUE,
            "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(server.getsockname()[1]),
            "EMAIL_TIMEOUT": LONGER_THAN_THE_TEST,
        }
    )
    process.start()
    yield process
    process.kill()


def callers(server: socket.socket, held: list[socket.socket]) -> int:
    """The number of those who have called; none of them is answered."""
    try:
        while True:
            held.append(server.accept()[0])
    except BlockingIOError:
        return len(held)


def test_other_work_goes_on_while_one_process_waits_for_the_server(
    cast: Cast, worker: WorkerProcess, server: socket.socket
) -> None:
    held: list[socket.socket] = []
    cache.delete(operation.WORKER_KEY)
    for email in User.objects.values_list("email", flat=True)[:PEOPLE]:
        app.send_task("riskreg.tasks.send_new_password", args=[email], queue=QUEUE)
    letters = Digest.objects.filter(account_letter="new_password")
    wait_until(lambda: letters.count() == PEOPLE, lambda: "\n".join(worker.lines), seconds=60)
    wait_until(lambda: callers(server, held), "somebody calls the server")
    app.send_task("controls.tasks.deliver_reminders", queue=QUEUE)
    app.send_task("controls.tasks.heartbeat", queue=QUEUE)
    wait_until(lambda: operation.pulse(clock.now()).worker is not None, lambda: "\n".join(worker.lines), seconds=60)
    assert callers(server, held) == 1
    assert not letters.filter(state="sent").exists()
    for one in held:
        one.close()
