"""An alert that somebody is to conclude by a day is told through the ledger, in the day's one letter, without what it tells."""

from __future__ import annotations

from datetime import date

import pytest

from controls.models import Alert, Digest
from controls.monitoring.watching import alerts
from controls.reminders.compose import Letters
from controls.reminders.sending_now import visible_keys
from riskreg.models import User
from tests.cast import Cast
from tests.monitoring.registers.scene import JUNE
from tests.monitoring.watching.scene import HOME_CARE, WATER, came, let_the_worker_run, operations, the_alert, watched
from tests.reminders.ledger import at, letters, prepared, said, through
from tests.reminders.test_calendar import events, token_of, uid

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
DUE = date(2025, 9, 12)


@pytest.fixture
def assigned(cast: Cast, today: date) -> Alert:
    """An alert that Karin is to conclude by 12 September 2025."""
    register = operations(cast)
    came(register, cast.karin, HOME_CARE, WATER, as_of=JUNE)
    watched(register, cast.johan)
    let_the_worker_run()
    return alerts.assign(the_alert("Hemtjänst"), by=cast.johan, assignee=cast.karin, due_on=DUE)


def letter_to(user: User, day: date) -> str:
    digest = Digest.objects.select_related("recipient").get(recipient=user, day=day)
    letter = Letters.of([digest], at(day)).compose(digest)
    return "" if letter is None else letter.subject + letter.text + letter.html


def test_who_is_to_conclude_it_is_told_then_the_manager_then_the_controller(cast: Cast, assigned: Alert) -> None:
    through(date(2025, 9, 8), date(2025, 9, 22))
    assert said(cast.karin, kind="alert") == [
        ("2025-09-08", -7),
        ("2025-09-11", -1),
        ("2025-09-12", 0),
        ("2025-09-15", 3),
        ("2025-09-19", 7),
    ]
    assert said(cast.johan, kind="alert") == [("2025-09-15", 3)]
    assert said(cast.eva, kind="alert") == [("2025-09-19", 7)]
    assert said(cast.bo) == said(cast.ulla) == []


def test_the_letter_names_number_register_and_day_and_nothing_that_the_alert_tells(cast: Cast, assigned: Alert) -> None:
    prepared(date(2025, 9, 11))
    letter = letter_to(cast.karin, date(2025, 9, 11))
    for words in (f"Larm nr {assigned.pk}", "registret Verksamheter", "12 september 2025", f"/larm/{assigned.pk}/"):
        assert words in letter
    assert "Hemtjänst" not in letter
    assert "Anna Ek" not in letter


def test_several_are_told_in_one_letter(cast: Cast, assigned: Alert) -> None:
    alerts.assign(the_alert("Vatten"), by=cast.johan, assignee=cast.karin, due_on=DUE)
    prepared(date(2025, 9, 11))
    [digest] = letters(cast.karin)
    assert digest.lines.filter(kind="alert").count() == 2


@pytest.mark.parametrize("verb", ["explain", "sleep"])
def test_what_is_concluded_or_asleep_before_the_letter_leaves_is_not_told(cast: Cast, assigned: Alert, verb: str) -> None:
    prepared(date(2025, 9, 11))
    getattr(alerts, verb)(assigned, by=cast.karin, reason="Planen finns")
    assert letter_to(cast.karin, date(2025, 9, 11)) == ""
    through(date(2025, 9, 12), date(2025, 9, 22))
    assert said(cast.karin, kind="alert") == [("2025-09-11", -1)]


def test_without_a_day_nobody_is_told(cast: Cast, assigned: Alert) -> None:
    alerts.assign(assigned, by=cast.johan, assignee=cast.karin)
    through(date(2025, 9, 8), date(2025, 9, 22))
    assert said(kind="alert") == []


def test_the_ledger_shows_it_to_who_may_read_the_register(cast: Cast, assigned: Alert) -> None:
    key = "alert", assigned.pk
    assert visible_keys(cast.eva, [key]) == {key}
    assert visible_keys(cast.siv, [key]) == set()


# The calendar


def test_its_day_is_in_the_calendar_of_whom_it_is_assigned_to_without_what_it_tells(cast: Cast, assigned: Alert) -> None:
    event = events(token_of(cast.karin))[uid("alert", assigned)]
    assert (event.dtstart.value, event.summary.value, event.status.value) == (DUE, f"Larm nr {assigned.pk}", "CONFIRMED")
    assert event.url.value.endswith(f"/larm/{assigned.pk}/")
    assert "Hemtjänst" not in str(event)
    assert uid("alert", assigned) not in events(token_of(cast.johan))
    assert uid("alert", assigned) not in events(token_of(cast.karin, cast.board))


def test_it_is_marked_when_it_is_concluded_and_cancelled_when_it_is_anothers_or_has_no_day(cast: Cast, assigned: Alert) -> None:
    token = token_of(cast.karin)
    alerts.explain(assigned, by=cast.karin, reason="Planen finns")
    done = events(token)[uid("alert", assigned)]
    assert (done.summary.value, done.status.value) == (f"✓ Larm nr {assigned.pk}", "CONFIRMED")
    other = alerts.assign(the_alert("Vatten"), by=cast.johan, assignee=cast.karin, due_on=DUE)
    assert events(token)[uid("alert", other)].status.value == "CONFIRMED"
    alerts.assign(other, by=cast.johan, assignee=cast.johan, due_on=DUE)
    assert events(token)[uid("alert", other)].status.value == "CANCELLED"
    assert events(token_of(cast.johan))[uid("alert", other)].status.value == "CONFIRMED"
    alerts.assign(other, by=cast.johan, assignee=cast.johan)
    assert events(token_of(cast.johan))[uid("alert", other)].status.value == "CANCELLED"


def test_asleep_or_excluded_it_is_cancelled_and_not_done(cast: Cast, assigned: Alert) -> None:
    token = token_of(cast.karin)
    alerts.sleep(assigned, by=cast.karin, reason="Väntar på svar", until=date(2025, 9, 30))
    asleep = events(token)[uid("alert", assigned)]
    assert (asleep.summary.value, asleep.status.value) == (f"Larm nr {assigned.pk}", "CANCELLED")
    alerts.reopen(assigned, by=cast.karin, reason="Svar kom")
    assert events(token)[uid("alert", assigned)].status.value == "CONFIRMED"
