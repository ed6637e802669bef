from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import docx
import pytest
from django.conf import settings
from django.utils import translation
from docx.document import Document
from docx.table import Table, _Cell

from controls.reporting.kinds.follow_up import as_paper
from controls.reporting.paper import Kind
from controls.reporting.rows import Report, ReportRow
from controls.reporting.tones import TONES
from controls.reporting.wording import COLUMNS, cells_of
from controls.reporting.writers.word.default_template import pack
from controls.reporting.writers.word.docx import write_docx
from controls.reporting.writers.word.frame import DEFAULT_TEMPLATE
from tests.cast import Cast, make_control, make_follow_up, make_many_risks, make_risk
from tests.reporting.conftest import NOW, act, report_of, submitted
from tests.reporting.ooxml import W, faults

TORTURE = {
    "5,000 characters in words": "ord " * 1250,
    "5,000 characters without a space": "a" * 5000,
    "XML's and the template's own characters": "& < > \" ' ]]> {{ x }} {% for x in y %} {# y #} {_{ }_} [ ]",
    "emoji": "😀 👩‍👩‍👧 🇸🇪",
    "from right to left": "שלום עולם",
    "both directions": "مرحبا Kommunstyrelsen",
    "soft hyphens": "Kommunled\u00adnings\u00adkontoret",
    "line breaks": "rad ett\nrad två\r\nrad tre\rrad fyra\u2028rad fem\n\nnytt stycke\tefter tabb",
    "characters that XML forbids": "styr\x01\x08\x0b\x0c\x1f\x7f\x85tecken\ufffe\uffff",
    "only blanks": " \n \t ",
}

pytestmark = pytest.mark.one_engine


def written(report: Report, **options: Any) -> bytes:
    return write_docx(as_paper(report), author="Eva Åström", made_at=NOW, **options)


def opened(report: Report) -> Document:
    return docx.Document(io.BytesIO(written(report)))


def rows_table(report: Report) -> Table:
    return opened(report).tables[-1 if not report.rows else 1]


def text_in(cell: _Cell) -> str:
    """What a reader sees in the cell: its paragraphs as lines; optional hyphens and tabs as their characters."""
    special = {f"{W}br": "\n", f"{W}tab": "\t", f"{W}softHyphen": "\u00ad", f"{W}noBreakHyphen": "\u2011"}
    text = "\n".join(
        "".join(special.get(str(element.tag), element.text or "") for run in paragraph._p.iter(f"{W}r") for element in run)
        for paragraph in cell.paragraphs
    )
    return text.replace("\u00a0", " ")


def expected(row: ReportRow) -> list[str]:
    """The same of the row: its cells' paragraphs, blank lines as the border between two."""
    return [
        "\n".join(f"{block.symbol} {block.text}" if block.symbol else re.sub(r"\n\s*\n\s*", "\n", block.text) for block in blocks)
        for blocks in cells_of(row)
    ]


def test_every_cell_reads_back_as_its_row_says(half_year: Cast) -> None:
    report = report_of(half_year)
    table = rows_table(report)
    assert len(table.rows) == 1 + report.total
    for row, found in zip(report.rows, table.rows[1:], strict=True):
        assert [text_in(cell) for cell in found.cells] == expected(row)


def test_the_columns_are_those_of_the_report_and_repeat_on_every_page(half_year: Cast) -> None:
    heading = rows_table(report_of(half_year)).rows[0]
    assert [cell.text for cell in heading.cells] == [str(label) for label in COLUMNS.values()]
    assert heading._tr.find(f"{W}trPr/{W}tblHeader") is not None


def test_the_page_is_a4_landscape(half_year: Cast) -> None:
    section = opened(report_of(half_year)).sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (297, 210)  # type: ignore[union-attr]
    assert section.orientation == 1


def test_the_heading_names_municipality_plan_closing_dates_and_registry_number(cast: Cast) -> None:
    cast.plan.registry_number, cast.plan.adopted_on, cast.plan.adopted_paragraph = "KS 2024/512", NOW.date(), "§ 214"
    text = [paragraph.text for paragraph in opened(report_of(cast)).paragraphs]
    assert text[:6] == [
        "Lillköpings kommun",
        "Follow-up of internal control",
        "Kommunstyrelsen, half-year closing 2025",
        "As of 31 August 2025. Drawn up on 8 September 2025.",
        "Adopted on 8 September 2025, § 214",
        "Registry number: KS 2024/512",
    ]


