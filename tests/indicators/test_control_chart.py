"""The control chart against a textbook's table, and what it takes for a signal.

The table is the flow rates of ten batches in the NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2 “Individuals Control
Charts” (https://www.itl.nist.gov/div898/handbook/pmc/section3/pmc322.htm): mean 50.81, mean moving range 1.8778, limits 45.8159
and 55.8041. There they are the mean ± 3 × 1.8778 / 1.128; 3 / 1.128 is 2.66 with two decimals.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from controls.indicators.figures.control_chart import LEAST, RUN, Rule, control_chart

FLOW = [Decimal(one) for one in ["49.6", "47.6", "49.9", "51.3", "47.8", "51.2", "52.6", "52.4", "53.6", "52.1"]]


def test_mean_range_and_limits_are_the_textbook_s() -> None:
    found = control_chart(FLOW)
    assert found is not None
    assert float(found.mean) == pytest.approx(50.81)
    assert float(found.mean_range) == pytest.approx(1.8778, abs=5e-5)
    assert float(found.lower) == pytest.approx(45.8159, abs=2e-3)
    assert float(found.upper) == pytest.approx(55.8041, abs=2e-3)
    assert found.signals == []


def test_a_value_outside_the_limits_is_a_signal() -> None:
    found = control_chart([*FLOW, Decimal("62")])
    assert found is not None
    assert found.signals == [(10, Rule.OUTSIDE)]


def test_the_eighth_in_a_row_on_one_side_of_the_mean_is_a_signal_and_so_is_the_ninth() -> None:
    values = [Decimal(one) for one in (10, 14, 9, 13, 10, 14, 9, 13, *([12] * (RUN + 1)), 9, 10)]
    found = control_chart(values)
    assert found is not None
    assert found.lower < 9 < found.mean < 12 < found.upper
    # The run begins with the 13 before the twelves.
    assert found.signals == [(14, Rule.RUN), (15, Rule.RUN), (16, Rule.RUN)]


def test_a_missing_value_takes_no_range_and_ends_a_run() -> None:
    gap = [*FLOW[:5], None, *FLOW[5:]]
    found, whole = control_chart(gap), control_chart(FLOW)
    assert found is not None
    assert whole is not None
    assert found.mean == whole.mean
    assert float(found.mean_range) == pytest.approx((2.0 + 2.3 + 1.4 + 3.5 + 1.4 + 0.2 + 1.2 + 1.5) / 8)
    run = [Decimal(one) for one in (5, 5, 5, 5, *[9] * 5)]
    broken = control_chart([*run[:4], *run[4:7], None, *[Decimal(9)] * 5])
    assert broken is not None
    assert [rule for _place, rule in broken.signals if rule == Rule.RUN] == []


def test_with_few_values_there_are_no_limits() -> None:
    assert control_chart(FLOW[: LEAST - 1]) is None
    assert control_chart(FLOW[:LEAST]) is not None
    assert control_chart([]) is None
    assert control_chart([None, FLOW[0]] * LEAST) is None


def test_a_series_that_never_varies_has_no_signal() -> None:
    found = control_chart([Decimal(7)] * 12)
    assert found is not None
    assert (found.lower, found.upper, found.signals) == (7, 7, [])
