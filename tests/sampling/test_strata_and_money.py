"""Divided samples and monetary units."""

from __future__ import annotations

import itertools
import random
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controls.sampling.statistics import chances, monetary, strata
from controls.sampling.statistics.evaluate import Suggestion
from controls.sampling.statistics.impossible import NotPossible, Problem
from controls.sampling.statistics.monetary import Audited
from controls.sampling.statistics.size import Model
from controls.sampling.statistics.strata import Stratum
from tests.examples import some
from tests.sampling.scipys import stats

D = Decimal
FEW = settings(max_examples=some(80), deadline=None)
POPULATIONS = st.dictionaries(st.sampled_from("ABCDEFG"), st.integers(1, 500), min_size=1)


@given(POPULATIONS, st.data())
@FEW
def test_a_proportional_division_is_whole_within_bounds_and_near_its_shares(sizes: dict[str, int], data: st.DataObject) -> None:
    total = data.draw(st.integers(len(sizes), sum(sizes.values())))
    given_out = strata.proportional(sizes, total)
    assert sum(given_out.values()) == total
    assert all(1 <= given_out[name] <= sizes[name] for name in sizes)
    assert given_out == strata.proportional(dict(reversed(sizes.items())), total)
    for name, size in sizes.items():
        share = Fraction(total * size, sum(sizes.values()))
        # At most one above its share, and below it only by what smaller strata had to be given.
        assert given_out[name] <= max(Fraction(1), share + 1)
        assert given_out[name] >= share - len(sizes)


def test_the_largest_remainders_get_what_is_left() -> None:
    assert strata.proportional({"a": 50, "b": 30, "c": 20}, 11) == {"a": 6, "b": 3, "c": 2}
    assert strata.proportional({"a": 1000, "b": 1}, 2) == {"a": 1, "b": 1}


@given(POPULATIONS, st.data())
@FEW
def test_neyman_is_whole_within_bounds(sizes: dict[str, int], data: st.DataObject) -> None:
    total = data.draw(st.integers(len(sizes), sum(sizes.values())))
    rates = {name: D(data.draw(st.integers(0, 100))) / 100 for name in sizes}
    if all(rate in (0, 1) for rate in rates.values()):
        with pytest.raises(NotPossible):
            strata.neyman(sizes, rates, total)
        return
    given_out = strata.neyman(sizes, rates, total)
    assert sum(given_out.values()) == total
    assert all(1 <= given_out[name] <= sizes[name] for name in sizes)


def test_neyman_gives_more_where_more_is_uncertain() -> None:
    given_out = strata.neyman({"a": 100, "b": 100}, {"a": D("0.01"), "b": D("0.5")}, 60)
    assert given_out == {"a": 10, "b": 50}


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (lambda: strata.proportional({}, 3), Problem.STRATA_MISSING),
        (lambda: strata.proportional({"a": 0}, 3), Problem.STRATUM_EMPTY),
        (lambda: strata.proportional({"a": 5, "b": 5}, 1), Problem.FEWER_THAN_STRATA),
        (lambda: strata.proportional({"a": 5, "b": 5}, 11), Problem.SIZE_ABOVE_POPULATION),
        (lambda: strata.proportional({"a": 5}, 0), Problem.SIZE_BELOW_ONE),
        (lambda: strata.neyman({"a": 5}, {}, 1), Problem.STRATUM_WITHOUT_SIZE),
        (lambda: strata.neyman({"a": 5}, {"a": D(2)}, 1), Problem.EXPECTED_OUTSIDE),
        (lambda: strata.stated_sizes({"a": 5}, {"b": 1}), Problem.STRATUM_UNKNOWN),
        (lambda: strata.stated_sizes({"a": 5, "b": 5}, {"b": 1}), Problem.STRATUM_WITHOUT_SIZE),
        (lambda: strata.stated_sizes({"a": 5}, {"a": 6}), Problem.STRATUM_TOO_SMALL),
        (lambda: strata.stratified_limit([], confidence=D("0.95")), Problem.STRATA_MISSING),
        (lambda: strata.stratified_limit([Stratum("a", 5, 0, 0)], confidence=D("0.95")), Problem.STRATUM_TOO_SMALL),
        (lambda: strata.stratified_limit([Stratum("a", 5, 2, 3)], confidence=D("0.95")), Problem.DEVIATIONS_OUTSIDE),
    ],
)
def test_divisions_that_cannot_be_are_refused(call: object, problem: Problem) -> None:
    with pytest.raises(NotPossible) as refusal:
        call()  # type: ignore[operator]
    assert refusal.value.problem is problem


