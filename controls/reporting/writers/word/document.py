"""A Word document: the template filled in, and the report's content put where it belongs.

The frame (name, heading, facts, header, footer, styles) is a template with docxtpl's tags, which a municipality can
replace by its own (the neighbour `frame`); the report's content is put where its tag `{{ content }}` stands. That XML
is written directly: a thousand rows take a moment, and what people typed never passes through the template language.
"""

from __future__ import annotations

import copy
import io
import secrets
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.oxml import serialize_part_xml
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docxtpl import DocxTemplate

from controls.reporting.paper import Block, Cell, Chart, Column, Kind, Paper, Passage, Table
from controls.reporting.tones import TONES
from controls.reporting.writers.drawings import points_of
from controls.reporting.writers.widths import (
    LINES_A_GROUP_KEEPS_TOGETHER,
    LINES_A_ROW_KEEPS_TOGETHER,
    fit_widths,
    heights,
    stays_whole,
)
from controls.reporting.writers.word import wordml
from controls.reporting.writers.word.frame import DEFAULT_TEMPLATE, LANGUAGES, frame_words, refuse_faulty
from controls.reporting.writers.word.template_words import restricted_environment
from riskreg.importing.own_mark import PROPERTY

_PER_POINT, _PER_TWIP = 12700, 635

_CUSTOM = "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"
_VALUES = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"
_CUSTOM_TYPE = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
_FORMAT = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
"""The format of a property of the document's own, in every document."""
CELL, SMALL, HEAD, COUNT = "RiskregCell", "RiskregSmall", "RiskregHead", "RiskregCount"


def fill_in(template: bytes, paper: Paper, *, bitmaps: Sequence[bytes], author: str, made_at: datetime) -> bytes:
    """Fill the template in, in the paper's language. Raises TemplateFault.

    `bitmaps`: the paper's charts as PNG, in their order. `author` is named in the document's properties. A template that
    somebody uploaded is filled in by the neighbour `confined_template` alone, in a process of its own.
    """
    frame = DocxTemplate(io.BytesIO(template))
    mark = f"content-{secrets.token_hex(8)}"
    with refuse_faulty():
        frame.render(frame_words(paper) | {"content": mark}, jinja_env=restricted_environment(), autoescape=True)
    document: Document = frame.docx
    _add_missing_styles(document)
    _put(document, mark, paper, bitmaps)
    _set_language(document, LANGUAGES.get(paper.language, "sv-SE"))
    _set_properties(document, paper, author, made_at)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


# The frame


def _put(document: Document, mark: str, paper: Paper, bitmaps: Sequence[bytes]) -> None:
    """Insert the report's content in place of the paragraph that holds the mark."""
    for place in document.element.body.iter(qn("w:p")):
        if mark in "".join(place.itertext()):
            section = next((one for one in document.sections if place in [*one._sectPr.itersiblings(preceding=True)]), None)
            width = _text_width(section or document.sections[-1])
            for xml in _parts(document, paper, bitmaps, width):
                place.addprevious(parse_xml(xml))
            # Word wants a paragraph after the last table. What the template says last, the seal, is no page of its own.
            place.getparent().replace(place, parse_xml(_gap(keep_next=True)))
            return


def _text_width(section: Any) -> int:
    """Return the width between the margins, in twips."""
    return int((section.page_width - section.left_margin - section.right_margin) / _PER_TWIP)


def _add_missing_styles(document: Document) -> None:
    """Add the product's styles that a municipality's template lacks."""
    there = {style.get(qn("w:styleId")) for style in document.styles.element.iter(qn("w:style"))}
    default = DocxTemplate(DEFAULT_TEMPLATE)
    default.init_docx()
    for style in default.docx.styles.element.iter(qn("w:style")):
        name = style.get(qn("w:styleId"))
        if name not in there and (name.startswith("Riskreg") or name in {"TableNormal", "Heading2"}):
            document.styles.element.append(copy.deepcopy(style))


def _set_language(document: Document, code: str) -> None:
    for part in (document.styles.element, document.settings.element):
        for element in (*part.iter(qn("w:lang")), *part.iter(qn("w:themeFontLang"))):
            element.set(qn("w:val"), code)
    document.core_properties.language = code


