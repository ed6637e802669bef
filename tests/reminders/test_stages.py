"""When a stage comes: on working days, through leap years and New Year; and what a person may put off."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controls.reminders.stages import Part, Stages, falls_on, latest_come, latest_weekday, may_be_told
from controls.reminders.working_time import is_working_day, is_working_time
from tests.reminders.ledger import at

USUAL = Stages((30, 14, 7, 1, 0), 3, 7)
DAYS = st.dates(date(2023, 1, 1), date(2032, 12, 31))


@pytest.mark.parametrize(
    ("deadline", "stage", "day"),
    [
        (date(2025, 9, 12), -7, date(2025, 9, 5)),
        (date(2025, 8, 31), 0, date(2025, 8, 29)),  # a closing on a Sunday is told on the Friday
        (date(2025, 9, 1), -1, date(2025, 8, 29)),  # the day before a Monday
        (date(2025, 9, 12), 3, date(2025, 9, 15)),
        (date(2025, 9, 10), 3, date(2025, 9, 15)),  # a Saturday: the Monday after
        (date(2026, 1, 1), 0, date(2025, 12, 30)),  # New Year's Day; New Year's Eve is a day off in practice
        (date(2025, 12, 31), 1, date(2026, 1, 2)),
        (date(2024, 3, 1), -1, date(2024, 2, 29)),  # a leap year
        (date(2025, 3, 1), -1, date(2025, 2, 28)),
        (date(2025, 6, 21), 0, date(2025, 6, 19)),  # midsummer
        (date(2026, 4, 5), 0, date(2026, 4, 2)),  # Easter Sunday: Maundy Thursday
        (date(2025, 6, 6), 0, date(2025, 6, 5)),  # the national day
    ],
)
def test_a_stage_falls_on_a_working_day(deadline: date, stage: int, day: date) -> None:
    assert falls_on(deadline, stage, is_working_day) == day


@given(DAYS, st.integers(-90, 90))
def test_before_the_deadline_never_later_and_after_it_never_earlier(deadline: date, stage: int) -> None:
    day = falls_on(deadline, stage, is_working_day)
    assert is_working_day(day)
    if stage <= 0:
        assert deadline + timedelta(days=stage - 7) <= day <= deadline + timedelta(days=stage)
    else:
        assert deadline + timedelta(days=stage) <= day <= deadline + timedelta(days=stage + 7)


@given(DAYS, st.integers(0, 200))
def test_a_stage_that_has_come_has_come_on_every_later_day(deadline: date, after: int) -> None:
    stages = USUAL.of(Part.NAMED)
    today = deadline - timedelta(days=60) + timedelta(days=after)
    before = latest_come(stages, deadline, today, is_working_day)
    later = latest_come(stages, deadline, today + timedelta(days=1), is_working_day)
    assert (later if later is not None else -999) >= (before if before is not None else -999)


def test_manager_and_controller_have_stages_of_their_own_and_the_performer_hears_both() -> None:
    assert USUAL.of(Part.NAMED) == (-30, -14, -7, -1, 0, 3, 7)
    assert USUAL.of(Part.MANAGER) == (3,)
    assert USUAL.of(Part.CONTROLLER) == (7,)
    assert Stages((7,), None, None).of(Part.MANAGER) == ()


def test_what_comes_every_week_is_not_told_a_month_ahead() -> None:
    assert USUAL.of(Part.NAMED, furthest=3) == (-1, 0, 3, 7)


def test_the_last_day_of_the_week_may_be_today() -> None:
    assert latest_weekday(2, date(2025, 9, 10)) == date(2025, 9, 10)
    assert latest_weekday(2, date(2025, 9, 9)) == date(2025, 9, 3)


class TestRhythms:
    TUESDAY = date(2025, 9, 9)

    def may(self, stage: int, today: date, rhythm: str, fell_on: date | None = None) -> bool:
        return may_be_told(stage, fell_on or self.TUESDAY, today, rhythm=rhythm, weekday=2)

    def test_daily_at_once(self) -> None:
        assert self.may(-30, self.TUESDAY, "daily")

    def test_weekly_on_their_day(self) -> None:
        assert not self.may(-14, self.TUESDAY, "weekly")
        assert self.may(-14, date(2025, 9, 10), "weekly")

    def test_weekly_a_day_on_which_nothing_ran_is_made_up_for(self) -> None:
        assert self.may(-14, date(2025, 9, 11), "weekly")

    def test_weekly_what_is_near_does_not_wait(self) -> None:
        assert self.may(-1, self.TUESDAY, "weekly")
        assert self.may(3, self.TUESDAY, "weekly")

    def test_late_cannot_be_switched_off(self) -> None:
        assert not self.may(0, self.TUESDAY, "late")
        assert self.may(3, self.TUESDAY, "late")


@pytest.mark.parametrize(
    ("day", "hour", "works"),
    [
        (date(2025, 9, 8), 7, True),
        (date(2025, 9, 8), 6, False),
        (date(2025, 9, 8), 18, False),
        (date(2025, 9, 8), 17, True),
        (date(2025, 9, 6), 10, False),
        (date(2025, 12, 24), 10, False),
        (date(2026, 1, 6), 10, False),
        (date(2026, 3, 30), 10, True),
        (date(2025, 10, 27), 10, True),  # the Mondays after the clocks are changed
    ],
)
def test_letters_leave_on_working_days_within_working_hours(day: date, hour: int, works: bool) -> None:
    assert is_working_time(at(day, hour)) is works
