"""Emptying the ledger into a real mail server: claims, answers, retries, and two workers at once."""

from __future__ import annotations

import smtplib
import threading
import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.mail.backends.smtp import EmailBackend
from django.db import OperationalError, connection

from controls.models import Digest, FollowUp
from controls.reminders import deliver as delivery
from controls.reminders.deliver import LEASE, Outcome, backoff, claim_letters, deliver, deliver_batch
from controls.reminders.post import Post
from riskreg.models import Role, User
from tests.cast import Cast, make_many_risks, make_user
from tests.follow_ups.follow_ups import planned
from tests.reminders.ledger import at, prepared
from tests.services import MailServer

pytestmark = pytest.mark.django_db(transaction=True)
FRIDAY = date(2025, 9, 5)
NOW = at(FRIDAY)


@pytest.fixture
def karins(cast: Cast) -> Digest:
    planned(cast)
    prepared(FRIDAY)
    return Digest.objects.get()


def sent_at(moment: Any) -> Outcome:
    return deliver(lambda: moment)


def fresh(digest: Digest) -> Digest:
    return Digest.objects.get(pk=digest.pk)


def test_it_is_sent_once_with_the_ledgers_message_id_and_the_servers_answer_kept(karins: Digest, smtp_server: MailServer) -> None:
    assert sent_at(NOW).sent == 1
    assert sent_at(NOW).sent == 0
    (message,) = smtp_server.messages
    assert message["Message-ID"] == karins.message_id
    assert smtp_server.recipients == [["karin@lillkoping.example"]]
    row = fresh(karins)
    assert (row.state, row.answer, row.address, row.attempts) == ("sent", "250 OK", "karin@lillkoping.example", 1)
    assert row.sent_at == NOW


