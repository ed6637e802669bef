"""Joining of the tables of a PDF file's pages, by what only the whole file shows.

It stands apart from the reader, whose libraries are loaded in the confined process only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..cells import Content
from ..forms import with_forms_of_lines
from ..unreadable import UnreadableFile
from .broken_words import MARK, mend_words, vocabulary


def join_pages(parts: Iterable[Content], *, max_rows: int) -> Content:
    """Join the pages' tables in order and mend words broken by narrow columns, by the words of the whole file.

    Raises `UnreadableFile`: no_text_table (a scanned file, say), no_ruled_table, too_many_rows.
    """
    read = list(parts)
    tables = [table for part in read for table in part.tables]
    if sum(len(table.rows) for table in tables) > max_rows:
        raise UnreadableFile("too_many_rows", limit=max_rows)
    beside = [piece for part in read for piece in part.beside]
    if not any(cell.text for table in tables for row in table.rows for cell in row):
        if (forms := with_forms_of_lines(Content([], beside))).tables:
            return forms
        raise UnreadableFile("no_ruled_table" if any(table.heading for table in tables) or beside else "no_text_table")
    words = vocabulary(cell.text for table in tables for row in table.rows for cell in row)
    mended = [
        replace(
            table,
            rows=[
                [replace(cell, text=mend_words(cell.text, words)) if MARK in cell.text else cell for cell in row]
                for row in table.rows
            ],
        )
        for table in tables
    ]
    return Content(mended, beside, next((part.own for part in read if part.own), ""))
