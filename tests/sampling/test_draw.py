"""The draw: only the seed and the keys decide; what is larger contains what is smaller."""

from __future__ import annotations

import hashlib
import itertools
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controls.sampling.drawing.tickets import (
    InvalidSeed,
    by_amount,
    by_stratum,
    leaf,
    normalise_seed,
    record_hash,
    reserves_for,
    smallest,
    start_point,
    thresholds,
    ticket,
    units,
)

SEED = "29460519230857612348"
KEYS = st.lists(st.text(min_size=1, max_size=12).filter(lambda key: not any(0xD800 <= ord(c) < 0xE000 for c in key)), unique=True)
SEEDS = st.integers(10**19, 10**20 - 1).map(str)
AMOUNTS = st.dictionaries(st.text("abcdefghåäö0123456789", min_size=1, max_size=8), st.integers(-1000, 10**7), min_size=1)


def test_a_ticket_is_the_hash_of_seed_line_feed_and_key() -> None:
    assert ticket(SEED, "Åkeri|12") == hashlib.sha256("29460519230857612348\nÅkeri|12".encode()).hexdigest()


def test_the_sample_of_a_known_seed_is_known() -> None:
    """Fixed for ever: a change here is a new version of the algorithm."""
    assert smallest(SEED, [f"F{i:03}" for i in range(1, 101)], 5) == ["F072", "F058", "F027", "F095", "F062"]


@given(KEYS, SEEDS, st.randoms(use_true_random=False))
def test_the_rows_order_does_not_matter(keys: list[str], seed: str, random: object) -> None:
    shuffled = list(keys)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert smallest(seed, keys, 7) == smallest(seed, shuffled, 7)


@given(KEYS, SEEDS, st.integers(0, 20), st.integers(0, 20))
def test_a_larger_sample_begins_with_the_smaller(keys: list[str], seed: str, n: int, more: int) -> None:
    assert smallest(seed, keys, n + more)[:n] == smallest(seed, keys, n)


@given(KEYS.filter(lambda keys: len(keys) > 1), SEEDS)
def test_a_row_that_was_not_drawn_can_go_without_changing_the_draw(keys: list[str], seed: str) -> None:
    n = len(keys) // 2
    drawn = smallest(seed, keys, n)
    gone = next(key for key in keys if key not in drawn)
    assert smallest(seed, [key for key in keys if key != gone], n) == drawn


def test_seeds_are_independent_of_each_other() -> None:
    """Of 200 seeds, each item of 50 is drawn about as often as any other, and two seeds share what chance lets them."""
    keys = [f"F{i}" for i in range(50)]
    drawn = [smallest(str(10**20 + i), keys, 10) for i in range(200)]
    times = [sum(key in one for one in drawn) for key in keys]
    assert min(times) > 40 - 4 * 5.7
    assert max(times) < 40 + 4 * 5.7
    shared = [len(set(one) & set(two)) for one, two in itertools.pairwise(drawn)]
    assert 1.6 < sum(shared) / len(shared) < 2.4


@given(st.dictionaries(st.text("abc0123", min_size=1), st.sampled_from(["A", "B", "C"]), min_size=1), SEEDS)
def test_each_stratum_is_drawn_by_itself(keys: dict[str, str], seed: str) -> None:
    drawn = by_stratum(seed, keys, {"A": 2, "B": 1})
    assert drawn["A"] == smallest(seed, [key for key, stratum in keys.items() if stratum == "A"], 2)
    assert drawn["B"] == smallest(seed, [key for key, stratum in keys.items() if stratum == "B"], 1)
    assert "C" not in drawn


# By amount


@given(AMOUNTS.filter(lambda amounts: any(amount > 0 for amount in amounts.values())), SEEDS, st.integers(1, 12))
def test_every_interval_of_the_rest_is_hit_once(amounts: dict[str, int], seed: str, n: int) -> None:
    found = by_amount(seed, amounts, n)
    assert all(amounts[key] >= found.interval for key in found.whole)
    assert all(0 < amounts[key] < found.interval for key in found.hit)
    rest = sum(amount for amount in amounts.values() if 0 < amount < found.interval)
    # An item below the interval is hit at most once, so there are as many items as thresholds.
    assert len(found.hit) == len(thresholds(seed, found.interval, rest))
    assert abs(len(found.hit) - Fraction(rest) / found.interval) <= 1
    assert not set(found.whole) & set(found.hit)


@given(AMOUNTS.filter(lambda amounts: any(amount > 0 for amount in amounts.values())), SEEDS)
def test_zero_and_negative_amounts_are_another_population(amounts: dict[str, int], seed: str) -> None:
    positive = {key: amount for key, amount in amounts.items() if amount > 0}
    assert by_amount(seed, amounts, 5) == by_amount(seed, positive, 5)


@given(SEEDS, st.fractions(min_value=Fraction(1, 100), max_value=10**9))
def test_the_start_is_above_zero_and_at_most_the_interval(seed: str, interval: Fraction) -> None:
    assert 0 < start_point(seed, interval) <= interval


def test_an_item_is_drawn_in_proportion_to_its_amount() -> None:
    amounts = {"liten": 10, "stor": 40, **{f"annan {i}": 50 for i in range(19)}}
    drawn = [by_amount(str(10**20 + i), amounts, 5).hit for i in range(1500)]
    share = [sum(key in one for one in drawn) / 1500 for key in ("liten", "stor")]
    assert share[0] == pytest.approx(0.05, abs=0.025)
    assert share[1] == pytest.approx(0.20, abs=0.045)


def test_nothing_to_draw_by_amount_is_an_error() -> None:
    with pytest.raises(ValueError, match="positive amount"):
        by_amount(SEED, {"a": 0, "b": -5}, 3)


def test_amounts_are_rounded_to_whole_units() -> None:
    assert units(Decimal("0.00005")) == 1
    assert units(Decimal("1234.5")) == 12_345_000


# Seeds


@pytest.mark.parametrize("typed", ["29460 51923 08576 12348", "2946-0519-2308-5761-2348", " 29460519230857612348\n"])
def test_a_typed_seed_may_be_grouped(typed: str) -> None:
    assert normalise_seed(typed) == SEED


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("29460519230857612abc", "letters"),
        ("٢٩٤٦٠٥١٩٢٣٠٨٥٧٦١٢٣٤٨", "letters"),
        ("1234567890123456789", "too_short"),
        ("", "too_short"),
        ("1" * 401, "too_long"),
        ("1" * 20, "monotonous"),
    ],
)
def test_a_typed_seed_with_letters_or_too_short_is_refused(typed: str, code: str) -> None:
    with pytest.raises(InvalidSeed) as caught:
        normalise_seed(typed)
    assert caught.value.code == code


# The record


def test_a_leaf_hides_its_key_behind_the_salt() -> None:
    assert leaf("a", "t", "k") != leaf("b", "t", "k")


def test_a_record_s_hash_depends_on_everything_in_it() -> None:
    items = [(1, "drawn", "aa"), (2, "reserve", "bb")]
    hashes = {
        record_hash({"seed": SEED}, items),
        record_hash({"seed": SEED + "1"}, items),
        record_hash({"seed": SEED}, items[:1]),
        record_hash({"seed": SEED}, [(1, "reserve", "aa"), items[1]]),
        record_hash({"seed": SEED}, items[::-1]),
    }
    assert len(hashes) == 5


def test_there_are_a_tenth_as_many_reserves_and_at_least_five() -> None:
    assert [reserves_for(n) for n in (1, 50, 60, 101)] == [5, 5, 6, 11]
