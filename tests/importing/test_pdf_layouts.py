"""PDF: a table is read whatever rules it has, and every word of a page is in a cell or beside the tables, once."""

from __future__ import annotations

import io
from typing import Any

import pdfplumber
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskreg.importing.cells import Content, Place
from riskreg.importing.readers import pdf
from riskreg.importing.readers.joined_pages import join_pages
from riskreg.importing.unreadable import UnreadableFile
from tests.examples import some

from .all_text import letters, letters_read
from .documents import FILES
from .pdf_layouts import RULES, pdf_of, table

ROWS = [
    ["Identifierad risk", "Beskrivning", "Riskvärde", "Kontrollmoment"],
    ["Fakturor betalas två gånger", "Samma faktura kan attesteras dubbelt av två personer.", "9", "Stickprov av fakturor"],
    [
        "Behörigheter ligger kvar",
        "Den som har slutat kan logga in.",
        "8",
        "Avstämning av konton mot personalregistret varje kvartal",
    ],
    ["Sen betalning", "Dröjsmålsränta.", "4", "Nyckeltal per månad"],
]


def content_of(data: bytes) -> Content:
    content = join_pages([pdf.read(data, max_rows=1000)], max_rows=1000)
    with pdfplumber.open(io.BytesIO(data)) as document:
        on_pages = letters(char["text"] for page in document.pages for char in page.chars)
    assert letters_read(content) == on_pages
    return content


def texts(content: Content, number: int = 0) -> list[list[str]]:
    return [[cell.text for cell in row] for row in content.tables[number].rows]


@pytest.mark.parametrize("rules", RULES)
def test_a_table_is_read_whichever_rules_it_lacks(rules):
    content = content_of(pdf_of("Internkontrollplan 2025\n\n" + table(ROWS, rules) + "\n#v(1cm)\nAntagen av nämnden."))
    assert texts(content) == ROWS
    assert content.tables[0].heading == "Internkontrollplan 2025"
    assert [(piece.kind, piece.text) for piece in content.beside] == [("paragraph", "Antagen av nämnden.")]


@pytest.mark.parametrize("rules", ["all", "horizontal", "no border"])
def test_cells_over_several_columns_or_rows_are_read_as_such(rules):
    body = (
        "#{ let wide = 3; let high = 4; table(columns: (5cm, 5cm, 5cm), stroke: RULES,"
        "[Risk], [Kontroll], [Metod],"
        "table.cell(colspan: 3)[Ekonomi och lön i hela förvaltningen, hela året, alla enheter och mer],"
        "table.cell(rowspan: 2)[Brand], [Larm], [Stickprov], [Släckare], [Enkät]) }"
    ).replace("RULES", RULES[rules])
    content = content_of(pdf_of(body))
    assert [[cell.merged or cell.text for cell in row] for row in content.tables[0].rows] == [
        ["Risk", "Kontroll", "Metod"],
        ["Ekonomi och lön i hela förvaltningen, hela året, alla enheter och mer", "left", "left"],
        ["Brand", "Larm", "Stickprov"],
        ["up", "Släckare", "Enkät"],
    ]


@pytest.mark.parametrize("angle", ["-90deg", "90deg"])
def test_turned_headings_are_read_as_they_are_written(angle):
    data = pdf_of(table(ROWS, "all", heading=f"#rotate({angle}, reflow: true)"[1:]))
    assert texts(content_of(data)) == ROWS


def test_a_figure_close_to_the_next_cells_text_stays_in_its_cell():
    settings = "inset: 0.6pt, align: (x, y) => if x == 2 { right } else { left },"
    content = content_of(pdf_of(table(ROWS, "all", settings=settings, columns="(4cm, 6cm, 1.6cm, 6cm)")))
    assert texts(content) == ROWS


def test_a_figure_close_to_the_next_columns_text_is_told_apart_without_rules_between_them():
    rows = [ROWS[0], *([f"Risk {n}", "Det som kan hända.", str(n * 10), f"Kontroll nummer {n}"] for n in range(1, 12))]
    settings = "inset: (x: 2pt, y: 3pt), align: (x, y) => if x == 2 { right } else { left },"
    assert texts(content_of(pdf_of(table(rows, "horizontal", settings=settings, columns="(4cm, 6cm, 1.6cm, 6cm)")))) == rows


