"""An answer that is late is told through the ledger and the calendar: a number and who was asked, nothing of about whom."""

from __future__ import annotations

from datetime import date

import pytest

from controls.models import Inquiry
from controls.monitoring.inquiries import verbs
from controls.reminders.sending_now import visible_keys
from tests.cast import Cast
from tests.monitoring.inquiries.test_inquiry_verbs import NAME, NUMBER, asked
from tests.reminders.ledger import prepared, said, through
from tests.reminders.test_alerts import letter_to
from tests.reminders.test_calendar import events, token_of, uid

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
DUE = date(2025, 9, 12)


@pytest.fixture
def awaited(cast: Cast, today: date) -> Inquiry:
    """An answer that Karin expects by 12 September 2025."""
    question = asked(due_on=DUE, asked_name="Erik Ek", question="Har de skulder?")
    return verbs.ask_about_company(cast.board, by=cast.karin, identity=NUMBER, about=NAME, asked=question)


def test_who_waits_is_told_before_the_day_and_after_then_the_manager_and_the_controller(cast: Cast, awaited: Inquiry) -> None:
    through(date(2025, 9, 8), date(2025, 9, 22))
    assert said(cast.karin, kind="inquiry") == [
        ("2025-09-08", -7),
        ("2025-09-11", -1),
        ("2025-09-12", 0),
        ("2025-09-15", 3),
        ("2025-09-19", 7),
    ]
    assert said(cast.johan, kind="inquiry") == [("2025-09-15", 3)]
    assert said(cast.eva, kind="inquiry") == [("2025-09-19", 7)]
    assert said(cast.bo) == said(cast.ulla) == []


def test_the_letter_names_its_number_and_who_was_asked_and_nothing_of_about_whom(cast: Cast, awaited: Inquiry) -> None:
    prepared(date(2025, 9, 11))
    letter = letter_to(cast.karin, date(2025, 9, 11))
    for words in (f"Förfrågan nr {awaited.pk}", "Kronofogden", "12 september 2025", f"/forfragningar/{awaited.pk}/"):
        assert words in letter
    for words in (NAME, NUMBER, "556036-0793", "Erik Ek", "skulder"):
        assert words not in letter


def test_what_is_answered_or_waited_longer_for_is_not_told(cast: Cast, awaited: Inquiry) -> None:
    prepared(date(2025, 9, 11))
    verbs.conclude(awaited, by=cast.karin, outcome="in_order", answered_on=date(2025, 9, 5))
    assert letter_to(cast.karin, date(2025, 9, 11)) == ""
    through(date(2025, 9, 12), date(2025, 9, 22))
    assert said(cast.karin, kind="inquiry") == [("2025-09-11", -1)]


def test_the_ledger_shows_it_to_who_may_read_it(cast: Cast, awaited: Inquiry) -> None:
    key = "inquiry", awaited.pk
    assert visible_keys(cast.eva, [key]) == {key}
    assert visible_keys(cast.siv, [key]) == visible_keys(cast.bo, [key]) == set()


def test_its_day_is_in_the_calendar_of_who_waits_without_about_whom(cast: Cast, awaited: Inquiry) -> None:
    event = events(token_of(cast.karin))[uid("inquiry", awaited)]
    assert (event.dtstart.value, event.summary.value, event.status.value) == (DUE, f"Förfrågan nr {awaited.pk}", "CONFIRMED")
    assert NAME not in str(event)
    assert uid("inquiry", awaited) not in events(token_of(cast.johan))
    verbs.assign(awaited, by=cast.johan, responsible=cast.johan)
    assert events(token_of(cast.karin))[uid("inquiry", awaited)].status.value == "CANCELLED"
    verbs.conclude(awaited, by=cast.johan, outcome="no_answer", answered_on=date(2025, 9, 5))
    assert events(token_of(cast.johan))[uid("inquiry", awaited)].summary.value == f"✓ Förfrågan nr {awaited.pk}"
