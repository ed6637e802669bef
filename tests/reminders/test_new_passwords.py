"""Letters with a link to a new password go through the ledger: tried again, seen there, and never more than one at a time."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core import serializers
from django.db import connection
from django.test import Client
from django.urls import reverse

from controls import tasks as controls_tasks
from controls.models import Digest
from controls.reminders.account_letters import put
from controls.reminders.deliver import deliver
from controls.reminders.turn import the_turn
from riskreg import clock, tasks
from riskreg.models import User
from riskreg.sign_in.letters import AccountLetter
from tests.cast import Cast
from tests.services import MailServer

pytestmark = pytest.mark.django_db(transaction=True)
NEW = "sju-gröna-elefanter"


class Hanging:
    """A mail server that takes a connection and never says a word."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self.port = int(self._socket.getsockname()[1])

    def callers(self) -> int:
        """The number of those who have called since it was asked the last time."""
        found = 0
        while True:
            try:
                self._socket.accept()[0].close()
            except BlockingIOError:
                return found
            found += 1

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def hanging(smtp_server: MailServer, settings: Any) -> Iterator[Hanging]:
    server = Hanging()
    settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = server.port, 0.2
    yield server
    server.close()


def letter() -> Digest:
    return Digest.objects.get(account_letter="new_password")


def link_in(message: Any) -> str:
    text = message.get_content()
    return str(next(word for word in text.split() if "/konto/nytt/" in word).replace("http://127.0.0.1:8000", ""))


def test_a_letter_that_fails_is_tried_again_and_its_link_works(
    cast: Cast, hanging: Hanging, smtp_server: MailServer, settings: Any
) -> None:
    tasks.send_new_password(cast.karin.email)
    row = letter()
    assert (row.state, row.recipient) == ("failed", cast.karin)
    assert "timed out" in row.answer
    settings.EMAIL_PORT = smtp_server.port
    later = clock.now() + timedelta(minutes=2)
    assert deliver(lambda: later).sent == 1
    (message,) = smtp_server.messages
    assert (message["To"], letter().state) == (cast.karin.email, "sent")
    browser = Client()
    form = browser.get(link_in(message), follow=True)
    assert browser.post(form.request["PATH_INFO"], {"new_password1": NEW, "new_password2": NEW}).status_code == 302
    assert User.objects.get(pk=cast.karin.pk).check_password(NEW)


def test_no_link_is_in_the_database(cast: Cast, smtp_server: MailServer) -> None:
    tasks.send_new_password(cast.karin.email)
    (message,) = smtp_server.messages
    token = link_in(message).rstrip("/").rsplit("/", 1)[1]
    assert token not in serializers.serialize("json", Digest.objects.all())
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            assert token not in repr(cursor.fetchall()), table


def test_whoever_comes_while_another_waits_for_the_server_does_not_wait(cast: Cast, hanging: Hanging) -> None:
    with the_turn() as is_ours:
        assert is_ours
        for email in (cast.karin.email, cast.bo.email, cast.eva.email):
            tasks.send_new_password(email)
        assert controls_tasks.deliver_reminders() == 0
    assert hanging.callers() == 0
    assert Digest.objects.filter(account_letter="new_password", state="pending").count() == 3
    controls_tasks.deliver_reminders()
    assert hanging.callers() == 1  # the server is away: the others are not tried in vain


def test_the_turn_ends_with_a_fault(cast: Cast) -> None:
    with pytest.raises(ZeroDivisionError), the_turn():
        raise ZeroDivisionError
    with the_turn() as is_ours:
        assert is_ours


def test_asked_again_while_one_waits_it_is_the_same_letter_tried_at_once(cast: Cast, hanging: Hanging) -> None:
    for _ in range(3):
        tasks.send_new_password(cast.karin.email)
    assert letter().attempts == 1
    assert hanging.callers() == 3


def test_an_address_that_is_refused_is_seen_as_given_up(cast: Cast, smtp_server: MailServer) -> None:
    smtp_server.refused.add(cast.karin.email)
    tasks.send_new_password(cast.karin.email)
    for hours in (2, 4):
        moment = clock.now() + timedelta(hours=hours)
        deliver(lambda: moment)  # noqa: B023
    assert (letter().state, letter().answer) == ("given_up", "550 5.1.1 no such mailbox")
    client = Client()
    client.force_login(cast.eva)
    page = client.get(reverse("admin:controls_digest_changelist")).content.decode()
    assert "Länk till nytt lösenord" in page
    assert "Uppgivet" in page


def test_after_a_day_without_the_server_it_is_given_up(cast: Cast, hanging: Hanging) -> None:
    tasks.send_new_password(cast.karin.email)
    moment = clock.now() + timedelta(days=1, minutes=1)
    deliver(lambda: moment)
    assert letter().state == "given_up"


def test_whoever_has_signed_in_meanwhile_is_sent_none(cast: Cast, smtp_server: MailServer) -> None:
    put(cast.karin, AccountLetter.NEW_PASSWORD)
    User.objects.filter(pk=cast.karin.pk).update(last_login=clock.now() + timedelta(seconds=1))
    deliver(clock.now)
    assert letter().state == "not_needed"
    assert not smtp_server.messages


def test_it_leaves_at_night_and_takes_no_days_reminders_place(
    cast: Cast, smtp_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sunday = clock.now().replace(year=2025, month=9, day=7, hour=1)
    monkeypatch.setattr("riskreg.clock.now", lambda: sunday)
    for _ in range(2):
        put(cast.karin, AccountLetter.NEW_PASSWORD)
        deliver(lambda: sunday)
    assert len(smtp_server.messages) == 2
    Digest.objects.create(recipient=cast.karin, day=sunday.date(), prepared_at=sunday, next_attempt_at=sunday)
