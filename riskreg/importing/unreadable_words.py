"""The reasons why a file could not be read, in words that say what to do next."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from riskreg.numbers import with_number_texts

MESSAGES = {
    "empty": _("The file %(filename)s is empty. Choose a file that holds the plan's table."),
    "extension": _("Files of the type “%(extension)s” cannot be read. Allowed types: %(allowed)s."),
    "content": _(
        "The content of %(filename)s is not what the file type “%(extension)s” promises. "
        "Open it in the program it was made in and save it again as one of: %(allowed)s."
    ),
    "encrypted": _("The file %(filename)s is protected by a password. Remove the password and try again."),
    "damaged": _("The file %(filename)s is damaged and cannot be read. Open it, save it again and try again. (%(detail)s)"),
    "bomb": _("The file %(filename)s unpacks to more than %(limit)s MB and is not read."),
    "too_large": _("The file %(filename)s is %(size)s MB. At most %(limit)s MB can be read."),
    "too_many_rows": _("The file %(filename)s has more than %(limit)s rows. Divide it, or remove what is not the plan."),
    "too_many_columns": _("The file %(filename)s has more than %(limit)s columns. Remove the columns that are not the plan's."),
    "cell_too_long": _(
        "A cell in %(filename)s holds more than %(limit)s characters. Shorten it, or attach the text as a file of its own."
    ),
    "too_much_text": _(
        "The cells of %(filename)s hold more than %(limit)s million characters together. Remove what is not the plan."
    ),
    "too_many_cells": _("The tables of %(filename)s have more than %(limit)s cells together. Remove what is not the plan."),
    "gone": _("What was read of %(filename)s is no longer there. Put the file aside and upload it again."),
    "altered": _(
        "%(filename)s, or what was read of it, has been changed outside Riskreg since it was uploaded, and is not imported. Tell "
        "those who run Riskreg, put the file aside and upload it again."
    ),
    "too_many_pages": _("The file %(filename)s has more than %(limit)s pages. Save the plan's pages on their own."),
    "too_demanding": _("The file %(filename)s takes too much time or memory to read. Save the plan's table on its own."),
    "json_broken": _("%(filename)s is not whole JSON and cannot be read (%(detail)s)."),
    "json_other": _(
        "%(filename)s is JSON, but neither a plan nor a follow-up as this product writes it. Expected: an object with “schema” "
        "(%(detail)s) and “rows”, a list of objects with “title”, “control”, “result” and so on, as in a report saved as JSON."
    ),
    "no_table": _("The file %(filename)s holds no table. The plan must be a table with a row of headings."),
    "no_text_table": _(
        "There is no text in %(filename)s. A scanned page cannot be read: "
        "use the document the PDF was made from, or a PDF that holds text."
    ),
    "no_ruled_table": _(
        "The text in %(filename)s stands in no table with rules between its rows. "
        "Use the document the PDF was made from, or save it with the table's borders."
    ),
}


def reason_in_words(code: str, values: Mapping[str, object]) -> str:
    """Return why the file could not be read, in the reader's language."""
    return str(MESSAGES[code]) % with_number_texts(values)
