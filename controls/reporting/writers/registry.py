"""The writers of a report's files, by their ending. Each takes a Paper and nothing else that could differ between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from controls.reporting.paper import Paper
from controls.reporting.writers import as_json, excel
from controls.reporting.writers.pdf import pdf
from controls.reporting.writers.word import docx


@dataclass(frozen=True, slots=True)
class Writing:
    """The author's name, the moment of writing, and the Word template."""

    author: str
    made_at: datetime
    template: bytes | None = None


@dataclass(frozen=True, slots=True)
class Writer:
    label: str | Promise
    content_type: str
    write: Callable[[Paper, Writing], bytes]


WRITERS: dict[str, Writer] = {
    "docx": Writer(
        _("Word"),
        docx.CONTENT_TYPE,
        lambda paper, how: docx.write_docx(paper, author=how.author, made_at=how.made_at, template=how.template),
    ),
    "pdf": Writer("PDF", pdf.CONTENT_TYPE, lambda paper, how: pdf.write_pdf(paper, author=how.author, made_at=how.made_at)),
    "xlsx": Writer(
        _("Excel"), excel.CONTENT_TYPE, lambda paper, how: excel.write_xlsx(paper, author=how.author, made_at=how.made_at)
    ),
    "json": Writer("JSON", as_json.CONTENT_TYPE, lambda paper, how: as_json.write_json(paper)),
}
LONG = 300
"""A report of more rows is written by the worker; the reader sees how far it has come."""
