"""The operation: who was heard of, what failed, and a real worker that does it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.celery import app
from controls import operation, tasks
from controls.models import (
    Digest,
    Reminder,
    TaskFailure,
)
from riskreg import clock
from tests.cast import Cast
from tests.follow_ups.follow_ups import planned
from tests.reminders.ledger import at
from tests.reminders.test_pages import get, post
from tests.services import MailServer, WorkerProcess
from tests.waiting import wait_until

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
TODAY = date(2025, 9, 8)


class TestTheOperation:
    def heard(self, minutes: float) -> None:
        seen = clock.now() - timedelta(minutes=minutes)
        operation.record_worker(seen)
        operation.record_beat(seen)

    @pytest.mark.parametrize(("minutes", "silent"), [(1, False), (14, False), (16, True), (600, True)])
    def test_after_fifteen_minutes_of_silence_the_start_page_says_so(self, minutes: int, silent: bool, cast: Cast) -> None:
        self.heard(minutes)
        for user, told in ((cast.eva, silent), (cast.siv, silent), (cast.karin, False)):
            assert ('role="alert"' in get(user, reverse("inbox"))) is told

    def test_one_that_is_silent_is_enough(self, cast: Cast) -> None:
        self.heard(1)
        operation.record_beat(clock.now() - timedelta(minutes=20))
        assert operation.pulse(clock.now()).is_silent

    def test_a_cache_that_was_emptied_is_no_alarm_until_it_stays_so(self, cast: Cast) -> None:
        now = clock.now()
        assert not operation.pulse(now).is_silent
        assert operation.pulse(now + timedelta(minutes=16)).is_silent

    def test_midnight_with_a_pinned_calendar_is_no_silence(self, cast: Cast) -> None:
        operation.record_worker(at(TODAY, 23, 58))
        operation.record_beat(at(TODAY, 23, 58))
        assert operation.pulse(at(TODAY, 0, 3)).minutes == 5

    def test_without_a_broker_the_pages_still_answer_and_say_so(self, cast: Cast, settings: Any, monkeypatch: Any) -> None:
        import redis

        def away(*args: Any, **kwargs: Any) -> Any:
            raise redis.ConnectionError("refused")

        monkeypatch.setattr(cache, "get_many", away)
        settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
        assert "svarar inte" in get(cast.eva, reverse("inbox"))
        assert "svarar inte" in get(cast.eva, reverse("operation"))

    def test_the_page_shows_the_queue_the_ledger_and_the_failures(self, cast: Cast) -> None:
        self.heard(2)
        Digest.objects.create(recipient=cast.karin, day=TODAY, state="given_up", prepared_at=at(TODAY), next_attempt_at=at(TODAY))
        TaskFailure.objects.create(task="controls.tasks.deliver_reminders", task_id="1", error="ValueError", failed_at=at(TODAY))
        shown = get(cast.siv, reverse("operation"))
        for words in ("controls.tasks.deliver_reminders", "ValueError", "Uppgivet"):
            assert words in shown
        assert "påminnelser gick inte fram" in get(cast.eva, reverse("inbox"))

    def test_the_alarm_costs_the_start_page_no_query(self, cast: Cast) -> None:
        self.heard(100)
        with CaptureQueriesContext(connection) as queries:
            assert operation.pulse(clock.now()).is_silent
        assert len(queries) == 0


class TestFailedTasks:
    def fail(self) -> ValueError:
        try:
            Reminder(deadline="Karin Lindqvist 19701231-1234").falls_on  # noqa: B018
        except TypeError as fault:
            error = ValueError("Karin Lindqvist 19701231-1234")
            error.__traceback__ = fault.__traceback__
            return error
        raise AssertionError

    def test_are_kept_with_kind_and_place_and_no_personal_data(self) -> None:
        error = self.fail()
        operation.note_failure("controls.tasks.x", "abc", error, error.__traceback__, at(TODAY))
        operation.note_failure("controls.tasks.x", "abc", error, error.__traceback__, at(TODAY))
        (kept,) = TaskFailure.objects.all()
        assert (kept.task, kept.error) == ("controls.tasks.x", "ValueError")
        assert kept.place.startswith("controls/models/reminder.py:")
        assert "Karin" not in str(TaskFailure.objects.values().get())

    def test_are_forgotten_after_a_quarter(self) -> None:
        for number, days in enumerate((89, 91)):
            TaskFailure.objects.create(task="x", task_id=str(number), error="E", failed_at=at(TODAY) - timedelta(days=days))
        assert operation.forget_failures(at(TODAY)) == 1


@pytest.mark.django_db(transaction=True)
class TestWithARealWorker:
    def test_a_heartbeat_is_heard_of_from_both(self, celery_worker_process: WorkerProcess) -> None:
        tasks.heartbeat.apply_async(ignore_result=False).get(timeout=20)
        found = operation.pulse(datetime.now(tz=at(TODAY).tzinfo))
        assert found.beat is not None
        assert found.worker is not None

    def test_a_reminder_goes_all_the_way(self, cast: Cast, celery_worker_process: WorkerProcess, smtp_server: MailServer) -> None:
        planned(cast)
        post(cast.eva, reverse("admin:controls_digest_person"), person=cast.karin.pk)
        (message,) = smtp_server.wait_for(1)
        assert message["To"] == "karin@lillkoping.example"
        celery_worker_process.wait_until_idle()
        assert Digest.objects.get().state == "sent"

    def test_a_task_that_fails_is_kept_as_a_row(self, celery_worker_process: WorkerProcess, cast: Cast) -> None:
        app.send_task("riskreg.tasks.verify_trail", args=["no number"])
        wait_until(TaskFailure.objects.exists, lambda: celery_worker_process.lines)
        assert TaskFailure.objects.get().task == "riskreg.tasks.verify_trail"
        assert "no number" not in str(TaskFailure.objects.values().get())
