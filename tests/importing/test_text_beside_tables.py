"""Text that stands in no table that is read is given beside the tables, never dropped."""

from __future__ import annotations

import io
import json

import docx
import pytest

from riskreg.importing import archive, packed_content, text_limits
from riskreg.importing.cells import Beside, Cell, Content, Place, Table
from riskreg.importing.columns import find_blocks
from riskreg.importing.tables import UnreadableFile, read_content, read_tables

from .documents import FILES, add_table, docx_bytes, docx_of, paged_follow_up


def content_of(data: bytes, filename: str) -> Content:
    return read_content(io.BytesIO(data), filename)


def test_a_documents_paragraphs_after_its_last_table_stand_beside_it():
    document = paged_follow_up()
    document.add_paragraph("Planen antogs av nämnden.")
    document.add_paragraph("")
    document.add_paragraph("Eva Dahl, controller")
    content = content_of(docx_bytes(document), "uppföljning.docx")
    assert content.beside == [
        Beside("paragraph", "Planen antogs av nämnden.", Place("table", 2)),
        Beside("paragraph", "Eva Dahl, controller", Place("table", 2)),
    ]
    assert content.tables == read_tables(io.BytesIO(docx_bytes(document)), "uppföljning.docx")


def test_a_paragraph_above_an_empty_table_becomes_the_next_tables_heading():
    document = docx.Document()
    document.add_paragraph("Kulturnämnden")
    add_table(document, [["", ""]])
    document.add_paragraph("Plan 2025")
    add_table(document, [["Risk", "Riskvärde"]])
    content = content_of(docx_bytes(document), "plan.docx")
    assert ([table.heading for table in content.tables], content.beside) == (["Kulturnämnden\nPlan 2025"], [])


def test_all_that_is_read_comes_through_the_process_of_its_own(monkeypatch):
    place = Place("sheet", 2, "Plan")
    cell = Cell("Brand", "92D050", "", None, True, True)
    whole = Content(
        [Table(place, [[cell, Cell(merged="left")], [Cell(uncomputed="D5"), Cell()]], 3, "Plan 2025", (3, 5), (1, 3))],
        [Beside("hidden_row", "Stöld", place, 4, 1), Beside("paragraph", "Antagen", place)],
    )
    back = packed_content.unpacked(json.loads(json.dumps(packed_content.packed(whole))))
    assert back == whole
    assert back.tables[0].rows[0][0].is_formula
    document = paged_follow_up()
    document.add_paragraph("Planen antogs av nämnden.")
    here = content_of(docx_bytes(document), "plan.docx")
    monkeypatch.setattr(archive, "MAX_UNPACKED_HERE", 100)
    assert content_of(docx_bytes(document), "plan.docx") == here


def test_text_beside_the_tables_counts_towards_the_limits(monkeypatch):
    document = docx.Document()
    add_table(document, [["Risk", "Riskvärde"]])
    document.add_paragraph("Ord " * 300)
    monkeypatch.setattr(text_limits, "MAX_TEXT", 1000)
    with pytest.raises(UnreadableFile) as caught:
        content_of(docx_bytes(document), "plan.docx")
    assert caught.value.code == "too_much_text"
    assert content_of(docx_of([["Risk", "Riskvärde"]]), "plan.docx").tables


def test_a_row_keeps_the_number_it_has_in_the_file_when_rows_above_it_are_hidden():
    rows = [[Cell("Risk"), Cell("Riskvärde")], [Cell("Brand"), Cell("8")]]
    table = Table(Place("sheet", 1, "Plan"), rows, row_numbers=(4, 7), column_numbers=(0, 2))
    (block,) = find_blocks([table])
    assert (block.header_row, [row.number for row in block.rows]) == (4, [7])
    assert [table.column_of(index) for index in range(2)] == [0, 2]
    assert [Table(table.place, rows, first_row=3).number_of(index) for index in range(2)] == [3, 4]


def test_a_pdfs_words_above_below_and_between_the_tables_are_all_there():
    content = content_of((FILES / "follow_up.pdf").read_bytes(), "uppföljning.pdf")
    assert [table.heading for table in content.tables] == ["Uppföljning av intern kontroll", ""]
    assert content.beside == []