def test_many_go_over_one_connection(cast: Cast, smtp_server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[int] = []
    plain = EmailBackend.open

    def open_counted(self: Any) -> Any:
        if self.connection is None:
            opened.append(1)
        return plain(self)

    monkeypatch.setattr(EmailBackend, "open", open_counted)
    for number in range(60):
        user = User.objects.create(email=f"p{number}@x.example", name=f"P{number}")
        make_many_risks(cast.plan, 1, closing=cast.interim, performer=user)
    prepared(FRIDAY)
    assert sent_at(NOW).sent == 60
    assert len(smtp_server.messages) == len({message["Message-ID"] for message in smtp_server.messages}) == 60
    assert len(opened) == 1


class TestRefused:
    def test_is_tried_again_later_then_given_up_with_the_answer(self, karins: Digest, smtp_server: MailServer) -> None:
        smtp_server.refused.add("karin@lillkoping.example")
        states = []
        for hours in range(5):
            sent_at(NOW + timedelta(hours=hours, minutes=hours))
            states.append((fresh(karins).state, fresh(karins).attempts))
        assert states == [("failed", 1), ("failed", 2), ("given_up", 3), ("given_up", 3), ("given_up", 3)]
        assert fresh(karins).answer == "550 5.1.1 no such mailbox"

    def test_does_not_keep_the_others_back(self, cast: Cast, karins: Digest, smtp_server: MailServer) -> None:
        planned(cast, "Bos", school=True)
        prepared(FRIDAY, 10)
        smtp_server.refused.add("karin@lillkoping.example")
        outcome = sent_at(at(FRIDAY, 10))
        assert (outcome.sent, outcome.failed) == (1, 1)
        assert smtp_server.recipients == [["bo@lillkoping.example"]]

    def test_not_tried_before_its_time(self, karins: Digest, smtp_server: MailServer) -> None:
        smtp_server.refused.add("karin@lillkoping.example")
        sent_at(NOW)
        smtp_server.refused.clear()
        assert sent_at(NOW + timedelta(minutes=59)).taken == 0
        assert sent_at(NOW + timedelta(minutes=61)).sent == 1


class TestTheServerIsAway:
    def test_everything_waits_and_is_sent_when_it_is_back(self, karins: Digest, smtp_server: MailServer, settings: Any) -> None:
        port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
        outcome = sent_at(NOW)
        assert "ConnectionRefusedError" in outcome.unreachable
        row = fresh(karins)
        assert row.state == "failed"
        assert "ConnectionRefusedError" in row.answer
        assert row.next_attempt_at == NOW + timedelta(minutes=1)
        for minutes in range(1, 8 * 60):
            sent_at(NOW + timedelta(minutes=minutes))
        assert fresh(karins).state == "failed"
        assert fresh(karins).attempts < 20
        settings.EMAIL_PORT = port
        assert sent_at(at(date(2025, 9, 8), 7)).sent == 1  # Monday; nothing leaves at the weekend
        assert len(smtp_server.messages) == 1

    def test_a_day_away_it_says_how_things_are_when_it_is_sent(
        self, karins: Digest, smtp_server: MailServer, settings: Any
    ) -> None:
        port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
        sent_at(NOW)
        settings.EMAIL_PORT = port
        sent_at(at(date(2025, 9, 8)))
        body = smtp_server.messages[0].get_body(("plain",))
        assert body is not None
        assert "om 4 dagar" in body.get_content()

    def test_given_up_after_days_and_sent_when_somebody_presses_send_now(
        self, karins: Digest, smtp_server: MailServer, settings: Any, cast: Cast
    ) -> None:
        from controls.reminders.sending_now import try_again

        port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
        sent_at(NOW)
        sent_at(NOW + timedelta(days=6, hours=1))
        assert fresh(karins).state == "given_up"
        settings.EMAIL_PORT, settings.RISKREG_TODAY = port, date(2025, 9, 11)
        try_again(karins, by=cast.eva)
        assert sent_at(fresh(karins).next_attempt_at).sent == 1

    def test_refused_half_way_the_rest_waits(self, cast: Cast, smtp_server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
        for number in range(5):
            user = User.objects.create(email=f"p{number}@x.example", name=f"P{number}")
            make_many_risks(cast.plan, 1, closing=cast.interim, performer=user)
        prepared(FRIDAY)
        plain = EmailBackend.open
        left = [1]

        def open_once(self: Any) -> Any:
            if self.connection is None:
                if not left:
                    raise ConnectionRefusedError(111, "Connection refused")
                left.pop()
            return plain(self)

        monkeypatch.setattr(EmailBackend, "open", open_once)
        sends = EmailBackend.send_messages
        count = [0]

        def send(self: Any, messages: Any) -> Any:
            count[0] += 1
            if count[0] == 3:
                raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")
            return sends(self, messages)

        monkeypatch.setattr(EmailBackend, "send_messages", send)
        outcome = sent_at(NOW)
        assert (outcome.sent, outcome.failed) == (2, 1)
        assert set(Digest.objects.exclude(state="sent").values_list("state", flat=True)) == {"failed"}
        monkeypatch.undo()
        smtp_settings_still_hold = sent_at(NOW + timedelta(minutes=2))
        assert smtp_settings_still_hold.taken == 3


class TestClaims:
    def test_of_two_that_chose_the_same_letters_one_has_each(self, karins: Digest) -> None:
        first, second = uuid.uuid4(), uuid.uuid4()
        assert [digest.pk for digest in claim_letters(NOW, first)] == [karins.pk]
        assert claim_letters(NOW, second) == []

    def test_ten_workers_at_once_send_each_letter_once(self, cast: Cast, smtp_server: MailServer) -> None:
        for number in range(40):
            user = User.objects.create(email=f"p{number}@x.example", name=f"P{number}")
            make_many_risks(cast.plan, 1, closing=cast.interim, performer=user)
        faults: list[BaseException] = []

        def work() -> None:
            try:
                prepared(FRIDAY)
                sent_at(NOW)
            except BaseException as fault:
                faults.append(fault)
            finally:
                connection.close()

        workers = [threading.Thread(target=work) for _ in range(10)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert faults == []
        expected = sorted(f"p{number}@x.example" for number in range(40))
        assert sorted(recipient for (recipient,) in smtp_server.recipients) == expected

    def test_a_worker_that_is_not_heard_of_loses_its_claim(self, karins: Digest, smtp_server: MailServer) -> None:
        claim_letters(NOW, uuid.uuid4())
        assert sent_at(NOW + LEASE - timedelta(seconds=1)).taken == 0
        assert sent_at(NOW + LEASE).sent == 1

    def test_one_that_was_stopped_for_long_sends_nothing_more(
        self, karins: Digest, smtp_server: MailServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(delivery, "SEND_WITHIN", -1.0)
        outcome = Outcome()
        with Post() as post:
            assert deliver_batch(NOW, post, outcome)
        assert outcome.sent == 0
        assert smtp_server.messages == []
        assert fresh(karins).state == "pending"

    @pytest.mark.parametrize("back", [timedelta(hours=3), timedelta(days=1), timedelta(days=40)])
    def test_a_clock_that_is_set_back_keeps_nothing_waiting(
        self, back: timedelta, karins: Digest, smtp_server: MailServer, settings: Any
    ) -> None:
        moment = NOW if back > timedelta(hours=3) else at(FRIDAY, 14)
        Digest.objects.update(next_attempt_at=moment)
        port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
        sent_at(moment)
        settings.EMAIL_PORT = port
        earlier = moment - back
        while earlier.weekday() > 4:
            earlier -= timedelta(days=1)
        assert sent_at(earlier).sent == 1

    def test_a_claim_from_the_future_is_no_claim(self, karins: Digest, smtp_server: MailServer) -> None:
        claim_letters(NOW, uuid.uuid4())
        assert sent_at(NOW - timedelta(days=1)).sent == 1


class TestTheNote:
    def test_is_written_on_a_new_connection_when_the_database_went_away(
        self, karins: Digest, smtp_server: MailServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        plain = delivery._write
        failures = [1, 1]

        def write(*args: Any) -> None:
            if failures:
                failures.pop()
                raise OperationalError("server closed the connection unexpectedly")
            plain(*args)

        monkeypatch.setattr(delivery, "_write", write)
        assert sent_at(NOW).sent == 1
        assert failures == []
        assert fresh(karins).state == "sent"

    def test_one_that_died_before_it_repeats_the_letter_with_the_same_message_id(
        self, karins: Digest, smtp_server: MailServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Died(BaseException):
            pass

        def die(*args: Any, **values: Any) -> None:
            raise Died

        monkeypatch.setattr(delivery, "_note", die)
        monkeypatch.setattr(delivery, "_release", lambda *args: None)
        with pytest.raises(Died):
            sent_at(NOW)
        monkeypatch.undo()
        sent_at(NOW + LEASE)
        assert [message["Message-ID"] for message in smtp_server.messages] == [karins.message_id] * 2
        assert fresh(karins).state == "sent"


def test_outside_working_hours_only_what_somebody_asked_for(karins: Digest, smtp_server: MailServer, cast: Cast) -> None:
    night = at(FRIDAY, 22)
    assert sent_at(night).taken == 0
    Digest.objects.update(asked_for_by=cast.eva)
    assert sent_at(night).sent == 1


def test_what_is_no_longer_needed_is_not_sent_and_says_so(karins: Digest, smtp_server: MailServer, cast: Cast) -> None:
    FollowUp.objects.update(performer=cast.bo)
    assert sent_at(NOW).not_needed == 1
    assert fresh(karins).state == "not_needed"
    assert karins.lines.get().is_moot
    assert smtp_server.messages == []
    prepared(FRIDAY, 10)
    assert sent_at(at(FRIDAY, 10)).sent == 1
    assert smtp_server.recipients == [["bo@lillkoping.example"]]


def test_without_a_mail_server_letters_are_written_to_files(karins: Digest, settings: Any, tmp_path: Any) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = "django.core.mail.backends.filebased.EmailBackend", str(tmp_path)
    assert sent_at(NOW).sent == 1
    (file,) = tmp_path.iterdir()
    assert karins.message_id in file.read_text()


def test_the_waits_grow_to_an_hour() -> None:
    assert [int(backoff(attempts).total_seconds() // 60) for attempts in (1, 2, 3, 4, 5, 6, 7, 8, 100)] == [
        1,
        2,
        4,
        8,
        16,
        32,
        60,
        60,
        60,
    ]


def test_the_newly_made_manager_is_told_by_the_same_worker(cast: Cast, smtp_server: MailServer) -> None:
    make_user("Ny Chef", cast.board, Role.MANAGER)
    planned(cast, due_on=date(2025, 9, 1))
    prepared(FRIDAY)
    sent_at(NOW)
    assert sorted(recipient for (recipient,) in smtp_server.recipients) == [
        "johan@lillkoping.example",
        "karin@lillkoping.example",
        "ny@lillkoping.example",
    ]
