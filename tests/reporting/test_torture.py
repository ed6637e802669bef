"""Whatever people paste: every kind of report in every format opens, and says it."""

from __future__ import annotations

import io
import json
from typing import Any

import docx
import pdfplumber
import pikepdf
import pytest
from python_calamine import CalamineWorkbook

from controls.reporting.kinds import KINDS
from controls.reporting.writers.pdf.pdf import is_covered
from controls.reporting.writers.word.wordml import clean
from tests.cast import Cast, make_control, make_many_risks, make_risk
from tests.reporting.conftest import act, submitted
from tests.reporting.ooxml import faults
from tests.reporting.subjects import paper, written
from tests.reporting.test_docx import TORTURE

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]

WORST = TORTURE | {
    "typst's own characters": '#set text(red) [x] $y$ *z* _u_ `v` <w> @x \\ // /* */ #import "/etc/passwd" #read("x")',
    "a formula": '=HYPERLINK("https://evil.example","Klicka")',
    "formulas of other kinds": "@SUM(1+1)*cmd|' /C calc'!A0",
    "signs first": "+1-1",
    "a link": "https://evil.example",
    "letters no font has": "漢字 ខ្មែរ 🫠",
}


def tortured(cast: Cast, text: str) -> Cast:
    risk = make_risk(cast.plan, text[:300], description=text, process=text[:200])
    found = submitted(cast, make_control(risk, text, target=text[:300]), result=text, conclusion="minor_deviations")
    act(found, text, responsible=cast.karin)
    return cast


@pytest.mark.parametrize("text", WORST.values(), ids=WORST.keys())
def test_every_format_opens_and_says_it(cast: Cast, text: str) -> None:
    made = paper(tortured(cast, text))
    assert faults(written(made, "docx")) == []
    assert docx.Document(io.BytesIO(written(made, "docx"))).tables
    with pikepdf.open(io.BytesIO(written(made, "pdf"))) as file:
        assert file.pages
    result = json.loads(written(made, "json"))["tables"]["rows"][0]["result"]
    assert result == text
    row = CalamineWorkbook.from_filelike(io.BytesIO(written(made, "xlsx"))).get_sheet_by_index(0).to_python()[1]
    assert row[4] == clean(text) or (not clean(text).strip() and not str(row[4]).strip())


@pytest.mark.parametrize("code", [code for code in KINDS if code != "follow_up"])
def test_the_other_kinds_take_all_of_it_at_once(cast: Cast, code: str) -> None:
    for text in WORST.values():
        tortured(cast, text)
    made = paper(cast, code)
    assert faults(written(made, "docx")) == []
    for ending in ("pdf", "xlsx", "json"):
        assert written(made, ending)


def test_nothing_in_a_sheet_is_a_formula_or_a_link(cast: Cast) -> None:
    import zipfile

    for text in WORST.values():
        tortured(cast, text)
    with zipfile.ZipFile(io.BytesIO(written(paper(cast), "xlsx"))) as package:
        sheets = "".join(package.read(name).decode() for name in package.namelist() if name.endswith(".xml"))
    assert "<f>" not in sheets
    assert "<hyperlink" not in sheets


def test_typst_reads_no_word_of_anybodys_text(cast: Cast) -> None:
    tortured(cast, '#read("/etc/passwd") #panic("x") $x$ [y] *z*')
    with pdfplumber.open(io.BytesIO(written(paper(cast), "pdf"))) as file:
        text = "".join(page.extract_text() for page in file.pages)
    assert "#panic(" in text
    assert "root:" not in text


def test_a_letter_that_no_shipped_font_has_is_marked_and_counted(cast: Cast) -> None:
    tortured(cast, "漢字")
    assert not is_covered(ord("漢"))
    with pdfplumber.open(io.BytesIO(written(paper(cast), "pdf"))) as file:
        text = file.pages[0].extract_text()
    assert "□□" in text
    assert "characters have no shape in the fonts" in text


@pytest.mark.parametrize("code", list(KINDS))
def test_an_empty_report_of_every_kind_is_written(cast: Cast, code: str) -> None:
    made = paper(cast, code)
    assert faults(written(made, "docx")) == []
    with pikepdf.open(io.BytesIO(written(made, "pdf"))) as file:
        assert len(file.pages) >= 1
    assert CalamineWorkbook.from_filelike(io.BytesIO(written(made, "xlsx"))).sheet_names
    assert json.loads(written(made, "json"))["report"] == code


@pytest.mark.parametrize("ending", ["docx", "pdf", "xlsx"])
def test_three_hundred_risks_are_all_there(cast: Cast, ending: str) -> None:
    make_many_risks(cast.plan, 300, closing=cast.interim, performer=cast.karin)
    content = written(paper(cast), ending)
    assert found(ending, content) == 300


def found(ending: str, content: bytes) -> int:
    if ending == "docx":
        return len(docx.Document(io.BytesIO(content)).tables[1]._tbl.tr_lst) - 1
    if ending == "xlsx":
        return len(CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()) - 1
    text: Any = ""
    with pdfplumber.open(io.BytesIO(content)) as file:
        text = " ".join(page.extract_text() for page in file.pages)
    return sum(f"2025-{number:02d}" in text for number in range(1, 301))
