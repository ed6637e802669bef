"""The rows of every list of risks, written without a template: a page has fifty of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import repeat
from typing import Any

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from riskreg.models import Risk
from riskreg.templatetags.presentation import band_tag, mark

register = template.Library()


@register.simple_tag
def risk_rows(risks: Iterable[Risk], more: Iterable[str] = repeat("")) -> SafeString:
    """Write number, title, unit, category, score and owner of each, and after them `more`, the further cells of each as HTML."""
    labels = labels_in(get_language())
    rows = (f"<tr>{cells_of(risk, labels)}{others}</tr>" for risk, others in zip(risks, more, strict=False))
    return mark_safe("\n".join(rows))  # noqa: S308 - every part is escaped


@lru_cache(maxsize=10)
def labels_in(language: str | None) -> Mapping[str, str]:
    """Return how the cells begin in the language, which is the active one, and the marks of some risks; as HTML."""
    words = {
        "number": _("No."),
        "unit": _("Unit"),
        "category": _("Category"),
        "score": _("Risk score"),
        "owner": _("Risk owner"),
    }
    began = {name: start_of_cell(word) for name, word in words.items()}
    began["number"] = began["number"].replace("<td", '<td class="nowrap"', 1)
    return began | {"wide": mark("ongoing", "◎", _("Municipality-wide")), "confidential": mark("none", "■", _("Confidential"))}


def start_of_cell(heading: str) -> str:
    """Return how a cell begins: with its column's heading, which stands beside it on a phone."""
    return f'<td data-label="{escape(heading)}">'


def cells_of(risk: Risk, labels: Mapping[str, str]) -> str:
    """Return the cells as HTML; `labels` are those of `labels_in`."""
    marks = ""
    if risk.is_municipality_wide:
        marks += f" {labels['wide']}"
    if risk.is_confidential:
        marks += f" {labels['confidential']}"
    factors = f' <span class="factors">{risk.likelihood} × {risk.impact}</span>' if risk.is_placed else ""
    category = escape(str(risk.category)) if risk.category_id else ""
    return (
        f"{labels['number']}{risk.reference}</td>"
        f'<th scope="row"><a href="{escape(risk.get_absolute_url())}">{escape(risk.title)}</a>{marks}</th>'
        f"{labels['unit']}{escape(str(risk.unit))}</td>"
        f"{labels['category']}{category}</td>"
        f"{labels['score']}{_level(risk)}{factors}</td>"
        f"{labels['owner']}{escape(risk.owner_name)}</td>"
    )


def _level(risk: Any) -> SafeString:
    return band_tag(risk.band, risk.risk_score)