def test_stated_sizes_are_kept() -> None:
    assert strata.stated_sizes({"a": 5, "b": 9}, {"b": 2, "a": 5}) == {"a": 5, "b": 2}


def worst_case(divided: list[Stratum], alpha: Fraction) -> int:
    """The largest number of deviations, wherever they lie, for which so few found is not ruled out; by trying all."""
    found, worst = sum(s.deviations for s in divided), 0
    for deviating in itertools.product(*(range(s.population + 1) for s in divided)):
        if any(k < s.deviations or k > s.population - s.size + s.deviations for k, s in zip(deviating, divided, strict=True)):
            continue
        total = [Fraction(1)]
        for k, s in zip(deviating, divided, strict=True):
            chance = [
                chances.hypergeometric(x, s.population, k, s.size) - chances.hypergeometric(x - 1, s.population, k, s.size)
                for x in range(s.size + 1)
            ]
            total = [
                sum((total[a] * chance[b - a] for a in range(len(total)) if 0 <= b - a < len(chance)), Fraction(0))
                for b in range(len(total) + len(chance) - 1)
            ]
        if sum(total[: found + 1], Fraction(0)) > alpha:
            worst = max(worst, sum(deviating))
    return worst


@given(st.data())
@settings(max_examples=some(40), deadline=None)
def test_the_stratified_limit_is_never_below_the_exact_worst_case(data: st.DataObject) -> None:
    divided = []
    for name in "AB":
        population = data.draw(st.integers(2, 14))
        size = data.draw(st.integers(1, population))
        divided.append(Stratum(name, population, size, data.draw(st.integers(0, size))))
    bound = strata.stratified_limit(divided, confidence=D("0.90"))
    assert bound.upper_count >= worst_case(divided, Fraction(1, 10))
    assert bound.upper_count <= sum(s.population - s.size + s.deviations for s in divided)


def test_a_stratum_examined_whole_is_known() -> None:
    bound = strata.stratified_limit([Stratum("large", 10, 10, 2), Stratum("rest", 1000, 60, 0)], confidence=D("0.95"))
    # 2 known, and ⌊60 · 0.0487 / 0.06⌋ = 48 of the rest.
    assert bound.upper_count == 50
    assert bound.rate == Fraction(2, 1010)


# Monetary units.


def test_the_textbooks_first_example() -> None:
    plan = monetary.for_amounts(confidence=D("0.95"), tolerable=D("0.05"), book_value=D("1000000"))
    assert plan.size == 60
    assert plan.interval == Fraction(1_000_000, 60)


@given(st.integers(0, 20), st.sampled_from(["0.8", "0.9", "0.95", "0.99"]))
@FEW
def test_confidence_factors_are_the_gammas(tenths: int, confidence: str) -> None:
    expected = D(tenths) / 10
    factor = monetary.confidence_factor(D(confidence), expected)
    assert float(factor) == pytest.approx(stats.gamma.ppf(float(confidence), 1 + float(expected)), rel=1e-10)


AMOUNTS = st.lists(st.decimals(D("-500"), D("5000"), places=2), min_size=1, max_size=60)


@given(AMOUNTS, st.integers(1, 20), st.integers(1, 1000))
@FEW
def test_each_point_takes_the_first_item_that_reaches_it(amounts: list[Decimal], n: int, thousandth: int) -> None:
    book = sum((amount for amount in amounts if amount > 0), D(0))
    if book <= 0:
        return
    step = monetary.interval(book, n)
    start = step * thousandth / 1000
    chosen = monetary.select_amounts(amounts, step, start)
    assert set(chosen.apart) == {i for i, amount in enumerate(amounts) if amount <= 0}
    assert set(chosen.whole) == {i for i, amount in enumerate(amounts) if amount >= step}
    rest = [(i, Fraction(amount)) for i, amount in enumerate(amounts) if 0 < amount < step]
    reached = []
    point = start
    while point <= sum(amount for _, amount in rest):
        cumulative = Fraction(0)
        for position, amount in rest:
            cumulative += amount
            if cumulative >= point:
                reached.append(position)
                break
        point += step
    assert list(chosen.drawn) == reached


