"""The heatmap's two tables, written without a template: a matrix has sixteen cells or more, and each stands in both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from riskreg.models import Risk
from riskreg.templatetags.presentation import band_tag
from riskreg.templatetags.risk_cells import start_of_cell

register = template.Library()

Rows = Iterable[tuple[Any, Sequence[Any]]]
"""Of each likelihood level its linked cells (riskreg.views.heatmap.LinkedCell)."""


@register.simple_tag
def heat_rows(rows: Rows, few: bool, several_plans: bool) -> SafeString:
    """Write the matrix: a row for each likelihood; where the risks are few, each as a chip in its cell."""
    written = []
    for level, cells in rows:
        written.append(f'<tr><th scope="row"><b>{level.value}</b> <span class="word">{escape(level.label)}</span></th>')
        written += [_cell(linked, few, several_plans) for linked in cells]
        written.append("</tr>")
    return mark_safe("\n".join(written))  # noqa: S308 - every part is escaped


def _cell(linked: Any, few: bool, several_plans: bool) -> str:
    cell, band = linked.cell, linked.cell.band
    tone, symbol, name = (band.tone, band.symbol, band.name) if band else ("none", "–", "")
    score = (
        f'<span class="level"><span aria-hidden="true">{escape(symbol or "–")}</span>'
        f'<span class="visually-hidden">{escape(name)}</span> {cell.score}</span>'
    )
    counted = ""
    if cell.number:
        kind = "count-link" if few else "total"
        said = f'{cell.number}<span class="visually-hidden"> {escape(linked.label)}</span>'
        counted = f'<a class="{kind}" href="{escape(linked.url)}">{said}</a>'
    before, after = (counted, _chips(cell, several_plans)) if few else ("", counted)
    return f'<td class="{escape(tone or "none")}"><div class="score">{before}{score}</div>{after}</td>'


def _chips(cell: Any, several_plans: bool) -> str:
    if not (cell.risks or cell.maybe):
        return ""
    word = escape(_("Risk"))
    chips = []
    for risk in cell.risks:
        whose = f", {escape(str(risk.unit))}" if several_plans else ""
        hidden = (
            f'<span class="visually-hidden">{word} </span>{risk.number}'
            f'<span class="visually-hidden"> {escape(risk.title)}{whose}</span>'
        )
        chips.append(_chip(risk, "chip", risk.title, hidden))
    for risk in cell.maybe:
        could = _("Could belong here: %(risk)s") % {"risk": risk.title}
        said = _("Not placed, could belong here: %(number)s %(risk)s") % {"number": risk.number, "risk": risk.title}
        hidden = f'<span aria-hidden="true">{risk.number}?</span><span class="visually-hidden">{escape(said)}</span>'
        chips.append(_chip(risk, "chip maybe", could, hidden))
    return f'<ul class="chips">{"".join(chips)}</ul>'


def _chip(risk: Risk, kind: str, title: str, content: str) -> str:
    return f'<li><a class="{kind}" href="{escape(risk.get_absolute_url())}" title="{escape(title)}">{content}</a></li>'


@register.simple_tag
def heat_table_rows(rows: Rows, few: bool) -> SafeString:
    """Write the same as a table: a row for each cell that holds risks."""
    impact, score, number = start_of_cell(_("Impact")), start_of_cell(_("Risk score")), start_of_cell(_("Number of risks"))
    number, named = number.replace("<td", '<td class="num"', 1), start_of_cell(_("Risks"))
    written = []
    for level, cells in rows:
        for linked in cells:
            cell = linked.cell
            if not cell.number:
                continue
            row = (
                f'<tr><th scope="row">{escape(str(level))}</th>{impact}{escape(str(cell.impact))}</td>'
                f"{score}{band_tag(cell.band, cell.score)}</td>"
                f'{number}<a href="{escape(linked.url)}">{cell.number}</a></td>'
            )
            if few:
                links = (f'<a href="{escape(risk.get_absolute_url())}">{escape(str(risk))}</a>' for risk in cell.risks)
                row += f"{named}{'<br>'.join(links)}</td>"
            written.append(f"{row}</tr>")
    return mark_safe("\n".join(written))  # noqa: S308 - every part is escaped
