"""Writer of a report's rows as the body of an HTML table: one tbody a risk, its cells reaching over its rows.

Written directly, as a template takes seconds for a thousand rows. Every text is escaped where it is put.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from html import escape

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from controls.reporting.paper import Block, Cell, Chart, Column, Kind, Paper, Passage, Table
from controls.reporting.rows import Report, ReportRow
from controls.reporting.wording import COLUMNS, RISK_COLUMNS, cells_of
from riskreg.templatetags.presentation import mark

_IDS = re.compile(r'\b(id|aria-labelledby)="([^"]*)"')
_HASH = re.compile(r"[0-9a-f]{24}(?=[0-9a-f])")
_WIDE = 0.16
"""From which share of the table's width a column holds running text, and is given room for it."""
_WIDE_CLASS = ' class="wide"'
Address = Callable[[int], str]
"""The address of a risk's or a follow-up's page, by its key."""


def table_body(report: Report, *, risk_address: Address, follow_up_address: Address) -> SafeString:
    """Write the rows of the table, with links to the risks and follow-ups, and with who performs each control."""
    labels = {name: escape(str(label)) for name, label in COLUMNS.items()}
    tag = cache(mark)

    def rows(group: list[ReportRow]) -> Iterator[str]:
        for row in group:
            yield f"<tr>{''.join(cells(row))}</tr>"

    def cells(row: ReportRow) -> Iterator[str]:
        for (name, label), blocks in zip(labels.items(), cells_of(row), strict=True):
            span = _span(name, row)
            if not span:
                continue
            content = "".join(block(each) for each in blocks)
            over = f' rowspan="{span}"' if span > 1 else ""
            if name == "risk":
                head, *rest = blocks
                title = f'<p class="said" dir="auto"><a href="{escape(risk_address(row.risk_pk))}">{escape(head.text)}</a></p>'
                yield f'<th scope="rowgroup" class="c-risk"{over}>{title}{"".join(block(each) for each in rest)}</th>'
            else:
                yield f'<td data-label="{label}" class="c-{name}"{over}>{content}{extra(name, row)}</td>'

    def block(each: Block) -> str:
        return _block(each, tag)

    def extra(name: str, row: ReportRow) -> str:
        """Return what the screen shows beyond the files."""
        if name == "control" and row.performer:
            return block(Block(Kind.SMALL, _("Performed by: %(name)s") % {"name": row.performer}))
        if name == "conclusion" and row.follow_up_pk is not None:
            whole = escape(_("Open the follow-up of %(risk)s") % {"risk": row.title})
            url = escape(follow_up_address(row.follow_up_pk))
            words = escape(pgettext("verb", "Open"))
            return f'<p class="small no-print"><a href="{url}" aria-label="{whole}">{words}</a></p>'
        return ""

    html = "\n".join(f"<tbody>{''.join(rows(group))}</tbody>" for group in report.groups)
    return mark_safe(html)  # noqa: S308 - texts and addresses are escaped above


def _span(name: str, row: ReportRow) -> int:
    """Return how many rows the cell reaches over; 0 in those below its first."""
    if name in RISK_COLUMNS:
        return row.risk_span
    return row.control_span if name == "control" else 1


def paper_parts(paper: Paper) -> list[SafeString]:
    """Write the parts of any report, each as a section of the page, with each drawing's figures as a table."""
    return [mark_safe(_part(part, f"part-{index}")) for index, part in enumerate(paper.parts)]  # noqa: S308 - escaped below


def _part(part: Table | Chart | Passage, name: str) -> str:
    heading = f'<h2 id="{name}">{escape(part.heading)}</h2>' if part.heading else ""
    labelled = f' aria-labelledby="{name}"' if part.heading else ""
    if isinstance(part, Passage):
        body = "".join(_block(block) for block in part.blocks)
    elif isinstance(part, Chart):
        body = _chart(part, name)
    else:
        body = _table(part)
    return f'<section class="card report-part"{labelled}>{heading}{body}</section>'


def _chart(chart: Chart, name: str) -> str:
    """Write the drawing, and its figures for readers who prefer them."""
    figures = Table(
        chart.name,
        "",
        tuple(Column(str(index), label) for index, label in enumerate(chart.head)),
        tuple(tuple(Cell((Block(Kind.TEXT, text),) if text else ()) for text in row) for row in chart.rows),
        description=chart.alternative,
    )
    drawing = chart.svg.split("?>", 1)[-1]
    # Several drawings share a page: each keeps its names to itself.
    drawing = _IDS.sub(lambda found: f'{found[1]}="{" ".join(f"{name}-{one}" for one in found[2].split())}"', drawing)
    said = escape(_("Show as a table"))
    return f'<div class="drawing">{drawing}</div><details><summary>{said}</summary>{_table(figures)}</details>'


def _table(table: Table) -> str:
    if not table.rows:
        return f"<p>{escape(table.nothing or '–')}</p>"
    share = sum(column.width for column in table.columns) * _WIDE
    heads = "".join(
        f'<th scope="col"{_WIDE_CLASS if column.width >= share and column.type == "text" else ""}>{_head(column)}</th>'
        for column in table.columns
    )
    bodies = []
    for group in table.groups:
        rows = "".join(f"<tr>{''.join(_cells(table, row))}</tr>" for row in group)
        bodies.append(f"<tbody>{rows}</tbody>")
    caption = escape(table.description or table.heading)
    return (
        f'<div class="table-scroll" tabindex="0" role="group" aria-label="{caption}"><table class="list report-table">'
        f'<caption class="visually-hidden">{caption}</caption><thead><tr>{heads}</tr></thead>{"".join(bodies)}</table></div>'
    )


def _head(column: Column) -> str:
    return mark(column.tone, column.symbol, column.label) if column.tone else escape(column.label)


def _cells(table: Table, row: tuple[Cell, ...]) -> Iterator[str]:
    for index, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
        if not cell.rows:
            continue
        content = "".join(_block(block) for block in cell.blocks)
        over = f' rowspan="{cell.rows}"' if cell.rows > 1 else ""
        if index == 0 and table.names_rows:
            yield f'<th scope="{"rowgroup" if cell.rows > 1 else "row"}"{over}>{content}</th>'
        else:
            yield f'<td data-label="{escape(column.label)}"{over}>{content}</td>'


def _block(each: Block, tag: Callable[[str, str, str], str] = mark) -> str:
    if each.kind in {Kind.SIGN, Kind.MISSING}:
        return f"<p>{tag(each.tone, each.symbol, each.text)}</p>"
    # A hash may be broken; and copied, it is whole.
    text = escape(_HASH.sub("\\g<0>\0", each.text)).replace("\0", "<wbr>")
    if each.kind == Kind.STRONG:
        return f'<p class="said" dir="auto"><strong>{text}</strong></p>'
    return f'<p class="said{" small" if each.kind == Kind.SMALL else ""}" dir="auto">{text}</p>'