def test_the_main_heading_is_a_heading_to_a_screen_reader(cast: Cast) -> None:
    styles = {paragraph.text: paragraph.style.name for paragraph in opened(report_of(cast)).paragraphs if paragraph.style}
    assert styles["Follow-up of internal control"] == "Heading 1"


def test_pages_are_numbered(cast: Cast) -> None:
    section = opened(report_of(cast)).sections[0]
    for footer in (section.footer, section.first_page_footer):
        fields = [field.get(f"{W}instr", "").strip() for field in footer._element.iter(f"{W}fldSimple")]
        assert fields == ["PAGE", "NUMPAGES"]
        words = "".join(text.text or "" for text in footer._element.iter(f"{W}t"))
        assert words.endswith("Page 1 of 1")


def test_the_properties_name_title_author_and_language(cast: Cast) -> None:
    properties = opened(report_of(cast)).core_properties
    assert properties.title == "Follow-up of internal control – Kommunstyrelsen, half-year closing 2025"
    assert (properties.author, properties.language) == ("Eva Åström", "en-GB")
    assert properties.created == NOW


@pytest.mark.parametrize(("language", "code"), [("sv", "sv-SE"), ("en", "en-GB")])
def test_the_document_is_in_the_readers_language(cast: Cast, language: str, code: str) -> None:
    with translation.override(language):
        document = opened(report_of(cast))
    (lang,) = document.styles.element.iter(f"{W}lang")
    assert lang.get(f"{W}val") == code
    assert document.settings.element.find(f"{W}themeFontLang").get(f"{W}val") == code


def test_a_risks_cells_are_merged_over_its_rows_and_a_controls_over_its_units(cast: Cast) -> None:
    risk = make_risk(cast.plan)
    make_control(risk, "första")
    shared = make_control(risk, "andra")
    for unit in (cast.payroll, cast.central_office):
        make_follow_up(shared, cast.interim, unit=unit)
    first, second, third = rows_table(report_of(cast)).rows[1:]
    assert first.cells[0]._tc is second.cells[0]._tc is third.cells[0]._tc
    assert first.cells[3]._tc is not second.cells[3]._tc
    assert second.cells[3]._tc is third.cells[3]._tc
    assert second.cells[4]._tc is not third.cells[4]._tc


def test_a_conclusion_is_symbol_and_word_on_its_tones_ground(half_year: Cast) -> None:
    report = report_of(half_year)
    for row, found in zip(report.rows, rows_table(report).rows[1:], strict=True):
        cell = found.cells[5]
        shading = cell._tc.find(f"{W}tcPr/{W}shd")
        if row.conclusion is None:
            assert shading is None
        else:
            assert cell.paragraphs[0].text == f"{row.conclusion.symbol}\u00a0{row.conclusion.word}"
            assert shading.get(f"{W}fill") == TONES[row.conclusion.tone].ground.upper()


def test_a_missing_part_is_marked_by_words_symbol_and_ground(half_year: Cast) -> None:
    report = report_of(half_year)
    lacking = next(
        index for index, row in enumerate(report.rows) if "Missing: follow-up" in {str(one.label) for one in row.missing}
    )
    paragraph = rows_table(report).rows[1 + lacking].cells[4].paragraphs[0]
    assert paragraph.text == "□\u00a0Missing: follow-up"
    assert all(run._r.find(f"{W}rPr/{W}shd") is not None for run in paragraph.runs)


def test_the_overview_counts_conclusions_and_missing_parts(half_year: Cast) -> None:
    heads, counts = opened(report_of(half_year)).tables[0].rows
    assert [cell.text.replace("\u00a0", " ") for cell in heads.cells] == [
        "✓ No deviations",
        "! Minor deviations",
        "✕ Significant deviations",
        "◷ Ongoing",
        "– Could not be performed",
        "□ Missing parts",
    ]
    assert [cell.text for cell in counts.cells] == [
        "2",
        "1",
        "0",
        "1",
        "0",
        "Missing: follow-up (1), Missing: action (1), Not approved (2)",
    ]


