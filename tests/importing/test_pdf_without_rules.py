"""PDF: a table without any rules is read by the columns that its words stand in, below a line of known headings."""

from __future__ import annotations

import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from controls.importing.comparing import compare
from controls.importing.reading import read
from controls.importing.target import Target
from riskreg.importing.account import Fate
from riskreg.importing.columns import find_blocks, mapping_of, parse, recognise
from riskreg.importing.readers import pdf
from riskreg.importing.unreadable import UnreadableFile
from tests.cast import Cast
from tests.examples import some

from .all_text import letters_read
from .pdf_layouts import pdf_of, quoted
from .test_pdf_layouts import content_of, texts

pytestmark = pytest.mark.one_engine

ROWS = [
    ["Nr", "Risk", "Riskvärde", "Kontrollmoment", "Frekvens"],
    ["1", "Fakturor betalas två gånger eller inte alls under året", "9", "Stickprov av fakturor", "Årligen"],
    ["2", "Behörigheter ligger kvar", "8", "Avstämning av konton mot personalregistret varje kvartal", "Kvartal"],
    ["3", "Sen betalning", "4", "Nyckeltal per månad", "Månad"],
]
WIDE = "(1cm, 6cm, 2cm, 7cm, 3cm)"
EVEN = "(1fr, 1fr, 1fr, 1fr, 1fr)"


def table(rows: list[list[str]], columns: str = WIDE, *, more: str = "", header: bool = False) -> str:
    head, *below = [", ".join(f"[{quoted(text)}]" for text in row) for row in rows]
    head = f"table.header({head})" if header else head
    return f"#table(columns: {columns}, stroke: none, {more} {head}, {', '.join(below)})\n"


@pytest.mark.parametrize("columns", [WIDE, EVEN])
@pytest.mark.parametrize("more", ["", "inset: 2pt,", "row-gutter: 6pt,", "align: (x, y) => if x == 2 { right } else { left },"])
def test_columns_are_those_of_the_words(columns: str, more: str) -> None:
    after = "\n#v(1cm)\nAntagen av nämnden."
    content = content_of(pdf_of("Internkontrollplan 2025\n\n" + table(ROWS, columns, more=more) + after))
    assert texts(content) == ROWS
    assert content.tables[0].heading == "Internkontrollplan 2025"
    assert [(piece.kind, piece.text) for piece in content.beside] == [("paragraph", "Antagen av nämnden.")]


PRINTED = "align: (x, y) => if y > 0 and x in (0, 2) { right } else { left }, inset: (x: 1pt, y: 0.5pt),"
"""As a spreadsheet prints: headings and texts at the left, figures at the right, close to the next cell's text."""


@pytest.mark.parametrize("gutter", ["6pt", "30pt"])
def test_a_spreadsheets_print_is_read_though_figures_touch_the_next_text(gutter: str) -> None:
    more = f"{PRINTED} row-gutter: {gutter},"
    content = content_of(pdf_of("Internkontrollplan 2025\n\n" + table(ROWS, more=more) + "\n#v(1cm)\n#align(center)[Sida 1]"))
    assert texts(content) == ROWS
    assert content.tables[0].heading == "Internkontrollplan 2025"
    assert [piece.text for piece in content.beside] == ["Sida 1"]


SHEET = [
    ROWS[0],
    ["1", "Avtal", "9", "Genomgång av avtalsdatabasen", "Årligen"],
    ["2", "Personuppgifter sprids till obehöriga genom felskickad e-post", "8", "Loggkontroll", "Månad"],
    ["3", "Brand", "4", "Stickprov av tjugo löner mot avtal och schema", "Årligen"],
    ["4", "Beslut verkställs sent", "6", "Genomgång", "Årligen"],
    ["5", "Felaktiga utbetalningar av löner till vikarier i förskolan", "6", "Loggkontroll", "Årligen"],
    ["6", "Jäv", "6", "Självskattning", "Årligen"],
]
HEIGHTS = {
    "as high as the text": "rows: auto, row-gutter: 3pt,",
    "no more room than lines": "rows: auto, row-gutter: 0pt,",
    "of different heights": "rows: (12pt, 12pt, 26pt, 26pt, 26pt, 26pt, 12pt),",
}


