"""What samples show: limits against scipy, coverage by simulation, consistency, and stages."""

from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controls.sampling.statistics import chances
from controls.sampling.statistics.evaluate import Suggestion, evaluate, limits, poisson_limits
from controls.sampling.statistics.impossible import NotPossible, Problem
from controls.sampling.statistics.size import Model
from controls.sampling.statistics.stages import Stage, mirror_stages, staged, staged_finite, staged_finite_float, staged_float
from tests.examples import some
from tests.sampling.scipys import stats

D = Decimal
CONFIDENCES = st.sampled_from([D("0.80"), D("0.90"), D("0.95"), D("0.99")])
FEW = settings(max_examples=some(60), deadline=None)


@st.composite
def samples(draw: st.DrawFn, largest: int = 400) -> tuple[int, int]:
    size = draw(st.integers(1, largest))
    return size, draw(st.integers(0, size))


@given(samples(), CONFIDENCES)
@FEW
def test_binomial_limits_are_clopper_and_pearsons(sample: tuple[int, int], confidence: Decimal) -> None:
    n, k = sample
    alpha = 1 - float(confidence)
    found = limits(n, k, confidence=confidence)
    assert float(found.upper) == pytest.approx(1.0 if k == n else stats.beta.ppf(1 - alpha, k + 1, n - k), abs=2e-12)
    assert float(found.lower) == pytest.approx(0.0 if k == 0 else stats.beta.ppf(alpha, k, n - k + 1), abs=2e-12)


@pytest.mark.parametrize(("found", "limit"), [(0, "4.87"), (1, "7.66")])
def test_the_specifications_limits_of_sixty(found: int, limit: str) -> None:
    assert (limits(60, found, confidence=D("0.95")).upper * 100).quantize(D("0.01")) == D(limit)


@given(st.integers(1, 90), st.data(), CONFIDENCES)
@FEW
def test_limits_in_a_known_population_are_those_of_trying_every_number(
    population: int, data: st.DataObject, confidence: Decimal
) -> None:
    n = data.draw(st.integers(1, population))
    k = data.draw(st.integers(0, n))
    alpha = 1 - Fraction(confidence)
    possible = range(k, population - n + k + 1)
    upper = max(K for K in possible if chances.hypergeometric(k, population, K, n) > alpha)
    lower = min(K for K in possible if 1 - chances.hypergeometric(k - 1, population, K, n) > alpha)
    found = limits(n, k, confidence=confidence, population=population)
    assert (found.lower_count, found.upper_count) == (lower, upper)
    assert float(found.upper) == pytest.approx(upper / population)


@given(st.integers(1, 500), st.integers(0, 40), CONFIDENCES)
@FEW
def test_poisson_limits_are_the_gammas(n: int, k: int, confidence: Decimal) -> None:
    alpha = 1 - Fraction(confidence)
    found = poisson_limits(n, k, alpha)
    assert float(found.upper) == pytest.approx(stats.gamma.ppf(1 - float(alpha), k + 1) / n, rel=1e-9)
    assert float(found.lower) == pytest.approx(stats.gamma.ppf(float(alpha), k) / n if k else 0.0, rel=1e-9, abs=2e-12)


@given(samples(), CONFIDENCES)
@FEW
def test_two_sided_limits_are_one_sided_at_half_the_risk(sample: tuple[int, int], confidence: Decimal) -> None:
    n, k = sample
    both = limits(n, k, confidence=confidence, two_sided=True)
    assert both == limits(n, k, confidence=(1 + confidence) / 2)


@given(samples(), CONFIDENCES)
@FEW
def test_one_more_deviation_raises_both_limits_and_one_more_sound_item_lowers_them(
    sample: tuple[int, int], confidence: Decimal
) -> None:
    n, k = sample
    here = limits(n, k, confidence=confidence)
    longer = limits(n + 1, k, confidence=confidence)
    assert longer.upper <= here.upper
    assert longer.lower <= here.lower
    if k < n:
        more = limits(n, k + 1, confidence=confidence)
        assert more.upper >= here.upper
        assert more.lower >= here.lower
    assert here.lower <= Decimal(k) / n <= here.upper or abs(here.upper - Decimal(k) / n) < D("1e-9")


