"""Every kind of report in every format, read back by a reader that knows nothing of the writer, and compared with its rows."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from datetime import date
from typing import Any

import docx
import pdfplumber
import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.formats import date_format
from python_calamine import CalamineWorkbook

from controls.checks.evidence import attach_to_check
from controls.models import Sample
from controls.reporting.kinds import KINDS
from controls.reporting.paper import Cell, Kind, as_json, from_json
from controls.reporting.writers.word.wordml import clean
from riskreg import clock
from riskreg.access.grants import may
from riskreg.access.verbs import Verb
from riskreg.plans.content import sha256_of
from riskreg.trail.seals import head, seal
from tests.cast import Cast, make_control, make_many_risks, make_risk
from tests.checks.checks import make_check, monthly
from tests.reporting.conftest import NOW, act, approved
from tests.reporting.ooxml import faults
from tests.reporting.pdf_faults import pdf_faults
from tests.reporting.subjects import paper, subject, written
from tests.reporting.test_docx import text_in
from tests.sampling.scene import a_control, a_follow_up, designed, drawn, locked

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
SAMPLE_CELLS = ("risk", "population", "locked", "rows", "method", "size", "seed", "drawn", "record", "outcome")
every_kind = pytest.mark.parametrize("code", list(KINDS))


@pytest.fixture
def year(half_year: Cast) -> Cast:
    """The half-year with a late action, a carried-over risk and a seal, so that every table of every kind has rows."""
    risk = make_risk(half_year.plan, "Kommungemensam risk", is_municipality_wide=True)
    deviating = approved(half_year, make_control(risk, "Enkät"), conclusion="significant_deviations", result="Stora brister.")
    act(deviating, "Ny rutin", responsible=half_year.karin, due_on=date(2025, 9, 1))
    seal(NOW)
    return half_year


def squeezed(text: str) -> str:
    """Letters and signs alone: what is left when lines are broken, hyphenated and filled out differently."""
    return re.sub(r"[\s\u00ad\u00a0\u200b\u2010-]", "", clean(text))


@every_kind
def test_what_is_kept_as_json_is_the_same_paper(year: Cast, code: str) -> None:
    made = paper(year, code)
    assert from_json(json.loads(json.dumps(as_json(made)))) == made


@every_kind
def test_every_word_table_reads_back_as_its_rows_say(year: Cast, code: str) -> None:
    made = paper(year, code)
    content = written(made, "docx")
    assert faults(content) == []
    found = docx.Document(io.BytesIO(content)).tables
    assert len(found) == len(made.tables)
    for table, there in zip(made.tables, found, strict=True):
        assert [squeezed(cell.text) for cell in there.rows[0].cells] == [squeezed(column.words) for column in table.columns]
        for row, cells in zip(table.rows, there.rows[1:], strict=bool(table.rows)):
            assert [squeezed(text_in(cell)) for cell in cells.cells] == [squeezed(cell.text) for cell in row]


@every_kind
def test_every_sheet_reads_back_as_its_rows_say(year: Cast, code: str) -> None:
    made = paper(year, code)
    book = CalamineWorkbook.from_filelike(io.BytesIO(written(made, "xlsx")))
    tables = [table.flat or table for table in made.tables if table.name != "overview"]
    for name, table in zip(book.sheet_names, tables, strict=False):
        head, *rows = book.get_sheet_by_name(name).to_python()
        labels = [column.label for column in table.columns]
        assert [label for label in head if label not in OWN_COLUMNS or label in labels] == labels
        there = [dict(zip(head, map(as_value, row), strict=True)) for row in rows]
        for found, row in zip(there, table.rows, strict=bool(table.rows)):
            for label, cell in zip(labels, row, strict=True):
                assert_it_says(found, label, cell)


OWN_COLUMNS = {"No."}
"""Columns that a workbook has for what stands small in a cell."""
NUMBER_OF_A_RISK = re.compile(r"\d{4}-\d\d+")


def as_value(value: Any) -> Any:
    return int(value) if isinstance(value, float) else value


def assert_it_says(found: dict[Any, Any], label: str, cell: Cell) -> None:
    """The sheet's row holds the cell's number or day, or else every word of it; a risk's number alone in its column."""
    if isinstance(cell.value, int | date):
        assert found[label] == cell.value
        return
    numbers = [block.text for block in cell.blocks if block.kind == Kind.SMALL and NUMBER_OF_A_RISK.fullmatch(block.text)]
    assert [found["No."]] == numbers if numbers else True
    words = [cell.value] if cell.value and cell.blocks[0].symbol else []
    words += [block.text for block in cell.blocks if block.text not in numbers]
    said = str(found[label])
    assert all(clean(part) in said for part in words), (label, words, said)
    assert not any(number in said for number in numbers)
    assert said != "" or not cell.text


