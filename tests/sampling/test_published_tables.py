"""Every cell of the published tables is hit."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import Any

import pytest

from controls.sampling.statistics import monetary, size
from controls.sampling.statistics.chances import binomial
from controls.sampling.statistics.evaluate import limits
from tests.sampling import published


def percent(value: object) -> Decimal:
    return Decimal(str(value)) / 100


@pytest.mark.parametrize(
    ("risk", "table"), [(5, published.A1_FIVE_PERCENT_RISK), (10, published.A2_TEN_PERCENT_RISK)], ids=["A-1", "A-2"]
)
def test_sizes_for_tests_of_controls_are_the_guides(risk: int, table: dict[int, list[int]]) -> None:
    planned = {
        tolerable: [
            size.for_attributes(confidence=1 - percent(risk), tolerable=percent(tolerable), expected_rate=percent(expected)).size
            for expected, _ in zip(published.EXPECTED, sizes, strict=False)
        ]
        for tolerable, sizes in table.items()
    }
    assert planned == table
    assert sum(len(sizes) for sizes in table.values()) > 170


def test_two_cells_of_the_guide_are_misprints_that_exact_arithmetic_shows() -> None:
    # Printed 112 at 7 % tolerable, 4 expected, 10 % risk: 112 does not reach the confidence, 113 does.
    assert binomial(4, 112, percent(7)) > percent(10) >= binomial(4, 113, percent(7))


@pytest.mark.parametrize(
    ("risk", "table"), [(5, published.A3_FIVE_PERCENT_RISK), (10, published.A4_TEN_PERCENT_RISK)], ids=["A-3", "A-4"]
)
def test_upper_limits_for_tests_of_controls_are_the_guides(risk: int, table: str) -> None:
    rows = [[Decimal(cell) for cell in line.split()] for line in table.split("\n") if line]
    found = [
        [
            (limits(n, k, confidence=1 - percent(risk)).upper * 100).quantize(Decimal("0.1"), rounding=ROUND_CEILING)
            for k in range(11)
        ]
        for n in published.SIZES
    ]
    assert len(rows) == len(published.SIZES) == 21
    assert found == rows


@pytest.mark.parametrize(("risk", "ratio"), published.C1_SIZES)
def test_sizes_of_monetary_units_are_the_guides(risk: int, ratio: str) -> None:
    sizes, _ = published.C1_SIZES[risk, ratio]
    planned = [
        monetary.for_amounts(
            confidence=1 - percent(risk),
            tolerable=Decimal(tolerable),
            expected_rate=Decimal(tolerable) * Decimal(ratio),
            book_value=Decimal(1),
        ).size
        for tolerable in published.C1_TOLERABLE
    ]
    assert planned == sizes


@pytest.mark.parametrize(("risk", "ratio"), published.C1_SIZES)
def test_taintings_expected_in_monetary_units_are_the_guides(risk: int, ratio: str) -> None:
    _, taintings = published.C1_SIZES[risk, ratio]
    tolerable = Decimal(published.C1_TOLERABLE[-1])
    planned = monetary.for_amounts(
        confidence=1 - percent(risk), tolerable=tolerable, expected_rate=tolerable * Decimal(ratio), book_value=Decimal(1)
    )
    # The guide prints the sum rounded from the unrounded size, sometimes up: within a hundredth.
    assert abs(planned.accepted - Decimal(taintings)) < Decimal("0.011")


@pytest.mark.parametrize("row", published.AUDIT_SAMPLER, ids=str)
def test_sizes_for_a_known_population_are_audit_samplers(row: tuple[int, ...]) -> None:
    population, expected, tolerable, confidence, finite, infinite = row
    asked: dict[str, Any] = {"confidence": percent(confidence), "tolerable": percent(tolerable)}
    asked["expected_rate"] = percent(expected)
    assert size.for_attributes(**asked, population=population).size == finite
    assert size.for_attributes(**asked).size == infinite


@pytest.mark.parametrize("risk", published.CONFIDENCE_FACTORS)
def test_confidence_factors_are_the_textbooks(risk: int) -> None:
    for expected, printed in enumerate(published.CONFIDENCE_FACTORS[risk]):
        factor = monetary.confidence_factor(1 - percent(risk), expected)
        # The textbooks round to the nearest or up, so within a hundredth.
        assert abs(factor - Decimal(printed)) <= Decimal("0.011"), (risk, expected, factor)
