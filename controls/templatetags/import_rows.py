"""Where a row of an imported file stands, in words."""

from __future__ import annotations

from django import template

from riskreg.importing.cells import Place
from riskreg.importing.place_words import row_in_words

register = template.Library()


@register.simple_tag
def file_row(place: Place | None, row: int | None = None) -> str:
    """Write where a row stands: Page 2, table 1, row 3."""
    return row_in_words(place, row)