@every_kind
def test_the_json_reads_back_and_its_hash_is_that_of_its_content(year: Cast, code: str) -> None:
    made = paper(year, code)
    found = json.loads(written(made, "json"))
    assert found["sha256"] == sha256_of(found["content"]) == sha256_of(as_json(made))
    for table in made.tables:
        rows = found["tables"][table.name]
        assert len(rows) == len(table.rows)
        for row, cells in zip(rows, table.rows, strict=True):
            for column, cell in zip(table.columns, cells, strict=True):
                numbers = [one.text for one in cell.blocks if one.kind == Kind.SMALL and NUMBER_OF_A_RISK.fullmatch(one.text)]
                assert [row.pop(f"{column.key}_number")] == numbers if numbers else True
                assert row.pop(column.key) == of_json(cell, numbers)
            assert set(row.values()) <= {""}


def of_json(cell: Cell, numbers: list[str]) -> Any:
    if cell.value is None:
        return "\n".join(block.words for block in cell.blocks if block.text not in numbers)
    return cell.value.isoformat() if isinstance(cell.value, date) else cell.value


@every_kind
def test_every_word_of_the_rows_is_in_the_pdf(year: Cast, code: str) -> None:
    made = paper(year, code)
    found = squeezed(words_of(written(made, "pdf")))
    for table in made.tables:
        for cell in (cell for row in table.rows for cell in row if cell.rows):
            for block in cell.blocks:
                assert squeezed(block.text) in found, block


@every_kind
def test_every_file_ends_with_the_head_of_the_trail(year: Cast, code: str) -> None:
    """Whoever keeps the file holds the head outside the register."""
    made, last = paper(year, code), str(head())
    assert made.trail_head == last
    assert squeezed(last) in squeezed(words_of(written(made, "pdf")))
    paragraphs = docx.Document(io.BytesIO(written(made, "docx"))).paragraphs
    assert any(last in paragraph.text for paragraph in paragraphs)
    book = CalamineWorkbook.from_filelike(io.BytesIO(written(made, "xlsx")))
    cells = [cell for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python() for cell in row]
    assert any(last in str(cell) for cell in cells)
    assert json.loads(written(made, "json"))["content"]["trail_head"] == last


def words_of(content: bytes) -> str:
    """The text of the tagged content, in the order of the structure tree: what a screen reader reads."""
    by_mark: dict[tuple[int, int | None], list[str]] = {}
    with pdfplumber.open(io.BytesIO(content)) as file:
        for page in file.pages:
            mark = None
            for letter in page.chars:
                # The reader loses the mark behind a span in it (a soft hyphen, say): what follows still belongs to it.
                mark = mark if letter["mcid"] is None else letter["mcid"]
                by_mark.setdefault((page.page_number, mark), []).append(letter["text"])
    with pikepdf.open(io.BytesIO(content)) as tagged:
        numbers = {page.objgen: number for number, page in enumerate(tagged.pages, 1)}
        return "".join(
            "".join(by_mark.get((numbers[page.objgen], mark), [])) for page, mark in marks(tagged.Root.StructTreeRoot, None)
        )


def marks(node: Any, page: Any) -> Any:
    """(page, mark) of the marked content below the node, in its order."""
    page = node.get("/Pg", page)
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, int):
            yield page, kid
        elif "/MCID" in kid:
            yield kid.get("/Pg", page), int(kid.MCID)
        else:
            yield from marks(kid, page)


