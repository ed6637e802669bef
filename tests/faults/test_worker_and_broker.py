"""A real Celery worker and a real broker: the worker is killed while it works, the broker is killed and comes back empty.

What stands in for beat is the drill, which asks for the same two tasks as often as beat does.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from django.db import connection

from config import embedded_valkey
from config.celery import app
from controls.models import Digest, TaskFailure
from riskreg.models import Membership, Role, User
from tests.cast import Cast, make_control, make_follow_up, make_risk
from tests.faults.post_office import PostOffice
from tests.reminders.ledger import at
from tests.services import WorkerProcess, started_valkey
from tests.waiting import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]
PEOPLE = 60
KILLS = 6
QUEUE = "drill"


class Broker:
    """A Redis-protocol server of the drill's own: started, killed, and started again with nothing in it."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.port = directory, str(embedded_valkey.free_port())
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._server: Any = None

    def start(self) -> None:
        self._server = started_valkey(self.directory, self.port)

    def kill(self) -> None:
        self._server.kill()
        self._server.wait()


class Clocked(WorkerProcess):
    application = "tests.faults.clocked_worker"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    server = Broker(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def post(tmp_path: Path) -> Iterator[PostOffice]:
    office = PostOffice(embedded_valkey.free_port(), tmp_path / "letters.jsonl")
    office.open()
    yield office
    office.kill()


@pytest.fixture
def worker(broker: Broker, post: PostOffice, tmp_path: Path) -> Iterator[Clocked]:
    process = Clocked(
        {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "RISKREG_TEST_DATABASE": str(connection.settings_dict["NAME"]),
            "RISKREG_TEST_REDIS_PORT": broker.port,
            "PYTEST_XDIST_WORKER": "",
            "CELERY_QUEUE": QUEUE,
            "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(post.port),
            "DRILL_CLOCK": str(tmp_path / "clock"),
        }
    )
    yield process
    process.stop()


def ask(broker: Broker) -> None:
    """As beat does."""
    with app.connection_for_write(broker.url) as line:
        for task in ("controls.tasks.prepare_reminders", "controls.tasks.deliver_reminders"):
            app.send_task(task, connection=line, queue=QUEUE)


def moment(path: Path, now: datetime) -> datetime:
    """Sets the drill's clock, at once as a whole."""
    waiting = path.with_suffix(".next")
    waiting.write_text(now.isoformat(), encoding="ascii")
    os.replace(waiting, path)
    return now


def test_killed_workers_and_an_emptied_broker_lose_no_letter(
    cast: Cast, broker: Broker, post: PostOffice, worker: Clocked, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(7)
    for number in range(PEOPLE):
        user = User.objects.create(email=f"p{number}@lillkoping.example", name=f"Person {number}")
        Membership.objects.create(user=user, unit=cast.board, role=Role.CONTROL_OWNER)
        control = make_control(make_risk(cast.plan, f"Risk nummer {number}"), performer=user)
        make_follow_up(control, cast.interim, due_on=date(2025, 9, 12))
    now = moment(tmp_path / "clock", at(date(2025, 9, 5), 9))
    kills = emptied = 0
    worker.start()
    while kills < KILLS:
        before = len(post.letters())
        ask(broker)
        if before < PEOPLE:
            post.wait_for(before + chance.randint(1, 6), seconds=20)
        if kills % 2:
            broker.kill()
            worker.kill()
            broker.start()
            assert redis.Redis.from_url(broker.url).dbsize() == 0
            emptied += 1
        else:
            worker.kill()
        kills += 1
        # Longer than a claim lasts.
        now = moment(tmp_path / "clock", now + timedelta(minutes=15))
        worker.start()
    # The broker alone, under a worker that lives on and finds it again.
    broker.kill()
    broker.start()
    emptied += 1

    def all_are_sent() -> bool:
        nonlocal now
        if Digest.objects.exists() and not Digest.objects.exclude(state="sent").exists():
            return True
        ask(broker)
        now = moment(tmp_path / "clock", now + timedelta(minutes=1))
        return False

    wait_until(all_are_sent, lambda: "\n".join(worker.lines), seconds=60, every=0.5)
    came = Counter(letter["id"] for letter in post.letters())
    sent = {digest.message_id for digest in Digest.objects.all()}
    repeats = came.total() - len(came)
    with capsys.disabled():
        print(  # noqa: T201
            f"\nWorker drill: {kills} Celery workers killed at work, the broker killed and emptied {emptied} times. "
            f"{PEOPLE} letters: lost {len(sent - set(came))}, letters repeated with the same Message-ID {repeats}."
        )
    assert set(came) == sent
    assert len(sent) == PEOPLE
    assert repeats <= 2 * kills
    assert worker.is_running()
    assert not TaskFailure.objects.exclude(error__contains="Worker").exists()
