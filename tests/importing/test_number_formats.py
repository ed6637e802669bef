"""What a cell shows is what is read: a percentage, an amount, a word for a number, a month; what it holds is said."""

from __future__ import annotations

import datetime
import io
from typing import Any

import pytest
from openpyxl.styles import numbers

from riskreg.importing.account import Fate
from riskreg.importing.number_formats import shown
from riskreg.importing.packed_content import packed, unpacked
from riskreg.importing.tables import read_content

from .documents import blank_workbook, ods_of, xlsx_bytes
from .test_account import account_of

pytestmark = pytest.mark.one_engine

MONEY = '_-* #,##0.00\\ "kr"_-;\\-* #,##0.00\\ "kr"_-;_-* "-"??\\ "kr"_-;_-@_-'


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (0.91, "0%", "91%"),
        (0.9149, "0.0%", "91,5%"),
        (1234.5, '#,##0.00 "kr"', "1\u00a0234,50 kr"),
        (1234567.891, MONEY, " 1\u00a0234\u00a0567,89 kr "),
        (-5, "#,##0;[Red]-#,##0", "-5"),
        (-0.4, "0", "0"),
        (1.005, "0.00", "1,01"),
        (1_500_000, '#,##0.0,," mkr"', "1,5 mkr"),
        (5_560_000_000, "000000-0000", "556000-0000"),
        (7, '"R-"000', "R-007"),
        (5, '"Ja";;"Nej"', "Ja"),
        (0, '"Ja";;"Nej"', "Nej"),
        (5, '[>=5]"hög";"låg"', "hög"),
        (2, '[>=5]"hög";"låg"', "låg"),
        (8.4, "0", "8"),
        (2.5, 'General" st"', "2,5 st"),
        (1, "[$€-2] #,##0", "€ 1"),
        (3, ";;;", ""),
        ("text", ";;;", ""),
        ("text", '0;0;0;@" kr"', "text kr"),
        (datetime.date(2025, 3, 1), "mmm-yy", "mar-25"),
        (datetime.datetime(2025, 3, 1), "mmmm yyyy", "mars 2025"),
        (datetime.date(2025, 3, 1), "[$-409]mmmm", "March"),
        (datetime.date(2025, 3, 3), "dddd", "måndag"),
        (datetime.datetime(2025, 3, 1, 13, 5), "yyyy-mm-dd hh:mm", "2025-03-01 13:05"),
        (datetime.datetime(2025, 3, 1, 13, 5), "d mmm yyyy", "2025-03-01"),
        (datetime.timedelta(hours=26, minutes=5), "[h]:mm", "26:05"),
        (datetime.time(13, 5), "h:mm AM/PM", "1:05 PM"),
    ],
)
def test_a_format_shows_what_excel_shows(value: object, code: str, text: str) -> None:
    assert shown(value, code) == text


@pytest.mark.parametrize(
    ("value", "code"),
    [(12, "General"), ("text", "@"), ("text", "0%"), (0.5, "# ?/?"), (12345, "0.00E+00"),
     (datetime.date(2025, 3, 1), "d mmm yyyy"),
     (True, "0%"), (1, "0" * 300), (None, "0%")],
)  # fmt: skip
def test_of_a_format_that_says_nothing_more_or_is_not_known_the_value_stands(value: object, code: str) -> None:
    assert shown(value, code) is None


HEADINGS = ["Nr", "Risk", "Riskvärde", "Kontrollmoment", "Resultat", "Klart senast", "Åtgärd"]


def book(formats: dict[str, str], **values: Any) -> bytes:
    """A plan of one risk; `formats` and `values` by heading."""
    made, page = blank_workbook()
    page.append(HEADINGS)
    plain = {"Nr": 1, "Risk": "Brand", "Riskvärde": 8, "Kontrollmoment": "Brandrond", "Resultat": "Inga fel"}
    page.append([{**plain, **values}.get(heading) for heading in HEADINGS])
    for heading, code in formats.items():
        page.cell(2, HEADINGS.index(heading) + 1).number_format = code
    return xlsx_bytes(made)


def read(data: bytes, ending: str = "xlsx") -> tuple[Any, Any, Any]:
    content = read_content(io.BytesIO(data), f"plan.{ending}")
    account, (row,) = account_of(content)
    assert account.balances(content)
    return row, account, content


def test_a_percentage_is_read_as_it_is_shown_and_the_account_says_what_the_cell_holds() -> None:
    row, account, content = read(book({"Resultat": "0 %"}, Resultat=0.91))
    assert row.result == "91 %"
    (entry,) = (entry for entry in account.entries if entry.text == "91 %")
    assert entry.fate is Fate.TAKEN
    assert "0,91" in entry.reason
    assert unpacked(packed(content)) == content


@pytest.mark.parametrize(
    ("code", "value", "text"),
    [(MONEY, 1234.5, "1 234,50 kr"), ('0 "av 40"', 38, "38 av 40"), ("0.00", 12, "12"), ("0.0", 8.333333, "8,3"),
     ("mmmm yyyy", datetime.date(2025, 3, 1), "mars 2025"),
     (numbers.FORMAT_DATE_DDMMYY, datetime.date(2025, 3, 1), "2025-03-01")],
)  # fmt: skip
def test_amounts_units_and_months_are_read_as_they_are_shown(code: str, value: object, text: str) -> None:
    assert read(book({"Resultat": code}, Resultat=value))[0].result == text


def test_a_score_is_the_number_that_the_cell_holds() -> None:
    row, account, _content = read(book({"Riskvärde": '0 "poäng"', "Nr": '"R-"00'}))
    assert row.score == 8
    assert [entry.text for entry in account.of(Fate.LEFT_OUT)] == []


def test_a_month_is_no_day() -> None:
    row, account, _content = read(
        book({"Klart senast": "mmm-yy"}, **{"Klart senast": datetime.date(2025, 12, 1), "Åtgärd": "Öva"})
    )
    assert row.due_on is None
    assert [(entry.text, entry.settlement.reason) for entry in account.of(Fate.LEFT_OUT)] == [("dec-25", "not_a_day")]


def test_a_cell_whose_format_shows_nothing_is_hidden_text() -> None:
    row, _account, content = read(book({"Resultat": ";;;"}, Resultat="Hemlig anteckning"))
    assert not row.result
    assert [(piece.kind, piece.text, piece.row) for piece in content.beside] == [("hidden_text", "Hemlig anteckning", 2)]


def test_an_opendocument_cell_is_read_as_it_is_shown() -> None:
    def cells(*shown_as: tuple[str, str, str]) -> str:
        made = "".join(
            f'<table:table-cell office:value-type="{kind}" office:value="{value}"><text:p>{text}</text:p></table:table-cell>'
            for kind, value, text in shown_as
        )
        return f"<table:table-row>{made}</table:table-row>"

    head = cells(*(("string", "", heading) for heading in ("Nr", "Risk", "Riskvärde", "Kontrollmoment", "Resultat")))
    said = (("float", "1", "1,0"), ("string", "", "Brand"), ("float", "8", "8 poäng"), ("string", "", "Rond"))
    row, account, _content = read(ods_of(head + cells(*said, ("percentage", "0.91", "91 %"))), "ods")
    assert (row.number, row.score, row.result) == ("1", 8, "91 %")
    assert [entry.text for entry in account.entries if "stored" in entry.settlement.details] == ["8 poäng", "91 %"]