def _set_properties(document: Document, paper: Paper, author: str, made_at: datetime) -> None:
    properties = document.core_properties
    moment = made_at.astimezone(UTC).replace(tzinfo=None)
    properties.title = wordml.one_line(paper.title)[:255]
    properties.subject = wordml.one_line(paper.organisation)[:255]
    properties.author = properties.last_modified_by = wordml.one_line(author)[:255]
    properties.identifier = wordml.one_line(paper.registry_number)[:255]
    properties.created = properties.modified = moment
    properties.revision = 1
    if paper.mark:
        _set_mark(document, paper.mark)


def _set_mark(document: Document, mark: str) -> None:
    """Put the mark among the document's own properties, beside those of the municipality's template."""
    package = document.part.package
    found = next((one.target_part for one in package.rels.values() if one.reltype == RELATIONSHIP_TYPE.CUSTOM_PROPERTIES), None)
    properties = parse_xml(found.blob if found is not None else f'<Properties xmlns="{_CUSTOM}" xmlns:vt="{_VALUES}"/>')
    for one in properties.findall(f"{{{_CUSTOM}}}property"):
        if one.get("name") == PROPERTY:
            properties.remove(one)
    number = max((int(one.get("pid", "1")) for one in properties), default=1) + 1
    properties.append(
        parse_xml(
            f'<property xmlns="{_CUSTOM}" xmlns:vt="{_VALUES}" fmtid="{_FORMAT}" pid="{number}" name="{PROPERTY}">'
            f"<vt:lpwstr>{mark}</vt:lpwstr></property>"
        )
    )
    blob = serialize_part_xml(properties)
    if found is not None:
        found._blob = blob
    else:
        package.relate_to(Part(PackURI("/docProps/custom.xml"), _CUSTOM_TYPE, blob, package), RELATIONSHIP_TYPE.CUSTOM_PROPERTIES)


# The parts


def _gap(*, keep_next: bool = False) -> str:
    return _namespaced(wordml.paragraph(style="RiskregGap", keep_next=keep_next))


def _parts(document: Document, paper: Paper, bitmaps: Sequence[bytes], width: int) -> Iterator[str]:
    drawn = iter(bitmaps)
    for index, part in enumerate(paper.parts):
        if part.heading:
            yield _namespaced(_heading(part.heading))
        is_last = index == len(paper.parts) - 1
        above_seal = is_last and bool(paper.seal)
        if isinstance(part, Table):
            yield _table(part, width, above_seal=above_seal)
            if not is_last:
                yield _gap()
        elif isinstance(part, Chart):
            yield _picture(document, part, next(drawn), index + 1, width, keep_next=above_seal)
        else:
            yield from _passage(part)


def _namespaced(paragraph: str) -> str:
    return paragraph.replace("<w:p>", f'<w:p xmlns:w="{wordml.NAMESPACE}">', 1)


def _heading(words: str) -> str:
    return wordml.paragraph(wordml.run(wordml.one_line(words)), style="Heading2")


def _passage(part: Passage) -> Iterator[str]:
    for block in part.blocks:
        for paragraph in _block(block, keep_next=False).split("</w:p>"):
            if paragraph:
                yield _namespaced(paragraph + "</w:p>")


def _widths(table: Table, width: int) -> tuple[int, ...]:
    """Return the columns' widths in twips."""
    made = [int(each * 20) for each in fit_widths(table, width / 20)[0]]
    made[-1] += width - sum(made)
    return tuple(made)


def _table(table: Table, width: int, *, above_seal: bool) -> str:
    widths = _widths(table, width)
    heading = "".join(_head(column, each) for column, each in zip(table.columns, widths, strict=True))
    rows = [wordml.row(heading, is_heading=True)]
    high = heights(table, tuple(each / 20 for each in widths))
    whole, left = stays_whole(high), len(table.rows)
    for group, lines in zip(table.groups, high, strict=True):
        together = sum(lines) <= LINES_A_GROUP_KEEPS_TOGETHER
        for index, cells in enumerate(group):
            left -= 1
            keep = (together and index < len(group) - 1) or (whole if left else above_seal)
            rows.append(
                wordml.row(
                    "".join(_cell(cell, each, keep_next=keep) for cell, each in zip(cells, widths, strict=True)),
                    may_split=lines[index] > LINES_A_ROW_KEEPS_TOGETHER,
                )
            )
    if not table.rows:
        nothing = wordml.paragraphs(table.nothing or "–", style=CELL)
        rows.append(wordml.row(wordml.cell(nothing, width, columns=len(widths))))
    return wordml.table(
        "".join(rows),
        widths,
        style="RiskregTable",
        caption=table.heading or table.description,
        description=table.description or table.heading,
        names_rows=table.names_rows,
    )


