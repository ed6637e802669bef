"""Periods of each rhythm: which holds a day, which comes next, and how people write them."""

from __future__ import annotations

from datetime import date

import pytest

from controls.indicators.figures.periods import (
    MONTHS,
    last_day_of,
    number_in_year,
    period_after,
    period_of,
    periods_between,
    read_period,
    year_before,
)

DAY = date(2025, 8, 17)


@pytest.mark.parametrize(
    ("rhythm", "first", "last"),
    [
        ("month", date(2025, 8, 1), date(2025, 8, 31)),
        ("quarter", date(2025, 7, 1), date(2025, 9, 30)),
        ("half_year", date(2025, 7, 1), date(2025, 12, 31)),
        ("year", date(2025, 1, 1), date(2025, 12, 31)),
    ],
)
def test_a_day_lies_in_one_period(rhythm: str, first: date, last: date) -> None:
    assert (period_of(DAY, rhythm), last_day_of(first, rhythm)) == (first, last)


@pytest.mark.parametrize("rhythm", MONTHS)
def test_periods_follow_one_another_through_the_years(rhythm: str) -> None:
    period = date(2020, 1, 1)
    for _step in range(50):
        following = period_after(period, rhythm)
        assert period_of(following, rhythm) == following
        assert period_after(following, rhythm, -1) == period
        assert (following - last_day_of(period, rhythm)).days == 1
        period = following


def test_only_what_has_ended_is_between() -> None:
    assert periods_between(date(2025, 1, 1), date(2025, 6, 29), "quarter") == [date(2025, 1, 1)]
    assert periods_between(date(2025, 1, 1), date(2025, 6, 30), "quarter") == [date(2025, 1, 1), date(2025, 4, 1)]
    assert periods_between(date(2026, 1, 1), date(2025, 6, 30), "month") == []


def test_the_same_period_of_the_year_before_and_its_number() -> None:
    assert year_before(date(2024, 2, 1)) == date(2023, 2, 1)
    assert [number_in_year(date(2025, 7, 1), rhythm) for rhythm in MONTHS] == [7, 3, 2, 1]


@pytest.mark.parametrize(
    ("text", "rhythm", "period"),
    [
        ("2025-03", "month", date(2025, 3, 1)),
        ("2025-03-31", "month", date(2025, 3, 1)),
        ("2025-03-31 00:00:00", "month", date(2025, 3, 1)),
        ("202503", "month", date(2025, 3, 1)),
        ("2025/3", "month", date(2025, 3, 1)),
        ("Mars 2025", "month", date(2025, 3, 1)),
        ("okt. 2025", "month", date(2025, 10, 1)),
        ("2025 maj", "month", date(2025, 5, 1)),
        ("October 2025", "month", date(2025, 10, 1)),
        ("2025 kv 2", "quarter", date(2025, 4, 1)),
        ("2025Q4", "quarter", date(2025, 10, 1)),
        ("Kvartal 1 2025", "quarter", date(2025, 1, 1)),
        ("2025-08-17", "quarter", date(2025, 7, 1)),
        ("2025 H2", "half_year", date(2025, 7, 1)),
        ("halvår 1 2025", "half_year", date(2025, 1, 1)),
        ("2025", "year", date(2025, 1, 1)),
        ("År 2025", "year", date(2025, 1, 1)),
    ],
)
def test_a_period_is_read_as_people_write_it(text: str, rhythm: str, period: date) -> None:
    assert read_period(text, rhythm) == period


@pytest.mark.parametrize(
    ("text", "rhythm"),
    [
        ("", "month"),
        ("2025", "month"),
        ("2025-13", "month"),
        ("2025-02-30", "month"),
        ("mats 2025", "month"),
        ("2025-03", "quarter"),
        ("2025 kv 5", "quarter"),
        ("2025 H3", "half_year"),
        ("25", "year"),
        ("2025-03", "year"),
    ],
)
def test_what_is_no_period_of_the_rhythm_is_refused(text: str, rhythm: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_period(text, rhythm)