@every_kind
def test_the_pdf_is_tagged_in_its_language_and_says_which_standards_it_keeps(year: Cast, code: str) -> None:
    made = paper(year, code)
    content = written(made, "pdf")
    assert pdf_faults(content) == []
    with pikepdf.open(io.BytesIO(content)) as file:
        assert str(file.Root.Lang) == "en-GB"
        with file.open_metadata() as metadata:
            assert metadata["dc:title"] == made.title
        kinds = kinds_of(file)
        scopes = Counter(str(node.A[0].Scope) for node in structure(file) if node.S == pikepdf.Name.TH)
        assert scopes["/Column"] == sum(len(table.columns) for table in made.tables)
        assert scopes["/Row"] == sum(row[0].rows > 0 for table in made.tables if table.names_rows for row in table.rows)
        assert kinds.count("/H1") == 1
        assert kinds.count("/H2") == sum(bool(part.heading) for part in made.parts)
        assert kinds.count("/Table") == len(made.tables)
        assert kinds.count("/Figure") >= len(made.charts)
        with file.open_outline() as outline:
            told = [entry.title for entry in outline.root]
            below = [entry.title for top in outline.root for entry in top.children]
        assert told == [made.heading]
        assert below == [part.heading for part in made.parts if part.heading]


def structure(file: pikepdf.Pdf) -> Any:
    def under(node: Any) -> Any:
        kids = node.get("/K")
        for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
            if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
                yield kid
                yield from under(kid)

    yield from under(file.Root.StructTreeRoot)


def kinds_of(file: pikepdf.Pdf) -> list[str]:
    return [str(node["/S"]) for node in structure(file)]


def test_each_drawing_has_its_text_alternative(year: Cast) -> None:
    made = paper(year)
    with pikepdf.open(io.BytesIO(written(made, "pdf"))) as file:
        nodes = list(structure(file))
        alternatives = [str(node["/Alt"]) for node in nodes if node["/S"] == "/Figure" and "/Alt" in node]
    for chart in made.charts:
        assert any(squeezed(chart.alternative) == squeezed(one) for one in alternatives)
    assert [chart.name for chart in made.charts] == ["conclusions", "heatmap"]


def test_the_reading_order_of_the_pdf_is_that_of_the_report(year: Cast) -> None:
    made = paper(year)
    found = squeezed(words_of(written(made, "pdf")))
    places = [found.index(squeezed(one)) for one in (made.heading, made.subtitle, *made.facts)]
    assert places == sorted(places)
    last = places[-1]
    for row in made.table("rows").rows:
        for cell in row:
            if cell.rows and cell.text:
                last = found.index(squeezed(cell.blocks[0].text), last)


def test_the_heading_row_is_repeated_on_every_page_of_the_pdf(cast: Cast) -> None:
    make_many_risks(cast.plan, 80, closing=cast.interim, performer=cast.karin)
    with pdfplumber.open(io.BytesIO(written(paper(cast), "pdf"))) as file:
        texts = [page.extract_text() for page in file.pages]
    with_rows = [text for text in texts if "Risk nummer" in text]
    assert len(with_rows) > 3
    assert all("Identified risk" in text for text in with_rows[:-1])


def test_the_same_paper_gives_the_same_pdf(year: Cast) -> None:
    made = paper(year)
    assert written(made, "pdf") == written(made, "pdf")


def test_the_word_file_holds_each_drawing_as_vectors_and_as_a_bitmap_with_its_alternative(year: Cast) -> None:
    made = paper(year)
    document = docx.Document(io.BytesIO(written(made, "docx")))
    names = [str(part.partname) for part in document.part.package.iter_parts()]
    assert sum(name.endswith(".svg") for name in names) == len(made.charts)
    assert sum(name.endswith(".png") for name in names) == len(made.charts)
    told = [node.get("descr") for node in document.element.body.iter("{*}docPr")]
    assert told == [" ".join(chart.alternative.split()) for chart in made.charts]


def test_the_sheets_have_a_frozen_heading_a_filter_and_the_matrix_in_its_colours(year: Cast) -> None:
    import zipfile

    made = paper(year)
    content = written(made, "xlsx")
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        first = package.read("xl/worksheets/sheet1.xml").decode()
        styles = package.read("xl/styles.xml").decode()
    assert 'state="frozen"' in first
    assert "<autoFilter" in first
    assert "FDE0C8" in styles.upper()
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    matrix = book.get_sheet_by_name("Heatmap").to_python()
    chart = next(chart for chart in made.charts if chart.name == "heatmap")
    assert matrix[0] == list(chart.head)
    assert [[str(as_value(value)) for value in row] for row in matrix[1:]] == [list(row) for row in chart.rows]


