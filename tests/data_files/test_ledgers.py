"""Supplier ledgers as authorities publish them give the same items and the same control total, whatever their shape."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.data_files import ledgers
from tests.data_files.files import Stored
from tests.data_files.ledgers import Line

MADE = ledgers.lines(700)

SHAPES = {
    "bare carriage returns": ("l.csv", ledgers.bare_carriage_returns(MADE), "verifikationsnummer", "nettobelopp", "UTF-8"),
    "UTF-16 LE": ("l.csv", ledgers.utf_16(MADE), "verifikationsnummer", "belopp", "UTF-16"),
    "UTF-16 BE": ("l.csv", ledgers.utf_16(MADE, "utf-16-be"), "verifikationsnummer", "belopp", "UTF-16"),
    "Windows-1252": ("l.csv", ledgers.windows_1252(MADE), "Verifikat", "Belopp exkl. moms", "Windows-1252"),
    "tabs": ("l.txt", ledgers.windows_1252(MADE, "\t"), "Verifikat", "Belopp exkl. moms", "Windows-1252"),
    "JSON": ("l.json", ledgers.json_with_a_mark_in_the_key(MADE), "verifikationsnummer", "belopp", "UTF-8"),
    "compressed JSON": (
        "l.json.gz",
        gzip.compress(ledgers.json_with_a_mark_in_the_key(MADE)),
        "verifikationsnummer",
        "belopp",
        "UTF-8",
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_gives_the_same_items_and_control_total(tmp_path: Path, shape: str) -> None:
    name, content, key, amount, encoding = SHAPES[shape]
    found = Stored(tmp_path, content, name)
    checked = found.check(key, amount=amount)
    assert not checked.problems
    assert (checked.rows, checked.total) == (len(MADE), ledgers.total(MADE))
    assert found.read.encoding == encoding
    keys, suppliers = columns_of(
        found, key, next(name for name in found.columns if name.startswith("Lev") or name == "leverantor")
    )
    # Typographic quotes are letters of Windows-1252, too.
    assert keys == [line.number for line in MADE]
    assert suppliers == [line.supplier for line in MADE]


def columns_of(found: Stored, *names: str) -> list[list[str]]:
    rows = found.rows()
    return [[row[found.columns.index(name)] for row in rows] for name in names]


def test_a_mark_inside_the_first_key_is_no_part_of_the_column_s_name(tmp_path: Path) -> None:
    found = Stored(tmp_path, ledgers.json_with_a_mark_in_the_key(MADE[:3]), "l.json")
    assert found.columns[0] == "kopare_id"
    assert found.numbers() == [1, 2, 3]


def test_the_lines_differ_from_seed_to_seed() -> None:
    assert ledgers.total(ledgers.lines(700)) == ledgers.total(MADE) != ledgers.total(ledgers.lines(700, seed=13))
    assert isinstance(MADE[0], Line)
