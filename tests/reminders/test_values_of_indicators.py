"""A value that is not entered is told through the ledger and the calendar, to who answers for it, then to those above."""

from __future__ import annotations

from datetime import date

import pytest

from controls.indicators import definitions, series
from controls.models import IndicatorSeries
from controls.reminders.sending_now import visible_keys
from tests.cast import Cast
from tests.indicators.scene import a_series, an_indicator, month, recorded
from tests.reminders.ledger import prepared, said, through
from tests.reminders.test_alerts import letter_to
from tests.reminders.test_calendar import events, token_of, uid

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
DUE = date(2025, 9, 12)


@pytest.fixture
def awaited(cast: Cast, today: date) -> IndicatorSeries:
    """A series whose value of August Karin enters by 12 September 2025."""
    return a_series(
        an_indicator(cast.board, cast.johan), cast.board, by=cast.johan, responsible=cast.karin, begins_on=month(8), days_after=12
    )


def test_who_answers_for_it_is_told_before_the_day_and_after_then_the_manager_and_the_controller(
    cast: Cast, awaited: IndicatorSeries
) -> None:
    assert awaited.due_on == DUE
    through(date(2025, 9, 8), date(2025, 9, 22))
    assert said(cast.karin, kind="indicator") == [
        ("2025-09-08", -7),
        ("2025-09-11", -1),
        ("2025-09-12", 0),
        ("2025-09-15", 3),
        ("2025-09-19", 7),
    ]
    assert said(cast.johan, kind="indicator") == [("2025-09-15", 3)]
    assert said(cast.eva, kind="indicator") == [("2025-09-19", 7)]
    assert said(cast.bo) == said(cast.ulla) == []


def test_the_letter_names_the_indicator_and_leads_to_the_series(cast: Cast, awaited: IndicatorSeries) -> None:
    prepared(date(2025, 9, 11))
    letter = letter_to(cast.karin, date(2025, 9, 11))
    for words in ("Löneskulder", "Att föra in: värdet som väntas, Kommunstyrelsen", f"/nyckeltal/serie/{awaited.pk}/"):
        assert words in letter


def test_what_is_entered_or_no_longer_kept_is_not_told(cast: Cast, awaited: IndicatorSeries) -> None:
    prepared(date(2025, 9, 11))
    recorded(awaited, [8], by=cast.karin, first=month(8))
    assert letter_to(cast.karin, date(2025, 9, 11)) == ""
    through(date(2025, 9, 12), date(2025, 9, 22))
    assert said(cast.karin, kind="indicator") == [("2025-09-11", -1)]


@pytest.mark.parametrize("closes", ["series", "indicator"])
def test_nothing_is_awaited_of_what_is_closed(cast: Cast, awaited: IndicatorSeries, closes: str) -> None:
    if closes == "series":
        series.close(awaited, by=cast.johan, reason="Mäts inte mer")
    else:
        definitions.close(awaited.indicator, by=cast.johan, reason="Mäts inte mer")
    through(date(2025, 9, 8), date(2025, 9, 22))
    assert said(cast.karin, kind="indicator") == []


def test_the_ledger_shows_it_to_who_sees_the_series(cast: Cast, awaited: IndicatorSeries) -> None:
    key = "indicator", awaited.pk
    assert visible_keys(cast.eva, [key]) == {key}
    assert visible_keys(cast.bo, [key]) == set()


def test_its_day_is_in_the_calendar_of_who_answers_for_it(cast: Cast, awaited: IndicatorSeries) -> None:
    event = events(token_of(cast.karin))[uid("indicator", awaited)]
    assert (event.dtstart.value, event.summary.value, event.status.value) == (DUE, "Löneskulder", "CONFIRMED")
    series.change(awaited, by=cast.johan, responsible=cast.johan, begins_on=month(8), days_after=12)
    assert events(token_of(cast.karin))[uid("indicator", awaited)].status.value == "CANCELLED"
    assert events(token_of(cast.johan))[uid("indicator", awaited)].status.value == "CONFIRMED"