@given(samples(120), CONFIDENCES, st.integers(1, 60))
@FEW
def test_the_suggestion_is_what_the_limits_say(sample: tuple[int, int], confidence: Decimal, per_cent: int) -> None:
    n, k = sample
    tolerable = D(per_cent) / 100
    seen = evaluate([Stage(n, k)], confidence=confidence, tolerable=tolerable)
    if seen.suggestion is Suggestion.SUPPORTED:
        assert seen.limits.upper <= tolerable + D("1e-12")
    elif seen.suggestion is Suggestion.EXCEEDED:
        assert seen.limits.lower >= tolerable - D("1e-12")
    else:
        assert seen.limits.lower < tolerable < seen.limits.upper + D("1e-12")


@given(st.integers(1, 200), st.data(), CONFIDENCES, st.integers(1, 60))
@FEW
def test_the_suggestion_in_a_known_population_is_what_the_counts_say(
    population: int, data: st.DataObject, confidence: Decimal, per_cent: int
) -> None:
    n = data.draw(st.integers(1, population))
    k = data.draw(st.integers(0, n))
    tolerable = D(per_cent) / 100
    seen = evaluate([Stage(n, k)], confidence=confidence, tolerable=tolerable, population=population)
    assert seen.limits.upper_count is not None
    assert seen.limits.lower_count is not None
    assert (seen.suggestion is Suggestion.SUPPORTED) == (seen.limits.upper_count < tolerable * population)
    if seen.suggestion is Suggestion.EXCEEDED:
        assert seen.limits.lower_count >= tolerable * population
    if seen.suggestion is Suggestion.NOT_SUPPORTED:
        assert seen.limits.lower_count < tolerable * population


@pytest.mark.parametrize("k", [0, 3, 12])
def test_a_census_knows_the_rate(k: int) -> None:
    seen = evaluate([Stage(40, k)], confidence=D("0.95"), tolerable=D("0.1"), population=40)
    assert seen.is_census
    assert seen.limits.lower == seen.limits.upper == D(k) / 40
    assert seen.suggestion is (Suggestion.EXCEEDED if k >= 4 else Suggestion.SUPPORTED)


def test_a_chance_of_exactly_alpha_is_supported() -> None:
    assert evaluate([Stage(2, 0)], confidence=D("0.19"), tolerable=D("0.1")).suggestion is Suggestion.SUPPORTED
    near = evaluate([Stage(2, 0)], confidence=D("0.19") + D("1e-20"), tolerable=D("0.1"))
    assert near.suggestion is not Suggestion.SUPPORTED


# Coverage: of many samples from a population with a known rate, at least the confidence's share has a limit above it.

# Four standard deviations of 2,000 draws at 95 %: a sound method fails by chance once in 30,000 seeds, and the seed stands.
ALLOWANCE = 0.02


@pytest.mark.parametrize(("rate", "n"), [(0.01, 60), (0.05, 60), (0.05, 93), (0.2, 30), (0.5, 25)])
def test_upper_and_lower_limits_cover_at_their_confidence(rate: float, n: int) -> None:
    chance = random.Random(20250831)
    above = below = 0
    known = {k: limits(n, k, confidence=D("0.95")) for k in range(n + 1)}
    for _ in range(2000):
        found = known[sum(chance.random() < rate for _ in range(n))]
        above += float(found.upper) >= rate
        below += float(found.lower) <= rate
    assert above / 2000 >= 0.95 - ALLOWANCE
    assert below / 2000 >= 0.95 - ALLOWANCE


@pytest.mark.parametrize(("population", "deviating", "n"), [(100, 7, 30), (400, 20, 59), (1000, 3, 200)])
def test_limits_in_a_known_population_cover_at_their_confidence(population: int, deviating: int, n: int) -> None:
    chance = random.Random(20251231)
    known = {k: limits(n, k, confidence=D("0.95"), population=population) for k in range(min(n, deviating) + 1)}
    items = [True] * deviating + [False] * (population - deviating)
    above = below = 0
    for _ in range(2000):
        found = known[sum(chance.sample(items, n))]
        above += (found.upper_count or 0) >= deviating
        below += (found.lower_count or 0) <= deviating
    assert above / 2000 >= 0.95 - ALLOWANCE
    assert below / 2000 >= 0.95 - ALLOWANCE


