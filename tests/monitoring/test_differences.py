"""What differs between two snapshots: new, gone and changed rows, by field; a ledger by supplier."""

from __future__ import annotations

from decimal import Decimal

from controls.monitoring.kinds import KINDS
from controls.monitoring.snapshots.differences import Comparison, Counts, DifferentRow, What
from tests.monitoring.conftest import Take

BEFORE = "Orgnr;Företag;Rating;Styrelse\n556036-0793;Gården AB;AAA;Bo\n202100-5489;Boden;A;Ulla\n212000-0142;Stan;B;\n"
AFTER = "Företag;Orgnr;Rating;Styrelse\nGården AB;5560360793;C;Bo, Siv\nBoden;16 2021005489;A;Ulla\nNya AB;556012-5790;AA;\n"


def _compared(take: Take, before: str, after: str, kind: str, key: list[str] | None = None) -> Comparison:
    earlier, later = take(before, kind=kind, key=key), take(after, kind=kind, key=key)
    return Comparison(later.engine, KINDS[kind], earlier.stored, later.stored)


def test_rows_are_matched_by_key_however_it_is_written_and_columns_by_their_field(take: Take) -> None:
    compared = _compared(take, BEFORE, AFTER, "watched")
    assert compared.counts() == Counts(3, 3, 1, 1, 1, {"rating": 1, "board": 1})
    assert compared.rows(what=What.CHANGED) == [
        DifferentRow(What.CHANGED, "5560360793", 2, [("rating", "AAA", "C"), ("board", "Bo", "Bo, Siv")])
    ]
    assert [(row.what, row.key) for row in compared.rows(what=What.GONE)] == [(What.GONE, "2120000142")]
    new = compared.rows(what=What.NEW)[0]
    assert new.changes == [("identity", None, "5560125790"), ("name", None, "Nya AB"), ("rating", None, "AA")]


def test_one_fields_changes_are_had_alone_and_in_pages(take: Take) -> None:
    compared = _compared(take, BEFORE, AFTER, "watched")
    assert [row.key for row in compared.rows(of_field="board")] == ["5560360793"]
    assert compared.rows(of_field="name") == []
    assert [row.key for row in compared.rows(most=2)] + [row.key for row in compared.rows(first=2)] == [
        "2120000142",
        "5560125790",
        "5560360793",
    ]


def test_the_same_file_again_differs_in_nothing(take: Take) -> None:
    assert _compared(take, BEFORE, BEFORE, "watched").counts() == Counts(3, 3, 0, 0, 0, {})


def test_an_own_register_is_compared_by_the_headings_that_both_files_have(take: Take) -> None:
    compared = _compared(take, "Nr;Vem;Våning\n1;Bo;2\n2;Siv;3\n", "Vem;Nr\nBo;1\nUlla;2\n", "own", key=["Nr"])
    assert compared.counts() == Counts(2, 2, 0, 0, 1, {"Vem": 1})
    assert compared.rows()[0].changes == [("Vem", "Siv", "Ulla")]


def test_a_key_that_several_rows_have_is_compared_by_its_first_row(take: Take) -> None:
    twice = "Nr;Vem\n1;Bo\n1;Siv\n"
    assert _compared(take, twice, twice, "own", key=["Nr"]).counts() == Counts(1, 1, 0, 0, 0, {})


def test_a_ledger_is_compared_by_supplier(take: Take) -> None:
    head = "Leverantör;Organisationsnummer;Belopp;Datum\n"
    before = head + "Gården AB;556036-0793;100;2025-01-02\nBoden;17;50;2025-01-03\n"
    after = before + "Gården AB;5560360793;1,50;2025-02-01\nStan;212000-0142;7;2025-02-02\n"
    compared = _compared(take, before, after, "ledger")
    assert compared.counts() == Counts(2, 3, 1, 0, 1, {"lines": 1, "amount": 1})
    assert compared.rows(what=What.CHANGED)[0].changes == [("lines", 1, 2), ("amount", Decimal(100), Decimal("101.5"))]
