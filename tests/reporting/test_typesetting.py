"""Documents are set in a process of their own, which is given its work and nothing else; and what comes out is accessible."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pdfplumber
import pikepdf
import pytest

from controls.reporting.paper import Block, Cell, Chart, Column, Kind, Paper, Table, text_cell
from controls.reporting.writers.excel import write_xlsx
from controls.reporting.writers.html import paper_parts
from controls.reporting.writers.pdf import typesetting
from controls.reporting.writers.pdf.pdf import write_pdf
from controls.reporting.writers.pdf.typesetting import NotSet, typeset
from controls.reporting.writers.pdf.typst.tagging import NotAsExpected, tag_cell_paragraphs, tag_row_headings
from controls.reporting.writers.widths import fit_widths
from tests.reporting.conftest import NOW
from tests.reporting.pdf_faults import pdf_faults


@pytest.fixture
def child(tmp_path: Path, monkeypatch: Any) -> Callable[[str], None]:
    """Another program in the child's place."""

    def put(program: str) -> None:
        (tmp_path / "child.py").write_text(program)
        monkeypatch.setattr(typesetting, "CHILD", tmp_path / "child.py")

    return put


def test_the_child_sees_no_environment_no_open_file_and_none_of_the_product(child: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("SECRET_KEY", "not for children")
    child(
        "import json, os, sys\n"
        "told = json.dumps([dict(os.environ), os.getcwd(), sys.path, sorted(os.listdir('/proc/self/fd')), sys.flags.isolated])\n"
        "sys.stdout.write(f'{len(told)}\\n{told}')"
    )
    with open(os.devnull) as other:  # an open file of the parent
        os.set_inheritable(other.fileno(), True)
        (told,) = typeset("", {}, format="pdf")
    environment, place, path, files, isolated = json.loads(told)
    assert environment.keys() <= {"RAYON_NUM_THREADS", "MALLOC_TRIM_THRESHOLD_", "LC_CTYPE"}
    assert place == "/"
    assert isolated
    assert str(Path.cwd()) not in path
    assert files == ["0", "1", "2", "3"]  # the fourth is the listing itself


def test_a_child_that_takes_too_long_is_stopped(child: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(typesetting, "SECONDS", 0.2)
    child("import time; time.sleep(60)")
    with pytest.raises(NotSet, match="more than"):
        typeset("", {}, format="pdf")


def test_a_child_that_is_killed_and_a_page_that_is_refused_are_said_and_logged(child: Any, monkeypatch: Any, caplog: Any) -> None:
    with caplog.at_level(logging.ERROR), pytest.raises(NotSet, match="refused"):
        typeset("#unknown()", {}, format="pdf")
    assert "unknown variable" in caplog.text
    with caplog.at_level(logging.ERROR), pytest.raises(NotSet, match="refused"):
        typeset('#set document(title: "A")\nNo table', {}, format="pdf", pdf_standards=["ua-1"], names_rows=[True])
    assert "0 tables where there are 1" in caplog.text
    monkeypatch.setattr(typesetting, "BYTES", 4 * 1024 * 1024)
    with pytest.raises(NotSet):
        typeset("A", {}, format="pdf")
    child("import os; os.kill(os.getpid(), 9)")
    with pytest.raises(NotSet, match="time or memory"):
        typeset("", {}, format="pdf")


def small(*, names_rows: bool = True, rows: int = 2) -> Paper:
    columns = (Column("a", "Namn"), Column("b", "Tal"))
    cells = tuple((text_cell(f"Rad {number}"), text_cell(str(number))) for number in range(rows))
    tables = (
        Table("one", "Första", columns, cells, names_rows=names_rows),
        Table("two", "Andra", columns, cells[:1], names_rows=not names_rows),
    )
    return Paper("follow_up", "Lillköping", "Nämnden", "Rapport", "Delår", "sv", date(2025, 9, 8), parts=tables)


def headings(content: bytes) -> list[str]:
    with pikepdf.open(io.BytesIO(content)) as file:
        found = [one for one in file.objects if isinstance(one, pikepdf.Dictionary) and one.get("/S") == pikepdf.Name.TH]
        return [str(dict(one.A[0].items())["/Scope"]) for one in found]


def test_rows_are_named_where_the_table_says_so() -> None:
    named = write_pdf(small(), author="", made_at=NOW)
    assert headings(named).count("/Row") == 2
    assert headings(named).count("/Column") == 4
    assert headings(write_pdf(small(names_rows=False), author="", made_at=NOW)).count("/Row") == 1
    assert pdf_faults(named) == []
    with pikepdf.open(io.BytesIO(named)) as file:
        with pytest.raises(NotAsExpected, match="2 tables"):
            tag_row_headings(file, [True])
        del file.pages[0].StructParents
        with pytest.raises(NotAsExpected, match="without its elements"):
            tag_cell_paragraphs(file)
    assert write_pdf(small(), author="", made_at=NOW) == named


def spread() -> Paper:
    """A cell of several paragraphs that reaches over pages, one of a single one, and one in which a block is two."""
    long = Cell((Block(Kind.STRONG, "Först"), Block(Kind.TEXT, "många ord " * 2500), Block(Kind.SMALL, "sist")))
    lacks = Block(Kind.MISSING, "Saknas", "□", "high")
    mixed = Cell((Block(Kind.SIGN, "Hög", "■", "critical"), Block(Kind.TEXT, "ett\n\ntvå"), lacks))
    table = Table(
        "one",
        "Rader",
        (Column("a", "Namn", 10), Column("b", "Text", 60)),
        ((text_cell("Ensam"), long), (text_cell("Också"), mixed)),
    )
    return Paper("follow_up", "Lillköping", "Nämnden", "Rapport", "Delår", "sv", date(2025, 9, 8), parts=(table,))


def paragraphs_of(cell: Any) -> list[tuple[str, int]]:
    """The kinds of what a cell holds, each with how many marked texts it holds itself."""
    return [(str(kid.S), len(kid.K)) if isinstance(kid, pikepdf.Dictionary) else ("text", 1) for kid in cell.K]


def test_each_paragraph_of_a_cell_is_one_to_who_listens() -> None:
    made = write_pdf(spread(), author="", made_at=NOW)
    assert pdf_faults(made) == []
    with pikepdf.open(io.BytesIO(made)) as file:
        pages = len(file.pages)
        (table,) = [one for one in file.objects if isinstance(one, pikepdf.Dictionary) and one.get("/S") == pikepdf.Name.Table]
        first, second = table.K[1].K
        assert paragraphs_of(first.K[0]) == [("text", 1)]
        kinds, sizes = zip(*paragraphs_of(first.K[1]), strict=True)
        assert kinds == ("/P", "/P", "/P")
        # The text, and what marks where its paragraph ends, which nobody sees or hears.
        assert (sizes[0], sizes[2]) == (2, 3)
        assert sizes[1] > 60
        assert paragraphs_of(second.K[1]) == [("/P", 3), ("/P", 1), ("/P", 2), ("/P", 3)]
        for cell in (first.K[1], second.K[1]):
            assert {kid.P.objgen for kid in cell.K} == {cell.objgen}
        belongs = [one for page in list(file.Root.StructTreeRoot.ParentTree.Nums)[1::2] for one in page if one is not None]
        held = sum(one.objgen == first.K[1].K[1].objgen for one in belongs)
    assert held == sizes[1]
    assert pages > 1


def without(*path: str) -> Callable[[pikepdf.Pdf], None]:
    def take_away(file: pikepdf.Pdf) -> None:
        node: Any = file.Root
        for key in path[:-1]:
            node = node[key]
        del node[path[-1]]

    return take_away


def of_every(kind: str, change: Callable[[Any], None]) -> Callable[[pikepdf.Pdf], None]:
    def to_each(file: pikepdf.Pdf) -> None:
        for one in file.objects:
            if isinstance(one, pikepdf.Dictionary) and str(one.get("/S", one.get("/Type", ""))) == kind:
                change(one)

    return to_each


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (without("/MarkInfo"), "not marked"),
        (without("/Lang"), "no language"),
        (without("/ViewerPreferences"), "title"),
        (without("/Outlines"), "bookmarks"),
        (without("/OutputIntents"), "colour profile"),
        (of_every("/H1", lambda one: one.update({"/S": pikepdf.Name.Slogan})), "no standard type"),
        (without("/Metadata"), "does not say"),
        (of_every("/H2", lambda one: one.update({"/S": pikepdf.Name.H4})), "H4 after"),
        (of_every("/TH", lambda one: one.A[0].__delitem__("/Scope")), "without scope"),
        (of_every("/TBody", lambda one: one.K[0].K.__delitem__(1)), "columns"),
        (of_every("/Font", lambda one: one.update({"/FontDescriptor": pikepdf.Dictionary()})), "not embedded"),
        (of_every("/H1", lambda one: one.update({"/S": pikepdf.Name.Figure})), "text alternative"),
        (of_every("/Page", lambda one: one.update({"/StructParents": 99})), "belongs to no element"),
    ],
)
def test_a_breach_of_the_standards_is_found(harm: Callable[[pikepdf.Pdf], None], told: str, sound: bytes) -> None:
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(sound)) as file:
        harm(file)
        file.save(target)
    assert any(told in fault for fault in pdf_faults(target.getvalue()))