# Stages.


def test_59_and_34_more_if_one_deviates_carries_seven_and_a_half_per_cent() -> None:
    seen = evaluate([Stage(59, 1), Stage(34, 0)], confidence=D("0.95"), tolerable=D("0.05"))
    assert seen.suggestion is Suggestion.NOT_SUPPORTED
    assert seen.risk.quantize(D("0.001")) == D("0.075")
    as_if_planned = evaluate([Stage(93, 1)], confidence=D("0.95"), tolerable=D("0.05"))
    assert as_if_planned.suggestion is Suggestion.SUPPORTED


def test_61_and_61_with_one_deviation_in_the_first_is_supported() -> None:
    asked: dict[str, Any] = {"confidence": D("0.95"), "tolerable": D("0.05")}
    assert evaluate([Stage(61, 1), Stage(61, 0)], **asked).suggestion is Suggestion.SUPPORTED
    assert evaluate([Stage(61, 1), Stage(60, 0)], **asked).suggestion is not Suggestion.SUPPORTED


@given(samples(60), samples(60), st.integers(1, 99), st.integers(1, 99))
@FEW
def test_floats_and_fractions_agree_on_stages(first: tuple[int, int], second: tuple[int, int], low: int, high: int) -> None:
    stages = (Stage(*first), Stage(*second))
    assert staged_float(stages, low / 100) == pytest.approx(float(staged(stages, Fraction(low, 100))), rel=1e-9)
    population = 130
    deviating = high
    exactly = float(staged_finite(stages, population, deviating))
    assert staged_finite_float(stages, population, deviating) == pytest.approx(exactly, rel=1e-8, abs=1e-15)


@given(samples(25), samples(25), st.integers(1, 98))
@FEW
def test_the_order_of_staged_outcomes_turns_around_in_sound_items(
    first: tuple[int, int], second: tuple[int, int], per_cent: int
) -> None:
    stages, rate = (Stage(*first), Stage(*second)), Fraction(per_cent, 100)
    at_or_before = staged(stages, rate)
    at_or_after = staged(mirror_stages(stages), 1 - rate)
    this = Fraction(1)
    for stage in stages:
        one = (Stage(stage.size, stage.deviations),)
        fewer = staged((Stage(stage.size, stage.deviations - 1),), rate) if stage.deviations else Fraction(0)
        this *= staged(one, rate) - fewer
    assert at_or_before + at_or_after - this == 1


@pytest.mark.parametrize("rate", [0.03, 0.05, 0.08])
def test_limits_of_a_sample_extended_for_what_it_showed_cover_at_their_confidence(rate: float) -> None:
    """Whoever extends by 34 whenever one or two of 59 deviate still gets limits that hold."""
    chance = random.Random(59034)
    covered = 0
    known: dict[tuple[int, ...], float] = {}
    for _ in range(2000):
        first = sum(chance.random() < rate for _ in range(59))
        stages = [Stage(59, first)]
        if first in (1, 2):
            stages.append(Stage(34, sum(chance.random() < rate for _ in range(34))))
        outcome = tuple(stage.deviations for stage in stages)
        if outcome not in known:
            known[outcome] = float(evaluate(stages, confidence=D("0.95"), tolerable=D("0.05")).limits.upper)
        covered += known[outcome] >= rate
    assert covered / 2000 >= 0.95 - ALLOWANCE


