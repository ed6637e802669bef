"""The cells that every list of risks begins with, written without a template: a page has fifty such rows."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from riskreg.models import Risk
from riskreg.templatetags.presentation import band_tag, mark

register = template.Library()


@register.simple_tag(takes_context=True)
def risk_cells(context: template.Context, risk: Risk) -> SafeString:
    """Write number, title, unit, category, score and owner. The l_… labels are translated once for all rows, by the list."""

    def cell(label: str, content: str) -> str:
        return f'<td data-label="{conditional_escape(context[label])}">{content}</td>'

    marks = ""
    if risk.is_municipality_wide:
        marks += f" {mark('ongoing', '◎', context['l_wide'])}"
    if risk.is_confidential:
        marks += f" {mark('none', '■', context['l_confidential'])}"
    factors = f' <span class="factors">{risk.likelihood} × {risk.impact}</span>' if risk.is_placed else ""
    address = conditional_escape(risk.get_absolute_url())
    written = (
        f'<td class="nowrap" data-label="{conditional_escape(context["l_number"])}">{risk.reference}</td>'
        f'<th scope="row"><a href="{address}">{conditional_escape(risk.title)}</a>{marks}</th>',
        cell("l_unit", conditional_escape(str(risk.unit))),
        cell("l_category", conditional_escape(str(risk.category)) if risk.category_id else ""),
        cell("l_score", f"{_level(risk)}{factors}"),
        cell("l_owner", conditional_escape(risk.owner_name)),
    )
    return mark_safe("".join(written))  # noqa: S308 - every part is escaped above


def _level(risk: Any) -> SafeString:
    return band_tag(risk.band, risk.risk_score)
