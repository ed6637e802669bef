"""How a report lies on its pages: nothing torn apart that is read as one, no page for a line, no drawing too large."""

from __future__ import annotations

import io
from datetime import date
from xml.etree import ElementTree as ET

import docx
import pdfplumber
import pytest
from docx.oxml.ns import qn

from controls.reporting.handing_in.changes import changes
from controls.reporting.kinds import pictures
from controls.reporting.kinds.words import day_in_words, without_empty_columns
from controls.reporting.paper import Block, Cell, Chart, Column, Kind, Paper, Part, Passage, Table, text_cell
from controls.reporting.writers.drawings import points_of
from controls.reporting.writers.pdf.pdf import WIDTH, write_pdf
from controls.reporting.writers.widths import LINES_A_TABLE_KEEPS_TOGETHER, fit_widths
from controls.reporting.writers.word.docx import write_docx
from riskreg.charts import Bar, Line, lines
from riskreg.heatmap.cells import Tally
from riskreg.models import Risk
from tests.cast import Cast, make_matrix, make_risk
from tests.reporting.conftest import NOW, act
from tests.reporting.subjects import paper

pytestmark = pytest.mark.one_engine

SVG = "{http://www.w3.org/2000/svg}"
SEAL = "Sealed up to here."


def table(name: str, number: int, heading: str = "Bands") -> Table:
    rows = tuple((text_cell(f"{name} {index}"), text_cell("Words")) for index in range(number))
    return Table(name, heading, (Column("a", "First"), Column("b", "Second")), rows, description=heading)


def of(*parts: Part) -> Paper:
    return Paper(
        kind="follow_up",
        organisation="Lillköping",
        unit="Board",
        heading="Report",
        subtitle="About",
        language="en",
        drawn_up_on=date(2025, 9, 8),
        seal=SEAL,
        parts=parts,
    )


def filled(number: int) -> Passage:
    return Passage("filled", "", tuple(Block(Kind.TEXT, f"Line {index}") for index in range(number)))


def pages(made: Paper) -> list[str]:
    with pdfplumber.open(io.BytesIO(write_pdf(made, author="Eva", made_at=NOW))) as document:
        return [page.extract_text() for page in document.pages]


def drawn() -> Chart:
    return pictures.conclusions([Bar("Board", [1, 2, 0, 1, 0, 0])], what="Committee")


@pytest.mark.parametrize("above", range(27, 37))
def test_a_small_table_and_its_heading_stay_on_one_page_of_the_pdf(above: int) -> None:
    found = pages(of(filled(above), table("band", 4), filled(2)))
    holding = [page for page in found if "Bands" in page or "band " in page]
    assert len(holding) == 1
    assert [f"band {index}" in holding[0] for index in range(4)] == [True] * 4


@pytest.mark.parametrize("above", range(24, 36))
@pytest.mark.parametrize("last", ["table", "chart"])
def test_the_seal_is_no_page_of_its_own_in_the_pdf(above: int, last: str) -> None:
    found = pages(of(filled(above), table("band", 4) if last == "table" else drawn()))
    assert SEAL in found[-1]
    assert ("band 3" if last == "table" else "Conclusions") in found[-1]


def kept_with_next(made: Paper) -> list[list[bool]]:
    """Of every table, row by row: whether all its paragraphs keep with the next."""
    document = docx.Document(io.BytesIO(write_docx(made, author="Eva", made_at=NOW)))
    keeps = f"{qn('w:pPr')}/{qn('w:keepNext')}"
    return [
        [all(p.find(keeps) is not None for p in row.iter(qn("w:p"))) for row in each.iter(qn("w:tr"))]
        for each in document.element.body.iter(qn("w:tbl"))
    ]


def test_a_small_table_stays_on_one_page_in_word_and_a_long_one_may_break() -> None:
    long = LINES_A_TABLE_KEEPS_TOGETHER + 1
    small, large = kept_with_next(of(table("band", 4), table("risk", long), filled(1)))
    assert small == [True, True, True, True, False]
    assert large == [True, *[False] * long]


