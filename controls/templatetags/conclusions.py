"""Template tags of conclusions: the tag of one, and the choices of a form."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from controls.models import Conclusion
from riskreg.templatetags.presentation import mark

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
