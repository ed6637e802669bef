"""Which part of an alert's life belongs to a period: pure."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from controls.monitoring.behind_follow_ups.episodes import Written, latest_of

NEW_YEAR, AUGUST, DECEMBER = date(2024, 12, 31), date(2025, 8, 31), date(2025, 12, 31)
SPRING, SUMMER, AUTUMN = date(2025, 4, 30), date(2025, 7, 31), date(2025, 10, 31)


def row(state: str, tells_of: date, *, returned: int = 0, days: int = 3) -> Written:
    """A row written some days after the day that its snapshot tells of."""
    return Written(state, returned, tells_of, tells_of + timedelta(days))


def in_first(*rows: Written) -> str:
    found = latest_of(rows, NEW_YEAR, AUGUST)
    return found.state if found else ""


def in_second(*rows: Written) -> str:
    found = latest_of(rows, AUGUST, DECEMBER)
    return found.state if found else ""


def test_an_alert_belongs_to_the_period_in_which_it_was_told_whatever_was_concluded_later() -> None:
    rows = row("new", SPRING), row("explained", SPRING, days=8)
    assert (in_first(*rows), in_second(*rows)) == ("explained", "")


def test_it_belongs_to_the_period_that_its_snapshot_tells_of_also_when_the_file_comes_after_it() -> None:
    assert (in_first(row("new", AUGUST)), in_second(row("new", AUGUST))) == ("new", "new")
    assert in_first(row("new", AUTUMN)) == ""


@pytest.mark.parametrize("state", ["new", "examined", "asleep"])
def test_what_nobody_has_concluded_goes_on_into_the_next_period(state: str) -> None:
    assert in_second(row("new", SPRING), row(state, SPRING, days=5)) == state


def test_what_was_concluded_in_the_next_period_belongs_to_both() -> None:
    rows = row("new", SPRING), row("confirmed", SPRING, days=160)
    assert (in_first(*rows), in_second(*rows)) == ("confirmed", "confirmed")


def test_what_returns_after_the_period_does_not_open_it_again() -> None:
    rows = row("new", SPRING), row("explained", SPRING, days=8), row("new", AUTUMN, returned=1)
    assert (in_first(*rows), in_second(*rows)) == ("explained", "new")


def test_of_what_returns_within_the_period_the_latest_counts() -> None:
    rows = (
        row("new", SPRING),
        row("explained", SPRING, days=8),
        row("new", SUMMER, returned=1),
        row("confirmed", SUMMER, returned=1),
    )
    assert in_first(*rows) == "confirmed"


def test_what_is_taken_up_again_is_open_again() -> None:
    assert in_first(row("new", SPRING), row("explained", SPRING, days=8), row("examined", SPRING, days=9)) == "examined"


def test_other_facts_of_an_open_alert_are_no_new_telling() -> None:
    rows = row("new", SPRING), row("new", AUTUMN), row("explained", AUTUMN, days=5)
    assert (in_first(*rows), in_second(*rows)) == ("explained", "explained")
