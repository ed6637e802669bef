"""What a value says against the levels, in both directions; and the order in which levels stand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controls.indicators.figures.status import OUTSIDE, WITHIN, Level, Status, fault_of, status_of

D = Decimal
LOWER = Level(date(2025, 1, 1), D(5), D(10), D(20))
HIGHER = Level(date(2025, 1, 1), D(97), D(95), D(92))


@pytest.mark.parametrize(
    ("value", "status"),
    [
        (0, "target"),
        (5, "target"),
        (6, "acceptable"),
        (10, "acceptable"),
        (11, "not_acceptable"),
        (19, "not_acceptable"),
        (20, "critical"),
    ],
)
def test_where_lower_is_better_a_value_at_a_level_has_reached_it(value: int, status: str) -> None:
    assert status_of(D(value), LOWER, "lower") == status


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("98", "target"),
        ("97", "target"),
        ("96.9", "acceptable"),
        ("95", "acceptable"),
        ("94.9", "not_acceptable"),
        ("92", "critical"),
    ],
)
def test_where_higher_is_better_it_is_the_other_way_round(value: str, status: str) -> None:
    assert status_of(D(value), HIGHER, "higher") == status


def test_without_a_value_it_is_missing_and_without_levels_it_is_not_judged() -> None:
    assert status_of(None, LOWER, "lower") == Status.MISSING
    assert status_of(D(1), None, "lower") == Status.UNJUDGED


def test_without_a_target_nothing_is_within_it_and_without_a_critical_level_nothing_is_critical() -> None:
    level = Level(date(2025, 1, 1), None, D(10), None)
    assert [status_of(D(value), level, "lower") for value in (0, 10, 10_000)] == ["acceptable", "acceptable", "not_acceptable"]


@pytest.mark.parametrize(
    ("target", "acceptable", "critical", "direction", "fault"),
    [
        (5, 10, 20, "lower", ""),
        (10, 10, 10, "lower", ""),
        (11, 10, 20, "lower", "target"),
        (5, 10, 9, "lower", "critical"),
        (97, 95, 92, "higher", ""),
        (5, 10, 20, "higher", "target"),
        (20, 10, 11, "higher", "critical"),
        (None, 10, None, "higher", ""),
    ],
)
def test_the_order_of_levels_is_held_against_the_direction(
    target: int | None, acceptable: int, critical: int | None, direction: str, fault: str
) -> None:
    level = Level(
        date(2025, 1, 1), None if target is None else D(target), D(acceptable), None if critical is None else D(critical)
    )
    assert fault_of(level, direction) == fault


@given(
    st.lists(st.integers(-100, 100), min_size=3, max_size=3).map(sorted),
    st.integers(-120, 120),
    st.sampled_from(["lower", "higher"]),
)
def test_a_better_value_never_has_a_worse_status(edges: list[int], value: int, direction: str) -> None:
    ordered = edges if direction == "lower" else edges[::-1]
    level = Level(date(2025, 1, 1), *(D(one) for one in ordered))
    better = value - 1 if direction == "lower" else value + 1
    ranks = [Status.TARGET, Status.ACCEPTABLE, Status.NOT_ACCEPTABLE, Status.CRITICAL]
    found, found_better = (ranks.index(status_of(D(one), level, direction)) for one in (value, better))
    assert found_better <= found
    assert set(ranks) == WITHIN | OUTSIDE