def _head(column: Column, width: int) -> str:
    if column.tone:
        return wordml.cell(
            _sign(column.symbol, wordml.clean(column.label), column.tone, style=HEAD), width, fill=TONES[column.tone].ground
        )
    return wordml.cell(wordml.paragraph(wordml.run(wordml.clean(column.label)), style=HEAD, keep_next=True), width)


def _cell(cell: Cell, width: int, *, keep_next: bool) -> str:
    merge = "" if cell.rows == 1 else "restart" if cell.rows else "continue"
    content = "" if merge == "continue" else "".join(_block(block, keep_next=keep_next) for block in cell.blocks)
    fill = TONES[cell.fill].ground if cell.fill else ""
    return wordml.cell(content or wordml.paragraph(style=CELL, keep_next=keep_next), width, merge=merge, fill=fill)


def _block(block: Block, *, keep_next: bool) -> str:
    text = wordml.clean(block.text)
    if block.kind in {Kind.SIGN, Kind.MISSING}:
        return _sign(block.symbol, text, block.tone, keep_next=keep_next, is_missing=block.kind == Kind.MISSING)
    style = SMALL if block.kind == Kind.SMALL else CELL
    return wordml.paragraphs(text, style=style, keep_next=keep_next, bold=block.kind == Kind.STRONG)


def _sign(symbol: str, words: str, tone: str, *, style: str = CELL, keep_next: bool = False, is_missing: bool = False) -> str:
    ink = TONES[tone].ink.upper()
    ground = TONES[tone].ground if is_missing else ""
    return wordml.paragraph(
        wordml.run(f"{symbol}\u00a0", symbol=True, bold=True, colour=ink, ground=ground),
        wordml.run(words, bold=True, colour=ink, ground=ground),
        style=style,
        keep_next=keep_next,
    )


def _picture(document: Document, chart: Chart, drawn: bytes, number: int, width: int, *, keep_next: bool) -> str:
    """Return the drawing as vectors for Word 2016 and later, as a bitmap for others; with one text alternative."""
    bitmap, _image = document.part.get_or_add_image(io.BytesIO(drawn))
    part = Part(PackURI(f"/word/media/drawing{number}.svg"), "image/svg+xml", chart.svg.encode(), document.part.package)
    vector = document.part.relate_to(part, RELATIONSHIP_TYPE.IMAGE)
    across, down = (round(points * _PER_POINT) for points in points_of(chart.svg, width / 20))
    keep = "<w:keepNext/>" if keep_next else ""
    words = f"name={wordml.attribute(chart.heading or chart.name)} descr={wordml.attribute(chart.alternative)}"
    return (
        f'<w:p xmlns:w="{wordml.NAMESPACE}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
        'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
        'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
        'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture">'
        f'<w:pPr><w:pStyle w:val="{CELL}"/>{keep}</w:pPr><w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0">'
        f'<wp:extent cx="{across}" cy="{down}"/><wp:docPr id="{number}" {words}/>'
        '<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic>'
        f'<pic:nvPicPr><pic:cNvPr id="{number}" {words}/><pic:cNvPicPr/></pic:nvPicPr>'
        f'<pic:blipFill><a:blip r:embed="{bitmap}"><a:extLst><a:ext uri="{{96DAC541-7B7A-43D3-8B79-37D633B846F1}}">'
        '<asvg:svgBlip xmlns:asvg="http://schemas.microsoft.com/office/drawing/2016/SVG/main" '
        f'r:embed="{vector}"/></a:ext></a:extLst></a:blip><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
        f'<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{across}" cy="{down}"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline>'
        "</w:drawing></w:r></w:p>"
    )
