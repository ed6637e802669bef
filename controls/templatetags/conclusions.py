"""Template tags of conclusions: the tag of one, and the choices of a form."""

from __future__ import annotations

from collections.abc import Sequence

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from controls.analysis.concluded import Concluded
from controls.models import Conclusion, Method
from riskreg.templatetags.presentation import mark
from riskreg.templatetags.risk_cells import start_of_cell

register = template.Library()


@register.simple_tag
def conclusion_tag(code: str | None) -> SafeString:
    """Return the tag of a conclusion; an empty code says that none is given yet. Raises ValueError for an unknown code."""
    if not code:
        return mark("none", "○", _("No conclusion yet"))
    found = Conclusion(code)
    return mark(found.tone, found.symbol, found.label)


def conclusion_choices() -> list[tuple[str, SafeString]]:
    """Return the choices for a radio select with class "choice": each conclusion as its tag."""
    return [(one.value, conclusion_tag(one.value)) for one in Conclusion]


def cells_of_controls(methods: Sequence[Method], conclusions: Sequence[Concluded]) -> str:
    """Return the cells of a risk's row that its controls fill, as HTML."""
    method, conclusion = _("Method"), _("Latest conclusion")
    named = ", ".join(escape(str(method.label)) for method in methods) or _written("missing", _("No control"))
    if conclusions:
        latest = "<br>".join(f"{conclusion_tag(one.conclusion)} {_written('at', one.closing)}" for one in conclusions)
    else:
        latest = _written("at", _("No conclusion yet")) if methods else ""
    return f"{start_of_cell(method)}{named}</td>{start_of_cell(conclusion)}{latest}</td>"


def _written(kind: str, text: str) -> str:
    return f'<span class="{kind}">{escape(text)}</span>'
