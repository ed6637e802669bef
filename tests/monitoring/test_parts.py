"""The days of a ledger's parts: what a file is about, and which parts stand."""

from __future__ import annotations

from datetime import date

import pytest

from controls.monitoring.registers.asks import find_asks_of_part
from controls.monitoring.snapshots.parts import PART_ROWS, Period, looked_back_to, period_of, split_row, standing


def of(first: str, last: str) -> Period:
    return Period(date.fromisoformat(first), date.fromisoformat(last))


def months(*found: tuple[str, str, int]) -> dict[date, tuple[date, date, int]]:
    return {
        date.fromisoformat(first).replace(day=1): (date.fromisoformat(first), date.fromisoformat(last), n)
        for first, last, n in found
    }


JANUARY, FEBRUARY, QUARTER = of("2025-01-01", "2025-01-31"), of("2025-02-01", "2025-02-28"), of("2025-01-01", "2025-03-31")


@pytest.mark.parametrize(
    ("rows", "period"),
    [
        (months(("2025-01-03", "2025-01-30", 400)), JANUARY),
        (months(("2025-01-08", "2025-01-24", 400)), JANUARY),
        (months(("2025-01-09", "2025-01-23", 400)), of("2025-01-09", "2025-01-23")),
        (months(("2013-01-01", "2013-01-01", 1), ("2025-01-03", "2025-01-30", 400), ("2025-02-02", "2025-02-02", 19)), JANUARY),
        (months(("2025-01-02", "2025-01-31", 90), ("2025-02-03", "2025-02-27", 80), ("2025-03-03", "2025-03-31", 5)), QUARTER),
        ({}, None),
    ],
)
def test_a_file_holds_the_months_that_its_rows_are_about(rows: dict[date, tuple[date, date, int]], period: Period | None) -> None:
    assert period_of(rows) == period


def test_a_part_stands_until_a_later_one_holds_all_its_days() -> None:
    assert standing([JANUARY, FEBRUARY]) == [0, 1]
    assert standing([JANUARY, FEBRUARY, JANUARY]) == [1, 2]
    assert standing([JANUARY, FEBRUARY, QUARTER]) == [2]


def test_a_part_that_shares_days_with_another_is_refused_unless_it_holds_all_of_them() -> None:
    asked = find_asks_of_part(FEBRUARY, 100, 0, [(QUARTER, 300)])
    assert [ask["code"] for ask in asked] == ["overlaps"]
    assert find_asks_of_part(QUARTER, 200, 0, [(JANUARY, 100), (FEBRUARY, 100)]) == []


@pytest.mark.parametrize(("rows", "outside", "codes"), [(50, 1, []), (49, 1, ["outside"]), (49, 0, ["fewer_of_part"])])
def test_what_is_asked_about_a_part(rows: int, outside: int, codes: list[str]) -> None:
    before = 99 if codes == ["fewer_of_part"] else 90
    assert [ask["code"] for ask in find_asks_of_part(JANUARY, rows, outside, [(JANUARY, before)])] == codes
    assert [ask["code"] for ask in find_asks_of_part(None, rows, outside, [])] == ["no_days"]


def test_parts_are_looked_back_at_from_the_last_day_of_all() -> None:
    assert looked_back_to([JANUARY, QUARTER], 12) == date(2024, 4, 1)


def test_a_row_of_parts_read_together_tells_its_file() -> None:
    assert split_row(7 * PART_ROWS + 12, 3) == (7, 12)
    assert split_row(12, 3) == (3, 12)