def test_both_tables_have_a_text_alternative(half_year: Cast) -> None:
    for table in opened(report_of(half_year)).tables:
        assert table._tbl.tblPr.find(f"{W}tblCaption").get(f"{W}val")
        assert table._tbl.tblPr.find(f"{W}tblDescription").get(f"{W}val")


def test_headings_are_marked_as_such_for_a_screen_reader(half_year: Cast) -> None:
    overview, rows = (table._tbl.tblPr.find(f"{W}tblLook") for table in opened(report_of(half_year)).tables[:2])
    assert [overview.get(f"{W}{name}") for name in ("firstRow", "firstColumn")] == ["1", "0"]
    assert [rows.get(f"{W}{name}") for name in ("firstRow", "firstColumn")] == ["1", "1"]


def test_the_tones_are_those_of_the_pages() -> None:
    tokens = (Path(settings.BASE_DIR) / "static/riskreg/css/tokens.css").read_text(encoding="utf-8")
    daylight = tokens.split("@media", maxsplit=1)[0]
    for name, tone in TONES.items():
        assert f"--{name}: #{tone.ink}; --{name}-soft: #{tone.ground};" in daylight


def test_confidential_risks_are_counted_and_nothing_of_them_is_in_the_file(cast: Cast) -> None:
    secret = make_risk(cast.plan, "Hemligheten", is_confidential=True, confidentiality_section="OSL 18:8")
    submitted(cast, make_control(secret, "hemlig kontroll"), result="hemligt")
    content = written(report_of(cast, cast.ake))
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        everything = "".join(package.read(name).decode() for name in package.namelist())
    assert "hemlig" not in everything.casefold()
    assert "1 risk is confidential and left out (OSL 18:8)." in everything


def test_a_document_with_confidential_rows_says_so(cast: Cast) -> None:
    make_control(make_risk(cast.plan, "Hemligt", is_confidential=True, confidentiality_section="OSL 18:8"))
    text = [paragraph.text for paragraph in opened(report_of(cast)).paragraphs]
    assert "Contains confidential information: OSL 18:8." in text


def test_an_empty_report_says_so_in_its_table(cast: Cast) -> None:
    content = written(report_of(cast))
    assert faults(content) == []
    assert docx.Document(io.BytesIO(content)).tables[0].rows[1].cells[0].text == "The plan holds nothing to follow up."


def may_split(report: Report) -> list[bool]:
    return [row._tr.find(f"{W}trPr/{W}cantSplit") is None for row in rows_table(report).rows[1:]]


def test_a_row_is_kept_on_one_page_unless_it_is_longer_than_one(cast: Cast) -> None:
    submitted(cast, make_control(make_risk(cast.plan)), result="Kort. " * 20)
    submitted(cast, make_control(make_risk(cast.plan)), result="Långt. " * 400)
    submitted(cast, make_control(make_risk(cast.plan)), result="rad\n" * 60)
    assert may_split(report_of(cast)) == [False, True, True]


def test_a_risks_few_rows_are_kept_together(cast: Cast) -> None:
    risk = make_risk(cast.plan)
    make_control(risk, "a")
    make_control(risk, "b")
    first, second = rows_table(report_of(cast)).rows[1:]
    kept = [[p.paragraph_format.keep_with_next for p in row.cells[4].paragraphs] for row in (first, second)]
    assert kept == [[True], [None]]


@pytest.mark.parametrize("text", TORTURE.values(), ids=TORTURE.keys())
def test_whatever_people_paste_opens_and_reads_back(cast: Cast, text: str) -> None:
    risk = make_risk(cast.plan, text[:300], description=text)
    act(submitted(cast, make_control(risk, text), result=text, conclusion_reason=text[:500], conclusion="ongoing"), text)
    make_follow_up(make_control(risk, text), cast.interim)
    report = report_of(cast)
    content = written(report)
    assert faults(content) == []
    readable = re.sub("\r\n|[\r\v\f\x85\u2028]", "\n", text)
    readable = re.sub("[\x00-\x08\x0e-\x1f\x7f\ufffe\uffff]", "", readable)
    parts = [part for part in re.split(r"\n\s*\n\s*", readable.strip()) if part]
    cell = docx.Document(io.BytesIO(content)).tables[1].rows[1].cells[4]
    assert text_in(cell) == "\n".join(parts)


