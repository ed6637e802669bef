"""The draw from a stored file gives what the arithmetic gives, whatever the method, and the whole rows with it."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from controls.sampling.drawing.picking import (
    NotDrawable,
    Picked,
    pick_all,
    pick_by_amount,
    pick_by_stratum,
    pick_next,
    pick_smallest,
)
from controls.sampling.drawing.tickets import by_amount, by_stratum, reserves_for, smallest, units
from tests.data_files.files import Stored, csv_bytes, invoices

SEED = "29460519230857612348"
ROWS = invoices(500)
KEYS = [row[0] for row in ROWS]


@pytest.fixture
def stored(tmp_path: Path) -> Stored:
    return Stored(tmp_path, csv_bytes(ROWS), "a.csv")


def keys(picked: list[Picked], kind: str = "drawn") -> list[str]:
    return [item.key for item in picked if item.kind == kind]


def test_the_smallest_tickets_are_drawn_with_reserves_after_them(stored: Stored) -> None:
    picked = pick_smallest(stored.engine, stored.table("Faktura"), SEED, 60)
    expected = smallest(SEED, KEYS, 60 + reserves_for(60))
    assert keys(picked) == expected[:60]
    assert keys(picked, "reserve") == expected[60:]


def test_each_item_brings_its_row_and_all_its_cells(stored: Stored) -> None:
    for item in pick_smallest(stored.engine, stored.table("Faktura", amount="Belopp", stratum="Konto"), SEED, 5):
        row = ROWS[item.row - 2]
        assert item.cells == row
        assert item.key == row[0]
        assert item.amount == Decimal(row[2].replace(",", "."))
        assert item.stratum == row[3]


def test_the_rows_order_does_not_matter(tmp_path: Path, stored: Stored) -> None:
    (tmp_path / "other").mkdir()
    other = Stored(tmp_path / "other", csv_bytes(ROWS[::-1]), "a.csv")
    table = "Faktura"
    assert keys(pick_smallest(stored.engine, stored.table(table), SEED, 60)) == keys(
        pick_smallest(other.engine, other.table(table), SEED, 60)
    )


def test_a_combined_key_is_drawn_by_its_joined_text(stored: Stored) -> None:
    picked = pick_smallest(stored.engine, stored.table("Leverantör", "Faktura"), SEED, 9)
    assert keys(picked) == smallest(SEED, [f"{row[1]}|{row[0]}" for row in ROWS], 9)


def test_groups_are_drawn_each_by_itself(stored: Stored) -> None:
    sizes = {"4000": 7, "4003": 3}
    picked = pick_by_stratum(stored.engine, stored.table("Faktura", stratum="Konto"), SEED, sizes)
    expected = by_stratum(SEED, {row[0]: row[3] for row in ROWS}, sizes)
    assert keys(picked) == expected["4000"] + expected["4003"]


def test_items_from_an_amount_are_taken_whole_beside_the_sample(stored: Stored) -> None:
    picked = pick_smallest(stored.engine, stored.table("Faktura", amount="Belopp"), SEED, 20, whole_from=Decimal(980))
    large = [row[0] for row in ROWS if Decimal(row[2].replace(",", ".")) >= 980]
    assert large
    assert sorted(keys(picked, "whole")) == sorted(large)
    assert keys(picked) == smallest(SEED, [key for key in KEYS if key not in large], 20)


@pytest.mark.parametrize("interval", [None, Fraction(123456789, 7)])
def test_a_draw_by_amount_is_the_arithmetic_s(stored: Stored, interval: Fraction | None) -> None:
    picked = pick_by_amount(stored.engine, stored.table("Faktura", amount="Belopp"), SEED, 40, interval)
    expected = by_amount(SEED, {row[0]: units(Decimal(row[2].replace(",", "."))) for row in ROWS}, 40, interval)
    assert tuple(keys(picked, "whole")) == expected.whole
    assert tuple(keys(picked)) == expected.hit


def test_everything_is_drawn_in_the_order_of_the_tickets(stored: Stored) -> None:
    assert keys(pick_all(stored.engine, stored.table("Faktura"), SEED)) == smallest(SEED, KEYS, len(KEYS))


def test_the_next_tickets_follow_those_drawn(stored: Stored) -> None:
    expected = smallest(SEED, KEYS, 70)
    assert keys(pick_next(stored.engine, stored.table("Faktura"), SEED, expected[:60], 10), "reserve") == expected[60:]


def test_a_sample_as_large_as_the_population_is_the_population(stored: Stored) -> None:
    assert len(keys(pick_smallest(stored.engine, stored.table("Faktura"), SEED, 500))) == 500


@pytest.mark.parametrize("n", [501, 10_000])
def test_a_sample_larger_than_the_population_is_refused(stored: Stored, n: int) -> None:
    with pytest.raises(NotDrawable) as caught:
        pick_smallest(stored.engine, stored.table("Faktura"), SEED, n)
    assert (caught.value.code, caught.value.values["rows"]) == ("too_many", 500)


def test_no_positive_amount_is_refused(tmp_path: Path) -> None:
    stored = Stored(tmp_path, csv_bytes([("1", "a", "-1", "x"), ("2", "a", "0", "x")]), "a.csv")
    with pytest.raises(NotDrawable) as caught:
        pick_by_amount(stored.engine, stored.table("Faktura", amount="Belopp"), SEED, 1)
    assert caught.value.code == "no_amounts"


def test_when_nothing_is_left_it_is_said(stored: Stored) -> None:
    with pytest.raises(NotDrawable) as caught:
        pick_next(stored.engine, stored.table("Faktura"), SEED, KEYS, 1)
    assert caught.value.code == "nothing_left"
