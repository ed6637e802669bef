"""Word: what is hidden, struck, deleted or beside the tables is not read as the plan, and is not lost either."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import docx
import pytest
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn

from riskreg.importing.cells import Beside, Content, Place
from riskreg.importing.readers.docx_text import Formats, shown_text
from riskreg.importing.tables import read_content

from .all_text import letters_of_a_document, letters_read
from .documents import add_table, docx_bytes, paged_follow_up, with_part, zip_of

ONE = Place("table", 1)
_BOX = (
    "<w:r {ns}><mc:AlternateContent {mc}><mc:Choice Requires='wps'><w:drawing><wps:txbx {wps}><w:txbxContent>"
    "<w:p><w:r><w:t>Se bilaga</w:t></w:r></w:p></w:txbxContent></wps:txbx></w:drawing></mc:Choice>"
    "<mc:Fallback><w:pict><w:txbxContent><w:p><w:r><w:t>Se bilaga</w:t></w:r></w:p></w:txbxContent></w:pict></mc:Fallback>"
    "</mc:AlternateContent></w:r>"
).format(
    ns=nsdecls("w"),
    mc='xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"',
    wps='xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"',
)


def content_of(document: Document) -> Content:
    data = docx_bytes(document)
    content = read_content(io.BytesIO(data), "plan.docx")
    assert letters_read(content) == letters_of_a_document(data)
    return content


def plan() -> tuple[Document, Any]:
    document = docx.Document()
    return document, add_table(
        document, [["Risk", "Beskrivning", "Riskvärde"], ["Brand", "Det brinner.", "8"], ["Stöld", "", "6"]]
    )


def add_run(cell: Any, text: str, properties: str = "", *, around: str = "") -> None:
    tag = "w:delText" if around == "w:del" else "w:t"
    run = f'<w:r><w:rPr>{properties}</w:rPr><{tag} xml:space="preserve">{text}</{tag}></w:r>'
    element = f"<{around} {nsdecls('w')}>{run}</{around}>" if around else run.replace("<w:r>", f"<w:r {nsdecls('w')}>", 1)
    cell.paragraphs[0]._p.append(parse_xml(element))


def cell_text(content: Content, row: int, column: int) -> str:
    return content.tables[0].rows[row][column].text


@pytest.mark.parametrize("value", ["", ' w:val="true"'])
def test_hidden_text_is_not_read_and_said(value):
    document, table = plan()
    add_run(table.cell(1, 1), " Hemlig anteckning.", f"<w:vanish{value}/>")
    content = content_of(document)
    assert cell_text(content, 1, 1) == "Det brinner."
    assert content.beside == [Beside("hidden_text", "Hemlig anteckning.", ONE, 2, 1)]


def test_text_that_is_switched_visible_again_is_read():
    document, table = plan()
    add_run(table.cell(1, 1), " Även i skog.", '<w:vanish w:val="0"/>')
    assert cell_text(content_of(document), 1, 1) == "Det brinner. Även i skog."


def test_text_hidden_by_its_style_or_the_style_above_it_is_hidden():
    document, table = plan()
    hidden = document.styles.add_style("Dold", WD_STYLE_TYPE.CHARACTER)
    hidden.font.hidden = True
    below = document.styles.add_style("Mer dold", WD_STYLE_TYPE.CHARACTER)
    below.base_style = hidden
    whole = document.styles.add_style("Dolt stycke", WD_STYLE_TYPE.PARAGRAPH)
    whole.font.hidden = True
    table.cell(1, 1).paragraphs[0].add_run(" Ett.", style="Dold")
    table.cell(1, 1).paragraphs[0].add_run(" Två.", style="Mer dold")
    table.cell(2, 1).paragraphs[0].add_run("Tre.")
    table.cell(2, 1).paragraphs[0].style = whole
    document.add_paragraph("Fyra.", style="Dolt stycke")
    content = content_of(document)
    assert (cell_text(content, 1, 1), cell_text(content, 2, 1)) == ("Det brinner.", "")
    assert content.beside == [
        Beside("hidden_text", "Ett. Två.", ONE, 2, 1),
        Beside("hidden_text", "Tre.", ONE, 3, 1),
        Beside("hidden_text", "Fyra.", ONE),
    ]


@pytest.mark.parametrize("strike", ["<w:strike/>", "<w:dstrike/>"])
def test_a_cell_that_is_struck_through_is_marked_and_keeps_its_text(strike):
    document, table = plan()
    add_run(table.cell(2, 1), "Cyklar stjäls.", strike)
    content = content_of(document)
    assert [[cell.struck for cell in row] for row in content.tables[0].rows] == [[False] * 3, [False] * 3, [False, True, False]]
    assert (cell_text(content, 2, 1), content.beside) == ("Cyklar stjäls.", [])


def test_what_is_struck_beside_new_text_is_told_apart_from_it():
    document, table = plan()
    table.cell(1, 2).paragraphs[0].runs[0].font.strike = True
    add_run(table.cell(1, 2), " 6")
    content = content_of(document)
    assert (cell_text(content, 1, 2), content.tables[0].rows[1][2].struck) == ("6", False)
    assert content.tables[0].rows[1][2].whole == "8 6"
    assert content.beside == [Beside("struck", "8", ONE, 2, 2)]


@pytest.mark.parametrize("around", ["w:del", "w:moveFrom"])
def test_tracked_deletions_are_said(around):
    document, table = plan()
    add_run(table.cell(1, 1), " I skogen.", around=around)
    content = content_of(document)
    assert cell_text(content, 1, 1) == "Det brinner."
    assert content.beside == [Beside("deleted", "I skogen.", ONE, 2, 1)]


def test_a_row_whose_deletion_is_tracked_is_not_read_and_the_next_keeps_its_number():
    document, table = plan()
    row = table.rows[1]._tr
    row.get_or_add_trPr().append(parse_xml(f"<w:del {nsdecls('w')} w:id='1' w:author='Eva'/>"))
    content = content_of(document)
    read = content.tables[0]
    assert [cells[0].text for cells in read.rows] == ["Risk", "Stöld"]
    assert [read.number_of(index) for index in range(2)] == [1, 3]
    assert content.beside == [
        Beside("deleted", text, ONE, 2, column) for column, text in enumerate(["Brand", "Det brinner.", "8"])
    ]


def test_a_deleted_paragraph_and_a_deleted_table_between_the_others_are_said():
    document, _table = plan()
    body = document.element.body
    body[-1].addprevious(parse_xml(f"<w:del {nsdecls('w')}><w:p><w:r><w:delText>Gammal rubrik</w:delText></w:r></w:p></w:del>"))
    assert content_of(document).beside == [Beside("deleted", "Gammal rubrik", ONE)]


def test_a_text_box_is_said_once_and_not_glued_to_its_cell():
    document, table = plan()
    table.cell(1, 1).paragraphs[0]._p.append(parse_xml(_BOX))
    document.add_paragraph("Sist.")._p.append(parse_xml(_BOX))
    content = content_of(document)
    assert cell_text(content, 1, 1) == "Det brinner."
    assert content.beside == [
        Beside("text_box", "Se bilaga", ONE, 2, 1),
        Beside("text_box", "Se bilaga", ONE),
        Beside("paragraph", "Sist.", ONE),
    ]


def test_a_table_in_a_text_box_is_said():
    document, table = plan()
    box = parse_xml(_BOX)
    inner = parse_xml(f"<w:tbl {nsdecls('w')}><w:tr><w:tc><w:p><w:r><w:t>Ruta</w:t></w:r></w:p></w:tc></w:tr></w:tbl>")
    next(box.iter(qn("w:txbxContent"))).append(inner)
    table.cell(1, 1).paragraphs[0]._p.append(box)
    content = content_of(document)
    assert [len(content.tables), *content.beside] == [1, Beside("text_box", "Se bilaga\nRuta", ONE, 2, 1)]


def test_comments_say_which_cell_they_are_about():
    document, table = plan()
    document.add_comment(table.cell(2, 2).paragraphs[0].runs, text="Varför sex?", author="Eva")
    paragraph = document.add_paragraph("Antagen.")
    document.add_comment(paragraph.runs, text="När?", author="Eva")
    content = content_of(document)
    assert content.beside == [
        Beside("paragraph", "Antagen.", ONE),
        Beside("comment", "Varför sex?", ONE, 3, 2),
        Beside("comment", "När?", Place("file")),
    ]


def test_headers_footers_and_notes_are_said():
    document, _table = plan()
    document.sections[0].header.paragraphs[0].text = "Kulturnämnden"
    document.sections[0].footer.paragraphs[0].text = "Dnr 2025/14"
    data = docx_bytes(document)
    note = "<w:footnote w:id='2'><w:p><w:r><w:t>Enligt reglementet.</w:t></w:r></w:p></w:footnote>"
    note = f"<w:footnotes {nsdecls('w')}>{note}</w:footnotes>"
    data = with_part(data, "word/footnotes.xml", note.encode())
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    for name, end, added in (
        ("word/_rels/document.xml.rels", b"</Relationships>", f'<Relationship Id="n1" Type="{kind}" Target="footnotes.xml"/>'),
        ("[Content_Types].xml", b"</Types>", '<Override PartName="/word/footnotes.xml" ContentType="application/xml"/>'),
    ):
        parts[name] = parts[name].replace(end, added.encode() + end)
    data = zip_of(parts)
    content = read_content(io.BytesIO(data), "plan.docx")
    assert letters_read(content) == letters_of_a_document(data)
    assert {(piece.kind, piece.text) for piece in content.beside} == {
        ("header_footer", "Kulturnämnden"),
        ("header_footer", "Dnr 2025/14"),
        ("paragraph", "Enligt reglementet."),
    }


def test_what_a_merged_cell_covers_is_said():
    document, table = plan()
    for index, value in ((1, "restart"), (2, "continue")):
        properties = table.cell(index, 1)._tc.get_or_add_tcPr()
        properties.append(parse_xml(f"<w:vMerge {nsdecls('w')} w:val='{value}'/>"))
    # Through `cell` the merged cells would be one.
    covered = table._tbl.tr_lst[2].tc_lst[1]
    covered.p_lst[0].append(parse_xml(f"<w:r {nsdecls('w')}><w:t>Täckt</w:t></w:r>"))
    content = content_of(document)
    assert content.tables[0].rows[2][1].merged == "up"
    assert content.beside == [Beside("hidden_text", "Täckt", ONE, 3, 1)]


def test_formulas_and_ticks_of_a_document_are_text():
    document, table = plan()
    math = "http://schemas.openxmlformats.org/officeDocument/2006/math"
    table.cell(2, 1).paragraphs[0]._p.append(parse_xml(f'<m:oMath xmlns:m="{math}"><m:r><m:t>S*K</m:t></m:r></m:oMath>'))
    tick = f'<w:r {nsdecls("w")}><w:sym w:font="Wingdings" w:char="F0FC"/></w:r>'
    table.cell(1, 2).paragraphs[0]._p.append(parse_xml(tick))
    content = content_of(document)
    assert (cell_text(content, 2, 1), cell_text(content, 1, 2)) == ("S*K", "8✓")


def test_an_ordinary_follow_up_is_all_in_its_tables():
    assert content_of(paged_follow_up()).beside == []


def test_a_cell_reads_the_same_whether_formats_matter_or_not() -> None:
    document, table = plan()
    cell = table.cell(1, 1)
    add_run(cell, "Ett till ")
    cell.add_paragraph()
    cell.add_paragraph("Nästa stycke").add_run(" fet").bold = True
    element = cell._tc
    formats = Formats(document.element.body, None)
    assert not formats.matter
    text = shown_text(element, formats).text
    formats.matter = True
    assert shown_text(element, formats).text == text == "Det brinner.Ett till\nNästa stycke fet"