@pytest.mark.parametrize("start", [Fraction(0), Fraction(101), Fraction(-1)])
def test_a_start_outside_the_interval_is_refused(start: Fraction) -> None:
    with pytest.raises(NotPossible) as refusal:
        monetary.select_amounts([D(5)], Fraction(100), start)
    assert refusal.value.field == "seed"


def evaluated(*items: Audited, book: str = "1000000", n: int = 60, model: Model = Model.POISSON) -> monetary.MonetaryEvaluation:
    return monetary.evaluate(
        items,
        book_value=D(book),
        interval=monetary.interval(D(book), n),
        confidence=D("0.95"),
        tolerable=D("0.05"),
        model=model,
    )


SOUND = Audited(D(100), D(100))


def test_without_misstatement_the_bound_is_the_basic_precision() -> None:
    seen = evaluated(*[SOUND] * 60)
    assert float(seen.upper) == pytest.approx(stats.gamma.ppf(0.95, 1) / 60 * 1_000_000, abs=0.011)
    assert seen.suggestion is Suggestion.SUPPORTED
    assert seen.projected == seen.known == 0


def test_stringers_bound_by_hand() -> None:
    """Taintings 0.5 and 0.2 at 95 %: I · (2.9957 + (4.7439 − 2.9957)·0.5 + (6.2958 − 4.7439)·0.2)."""
    seen = evaluated(Audited(D(100), D(80)), Audited(D(1000), D(500)), *[SOUND] * 58)
    factors = [stats.gamma.ppf(0.95, i + 1) for i in range(3)]
    by_hand = (factors[0] + (factors[1] - factors[0]) * 0.5 + (factors[2] - factors[1]) * 0.2) * 1_000_000 / 60
    assert float(seen.upper) == pytest.approx(by_hand, abs=0.011)
    assert seen.projected == D("11666.67")
    assert seen.suggestion is Suggestion.NOT_SUPPORTED


def test_the_binomial_bound_lies_below_poissons() -> None:
    items = [Audited(D(100), D(80)), *[SOUND] * 59]
    assert evaluated(*items, model=Model.BINOMIAL).upper < evaluated(*items).upper


def test_whole_items_are_known_and_not_projected() -> None:
    whole = Audited(D(200000), D(190000), is_whole=True)
    seen = evaluated(whole, *[SOUND] * 48)
    assert seen.known == 10000
    assert seen.projected == 0
    assert seen.book_value_rest == 800000
    assert float(seen.upper) == pytest.approx(10000 + stats.gamma.ppf(0.95, 1) / 60 * 1_000_000, abs=0.011)


def test_understatements_stand_apart_and_net_out_nothing() -> None:
    seen = evaluated(Audited(D(100), D(150)), Audited(D(100), D(50)), *[SOUND] * 58)
    alone = evaluated(Audited(D(100), D(50)), *[SOUND] * 59)
    assert seen.upper == alone.upper
    assert seen.projected_under == D("8333.33")
    assert seen.deviations == 2


def test_many_full_misstatements_exceed() -> None:
    assert evaluated(*[Audited(D(100), D(0))] * 20, *[SOUND] * 40).suggestion is Suggestion.EXCEEDED


@pytest.mark.parametrize(
    ("share", "small"), [("0.03", "0.01"), ("0.05", "0"), ("0.2", "0.1"), ("0.01", "0.2"), ("0.5", "0.5"), ("0.001", "0.05")]
)
@pytest.mark.parametrize("size", [20, 60, 200])
@pytest.mark.parametrize("confidence", ["0.9", "0.95"])
def test_too_much_by_amount_is_claimed_wrongly_no_more_often_than_the_risk(
    size: int, share: str, small: str, confidence: str
) -> None:
    """A share of the amounts is wholly wrong and the rest a little. The chance of every number of them is summed exactly.

    A limit of the number of deviations, times their mean tainting, claimed it in 27 of 100 samples of the first case.
    """
    big, little = Fraction(share), Fraction(small)
    truth = big + (1 - big) * little
    claimed = sum(
        stats.binom.pmf(found, size, float(big))
        for found in range(size + 1)
        if monetary.is_more_wrong(little + (1 - little) * Fraction(found, size), size, truth, 1 - Fraction(confidence))
    )
    assert claimed <= 1 - float(confidence)