def test_texts_from_the_right_begin_at_the_right(cast: Cast) -> None:
    submitted(cast, make_control(make_risk(cast.plan)), result="שלום עולם")
    (paragraph,) = rows_table(report_of(cast)).rows[1].cells[4].paragraphs
    assert paragraph._p.find(f"{W}pPr/{W}bidi") is not None
    assert paragraph.runs[0]._r.find(f"{W}rPr/{W}rtl") is not None


def test_hostile_names_do_not_break_the_frame(cast: Cast) -> None:
    name = "Nämnd <&> {{ 7*7 }} {% raw %} \x0b\"'"
    cast.board.name = cast.plan.unit.name = name
    cast.plan.registry_number = name
    report = report_of(cast)
    content = written(report)
    assert faults(content) == []
    document = docx.Document(io.BytesIO(content))
    assert "Nämnd <&> {{ 7*7 }} {% raw %}" in document.paragraphs[2].text
    assert "49" not in document.paragraphs[2].text


def test_three_hundred_risks_are_three_hundred_rows(cast: Cast) -> None:
    make_many_risks(cast.plan, 300, closing=cast.interim, performer=cast.karin)
    report = report_of(cast)
    content = written(report)
    assert faults(content) == []
    assert len(docx.Document(io.BytesIO(content)).tables[1]._tbl.tr_lst) == 301


def test_the_halfyears_document_has_no_faults(half_year: Cast) -> None:
    assert faults(written(report_of(half_year))) == []


def test_the_committed_template_is_the_one_its_parts_make() -> None:
    assert DEFAULT_TEMPLATE.read_bytes() == pack()


def test_a_municipalitys_own_template_takes_the_report_where_its_tag_stands(cast: Cast) -> None:
    own = docx.Document()
    own.add_paragraph("Tjänsteskrivelse från {{ organisation }}")
    own.add_paragraph("{{ content }}")
    own.add_paragraph("Slut")
    target = io.BytesIO()
    own.save(target)
    make_control(make_risk(cast.plan))
    content = written(report_of(cast), template=target.getvalue())
    document = docx.Document(io.BytesIO(content))
    assert document.paragraphs[0].text == "Tjänsteskrivelse från Lillköpings kommun"
    assert document.tables[1].rows[0].cells[0].text == "Identified risk"
    assert document.paragraphs[-1].text == "Slut"
    section = document.sections[0]
    room = section.page_width - section.left_margin - section.right_margin  # type: ignore[operator]
    assert abs(sum(cell.width for cell in document.tables[1].rows[0].cells) - room) < 20_000


def test_the_checker_finds_a_fault_that_is_planted(half_year: Cast) -> None:
    document = opened(report_of(half_year))
    properties = document.tables[1].rows[1].cells[5]._tc.find(f"{W}tcPr")
    properties.insert(0, properties.find(f"{W}shd"))
    target = io.BytesIO()
    document.save(target)
    assert any("tcPr" in fault for fault in faults(target.getvalue()))


@pytest.mark.skipif(shutil.which("soffice") is None or shutil.which("pdftotext") is None, reason="LibreOffice is not installed")
def test_libreoffice_repeats_the_header_row_on_every_page(cast: Cast, tmp_path: Path) -> None:
    make_many_risks(cast.plan, 60, closing=cast.interim, performer=cast.karin)
    (tmp_path / "report.docx").write_bytes(written(report_of(cast)))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = ["soffice", "--headless", profile, "--convert-to", "pdf", "--outdir", str(tmp_path), str(tmp_path / "report.docx")]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    text = subprocess.run(
        ["pdftotext", "-layout", str(tmp_path / "report.pdf"), "-"], check=True, capture_output=True
    ).stdout.decode()
    pages = text.split("\f")[:-1]
    assert len(pages) > 3
    assert all("Identified risk" in page for page in pages)
    assert all(f"Page {number} of {len(pages)}" in page for number, page in enumerate(pages, 1))


def test_the_blocks_of_a_cell_are_all_written(half_year: Cast) -> None:
    kinds = {block.kind for row in report_of(half_year).rows for blocks in cells_of(row) for block in blocks}
    assert kinds == set(Kind)
