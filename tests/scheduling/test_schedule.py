"""The days of a schedule: anchored, moved to working days, with the clock's and the calendar's oddities."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controls.scheduling.rhythm import Exemption, Move, Rhythm, move_day, nominal_days, occasions, working_days_before
from controls.scheduling.working_days import days_off, is_working_day
from riskreg.months import months_after

DAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31))
MONTHS = {"monthly": 1, "quarterly": 3, "tertial": 4, "half_yearly": 6, "yearly": 12}


def days(rhythm: Rhythm, year: int = 2025) -> list[date]:
    return nominal_days(rhythm, date(year, 1, 1), date(year, 12, 31))


def test_a_month_after_31_january_is_the_last_of_february_and_then_31_march() -> None:
    assert days(Rhythm("monthly", date(2025, 1, 31)))[:4] == [
        date(2025, 1, 31),
        date(2025, 2, 28),
        date(2025, 3, 31),
        date(2025, 4, 30),
    ]
    assert days(Rhythm("monthly", date(2024, 1, 31)), 2024)[1:3] == [date(2024, 2, 29), date(2024, 3, 31)]


def test_29_february_is_28_february_in_other_years_and_29_again_in_the_next_leap_year() -> None:
    yearly = Rhythm("yearly", date(2024, 2, 29))
    assert [days(yearly, year) for year in (2024, 2025, 2028)] == [
        [date(2024, 2, 29)],
        [date(2025, 2, 28)],
        [date(2028, 2, 29)],
    ]


@pytest.mark.parametrize(
    ("frequency", "expected"),
    [
        ("quarterly", [(3, 31), (6, 30), (9, 30), (12, 31)]),
        ("tertial", [(4, 30), (8, 31), (12, 31)]),
        ("half_yearly", [(6, 30), (12, 31)]),
        ("yearly", [(12, 31)]),
        ("monthly", [(month, monthrange(2025, month)[1]) for month in range(1, 13)]),
    ],
)
def test_without_a_first_day_the_periods_end_on_their_last_day(frequency: str, expected: list[tuple[int, int]]) -> None:
    assert days(Rhythm(frequency)) == [date(2025, *one) for one in expected]


def test_without_a_first_day_every_friday_is_a_weekly_one() -> None:
    found = days(Rhythm("weekly"))
    assert len(found) == 52
    assert {day.weekday() for day in found} == {4}


def test_nothing_is_due_before_the_first_day() -> None:
    assert days(Rhythm("quarterly", date(2025, 5, 15))) == [date(2025, 5, 15), date(2025, 8, 15), date(2025, 11, 15)]
    assert days(Rhythm("weekly", date(2025, 12, 15))) == [date(2025, 12, 15), date(2025, 12, 22), date(2025, 12, 29)]
    assert days(Rhythm("monthly", date(2026, 1, 1))) == []


def test_given_dates_and_closings_are_those_of_the_year_in_order() -> None:
    given_ones = (date(2025, 9, 1), date(2025, 2, 1), date(2024, 2, 1), date(2025, 9, 1))
    for frequency in ("given_dates", "at_closing"):
        assert days(Rhythm(frequency, given=given_ones)) == [date(2025, 2, 1), date(2025, 9, 1)]


def test_an_unknown_frequency_is_refused() -> None:
    with pytest.raises(ValueError, match="daily"):
        days(Rhythm("daily"))


@given(st.sampled_from([*MONTHS, "weekly"]), DAYS, DAYS, st.integers(0, 800))
def test_the_days_are_those_found_by_trying_every_day(frequency: str, anchor: date, first: date, length: int) -> None:
    last = first + timedelta(days=length)

    def belongs(day: date) -> bool:
        if day < anchor:
            return False
        if frequency == "weekly":
            return (day - anchor).days % 7 == 0
        months = (day.year - anchor.year) * 12 + day.month - anchor.month
        return months % MONTHS[frequency] == 0 and day.day == min(anchor.day, monthrange(day.year, day.month)[1])

    every_day = (first + timedelta(days=number) for number in range(length + 1))
    assert nominal_days(Rhythm(frequency, anchor), first, last) == [day for day in every_day if belongs(day)]


@given(DAYS, DAYS, st.integers(1, 700))
def test_a_year_asked_for_in_two_parts_is_the_same_year(anchor: date, first: date, length: int) -> None:
    """A run after an outage finds what the runs that were left out would have found."""
    last, rhythm = first + timedelta(days=length), Rhythm("monthly", anchor)
    middle = first + timedelta(days=length // 2)
    parts = nominal_days(rhythm, first, middle) + nominal_days(rhythm, middle + timedelta(days=1), last)
    assert parts == nominal_days(rhythm, first, last)


@given(DAYS, st.integers(0, 400))
def test_counting_months_one_by_one_from_the_anchor_never_drifts(anchor: date, months: int) -> None:
    found = months_after(anchor, months)
    assert found.day == anchor.day or (found + timedelta(days=1)).day == 1


@pytest.mark.parametrize(
    "day",
    [
        date(2025, 1, 1),
        date(2025, 1, 6),
        date(2025, 4, 18),
        date(2025, 4, 21),
        date(2025, 5, 1),
        date(2025, 5, 29),
        date(2025, 6, 6),
        date(2025, 6, 20),
        date(2025, 12, 24),
        date(2025, 12, 25),
        date(2025, 12, 26),
        date(2025, 12, 31),
        date(2025, 11, 1),
        date(2025, 3, 1),
        date(2025, 3, 2),
        date(2026, 6, 19),
    ],
)
def test_a_swedish_municipality_is_closed(day: date) -> None:
    assert not is_working_day(day)


@pytest.mark.parametrize("day", [date(2025, 1, 2), date(2025, 4, 17), date(2025, 5, 30), date(2025, 10, 31), date(2025, 12, 23)])
def test_a_day_that_is_shorter_here_and_there_is_a_working_day(day: date) -> None:
    assert is_working_day(day)


def test_a_year_has_its_thirteen_public_holidays_and_three_eves() -> None:
    assert all(len(days_off(year)) == 16 for year in (2024, 2025, 2026, 2027))


def test_midsummer_is_moved_by_the_control_s_rule() -> None:
    eve = date(2025, 6, 20)
    assert [move_day(eve, rule, is_working_day) for rule in Move] == [
        date(2025, 6, 19),
        date(2025, 6, 23),
        date(2025, 6, 19),
        eve,
    ]
    assert move_day(date(2025, 6, 22), Move.NEAREST, is_working_day) == date(2025, 6, 23)


def test_as_near_before_as_after_goes_before() -> None:
    # Epiphany 2026 is a Tuesday between two working days.
    assert move_day(date(2026, 1, 6), Move.NEAREST, is_working_day) == date(2026, 1, 5)


@given(DAYS, st.sampled_from([Move.BEFORE, Move.AFTER, Move.NEAREST]))
def test_what_is_moved_lands_on_a_working_day_and_none_lies_between(day: date, rule: Move) -> None:
    found = move_day(day, rule, is_working_day)
    assert is_working_day(found)
    low, high = sorted((day, found))
    between = [low + timedelta(days=number) for number in range(1, (high - low).days)]
    assert not any(is_working_day(one) for one in [*between, *([day] if day != found else [])])


def test_new_year_s_eve_goes_back_within_the_year_or_on_into_the_next() -> None:
    year = (date(2025, 1, 1), date(2025, 12, 31))
    before, after = (occasions(Rhythm("yearly", move=rule), *year, is_working_day)[0] for rule in (Move.BEFORE, Move.AFTER))
    assert (before.nominal, before.due) == (date(2025, 12, 31), date(2025, 12, 30))
    assert (after.nominal, after.due) == (date(2025, 12, 31), date(2026, 1, 2))


def test_a_check_can_be_performed_until_the_next_is_due_but_two_weeks_at_most() -> None:
    year = (date(2025, 1, 1), date(2025, 12, 31))
    weekly = occasions(Rhythm("weekly"), *year, is_working_day)
    assert (weekly[0].due, weekly[0].last_day) == (date(2025, 1, 3), date(2025, 1, 9))
    assert (weekly[-1].due, weekly[-1].last_day) == (date(2025, 12, 23), date(2026, 1, 1))
    monthly = occasions(Rhythm("monthly"), *year, is_working_day)
    assert (monthly[0].due, monthly[0].last_day) == (date(2025, 1, 31), date(2025, 2, 14))


def test_an_exemption_leaves_a_day_out_or_puts_it_elsewhere_and_touches_no_other() -> None:
    year = (date(2025, 1, 1), date(2025, 12, 31))
    plain = occasions(Rhythm("quarterly"), *year, is_working_day)
    exemptions = {date(2025, 6, 30): Exemption(None), date(2025, 9, 30): Exemption(date(2025, 10, 8))}
    found = occasions(Rhythm("quarterly"), *year, is_working_day, exemptions=exemptions)
    assert [one.nominal for one in found] == [date(2025, 3, 31), date(2025, 9, 30), date(2025, 12, 31)]
    assert [one.due for one in found] == [date(2025, 3, 31), date(2025, 10, 8), date(2025, 12, 30)]
    assert (found[0], found[2]) == (plain[0], plain[3])


@given(DAYS, st.integers(0, 40))
def test_working_days_are_counted_back(day: date, count: int) -> None:
    found = working_days_before(day, count, is_working_day)
    assert is_working_day(found)
    start = working_days_before(day, 0, is_working_day)
    between = [found + timedelta(days=number) for number in range(1, (start - found).days + 1)]
    assert sum(is_working_day(one) for one in between) == count
