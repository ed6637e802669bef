"""The sample as a workbook to work in: keys and columns locked, the outcome from a list, a note, the correct amount.

Cells are typed; text is written as text, so that nothing in it runs as a formula. What is read back is
controls.sampling.samples.work_file_back.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from controls.models import Sample, SampleItem

LANGUAGES = ("sv", "en")
NUMBER, KEY, OUTCOME, NOTE, CORRECT, VERSION = (
    gettext_noop("No."),
    gettext_noop("Key"),
    gettext_noop("Outcome"),
    gettext_noop("Note"),
    gettext_noop("Correct amount"),
    gettext_noop("Version"),
)
CHOICES = (SampleItem.Outcome.OK, SampleItem.Outcome.DEVIATION, SampleItem.Outcome.NOT_EXAMINED)
EDGE = "=+-@\t\r"
MAX_CELL = 32_000


def headings(name: str) -> set[str]:
    """Return the column's names in the product's languages, for comparison."""
    found = set()
    for language in LANGUAGES:
        with override(language):
            found.add(_(name).casefold())
    return found


def outcome_words() -> dict[str, str]:
    """Return {word: outcome} in both languages, for comparison."""
    found: dict[str, str] = {}
    for language in LANGUAGES:
        with override(language):
            found |= {str(outcome.label).casefold(): outcome.value for outcome in SampleItem.Outcome}
    return found


def write_workbook(sample: Sample, items: Sequence[SampleItem]) -> bytes:
    """Write the workbook of the items, in the reader's language."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    if sample.drawn_at is not None:
        # The same items are the same bytes, whenever the file is taken.
        book.set_properties({"created": sample.drawn_at.astimezone(UTC).replace(tzinfo=None)})
    sheet = book.add_worksheet(_("Sample"))
    columns = [name for name in sample.population.columns if name not in {NUMBER, OUTCOME}]
    has_amounts = bool(sample.population.amount_column)
    names = [_(NUMBER), _(KEY), *columns, _(OUTCOME), _(NOTE), *([_(CORRECT)] if has_amounts else []), _(VERSION)]
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    formats = {
        "text": book.add_format({"num_format": "@", "valign": "top"}),
        "defused": book.add_format({"num_format": "@", "valign": "top", "quote_prefix": True}),
        "amount": book.add_format({"num_format": "#,##0.00", "valign": "top"}),
        "whole": book.add_format({"num_format": "0", "valign": "top"}),
        "open": book.add_format({"num_format": "@", "locked": False, "text_wrap": True, "valign": "top", "bg_color": "#E3EFF7"}),
        "open_defused": book.add_format(
            {"num_format": "@", "locked": False, "text_wrap": True, "valign": "top", "bg_color": "#E3EFF7", "quote_prefix": True}
        ),
        "open_amount": book.add_format({"num_format": "#,##0.00", "locked": False, "valign": "top", "bg_color": "#E3EFF7"}),
    }
    for column, name in enumerate(names):
        sheet.write_string(0, column, name, bold)
    outcome_at = 2 + len(columns)
    for row, item in enumerate(items, start=1):
        sheet.write_number(row, 0, item.position, formats["whole"])
        _text(sheet, row, 1, item.key, formats)
        cells = item.cells
        for column, name in enumerate(columns, start=2):
            value = cells.get(name, "")
            is_amount = name == sample.population.amount_column and item.amount is not None
            if is_amount and item.amount is not None:
                sheet.write_number(row, column, float(item.amount), formats["amount"])
            else:
                _text(sheet, row, column, value, formats)
        outcome = "" if item.outcome == SampleItem.Outcome.PENDING else str(item.get_outcome_display())
        sheet.write_string(row, outcome_at, outcome, formats["open"])
        _text(sheet, row, outcome_at + 1, item.note, formats, is_open=True)
        if has_amounts:
            if item.correct_amount is None:
                sheet.write_blank(row, outcome_at + 2, None, formats["open_amount"])
            else:
                sheet.write_number(row, outcome_at + 2, float(item.correct_amount), formats["open_amount"])
        sheet.write_number(row, len(names) - 1, item.version, formats["whole"])
    _arranged(sheet, len(items), outcome_at, len(names), has_amounts)
    book.close()
    return out.getvalue()


def _text(sheet: Any, row: int, column: int, value: str, formats: dict[str, Any], *, is_open: bool = False) -> None:
    """Write a cell as text, whatever it looks like; what could be taken for a formula is marked as text besides."""
    looks_like_formula = value.startswith(tuple(EDGE))
    kind = ("open_defused" if looks_like_formula else "open") if is_open else ("defused" if looks_like_formula else "text")
    sheet.write_string(row, column, value[:MAX_CELL], formats[kind])


def _arranged(sheet: Any, rows: int, outcome_at: int, width: int, has_amounts: bool) -> None:
    last = max(rows, 1)
    words = [str(choice.label) for choice in CHOICES]
    sheet.data_validation(
        1,
        outcome_at,
        last,
        outcome_at,
        {
            "validate": "list",
            "source": words,
            "ignore_blank": True,
            "error_title": _("Outcome"),
            "error_message": _("Choose one of: %(allowed)s.") % {"allowed": ", ".join(words)},
        },
    )
    if has_amounts:
        sheet.data_validation(
            1,
            outcome_at + 2,
            last,
            outcome_at + 2,
            {
                "validate": "decimal",
                "criteria": "between",
                "minimum": -(10**14),
                "maximum": 10**14,
                "ignore_blank": True,
            },
        )
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, last, width - 1)
    sheet.set_column(0, 0, 6)
    sheet.set_column(1, 1, 26)
    sheet.set_column(2, outcome_at - 1, 18)
    sheet.set_column(outcome_at, outcome_at, 26)
    sheet.set_column(outcome_at + 1, outcome_at + 1, 46)
    sheet.set_column(width - 1, width - 1, 8, None, {"hidden": True})
    # Without a password: against mistakes, not against anybody.
    sheet.protect("", {"autofilter": True, "sort": True, "format_columns": True, "select_locked_cells": True})
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
