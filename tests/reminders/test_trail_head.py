"""The head of the trail leaves the house in the weekly letter to auditors and controllers, also when nothing else is due."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from controls.models import Digest, Reminder
from controls.reminders.compose import Letter, Letters
from controls.reminders.deliver import deliver
from riskreg.models import Membership, Role, User
from riskreg.trail.findings import state
from riskreg.trail.seals import Head, head, seal
from riskreg.trail.verification import verify
from tests.cast import Cast, make_risk, make_user
from tests.follow_ups.follow_ups import planned
from tests.reminders.ledger import at, letters, prepared, through
from tests.trail import tampering

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
MONDAY = date(2025, 9, 8)


@pytest.fixture
def sealed(cast: Cast) -> Head:
    make_risk(cast.plan, "Energibrist")
    seal(at(MONDAY - timedelta(days=1), 2))
    found = head()
    assert found is not None
    return found


def letter_of(user: User, day: date = MONDAY) -> Letter:
    digest = Digest.objects.select_related("recipient").get(recipient=user, day=day)
    found = Letters.of([digest], at(day)).compose(digest)
    assert found is not None
    return found


def test_it_comes_once_a_week_to_auditor_and_controller_and_to_nobody_else(cast: Cast, sealed: Head) -> None:
    through(MONDAY, MONDAY + timedelta(days=13))
    for person in (cast.ake, cast.eva):
        assert [digest.day for digest in letters(person)] == [MONDAY, MONDAY + timedelta(days=7)]
    told = {digest.recipient_id for digest in Digest.objects.all() if digest.summary_of}
    assert told == {cast.ake.pk, cast.eva.pk}
    assert not Reminder.objects.filter(recipient=cast.ake).exists()


def test_the_letter_holds_hash_and_day_and_no_word_of_the_register(cast: Cast, sealed: Head) -> None:
    risk = make_risk(cast.plan, "Hemligt namn")
    risk.is_confidential, risk.confidentiality_section = True, "OSL 18:8"
    risk.save()
    prepared(MONDAY)
    letter = letter_of(cast.ake)
    assert letter.subject == "Riskreg: granskningsspårets kontrollsumma denna vecka"
    for part in (letter.text, letter.html):
        assert str(sealed) in part
        assert "7 september 2025" in part
        assert "/granskning/" in part
        assert "Det här väntar på dig" not in part
        assert "Hemligt namn" not in part
        assert "Energibrist" not in part


def test_it_stands_below_what_else_is_due(cast: Cast, sealed: Head) -> None:
    planned(cast, due_on=date(2025, 9, 1))
    Membership.objects.create(user=cast.johan, unit=cast.board, role=Role.AUDITOR)
    prepared(MONDAY)
    letter = letter_of(cast.johan)
    assert letter.subject.startswith("Riskreg: 1 sak väntar")
    assert letter.text.index("Felaktiga löneutbetalningar") < letter.text.index(str(sealed))


def test_before_the_first_seal_there_is_no_such_letter(cast: Cast) -> None:
    prepared(MONDAY)
    assert letters(cast.ake) == []


def test_a_manager_without_that_role_gets_the_summary_without_it(cast: Cast, sealed: Head) -> None:
    planned(cast, due_on=date(2025, 9, 1))
    prepared(MONDAY)
    assert str(sealed) not in letter_of(cast.johan).text


def test_what_was_sent_is_remembered_and_must_be_in_the_chain(cast: Cast, sealed: Head) -> None:
    prepared(MONDAY)

    def now() -> datetime:
        return at(MONDAY)

    assert deliver(now).sent == 2
    assert set(Digest.objects.values_list("trail_head", flat=True)) == {str(sealed)}
    assert verify().is_intact
    tampering.delete_seal(sealed.seq)
    make_risk(cast.plan, "Ny")
    seal(at(MONDAY, 3))
    (finding,) = [one for one in verify().findings if one.kind == "head_letter"]
    assert finding.detail == str(sealed)
    assert "brev" in state([finding], None)[0].text


def test_many_such_letters_cost_as_many_queries_as_one(cast: Cast, sealed: Head) -> None:
    for number in range(12):
        make_user(f"A{number} Revisor", cast.board, Role.AUDITOR)
    prepared(MONDAY)
    digests = list(Digest.objects.select_related("recipient"))
    assert len(digests) == 14

    def cost(some: list[Digest]) -> int:
        with CaptureQueriesContext(connection) as queries:
            composed = Letters.of(some, at(MONDAY))
            assert all(composed.compose(digest) for digest in some)
        return len(queries)

    assert cost(digests[:1]) == cost(digests)