@pytest.mark.parametrize("above", ["", "#line(length: 100%, stroke: 0.5pt)\n"])
@pytest.mark.parametrize("heights", HEIGHTS.values(), ids=HEIGHTS)
@pytest.mark.parametrize("side", ["top", "bottom"])
def test_a_spreadsheets_rows_are_told_by_their_numbers_whatever_their_heights(side: str, heights: str, above: str) -> None:
    align = f"align: (x, y) => {side} + if y > 0 and x in (0, 2) {{ right }} else {{ left }}, inset: (x: 1pt, y: 0.5pt),"
    columns = "(1cm, 5.2cm, 2cm, 5.2cm, 3cm)"
    content = content_of(pdf_of("#set par(leading: 3pt)\n" + above + table(SHEET, columns, more=f"{align} {heights}")))
    assert texts(content) == SHEET


@pytest.mark.parametrize("stroke", ["(x, y) => (bottom: 0.5pt)", "(x, y) => (top: 0.5pt, bottom: 0.5pt)"])
def test_a_spreadsheets_print_with_horizontal_lines_is_read_though_figures_touch_the_next_text(stroke: str) -> None:
    made = table(SHEET, "(1cm, 5.2cm, 2cm, 5.2cm, 3cm)", more=PRINTED).replace("stroke: none", f"stroke: {stroke}")
    assert texts(content_of(pdf_of(made))) == SHEET


def test_a_spreadsheets_print_goes_on_over_pages_and_ends_with_its_total() -> None:
    rows = [
        ROWS[0],
        *([str(n), f"Risk {n}", "6", f"Kontroll {n}", "Årligen"] for n in range(1, 71)),
        ["", "Summa", "420", "", ""],
    ]
    content = content_of(
        pdf_of("#set page(footer: align(center)[#context counter(page).display()])\n" + table(rows, more=PRINTED))
    )
    assert len(content.tables) > 1
    assert [row for number in range(len(content.tables)) for row in texts(content, number)] == rows


@pytest.mark.parametrize("header", [True, False])
def test_a_table_goes_on_over_pages_with_and_without_its_headings(header: bool) -> None:
    rows = [ROWS[0], *([str(n), f"Risk {n}", "6", f"Kontroll {n}", "Årligen"] for n in range(1, 71))]
    page = "#set page(footer: [Sida #context counter(page).display()], header: [Kulturnämnden])\n"
    content = content_of(pdf_of(page + table(rows, header=header)))
    assert len(content.tables) > 2
    read_rows = [row for number in range(len(content.tables)) for row in texts(content, number) if row != ROWS[0]]
    assert read_rows == rows[1:]


@pytest.mark.parametrize("header", [True, False])
def test_a_row_cut_by_the_end_of_a_page_goes_on_with_or_without_headings_there(header: bool) -> None:
    """The lines at the top of the next page have no number."""
    text = "Risk att handläggningen dröjer och att den enskilde inte får sitt beslut i tid enligt lagen"
    rows = [ROWS[0], *([str(n), text, "6", text.replace("Risk", "Prov"), "Årligen"] for n in range(1, 30))]
    made = table(rows, "(1cm, 3cm, 2cm, 3cm, 3cm)", header=header)
    content = content_of(pdf_of(f"#set page(header: [Internkontrollplan 2025])\n{made}"))
    (block,) = find_blocks(content.tables)
    found = parse(block, mapping_of(recognise(block.headings)), likelihood_levels={}, impact_levels={})
    assert [(row.number, row.title, row.score, row.control) for row in found.rows] == [
        (row[0], row[1], 6, row[3]) for row in rows[1:]
    ]


