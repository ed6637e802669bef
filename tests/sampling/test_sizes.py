"""Planning: what is asked, what comes out, and what is refused."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from controls.sampling.statistics import monetary, presets, size
from controls.sampling.statistics.evaluate import Suggestion, evaluate
from controls.sampling.statistics.impossible import NotPossible, Problem
from controls.sampling.statistics.stages import Stage
from tests.examples import some
from tests.sampling.scipys import stats

CONFIDENCES = st.sampled_from([Decimal("0.80"), Decimal("0.90"), Decimal("0.95"), Decimal("0.99")])
TOLERABLES = st.integers(2, 60).map(lambda per_cent: Decimal(per_cent) / 100)
FEW = settings(max_examples=some(60), deadline=None)
D = Decimal


@pytest.mark.parametrize(
    ("tolerable", "expected_rate", "wanted"), [("0.05", "0", 59), ("0.10", "0", 29), ("0.02", "0", 149), ("0.05", "0.01", 93)]
)
def test_the_specifications_examples(tolerable: str, expected_rate: str, wanted: int) -> None:
    assert size.for_attributes(confidence=D("0.95"), tolerable=D(tolerable), expected_rate=D(expected_rate)).size == wanted


def test_two_stages_at_95_and_5_per_cent_are_61_and_61() -> None:
    plan = size.for_two_stages(confidence=D("0.95"), tolerable=D("0.05"))
    assert (plan.first, plan.second) == (61, 61)


def test_a_known_population_needs_a_smaller_second_stage() -> None:
    plan = size.for_two_stages(confidence=D("0.95"), tolerable=D("0.05"), population=300)
    assert plan.first == plan.second < 61


@given(CONFIDENCES, TOLERABLES, st.integers(0, 6))
@FEW
def test_the_size_is_the_smallest_that_scipy_accepts(confidence: Decimal, tolerable: Decimal, expected: int) -> None:
    planned = size.for_attributes(confidence=confidence, tolerable=tolerable, expected=expected)
    alpha = 1 - float(confidence)
    assert stats.binom.cdf(expected, planned.size, float(tolerable)) <= alpha * (1 + 1e-9)
    assert stats.binom.cdf(expected, planned.size - 1, float(tolerable)) > alpha * (1 - 1e-9)


@given(CONFIDENCES, TOLERABLES, st.integers(0, 4), st.integers(1, 3000))
@FEW
def test_the_size_in_a_known_population_is_the_smallest_that_scipy_accepts(
    confidence: Decimal, tolerable: Decimal, expected: int, population: int
) -> None:
    intolerable = math.ceil(tolerable * population)
    assume(expected < intolerable)
    planned = size.for_attributes(confidence=confidence, tolerable=tolerable, expected=expected, population=population)
    alpha = 1 - float(confidence)
    assert 1 <= planned.size <= population
    assert stats.hypergeom.cdf(expected, population, intolerable, planned.size) <= alpha * (1 + 1e-9)
    assert stats.hypergeom.cdf(expected, population, intolerable, planned.size - 1) > alpha * (1 - 1e-9)


@given(CONFIDENCES, TOLERABLES, st.integers(0, 5))
@FEW
def test_more_confidence_less_tolerance_and_more_expected_deviations_never_need_fewer(
    confidence: Decimal, tolerable: Decimal, expected: int
) -> None:
    planned = size.for_attributes(confidence=confidence, tolerable=tolerable, expected=expected).size
    assert size.for_attributes(confidence=(1 + confidence) / 2, tolerable=tolerable, expected=expected).size >= planned
    assert size.for_attributes(confidence=confidence, tolerable=tolerable / 2, expected=expected).size >= planned
    assert size.for_attributes(confidence=confidence, tolerable=tolerable, expected=expected + 1).size > planned


@given(CONFIDENCES, TOLERABLES, st.integers(0, 3), st.integers(1, 2000))
@FEW
def test_a_known_population_never_needs_more_than_an_unknown(
    confidence: Decimal, tolerable: Decimal, expected: int, population: int
) -> None:
    assume(expected < tolerable * population)
    known = size.for_attributes(confidence=confidence, tolerable=tolerable, expected=expected, population=population)
    unknown = size.for_attributes(confidence=confidence, tolerable=tolerable, expected=expected)
    assert known.size <= unknown.size


@given(CONFIDENCES, TOLERABLES, st.integers(0, 4), st.one_of(st.none(), st.integers(1, 2000)))
@FEW
def test_what_is_planned_for_is_supported_and_one_more_deviation_is_not(
    confidence: Decimal, tolerable: Decimal, expected: int, population: int | None
) -> None:
    assume(population is None or expected < tolerable * population)
    planned = size.for_attributes(confidence=confidence, tolerable=tolerable, expected=expected, population=population)
    asked: dict[str, Any] = {"confidence": confidence, "tolerable": tolerable, "population": population}
    assert evaluate([Stage(planned.size, expected)], **asked).suggestion is Suggestion.SUPPORTED
    if planned.size > expected + 1 and not planned.is_census:
        shorter = evaluate([Stage(planned.size - 1, expected)], **asked)
        assert shorter.suggestion is not Suggestion.SUPPORTED


@given(TOLERABLES, st.integers(1, 9))
@FEW
def test_an_expected_rate_is_searched_from_below(tolerable: Decimal, tenths: int) -> None:
    share = tolerable * tenths / 10
    assume(tolerable - share > D("0.015"))
    planned = size.for_attributes(confidence=D("0.95"), tolerable=tolerable, expected_rate=share)
    for n in range(1, planned.size):
        expected = math.ceil(share * n)
        assert stats.binom.cdf(expected, n, float(tolerable)) > 0.05 * (1 - 1e-9)


def test_seven_per_cent_of_a_hundred_is_seven() -> None:
    # In floats ⌈0.07 · 100⌉ is 8.
    planned = size.for_attributes(confidence=D("0.95"), tolerable=D("0.20"), expected_rate=D("0.07"))
    assert planned.accepted == math.ceil(D("0.07") * planned.size)


def test_a_float_is_refused() -> None:
    with pytest.raises(TypeError):
        size.for_attributes(confidence=0.95, tolerable=D("0.05"))  # type: ignore[arg-type]


def test_a_chance_that_is_exactly_alpha_accepts() -> None:
    # One of two items, one of two deviating: the chance of missing it is 1/2 and α is 1/2.
    assert size.for_attributes(confidence=D("0.5"), tolerable=D("0.5"), population=2).size == 1
    # 0.9² = 0.81 exactly: α = 0.81.
    assert size.for_attributes(confidence=D("0.19"), tolerable=D("0.1")).size == 2
    assert size.for_attributes(confidence=D("0.19") + D("1e-20"), tolerable=D("0.1")).size == 3
    # C(19, 1)/C(20, 1) = 0.95 as a third of everything: α = 95/100 accepts at once.
    assert size.for_discovery(confidence=D("0.05"), critical=1, population=20).size == 1
    assert size.for_discovery(confidence=D("0.05") + D("1e-20"), critical=1, population=20).size == 2


@given(st.integers(1, 400), st.data())
@FEW
def test_discovery_finds_critical_items_at_the_confidence(population: int, data: st.DataObject) -> None:
    critical = data.draw(st.integers(1, population))
    planned = size.for_discovery(confidence=D("0.9"), critical=critical, population=population)
    assert stats.hypergeom.pmf(0, population, critical, planned.size) <= 0.1 * (1 + 1e-9)
    if planned.size > 1:
        assert stats.hypergeom.pmf(0, population, critical, planned.size - 1) > 0.1 * (1 - 1e-9)


def test_a_population_of_one_is_examined() -> None:
    planned = size.for_attributes(confidence=D("0.95"), tolerable=D("0.05"), population=1)
    assert planned.size == 1
    assert planned.is_census


@pytest.mark.parametrize("model", [size.Model.BINOMIAL, size.Model.POISSON])
def test_where_the_binomial_needs_more_than_there_is_all_are_examined(model: size.Model) -> None:
    planned = size.for_attributes(confidence=D("0.95"), tolerable=D("0.05"), population=40, model=model)
    assert (planned.size, planned.is_census, planned.risk) == (40, True, 0)


@pytest.mark.parametrize(
    ("asked", "field", "problem"),
    [
        ({"confidence": D(1)}, "confidence", Problem.CONFIDENCE_OUTSIDE),
        ({"confidence": D(0)}, "confidence", Problem.CONFIDENCE_OUTSIDE),
        ({"tolerable": D(0)}, "tolerable", Problem.TOLERABLE_OUTSIDE),
        ({"tolerable": D(1)}, "tolerable", Problem.TOLERABLE_OUTSIDE),
        ({"tolerable": D("-0.1")}, "tolerable", Problem.TOLERABLE_OUTSIDE),
        ({"expected": -1}, "expected", Problem.EXPECTED_NEGATIVE),
        ({"expected_rate": D(1)}, "expected_rate", Problem.EXPECTED_OUTSIDE),
        ({"expected_rate": D("0.05")}, "expected_rate", Problem.EXPECTED_REACHES_TOLERABLE),
        ({"expected": 5, "population": 100}, "expected", Problem.EXPECTED_REACHES_TOLERABLE),
        ({"expected_rate": D("0.045"), "population": 100}, "expected_rate", Problem.EXPECTED_REACHES_TOLERABLE),
        ({"expected_rate": D("0.0499")}, "expected_rate", Problem.EXPECTED_TOO_CLOSE),
        ({"tolerable": D("0.00001")}, "tolerable", Problem.EXPECTED_TOO_CLOSE),
        ({"population": 0}, "population", Problem.POPULATION_EMPTY),
        ({"model": size.Model.HYPERGEOMETRIC}, "population", Problem.POPULATION_UNKNOWN),
    ],
)
def test_what_cannot_be_planned_is_refused_at_its_field(asked: dict[str, object], field: str, problem: Problem) -> None:
    with pytest.raises(NotPossible) as refusal:
        size.for_attributes(**({"confidence": D("0.95"), "tolerable": D("0.05")} | asked))  # type: ignore[arg-type]
    assert (refusal.value.field, refusal.value.problem) == (field, problem)


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: size.for_discovery(confidence=D("0.9"), critical=0, population=9), "critical"),
        (lambda: size.for_discovery(confidence=D("0.9"), critical=10, population=9), "critical"),
        (lambda: size.for_discovery(confidence=D("0.9"), critical=1, population=0), "population"),
        (lambda: size.fixed_size(0), "size"),
        (lambda: size.fixed_size(10, 9), "size"),
        (lambda: size.for_two_stages(confidence=D("0.95"), tolerable=D("0.05"), population=20), "tolerable"),
        (lambda: size.for_two_stages(confidence=D("0.95"), tolerable=D("0.05"), population=40), "tolerable"),
        (lambda: presets.preset("daily_25", 24), "preset"),
        (lambda: monetary.interval(D(0), 5), "population"),
        (lambda: monetary.interval(D(5), 0), "size"),
    ],
)
def test_other_plans_that_cannot_be_are_refused_at_their_field(call: object, field: str) -> None:
    with pytest.raises(NotPossible) as refusal:
        call()  # type: ignore[operator]
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("quarterly", "50.0"),
        ("monthly", "58.3"),
        ("weekly", "11.5"),
        ("daily_25", "8.8"),
        ("often_45", "5.0"),
        ("often_60", "3.8"),
    ],
)
def test_presets_prove_what_is_said_of_them(name: str, limit: str) -> None:
    assert (presets.PRESETS[name].upper_limit() * 100).quantize(D("0.1")) == D(limit)


def test_the_curve_falls_and_leaves_out_what_cannot_be_planned() -> None:
    points = size.curve([D(n) / 100 for n in range(1, 21)], confidence=D("0.95"), expected_rate=D("0.02"))
    assert next(tolerable for tolerable, _ in points) > D("0.02")
    sizes = [n for _, n in points]
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize("population", [10_000, 10_000_000])
def test_large_populations_are_planned_like_unknown_ones(population: int) -> None:
    known = size.for_attributes(confidence=D("0.95"), tolerable=D("0.02"), expected=1, population=population)
    unknown = size.for_attributes(confidence=D("0.95"), tolerable=D("0.02"), expected=1)
    assert unknown.size - 2 <= known.size <= unknown.size
    assert Fraction(known.risk) <= Fraction(1, 20)
