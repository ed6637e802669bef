"""The test run's own servers are real ones."""

from __future__ import annotations

import smtplib
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache

from config.celery import app
from controls import operation, tasks
from tests.services import MailServer, WorkerProcess


def test_the_cache_is_a_real_server_and_starts_empty() -> None:
    assert cache.get("left-behind") is None
    cache.set("left-behind", "by this test")
    assert cache.get("left-behind") == "by this test"


def test_a_cached_value_does_not_reach_the_next_test() -> None:
    assert cache.get("left-behind") is None


def test_mail_arrives_at_a_real_server(smtp_server: MailServer) -> None:
    mail.send_mail("Påminnelse", "Förfaller i morgon", "riskreg@example.org", ["karin@example.org"])

    (message,) = smtp_server.wait_for(1)
    assert message["Subject"] == "Påminnelse"
    assert smtp_server.recipients == [["karin@example.org"]]


def test_a_refused_mailbox_is_an_error_to_the_sender(smtp_server: MailServer) -> None:
    smtp_server.refused.add("borta@example.org")

    with pytest.raises(smtplib.SMTPRecipientsRefused):
        mail.send_mail("Påminnelse", "…", "riskreg@example.org", ["borta@example.org"])

    assert smtp_server.messages == []


def test_a_worker_of_its_own_takes_the_tasks(celery_worker_process: WorkerProcess) -> None:
    seen = tasks.heartbeat.apply_async(ignore_result=False).get(timeout=10)

    assert cache.get(operation.WORKER_KEY) == seen


def test_a_killed_worker_is_back_for_the_next_start(celery_worker_process: WorkerProcess) -> None:
    celery_worker_process.kill()
    assert not celery_worker_process.is_running()

    waiting = tasks.heartbeat.apply_async(ignore_result=False)
    celery_worker_process.start()

    assert waiting.get(timeout=10)


def test_tasks_are_not_run_in_the_test_process(settings: Any) -> None:
    assert not app.conf.task_always_eager