@pytest.mark.parametrize("stroke", ["(x, y) => if y == 0 { (top: 0.5pt) }", "(x, y) => (top: if y == 0 { 0.5pt })"])
def test_a_filled_row_of_headings_and_outer_rules_hide_no_rows(stroke: str) -> None:
    """Rules find the headings alone, or all rows as one."""
    made = table(SHEET, "(1cm, 5.2cm, 2cm, 5.2cm, 3cm)", more='inset: 6pt, fill: (x, y) => if y == 0 { rgb("dde4ee") },')
    lines = made.replace("stroke: none", f"stroke: {stroke}") + "#v(-8pt)#line(length: 14.2cm, stroke: 0.5pt)\n"
    assert texts(content_of(pdf_of(lines))) == SHEET


def test_a_text_over_the_columns_ends_the_table_and_is_said() -> None:
    after = "Antagen av nämnden i december efter beredning i utskottet, förvaltningen och alla dess enheter.\n"
    content = content_of(pdf_of(table(ROWS) + after + table([["4", "Brand", "6", "Larm", "Årligen"]] * 2)))
    assert texts(content) == ROWS
    assert content.beside[0].text.startswith("Antagen av nämnden")


@pytest.mark.parametrize(
    "totals", [[["", "Summa", "21", "", ""]], [["", "Antal risker: 3", "", "", ""], ["", "Summa", "21", "", ""]]]
)
def test_a_total_without_space_above_it_is_no_part_of_the_last_row(totals: list[list[str]]) -> None:
    assert texts(content_of(pdf_of(table([*ROWS, *totals])))) == [*ROWS, *totals]


def test_two_known_headings_among_three_are_enough_where_one_is_of_a_plan() -> None:
    rows = [["Risk", "Riskvärde", "Vad vi gör"], ["Brand", "8", "Larm testas varje vecka"], ["Stöld", "6", "Lås byts"]]
    assert texts(content_of(pdf_of(table(rows, "(4cm, 3cm, 6cm)")))) == rows


@pytest.mark.parametrize(
    "body",
    [
        "Nr #h(3cm) Risk #h(3cm) Namn\n\n1 #h(3cm) Brand #h(3cm) Eva\n",
        "Risk, riskvärde och kontrollmoment står nedan.\n\n#lorem(60)",
        "#lorem(200)",
    ],
    ids=["two known headings", "headings in a sentence", "text"],
)
def test_text_without_a_line_of_headings_is_no_table(body: str) -> None:
    with pytest.raises(UnreadableFile) as caught:
        content_of(pdf_of(body))
    assert caught.value.code == "no_ruled_table"


def test_its_rows_are_risks_and_every_word_is_accounted_for(cast: Cast, target: Target) -> None:
    reading = read(io.BytesIO(pdf_of("Plan\n\n" + table(ROWS))), "plan.pdf", target)
    assert [(row.number, row.title, row.score, row.control) for row in reading.rows] == [
        (number, title, int(score), control) for number, title, score, control, _frequency in ROWS[1:]
    ]
    account = reading.account(compare(reading.rows, target, by=cast.eva).findings.settled)
    assert account.balances(reading.content)
    assert [entry.text for entry in account.of(Fate.LEFT_OUT)] == ["Plan"]


WORDS = st.lists(st.text(alphabet="abcdefghijklmnoprstuvåäö", min_size=1, max_size=9), min_size=1, max_size=7).map(" ".join)


@given(
    st.lists(st.lists(WORDS, min_size=5, max_size=5), min_size=1, max_size=5),
    st.sampled_from([WIDE, EVEN]),
    st.sampled_from(["left", "center", "right"]),
    WORDS,
)
@settings(max_examples=some(25), deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_word_of_a_page_is_in_a_cell_or_beside_once(rows: list[list[str]], columns: str, align: str, after: str) -> None:
    made = [ROWS[0], *([str(number), row[1], "6", row[3], row[4]] for number, row in enumerate(rows, start=1))]
    data = pdf_of(table(made, columns, more=f"align: {align},") + f"\n#v(1cm)\n{quoted(after)[1:]}")
    content = pdf.read(data, max_rows=100)
    assert letters_read(content).total() > 0
    content_of(data)
