"""Values: recorded, revised with the earlier kept, refused with what is allowed; and the day when the next one is awaited."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from controls.indicators.values import Recorded, record_values, revise_value
from controls.models import IndicatorSeries, IndicatorValue
from riskreg.verbs.errors import ReasonNeeded
from tests.cast import Cast
from tests.indicators.scene import JANUARY, D, a_series, an_indicator, month, recorded

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@pytest.fixture
def series(cast: Cast) -> IndicatorSeries:
    return a_series(an_indicator(cast.board, cast.johan, decimals=1), cast.board, by=cast.johan, responsible=cast.karin)


def fresh(series: IndicatorSeries) -> IndicatorSeries:
    return IndicatorSeries.objects.get(pk=series.pk)


def stored(series: IndicatorSeries) -> list[str]:
    return [f"{one.period:%m}:{one.value:.1f}" for one in IndicatorValue.objects.filter(series=series)]


def test_values_are_recorded_and_the_next_one_is_awaited(cast: Cast, series: IndicatorSeries) -> None:
    assert record_values(series, {JANUARY: D("8.5"), month(2): D(9)}, by=cast.karin) == Recorded(new=2)
    assert stored(series) == ["01:8.5", "02:9.0"]
    assert fresh(series).due_on == date(2025, 4, 20)
    row = series.history.latest()
    assert (row.history_user, row.history_change_reason) == (cast.karin, "Infört: januari 2025, februari 2025.")


def test_the_earliest_gap_is_awaited_whatever_comes_after_it(cast: Cast, series: IndicatorSeries) -> None:
    recorded(series, [8, None, 8, 8], by=cast.karin)
    assert fresh(series).due_on == date(2025, 3, 20)
    recorded(series, [8], by=cast.karin, first=month(2))
    assert fresh(series).due_on == date(2025, 6, 20)


def test_a_revised_value_keeps_the_earlier_one_with_who_when_and_why(cast: Cast, series: IndicatorSeries) -> None:
    recorded(series, [8], by=cast.karin)
    value = IndicatorValue.objects.get()
    assert revise_value(value, by=cast.johan, new=D("6.5"), reason="Dubbelt registrerat").value == D("6.5")
    rows = value.history.order_by("history_id").values_list("value", "history_user__name", "history_change_reason")
    assert [(str(float(number)), who, why) for number, who, why in rows] == [
        ("8.0", cast.karin.name, "Värdet infört"),
        ("6.5", cast.johan.name, "Dubbelt registrerat"),
    ]


def test_a_revision_demands_a_reason_and_the_same_value_again_is_no_revision(cast: Cast, series: IndicatorSeries) -> None:
    recorded(series, [8], by=cast.karin)
    with pytest.raises(ReasonNeeded):
        record_values(series, {JANUARY: D(7), month(2): D(9)}, by=cast.karin)
    assert stored(series) == ["01:8.0"]
    rows = IndicatorSeries.history.count()
    assert record_values(series, {JANUARY: D(8)}, by=cast.karin) == Recorded(same=1)
    assert IndicatorSeries.history.count() == rows
    with pytest.raises(ValidationError):
        revise_value(IndicatorValue.objects.get(), by=cast.karin, new=D(8), reason="Samma")
    assert record_values(series, {JANUARY: D(7), month(2): D(9)}, by=cast.karin, reason="Rättat") == Recorded(new=1, revised=1)


@pytest.mark.parametrize(
    ("period", "value", "words"),
    [
        (month(10), "8", "oktober 2025 har inte börjat."),
        (date(2025, 1, 2), "8", "2025-01-02 är inte första dagen i en period."),
        (date(1950, 1, 1), "8", "Värden tas emot från och med 1965."),
        (JANUARY, "8.55", "Skriv högst 1 decimaler."),
        (JANUARY, "10000000000000", "Skriv ett tal under 10 000 000 000 000."),
        (JANUARY, "NaN", "Skriv ett tal under 10 000 000 000 000."),
    ],
)
def test_what_cannot_be_a_value_is_refused_and_nothing_of_it_is_written(
    cast: Cast, series: IndicatorSeries, period: date, value: str, words: str
) -> None:
    with pytest.raises(ValidationError) as refusal:
        record_values(series, {month(2): D(9), period: D(value)}, by=cast.karin)
    (message,) = refusal.value.message_dict[f"value_{period.isoformat()}"]
    assert message.replace("\N{NO-BREAK SPACE}", " ") == words
    assert stored(series) == []


def test_a_negative_value_is_a_value(cast: Cast, series: IndicatorSeries) -> None:
    recorded(series, ["-3.5"], by=cast.karin)
    assert stored(series) == ["01:-3.5"]


def test_the_database_refuses_a_second_value_of_a_period(cast: Cast, series: IndicatorSeries) -> None:
    recorded(series, [8], by=cast.karin)
    with pytest.raises(IntegrityError), transaction.atomic():
        IndicatorValue.objects.create(series=series, period=JANUARY, value=D(9))


@pytest.mark.parametrize("how_many", [1, 8])
def test_recording_asks_as_many_questions_for_one_as_for_its_writes(
    cast: Cast, series: IndicatorSeries, how_many: int, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(14 + 2 * how_many):
        recorded(series, [8] * how_many, by=cast.karin)
