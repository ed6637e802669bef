"""Which columns seem to hold personal data is told by what is in them; organisations' numbers and names are none."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controls.data_files.table import profile
from tests.data_files.files import Stored, csv_bytes
from tests.examples import some


def check_digit(nine: str) -> str:
    total = 0
    for place, digit in enumerate(nine):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def numbered(nine: str) -> str:
    return nine + check_digit(nine)


PERSON = numbered("640823323")
COMPANY = numbered("556186091")


def proposed(folder: Path, *values: str, heading: str = "Uppgift") -> str:
    rows = [(f"K{i}", value) for i, value in enumerate(values)]
    found = Stored(folder, csv_bytes(rows, ("Nyckel", heading)), "a.csv")
    return profile(found.engine, found.path, found.columns).personal.get(heading, "")


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([f"{PERSON[:6]}-{PERSON[6:]}"], "personal_number"),
        ([f"19{PERSON}"], "personal_number"),
        ([f"19{PERSON[:6]}-{PERSON[6:]}"], "personal_number"),
        ([PERSON], "personal_number"),
        ([*[COMPANY] * 99, PERSON], "personal_number"),
        ([*["x"] * 500, f"Betalning till {PERSON[:6]}-{PERSON[6:]}, mars"], "personal_number"),
        ([numbered("640883323")], "personal_number"),
        ([*["-"] * 50, "anna.berg@lillkoping.se"], "email"),
        (["0701234567", "08-123 456 78", "+46 70 123 45 67"], "phone"),
        (["Anna Berg", "Berg, Anna", "Nils-Erik Ek", "Åsa Öst"], "names"),
        ([*["Byggmax AB"] * 3, "Karin Lindqvist"], "names"),
    ],
)
def test_personal_data_are_told_by_what_they_are(tmp_path: Path, values: list[str], reason: str) -> None:
    assert proposed(tmp_path, *values) == reason


@pytest.mark.parametrize(
    "values",
    [
        [COMPANY, f"{COMPANY[:6]}-{COMPANY[6:]}"],
        [f"16{COMPANY}"],
        [f"{PERSON[:6]}-{(int(PERSON[6:]) + 1) % 10000:04}"],
        ["2025-03-01", "2025-12-31"],
        ["Anna Bergs Bygg AB", "Karin & Co", "Lars Ek Åkeri HB", "Maria kommun"],
        ["1 234,50", "-12,00"],
        ["Städ", "Konsulttjänster", "Park- och naturnämnden"],
        ["3921217000", "3921217001"],
        ["00123", "4010"],
        [""],
    ],
)
def test_other_columns_are_none(tmp_path: Path, values: list[str]) -> None:
    assert proposed(tmp_path, *values) == ""


@pytest.mark.parametrize(
    "heading", ["Namn", "Förnamn", "Attestant", "Beslutsattestant", "Anställningsnr", "Attesterad av", "Mobil"]
)
def test_a_heading_tells_what_the_cells_do_not(tmp_path: Path, heading: str) -> None:
    assert proposed(tmp_path, "abc12", "def34", heading=heading) == "heading"


@pytest.mark.parametrize("heading", ["Leverantör", "Leverantörsnamn", "Kontonamn", "Belopp", "Förvaltning", "Fakturanummer"])
def test_a_heading_of_things_is_none(tmp_path: Path, heading: str) -> None:
    assert proposed(tmp_path, "abc12", "def34", heading=heading) == ""


@settings(max_examples=some(12), deadline=None)
@given(st.dates(), st.integers(0, 999), st.sampled_from(["{y}{n}", "{c}{y}{n}", "{y}-{n}", "{c}{y}-{n}"]), st.booleans())
def test_every_personal_number_is_told_from_every_organisation_s(day: object, serial: int, form: str, is_wrong: bool) -> None:
    stamp = day.strftime("%y%m%d")  # type: ignore[attr-defined]
    number = numbered(f"{stamp}{serial:03}")
    last = str((int(number[-1]) + 1) % 10) if is_wrong else number[-1]
    written = form.format(c="19", y=stamp, n=number[6:9] + last)
    with tempfile.TemporaryDirectory() as folder:
        assert proposed(Path(folder), written) == ("" if is_wrong else "personal_number")


def test_a_column_of_random_numbers_is_none(tmp_path: Path) -> None:
    """Of ten digits at random some four in a thousand are a day with its check digit."""
    chance = random.Random(3)
    assert proposed(tmp_path, *(str(chance.randrange(10**9, 10**10)) for _ in range(3_000))) == ""