def test_the_charts_count_what_the_rows_say(year: Cast) -> None:
    made = paper(year)
    rows = made.table("rows").rows
    heat = next(chart for chart in made.charts if chart.name == "heatmap")
    placed = sum(int(number) for row in heat.rows for number in row[1:] if number)
    assert placed == sum(row[0].rows > 0 for row in rows)
    bars = next(chart for chart in made.charts if chart.name == "conclusions")
    assert int(bars.rows[0][-1]) == len(rows)


def test_the_auditors_file_lists_the_files_of_the_periods_checks(cast: Cast, today: date) -> None:
    control = monthly(cast)
    for day in (date(2024, 12, 30), date(2025, 8, 29), date(2025, 9, 30)):
        check = make_check(control, day)
        attach_to_check(check, by=cast.karin, file=SimpleUploadedFile(f"{day}.csv", day.isoformat().encode()))
    (row,) = paper(cast, "auditors_file").table("evidence").rows
    name, occasion = (block.text for block in row[1].blocks)
    assert (name, "2025" in occasion, "29" in occasion) == ("2025-08-29.csv", True, True)
    control.risk.is_confidential, control.risk.confidentiality_section = True, "OSL 18:8"
    control.risk.save()
    assert paper(cast, "auditors_file", public=True).table("evidence").rows == ()


def test_the_auditors_file_names_who_locked_each_population_and_who_drew_each_sample(cast: Cast) -> None:
    control = a_control(cast)
    follow_up = a_follow_up(cast, control)
    done = drawn(cast, locked(cast, control=control), follow_up=follow_up)
    waiting = designed(locked(cast, control=control), follow_up=follow_up)
    first, second = (dict(zip(SAMPLE_CELLS, row, strict=True)) for row in paper(cast, "auditors_file").table("samples").rows)
    assert first["locked"].blocks[0].text == first["drawn"].blocks[0].text == cast.karin.get_full_name()
    assert first["seed"].text == f"{done.seed}\nSet by {cast.karin.get_full_name()}"
    for cell, moment in ((first["locked"], done.population.locked_at), (first["drawn"], done.drawn_at)):
        assert moment is not None
        assert cell.blocks[1].text == date_format(clock.municipal(moment), "SHORT_DATETIME_FORMAT")
    assert second["locked"].blocks[0].text == cast.karin.get_full_name()
    assert (second["drawn"].text, second["seed"].text, second["record"].text) == ("", "", "")
    Sample.objects.filter(pk=done.pk).update(drawn_by=None, drawn_by_itself=True)
    itself = Sample.objects.get(pk=done.pk)
    assert itself.drawer
    again = dict(zip(SAMPLE_CELLS, paper(cast, "auditors_file").table("samples").rows[0], strict=True))
    assert again["drawn"].blocks[0].text == itself.drawer
    assert not waiting.is_drawn


@pytest.mark.parametrize("how_many", [20, 2000])
def test_every_report_and_its_page_take_the_same_queries_whatever_their_size(
    cast: Cast, client: Any, django_assert_num_queries: Any, today: date, how_many: int
) -> None:
    make_many_risks(cast.plan, how_many, closing=cast.interim, performer=cast.karin)
    client.force_login(cast.eva)
    assert may(cast.eva, Verb.READ_REPORT, cast.board)  # a reader's rights are read once
    numbers = {
        "follow_up": (5, 11), "adoption": (7, 13), "summary": (8, 14), "deviations": (4, 10), "all_deviations": (4, 10),
        "auditors_file": (9, 15),
    }  # fmt: skip
    for code, (of_report, of_page) in numbers.items():
        about = subject(cast, code)
        address = reverse("report_page", args=[code, about.key, about.occasion])
        with django_assert_num_queries(of_report):
            assert paper(cast, code).tables
        with django_assert_num_queries(of_page):
            assert client.get(address).status_code == 200