@given(st.integers(1, 300), st.fractions(0, 1), st.fractions(0, 1), st.fractions(0, 1))
@FEW
def test_what_shows_that_so_much_is_wrong_shows_it_of_less(size: int, mean: Fraction, rate: Fraction, less: Fraction) -> None:
    alpha = Fraction(1, 20)
    if monetary.is_more_wrong(mean, size, rate, alpha):
        assert monetary.is_more_wrong(mean, size, rate * less, alpha)
        assert mean >= rate
    # Never sooner than the exact limit, where every deviation is total.
    found = int(mean * size)
    if 0 < rate < 1 and monetary.is_more_wrong(Fraction(found, size), size, rate, alpha):
        assert stats.binom.sf(found - 1, size, float(rate)) <= 0.05


def test_what_was_found_alone_may_be_too_much() -> None:
    """By whole items, and by the drawn ones' own amounts: no chance is needed for that."""
    whole = Audited(D(200_000), D(140_000), is_whole=True)
    assert evaluated(whole, *[SOUND] * 48).suggestion is Suggestion.EXCEEDED
    assert evaluated(*[Audited(D(16_000), D(0))] * 4, *[SOUND] * 56).suggestion is Suggestion.EXCEEDED
    assert evaluated(*[Audited(D(160), D(0))] * 4, *[SOUND] * 56).suggestion is Suggestion.NOT_SUPPORTED


def test_a_correct_amount_below_zero_is_refused_at_its_field() -> None:
    with pytest.raises(NotPossible) as refusal:
        evaluated(Audited(D(100), D(-1)))
    assert refusal.value.field == "correct_amount"


@given(st.integers(1, 15), st.integers(5, 60))
@FEW
def test_a_monetary_plan_that_finds_nothing_is_supported(per_cent: int, items: int) -> None:
    chance = random.Random(per_cent * 100 + items)
    amounts = [D(chance.randint(1, 10**6)) / 100 for _ in range(items * 20)]
    book = sum(amounts, D(0))
    plan = monetary.for_amounts(confidence=D("0.9"), tolerable=D(per_cent) / 100, book_value=book)
    chosen = monetary.select_amounts(amounts, plan.interval, plan.interval / 3)
    found = [Audited(amounts[i], amounts[i], i in chosen.whole) for i in (*chosen.drawn, *chosen.whole)]
    seen = monetary.evaluate(found, book_value=book, interval=plan.interval, confidence=D("0.9"), tolerable=D(per_cent) / 100)
    assert seen.suggestion is Suggestion.SUPPORTED


def test_stringer_covers_at_its_confidence() -> None:
    """One in ten amounts is half wrong; the bound holds in at least 95 % of 400 draws by interval. That more is wrong than
    there is, is claimed in at most 5 %."""
    chance = random.Random(4711)
    amounts = [D(chance.randint(100, 200000)) / 100 for _ in range(1500)]
    wrong = {i for i in range(len(amounts)) if chance.random() < 0.1}
    book = sum(amounts, D(0))
    truth = sum((amounts[i] / 2 for i in wrong), D(0))
    step = monetary.interval(book, 60)
    covered = claimed = 0
    above = Fraction(truth) / Fraction(book) * Fraction(1_000_001, 1_000_000)
    for _ in range(400):
        order = list(range(len(amounts)))
        chance.shuffle(order)
        chosen = monetary.select_amounts([amounts[i] for i in order], step, step * chance.randint(1, 10**6) / 10**6)
        items = [
            Audited(amounts[order[i]], amounts[order[i]] / 2 if order[i] in wrong else amounts[order[i]], is_whole)
            for positions, is_whole in ((chosen.drawn, False), (chosen.whole, True))
            for i in positions
        ]
        seen = monetary.evaluate(items, book_value=book, interval=step, confidence=D("0.95"), tolerable=above)
        covered += seen.upper >= truth
        claimed += seen.suggestion is Suggestion.EXCEEDED
    assert covered / 400 >= 0.95
    assert claimed / 400 <= 0.05
