"""The one place that reads the clock: the pinned day, days of the past, and the municipality's own day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from django.utils import timezone

from riskreg import clock

SPRING = date(2025, 3, 30)  # the night on which summer time begins


def test_a_pinned_day_keeps_the_real_time_of_day(settings: Any) -> None:
    settings.RISKREG_TODAY = SPRING
    before, moment, after = timezone.localtime(), clock.now(), timezone.localtime()
    assert moment.date() == clock.today() == clock.pinned_day() == SPRING
    assert before.time() <= moment.time() <= after.time() or after.time() < before.time()


def test_a_day_of_the_past_lasts_as_long_as_what_is_done_in_it(settings: Any) -> None:
    settings.RISKREG_TODAY = date(2026, 1, 12)
    with clock.at(SPRING):
        assert clock.today() == SPRING
        with clock.at(date(2024, 2, 29)):
            assert clock.today() == date(2024, 2, 29)
        assert clock.today() == SPRING
    assert clock.today() == date(2026, 1, 12)


def test_a_story_told_at_any_hour_happens_in_office_hours_and_in_order() -> None:
    moments = []
    with clock.from_nine():
        for day in (date(2024, 12, 31), SPRING, SPRING):
            with clock.at(day):
                moments.append(clock.now())
    assert [moment.date() for moment in moments] == [date(2024, 12, 31), SPRING, SPRING]
    assert moments == sorted(moments)
    assert len(set(moments)) == 3
    assert all(time(9) <= moment.time() < time(9, 1) for moment in moments)
    assert [moment.utcoffset() for moment in moments[:2]] == [
        datetime(2024, 12, 31, 9, tzinfo=timezone.get_default_timezone()).utcoffset(),
        datetime(2025, 3, 30, 9, tzinfo=timezone.get_default_timezone()).utcoffset(),
    ]


def test_the_real_day_is_not_told_from_nine() -> None:
    with clock.from_nine():
        assert abs((clock.now() - datetime.now(UTC)).total_seconds()) < 60


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2025, 6, 27, 22, 30, tzinfo=UTC), date(2025, 6, 28)),
        (datetime(2025, 12, 31, 22, 59, tzinfo=UTC), date(2025, 12, 31)),
        (datetime(2025, 12, 31, 23, 0, tzinfo=UTC), date(2026, 1, 1)),
    ],
)
def test_a_day_is_taken_in_the_municipality_s_time_zone(moment: datetime, day: date) -> None:
    with timezone.override("America/New_York"):
        assert clock.municipal(moment).date() == day
