"""A wide table printed on pages beside each other is one table where its rows say so, and else stands in the account."""

from __future__ import annotations

import io

import pytest

from riskreg.importing.account import Account, Fate
from riskreg.importing.cells import Content
from riskreg.importing.columns import ImportRow
from riskreg.importing.tables import read_content

from .pdf_layouts import pdf_of, table
from .test_account import account_of

LEFT = [
    ["Nr", "Risk", "Riskvärde"],
    ["1", "Felaktiga löner", "6"],
    ["2", "Ramavtal följs inte vid inköp av varor och tjänster", "8"],
    ["3", "Energibrist", "4"],
    ["4", "Hot mot tjänstepersoner", "9"],
]
RIGHT = [
    ["Kontrollmoment", "Resultat", "Bedömning", "Märkligt"],
    ["Stickprov av attest", "Inga fel.", "Inga avvikelser", "a"],
    ["Genomgång av avtal", "Två köp utanför.", "Mindre avvikelser", "b"],
    ["Granskning", "Alla har planer.", "Inga avvikelser", "c"],
    ["Enkät", "Svaren samlas in.", "Pågår", "d"],
]
ROWS = "rows: (1.2cm, 0.8cm, 1.6cm, 0.8cm, 1.1cm),"


def printed(*pages: list[list[str]], rules: str = "all", rows: tuple[str, ...] = ()) -> Content:
    heights = rows or (ROWS,) * len(pages)
    body = "#pagebreak()\n".join(table(page, rules, settings=high) for page, high in zip(pages, heights, strict=True))
    return read_content(io.BytesIO(pdf_of(body)), "plan.pdf")


def read(content: Content) -> tuple[Account, list[ImportRow]]:
    account, rows = account_of(content)
    assert account.balances(content)
    return account, rows


@pytest.mark.parametrize("rules", ["all", "no border", "horizontal"])
def test_the_next_columns_on_the_next_page_belong_to_the_rows_before(rules: str) -> None:
    account, rows = read(printed(LEFT, RIGHT, rules=rules))
    assert [(row.number, row.title, row.control, row.result, row.conclusion) for row in rows] == [
        ("1", "Felaktiga löner", "Stickprov av attest", "Inga fel.", "no_deviations"),
        ("2", LEFT[2][1], "Genomgång av avtal", "Två köp utanför.", "minor_deviations"),
        ("3", "Energibrist", "Granskning", "Alla har planer.", "no_deviations"),
        ("4", "Hot mot tjänstepersoner", "Enkät", "Svaren samlas in.", "ongoing"),
    ]
    left = [(str(entry.place.number), entry.row, entry.heading, entry.text) for entry in account.of(Fate.LEFT_OUT)]
    assert left == [("2", row, "Märkligt", text) for row, text in enumerate(["Märkligt", "a", "b", "c", "d"], start=1)]
    headings = [entry for entry in account.entries if entry.settlement.reason == "heading"]
    assert [entry.field.value for entry in headings if entry.field] == [
        "number", "title", "score", "control", "result", "conclusion",
    ]  # fmt: skip


def test_rows_over_pages_down_and_then_over_or_the_other_way() -> None:
    more = [["5", "Brand", "6"], ["6", "Översvämning", "3"]]
    beside = [["Lås", "x", "Pågår", "e"], ["Pumpar", "y", "Pågår", "f"]]
    high = (ROWS, "rows: (0.7cm, 0.9cm),", ROWS, "rows: (0.7cm, 0.9cm),")
    for pages, heights in (
        ((LEFT, more, RIGHT, beside), high),
        ((LEFT, RIGHT, more, beside), (high[0], high[2], high[1], high[3])),
    ):
        _account, rows = read(printed(*pages, rows=heights))
        assert [(row.title, row.control) for row in rows][3:] == [
            ("Hot mot tjänstepersoner", "Enkät"),
            ("Brand", "Lås"),
            ("Översvämning", "Pumpar"),
        ]


@pytest.mark.parametrize(
    ("pages", "heights"),
    [
        ((LEFT, RIGHT[:-1]), (ROWS, "rows: (1.2cm, 0.8cm, 1.6cm, 0.8cm),")),
        ((LEFT, RIGHT), (ROWS, "rows: (1.2cm, 0.8cm, 1.1cm, 1.3cm, 1.1cm),")),
    ],
)
def test_rows_that_do_not_agree_are_no_guess(pages: tuple[list[list[str]], ...], heights: tuple[str, ...]) -> None:
    account, rows = read(printed(*pages, rows=heights))
    assert {(row.control, row.result) for row in rows} == {("", "")}
    said = {entry.text for entry in account.of(Fate.LEFT_OUT)}
    assert {text for row in pages[1] for text in row} <= said


def test_a_long_table_with_its_headings_on_each_page_goes_on_downwards() -> None:
    again = [LEFT[0], *([str(int(row[0]) + 4), f"{row[1]} igen", row[2]] for row in LEFT[1:])]
    _account, rows = read(printed(LEFT, again))
    assert [row.number for row in rows] == ["1", "2", "3", "4", "5", "6", "7", "8"]


def test_a_page_whose_rows_name_the_risks_in_another_order_is_not_joined() -> None:
    titles = [row[1] for row in LEFT[1:]]
    other = [["Avser", *RIGHT[0][1:3]], *([title, *row[1:3]] for title, row in zip(reversed(titles), RIGHT[1:], strict=True))]
    account, rows = read(printed(LEFT, other))
    assert [(row.title, row.result) for row in rows] == [(title, "") for title in titles]
    assert "Inga fel." in [entry.text for entry in account.of(Fate.LEFT_OUT)]


def test_a_page_that_repeats_each_rows_title_is_joined() -> None:
    same = [["Avser", *RIGHT[0][1:3]], *([own[1], *row[1:3]] for own, row in zip(LEFT[1:], RIGHT[1:], strict=True))]
    _account, rows = read(printed(LEFT, same))
    assert [(row.title, row.result) for row in rows] == [(own[1], row[1]) for own, row in zip(LEFT[1:], RIGHT[1:], strict=True)]
