"""What keeps a population from being locked is said by row, with the value and what is allowed."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from controls.data_files import table
from controls.data_files.table import CheckResult, profile
from tests.data_files.files import Stored, csv_bytes, invoices, xlsx_bytes


def checked(
    tmp_path: Path, rows: list[tuple[str, str, str, str]], *key: str, amount: str = "Belopp", stratum: str = ""
) -> CheckResult:
    return Stored(tmp_path, csv_bytes(rows), "a.csv").check(*(key or ("Faktura",)), amount=amount, stratum=stratum)


def said(found: CheckResult) -> list[tuple[str, int | None]]:
    return [(problem.code, problem.row) for problem in found.problems.found]


def test_rows_and_sums_are_counted_exactly(tmp_path: Path) -> None:
    rows = [
        ("1", "a", "0,10", "x"),
        ("2", "a", "0,20", "x"),
        ("3", "b", "1 000 000,05", "y"),
        ("4", "b", "-5,00", "y"),
        ("5", "b", "0", "y"),
    ]
    found = checked(tmp_path, rows, stratum="Leverantör")
    assert not found.problems
    assert (found.rows, found.total) == (5, Decimal("999995.35"))
    assert (found.negatives, found.negative_total, found.negative_rows, found.zeros) == (1, Decimal(-5), [5], 1)
    assert (found.positive_total, found.largest) == (Decimal("1000000.35"), Decimal("1000000.05"))
    assert [(name, count) for name, count, _ in found.strata] == [("a", 2), ("b", 3)]


def test_duplicate_keys_are_named_by_both_rows(tmp_path: Path) -> None:
    rows = invoices(5)
    rows.append(rows[1])
    rows.append(rows[1])
    found = checked(tmp_path, rows)
    assert said(found) == [("key_duplicate", 7), ("key_duplicate", 8)]
    assert found.problems.counts == {"key_duplicate": 2}
    assert "F000002" in found.problems.found[0].message
    assert found.problems.found[0].other == "3"


def test_a_combined_key_tells_apart_what_one_column_does_not(tmp_path: Path) -> None:
    rows = [("1", "a", "1", "x"), ("1", "b", "1", "x")]
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    assert said(checked(tmp_path / "one", rows)) == [("key_duplicate", 3)]
    assert not checked(tmp_path / "two", rows, "Faktura", "Leverantör").problems


def test_keys_that_only_a_joiner_tells_apart_are_duplicates(tmp_path: Path) -> None:
    rows = [("1|2", "3", "1", "x"), ("1", "2|3", "1", "x")]
    assert said(checked(tmp_path, rows, "Faktura", "Leverantör")) == [("key_duplicate", 3)]


def test_empty_keys_are_named_by_row_and_are_not_called_duplicates(tmp_path: Path) -> None:
    rows = [("", "a", "1", "x"), (" ", "b", "1", "x"), ("3", "c", "1", "x")]
    assert said(checked(tmp_path, rows)) == [("key_empty", 2), ("key_empty", 3)]


def test_a_key_column_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    found = checked(tmp_path, invoices(2), "Verifikation")
    assert said(found) == [("key_missing", None)]
    assert "Verifikation" in found.problems.found[0].message
    assert "Leverantör" in found.problems.found[0].message


NO_AMOUNTS = [
    *(
        "NaN",
        "nan",
        "∞",
        "inf",
        "-inf",
        "1e400",
        "1E5",
        "1E+05",
        "1,5E+05",
        "1/2",
        "½",
        "tolv",
        "12 kr",
        "1.234,50",
        "1,234.50",
        "500,25-",
        "12 34",
        "12,34,56",
        "--5",
        "N/A",
        "#1",
        '="5"',
    ),
]


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        *((text, "amount_text") for text in NO_AMOUNTS),
        *((text, "amount_error") for text in ("#N/A", "#DIV/0!", "#REF!", "#SAKNAS!", "#VÄRDEFEL!", "#n/a", "Err:502")),
        ("=SUM(A1:A9)", "amount_formula"),
        ("", "amount_empty"),
        ("1" + "0" * 15, "amount_too_large"),
    ],
)
def test_what_is_no_amount_is_named_by_row_and_value(tmp_path: Path, amount: str, code: str) -> None:
    found = checked(tmp_path, [("1", "a", "1,00", "x"), ("2", "a", amount, "x")])
    assert said(found) == [(code, 3)]
    assert amount in found.problems.found[0].message


@pytest.mark.parametrize(("key", "code"), [("#N/A", "key_error"), ("Err:504", "key_error"), ("=A1&B1", "key_formula")])
def test_a_key_that_is_no_value_is_named_by_row(tmp_path: Path, key: str, code: str) -> None:
    found = checked(tmp_path, [("1", "a", "1,00", "x"), (key, "a", "2", "x")])
    assert said(found) == [(code, 3)]
    assert key in found.problems.found[0].message


def test_only_an_empty_amount_is_told_to_become_zero(tmp_path: Path) -> None:
    texts = ("#N/A", "=A1*2", "tolv")
    for number, text in enumerate(texts):
        folder = tmp_path / str(number)
        folder.mkdir()
        [problem] = checked(folder, [("1", "a", text, "x")]).problems.found
        assert " 0" not in problem.message


@pytest.mark.parametrize(
    ("amount", "value"),
    [("1 234,50", "1234.5"), ("-3.00", "-3"), ("\u22127", "-7"), ("0,00005", "0.0001"), ("00012,50", "12.5"),
     ("12\u00a0345\u00a0678,00", "12345678"), ("1\u202f234,50", "1234.5")],
)  # fmt: skip
def test_amounts_as_people_write_them_are_read(tmp_path: Path, amount: str, value: str) -> None:
    assert checked(tmp_path, [("1", "a", amount, "x")]).total == Decimal(value)


def test_many_problems_are_counted_and_the_first_are_named(tmp_path: Path) -> None:
    rows = [(str(i), "a", "fel", "x") for i in range(100)]
    found = checked(tmp_path, rows)
    assert found.problems.counts == {"amount_text": 100}
    assert len(found.problems.found) == 20


def test_a_column_of_groups_must_group(tmp_path: Path) -> None:
    rows = [(str(i), f"grupp {i}", "1", "x") for i in range(201)]
    assert said(checked(tmp_path, rows, stratum="Leverantör")) == [("stratum_too_many", None)]


def test_one_row_is_a_population(tmp_path: Path) -> None:
    found = checked(tmp_path, [("1", "a", "1", "x")])
    assert (found.rows, bool(found.problems)) == (1, False)


def test_letters_that_were_misread_are_named_by_row(tmp_path: Path) -> None:
    rows = [("1", "Ã…keri", "1", "x"), ("2", "Åkeri", "1", "x"), ("3", "\ufffdkeri", "1", "x")]
    found = Stored(tmp_path, csv_bytes(rows), "a.csv")
    assert profile(found.engine, found.path, found.columns).misread == [2, 4]


def test_the_likely_key_is_the_column_that_tells_the_rows_apart(tmp_path: Path) -> None:
    found = Stored(tmp_path, xlsx_bytes(invoices(200)), "a.xlsx")
    assert profile(found.engine, found.path, found.columns).likely_key() == "Faktura"


def test_different_values_are_counted_exactly_up_to_a_million_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(f"F{i}", f"Leverantör {i % 4_873}", f"{i % 269},00", "") for i in range(30_000)]
    found = Stored(tmp_path, csv_bytes(rows), "a.csv")
    described = profile(found.engine, found.path, found.columns)
    assert described.is_exact
    assert [column.distinct for column in described.columns] == [30_000, 4_873, 269, 1]
    monkeypatch.setattr(table, "EXACT_ROWS", 29_999)
    estimated = profile(found.engine, found.path, found.columns)
    assert not estimated.is_exact
    assert [column.distinct for column in estimated.columns] == pytest.approx([30_000, 4_873, 269, 1], rel=0.2)
    assert estimated.likely_key() == "Faktura"


def test_one_value_that_is_there_twice_makes_no_key(tmp_path: Path) -> None:
    rows = [*invoices(5_000), ("F000007", "x", "1", "y")]
    found = Stored(tmp_path, csv_bytes(rows), "a.csv")
    assert profile(found.engine, found.path, found.columns).likely_key() == ""


def test_amounts_that_all_differ_by_chance_are_no_likely_key(tmp_path: Path) -> None:
    rows = [("F1", "a", f"{i},50", "x") for i in range(9)]
    found = Stored(tmp_path, csv_bytes(rows), "a.csv")
    assert profile(found.engine, found.path, found.columns).likely_key() == ""
