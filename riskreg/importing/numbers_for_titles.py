"""A column of risks that holds nothing but their numbers. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .blocks import Block
from .fields import Field
from .headings import ColumnMatch
from .nameless import REPORTED
from .stated_numbers import is_stated_number


def with_numbers_for_titles(columns: Sequence[ColumnMatch], block: Block) -> list[ColumnMatch]:
    """Take a column of risks that holds nothing but numbers (`1`, `R2`) for the risks' numbers, where results stand beside it."""
    fields = {match.field for match in columns if match.field}
    titles = next((match for match in columns if match.field is Field.TITLE and match.how != "remembered"), None)
    if titles is None or {Field.NUMBER, Field.DESCRIPTION} & fields or not REPORTED & fields:
        return [*columns]
    said = [text for row in block.rows if titles.index < len(row.cells) and (text := row.cells[titles.index].text)]
    if not said or not all(map(is_stated_number, said)):
        return [*columns]
    return [replace(match, field=Field.NUMBER) if match is titles else match for match in columns]