@pytest.fixture(scope="module")
def sound() -> bytes:
    return write_pdf(small(), author="", made_at=NOW)


# The look


def narrow(*words: str) -> Table:
    columns = tuple(Column(str(index), word, weight) for index, (word, weight) in enumerate(zip(words, (1, 9, 90), strict=True)))
    return Table("one", "", columns, ((text_cell("Oantastlighetsprincipen"), text_cell("a b c"), text_cell("x " * 900)),))


def test_a_column_is_no_narrower_than_its_longest_word_and_all_are_as_wide_as_the_page() -> None:
    widths, has_room = fit_widths(narrow("Nr", "Uppföljningar", "Resultat"), 700)
    assert has_room
    assert sum(widths) == pytest.approx(700)
    assert widths[0] > 22 * 4.2
    assert widths[1] > 13 * 4.2
    assert widths[2] > 400
    squeezed, has_room = fit_widths(narrow("Nr", "Uppföljningar", "Resultat"), 150)
    assert not has_room
    assert sum(squeezed) == pytest.approx(150)


def test_no_word_is_broken_and_no_short_row_is_split_between_pages() -> None:
    cells = tuple(
        (text_cell(f"Personuppgiftsbehandling {n}", Kind.STRONG), text_cell(f"början{n}\n\nmitten\n\nslutet{n}"))
        for n in range(40)
    )
    table = Table("one", "Rader", (Column("a", "Identifierad risk", 1), Column("b", "Resultat", 60)), cells)
    made = Paper("follow_up", "Lillköping", "Nämnden", "Rapport", "Delår", "sv", date(2025, 9, 8), parts=(table,))
    with pdfplumber.open(io.BytesIO(write_pdf(made, author="", made_at=NOW))) as file:
        pages = [page.extract_text() for page in file.pages]
    assert len(pages) > 3
    assert sum(page.count("Personuppgiftsbehandling") for page in pages) == 40
    for page in pages:
        assert re.findall(r"början(\d+)", page) == re.findall(r"slutet(\d+)", page)
        assert "Identifierad" in page