@pytest.mark.parametrize(
    ("stages", "asked", "problem"),
    [
        ([], {}, Problem.SIZE_BELOW_ONE),
        ([Stage(0, 0)], {}, Problem.SIZE_BELOW_ONE),
        ([Stage(5, 6)], {}, Problem.DEVIATIONS_OUTSIDE),
        ([Stage(5, -1)], {}, Problem.DEVIATIONS_OUTSIDE),
        ([Stage(5, 0)], {"population": 4}, Problem.SIZE_ABOVE_POPULATION),
        ([Stage(5, 0)], {"population": 0}, Problem.POPULATION_EMPTY),
        ([Stage(5, 0)], {"model": Model.HYPERGEOMETRIC}, Problem.POPULATION_UNKNOWN),
        ([Stage(5, 0)], {"confidence": D(1)}, Problem.CONFIDENCE_OUTSIDE),
        ([Stage(5, 0)], {"tolerable": D(0)}, Problem.TOLERABLE_OUTSIDE),
    ],
)
def test_what_cannot_be_evaluated_is_refused(stages: list[Stage], asked: dict[str, object], problem: Problem) -> None:
    with pytest.raises(NotPossible) as refusal:
        evaluate(stages, **({"confidence": D("0.95"), "tolerable": D("0.05")} | asked))  # type: ignore[arg-type]
    assert refusal.value.problem is problem


@given(st.integers(0, 30), st.integers(1, 400), st.integers(1, 99))
@FEW
def test_the_chances_are_scipys(k: int, n: int, per_cent: int) -> None:
    rate = per_cent / 100
    assert chances.binomial_float(k, n, rate) == pytest.approx(stats.binom.cdf(k, n, rate), rel=1e-9, abs=1e-290)
    assert float(chances.binomial(k, n, Fraction(per_cent, 100))) == pytest.approx(
        stats.binom.cdf(k, n, rate), rel=1e-9, abs=1e-290
    )
    assert float(chances.poisson(k, n)) == pytest.approx(stats.poisson.cdf(k, n), rel=1e-9, abs=1e-290)


@pytest.mark.parametrize("population", [100_000, 10_000_000])
def test_a_large_population_is_evaluated_within_a_second_and_like_an_unknown_one(population: int) -> None:
    known = limits(500, 7, confidence=D("0.95"), population=population)
    assert float(known.upper) == pytest.approx(float(limits(500, 7, confidence=D("0.95")).upper), rel=5e-3)


def test_what_was_taken_whole_is_known_and_the_rest_is_held_against_what_is_left() -> None:
    asked: dict[str, Any] = {"confidence": D("0.95"), "tolerable": D("0.05"), "population": 400}
    seen = evaluate([Stage(60, 0)], **asked, whole=Stage(20, 0))
    rest = limits(60, 0, confidence=D("0.95"), population=380)
    assert seen.limits.upper_count == rest.upper_count
    assert seen.size == 80
    assert seen.suggestion is Suggestion.SUPPORTED
    worse = evaluate([Stage(60, 0)], **asked, whole=Stage(20, 8))
    assert worse.limits.upper_count == (rest.upper_count or 0) + 8
    assert worse.suggestion is Suggestion.NOT_SUPPORTED
    assert evaluate([Stage(60, 0)], **asked, whole=Stage(20, 20)).suggestion is Suggestion.EXCEEDED
    assert evaluate([], **asked, whole=Stage(400, 3)).limits.upper_count == 3


@given(st.integers(2, 60), st.data())
@FEW
def test_the_suggestion_with_whole_items_is_what_the_counts_say(population: int, data: st.DataObject) -> None:
    whole = data.draw(st.integers(1, population - 1))
    known = data.draw(st.integers(0, whole))
    n = data.draw(st.integers(1, population - whole))
    k = data.draw(st.integers(0, n))
    tolerable = D(data.draw(st.integers(1, 60))) / 100
    seen = evaluate([Stage(n, k)], confidence=D("0.9"), tolerable=tolerable, population=population, whole=Stage(whole, known))
    assert seen.limits.upper_count is not None
    assert seen.limits.lower_count is not None
    assert (seen.suggestion is Suggestion.SUPPORTED) == (seen.limits.upper_count < tolerable * population)
    if seen.suggestion is not Suggestion.SUPPORTED:
        assert (seen.suggestion is Suggestion.EXCEEDED) == (seen.limits.lower_count >= tolerable * population)