def test_the_seal_is_no_page_of_its_own_in_word() -> None:
    small, large = kept_with_next(of(table("band", 4), table("risk", LINES_A_TABLE_KEEPS_TOGETHER + 1)))
    assert (small[-1], large[-2:]) == (False, [False, True])
    document = docx.Document(io.BytesIO(write_docx(of(table("band", 4), drawn()), author="Eva", made_at=NOW)))
    *_others, picture, gap, seal = document.paragraphs
    assert seal.text == SEAL
    assert picture._p.find(f".//{qn('w:drawing')}") is not None
    assert [each.paragraph_format.keep_with_next for each in (picture, gap)] == [True, True]
    assert gap.style is not None
    assert gap.style.style_id == "RiskregGap"


@pytest.mark.django_db
@pytest.mark.parametrize("size", [3, 4, 5, 6])
def test_a_heatmap_leaves_room_for_what_belongs_to_it(cast: Cast, size: int) -> None:
    matrix = make_matrix(cast.municipality, size, name="Stor matris")
    matrix.impact_levels.filter(value=2).update(label="En mycket lång och utförlig beskrivning av följden")
    chart = pictures.heatmap_of(matrix, [Tally(1, 1, 1, None, 3), Tally(None, None, 6, None, 1)], "Plan")
    wide, tall = points_of(chart.svg, WIDTH)
    assert tall <= 300
    assert wide <= WIDTH + 0.1
    drawing = ET.fromstring(chart.svg.encode())
    height, width = float(drawing.attrib["height"]), float(drawing.attrib["width"])
    for text in drawing.iter(f"{SVG}text"):
        assert 0 < float(text.attrib["y"]) < height - 4
        assert 0 < float(text.attrib["x"]) < width - 8
    assert {"3", "Total: 4."} <= {text.text for text in drawing.iter(f"{SVG}text")}


@pytest.mark.django_db
def test_the_trend_names_its_risks_in_full(cast: Cast) -> None:
    title = "Bristande service mot förvaltningar och företag i upphandlingsfrågor"
    last = type(cast.plan).objects.create(unit=cast.board, year=2024, matrix=cast.matrix)
    risk = make_risk(cast.plan, title, risk_score=6)
    Risk.objects.filter(pk=risk.pk).update(carried_from=make_risk(last, title, risk_score=8))
    trend = pictures.trend(cast.eva, cast.plan, public=False)
    assert trend is not None
    assert f">{title}</text>" in trend.svg
    assert points_of(trend.svg, WIDTH)[0] <= WIDTH
    on_a_page = lines(["2024", "2025"], [Line(title, [8, 6])], title="T").file
    assert f">{title}</text>" not in on_a_page


def test_a_column_that_says_nothing_is_left_out_and_what_it_said_before_is_told() -> None:
    columns = (Column("risk", "Risk"), Column("result", "Result"), Column("effect", "Effect"))
    said = Table("t", "T", columns, ((text_cell("R"), text_cell(""), text_cell("Better")),), keys=("1",))
    silent = Table("t", "T", columns, ((text_cell("R"), text_cell(""), Cell()),), keys=("1",))
    assert without_empty_columns(said, "effect") == said
    shorter = without_empty_columns(silent, "effect")
    assert [column.key for column in shorter.columns] == ["risk", "result"]
    assert [len(row) for row in shorter.rows] == [2]
    told = changes(of(said), of(shorter), 1, of(shorter))
    assert [[cell.text for cell in row] for row in told.rows] == [["R", "Effect", "Better", ""]]


@pytest.mark.django_db
def test_deviations_have_a_column_for_effects_when_there_is_one(half_year: Cast) -> None:
    assert "effect" not in [column.key for column in paper(half_year, "deviations").table("deviations").columns]
    found = half_year.plan.risks.get(title="Ramavtal följs inte").controls.get().follow_ups.get()
    act(found, "Ny rutin", done_on=date(2025, 9, 1), effect="Färre fel")
    assert "effect" in [column.key for column in paper(half_year, "deviations").table("deviations").columns]


def test_a_day_is_not_torn_from_its_month() -> None:
    day = day_in_words(date(2025, 12, 31))
    made = Table("t", "T", (Column("due", "Due", 1), Column("text", "Text", 30)), ((text_cell(day), text_cell("x")),))
    narrow = Table("t", "T", made.columns, ((text_cell(day.replace("\u00a0", " ")), text_cell("x")),))
    assert fit_widths(made, 400)[0][0] > fit_widths(narrow, 400)[0][0]
