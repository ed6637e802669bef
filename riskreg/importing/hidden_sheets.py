"""The sheets that a workbook does not show: listed as hidden, and read only when a person chooses one."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .cells import Content, HiddenSheet
from .questions import Asked, Choice

NONE = "none"


def chosen_hidden_sheet(content: Content, asked: Asked, *, has_a_plan: bool) -> HiddenSheet | None:
    """Return the hidden sheet that is chosen; without a plan in what is shown, whether one is read has to be said."""
    if not content.hidden:
        return None
    names = [sheet.table.place.name for sheet in content.hidden]
    none = ngettext("No: it is not read", "No: none of them is read", len(names))
    choices = [Choice(NONE, none), *(Choice(_code(sheet), _in_words(sheet)) for sheet in content.hidden)]
    text = ngettext(
        "A sheet of the file is hidden and is not read: %(names)s. Is the plan in it?",
        "Sheets of the file are hidden and are not read: %(names)s. Is the plan in one of them?",
        len(names),
    )
    answer = asked.ask("hidden", names, text % {"names": ", ".join(names)}, choices, otherwise=NONE if has_a_plan else "")
    return next((sheet for sheet in content.hidden if _code(sheet) == answer), None)


def hidden_sheet_named(content: Content, name: str) -> HiddenSheet | None:
    """Return the hidden sheet of the name, whatever its case."""
    wanted = name.strip().casefold()
    return next((sheet for sheet in content.hidden if sheet.table.place.name.casefold() == wanted), None)


def hidden_names(sheets: Sequence[HiddenSheet]) -> list[str]:
    """Return the sheets' names, told as hidden."""
    return [_("%(sheet)s (hidden)") % {"sheet": sheet.table.place.name} for sheet in sheets]


def _code(sheet: HiddenSheet) -> str:
    return f"sheet-{sheet.table.place.number}"


def _in_words(sheet: HiddenSheet) -> str:
    texts = sum(1 for row in sheet.table.rows for cell in row if cell.text)
    said = ngettext("%(sheet)s (hidden, %(count)d cell)", "%(sheet)s (hidden, %(count)d cells)", texts)
    return said % {"sheet": sheet.table.place.name, "count": texts}
