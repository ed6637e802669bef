"""Places of a file in the reader's language: sheet or page, table, row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from .cells import Place

_PLACES = {
    "sheet": gettext_lazy("Sheet %(name)s"),
    "table": gettext_lazy("Table %(number)s"),
    "page": gettext_lazy("Page %(number)s"),
    "file": gettext_lazy("The file"),
    "path": "%(name)s",
}
_TABLE_ON_PAGE = gettext_lazy("Page %(number)s, table %(table)s")


def place_in_words(place: Place) -> str:
    """Return the position of a table in the file."""
    words = _TABLE_ON_PAGE if place.table else _PLACES[place.kind]
    return str(words) % {"name": place.name, "number": place.number, "table": place.table}


def row_in_words(place: Place | None, row: int | None) -> str:
    """Return where a row stands as a person counts who has the file open: page or sheet, table, row."""
    if row is None:
        return str(place or "")
    if place is None or place.kind == "file":
        return _("Row %(row)s") % {"row": row}
    return _("%(place)s, row %(row)s") % {"place": place, "row": row}


def row_seen_from(here: Place | None, place: Place | None, row: int) -> str:
    """Return the number of another row, with its place where that is not the reader's."""
    return str(row) if place is None or place == here else _("%(row)s (%(place)s)") % {"row": row, "place": place}