def test_a_sheets_rows_are_as_high_as_their_words_and_a_number_has_its_sign() -> None:
    score = Cell((Block(Kind.STRONG, "12"), Block(Kind.SIGN, 'Hög "a"', "■", "critical")), 12, 1, "critical")
    table = Table("one", "Risker", (Column("a", "Risk"), Column("b", "Värde", 5, "number")), ((text_cell("ord " * 400), score),))
    chart = Chart("heatmap", "Heatmap", "<svg/>", "x", ("S", "1"), (("1", "0"), ("2", "3")), (("", "low"), ("", "critical")))
    made = Paper("follow_up", "A & B", "N", "Rapport", "1&2", "sv", date(2025, 9, 8), "KS 1", parts=(table, chart))
    with zipfile.ZipFile(io.BytesIO(write_xlsx(made, author="", made_at=NOW))) as package:
        sheet, styles = (package.read(f"xl/{name}").decode() for name in ("worksheets/sheet1.xml", "styles.xml"))
    (height,) = (float(one) for one in re.findall(r'<row r="2"[^>]* ht="([\d.]+)"', sheet))
    assert 150 < height <= 409
    assert "<v>12</v>" in sheet
    for shown in ("0 &quot;■ Hög ''a''&quot;", "0 &quot;▽&quot;;-0 &quot;▽&quot;;&quot;▽&quot;", "0 &quot;■&quot;"):
        assert shown in styles
    assert "&amp;L&amp;8A &amp;&amp; B&amp;C&amp;8Rapport&amp;R&amp;8 1&amp;&amp;2" in sheet
    assert "Sida &amp;P av &amp;N" in sheet or "Page &amp;P of &amp;N" in sheet


def test_a_hash_may_be_broken_on_a_page_and_no_other_word() -> None:
    table = Table("one", "E", (Column("a", "F"),), ((text_cell("&" * 30 + " " + "0a" * 16),),))
    (html,) = paper_parts(replace(small(), parts=(table,)))[-1:]
    assert "&amp;" * 30 + " " + "0a" * 12 + "<wbr>" + "0a" * 4 in html