def test_a_long_word_that_runs_over_its_cells_side_ends_where_the_next_cells_text_begins():
    rows = [["Risk", "Beskrivning", "Riskvärde"], ["Välfärdsbrottslighet", "Kommunens pengar går till brott", "12"]]
    assert texts(content_of(pdf_of(table(rows, "all", columns="(2.6cm, 4cm, 2cm)")))) == rows


def test_a_long_word_over_several_columns_is_one_word():
    head = "[Nr], [Risk], [Riskvärde]"
    cells = f"#table(columns: (2cm, 4cm, 2cm), stroke: 0.5pt, {head}, table.cell(colspan: 3, %s), [1], [Brand], [8])"
    for word in ("[Fastighetsunderhållsavdelningen]", "[FastighetsUnderhållsAvdelningen]"):
        assert texts(content_of(pdf_of(cells % word)))[1] == [word.strip("[]"), "", ""]


def test_two_tables_with_horizontal_rules_of_one_width_are_two_tables():
    first = [["Inga avvikelser", "Mindre avvikelser"], ["3", "1"]]
    filled = "fill: (x, y) => if y == 0 { luma(220) },"
    body = (
        table(first, "horizontal", settings=filled) + "\nRisker och uppföljning\n\n" + table(ROWS, "horizontal", settings=filled)
    )
    content = content_of(pdf_of(body))
    assert [texts(content, number) for number in range(2)] == [first, ROWS]
    assert content.tables[1].heading == "Risker och uppföljning"


def test_a_table_over_pages_is_read_on_each():
    rows = [ROWS[0], *([f"Risk {n}", "Det som kan hända är mycket.", "6", f"Kontroll {n}"] for n in range(80))]
    content = content_of(pdf_of(table(rows, "horizontal")))
    assert {piece.place.number for piece in content.tables} == set(range(1, len(content.tables) + 1))
    assert len(content.tables) > 2
    assert [row for number in range(len(content.tables)) for row in texts(content, number)] == rows


def test_words_beside_a_table_are_said():
    body = f"#grid(columns: (15cm, 1fr), [{table(ROWS[:2], 'all')}], [Se bilaga tre])"
    content = content_of(pdf_of(body))
    assert texts(content) == ROWS[:2]
    assert [(piece.kind, piece.text, piece.place) for piece in content.beside] == [
        ("outside_cells", "Se bilaga tre", Place("page", 1))
    ]


def test_a_page_of_text_with_a_rule_above_and_below_is_no_table():
    body = "Kulturnämnden #h(1fr) Dnr 2025/14\n#line(length: 100%)\n#lorem(80)\n\n#lorem(60)\n#line(length: 100%)\nSida 1"
    with pytest.raises(UnreadableFile) as caught:
        content_of(pdf_of(body))
    assert caught.value.code == "no_ruled_table"


def test_only_a_file_without_text_is_called_scanned():
    with pytest.raises(UnreadableFile) as caught:
        join_pages([pdf.read(pdf_of("#rect(width: 5cm)"), max_rows=10)], max_rows=10)
    assert caught.value.code == "no_text_table"


def test_a_real_follow_up_is_all_in_its_cells():
    assert content_of((FILES / "follow_up.pdf").read_bytes()).beside == []


_WORDS = st.text(alphabet="abcdefghijklmnoprstuvåäö", min_size=1, max_size=9)
_TEXTS = st.lists(_WORDS, min_size=1, max_size=8).map(" ".join)


@st.composite
def _layouts(draw: Any) -> str:
    """A page: text, a table of some kind, text, and perhaps another table."""
    parts = []
    for _ in range(draw(st.integers(1, 2))):
        wide = draw(st.integers(2, 6))
        rows = draw(st.lists(st.lists(_TEXTS, min_size=wide, max_size=wide), min_size=2, max_size=5))
        inset = draw(st.sampled_from(["1pt", "3pt", "6pt"]))
        align = draw(st.sampled_from(["left", "right", "center"]))
        parts += [
            draw(_TEXTS),
            "\n\n",
            table(rows, draw(st.sampled_from(list(RULES))), settings=f"inset: {inset}, align: {align},"),
        ]
    return "".join([*parts, "\n", draw(_TEXTS)])


@settings(max_examples=some(40), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_layouts())
def test_every_word_of_a_page_is_in_a_cell_or_beside_once(layout):
    data = pdf_of(layout)
    read = pdf.read(data, max_rows=1000)
    with pdfplumber.open(io.BytesIO(data)) as document:
        assert letters_read(read) == letters(char["text"] for page in document.pages for char in page.chars)
