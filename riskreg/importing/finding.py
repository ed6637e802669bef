"""The plans of a file: below rows of headings, or as a form for each risk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .blocks import Block, guessed_blocks, headed_blocks
from .cells import Table
from .forms import find_forms
from .wide_pages import point_to_pages, stripes_of, with_stripes_joined


def find_blocks(tables: Sequence[Table], remembered: Mapping[str, str] | None = None) -> list[Block]:
    """Return the plans of the file; more than one block means more than one plan.

    All forms are one plan. A block without rows is kept only when it is all there is. A table whose rows name their risks by
    number or by a control's text alone is looked for where nothing names a risk.
    """
    known = remembered or {}
    forms, their_tables = find_forms(tables, known)
    stripes = stripes_of(tables, known) if forms is None else {}
    further = {number for others in stripes.values() for number in others}
    blocks = headed_blocks(with_stripes_joined(tables, stripes), known, {*their_tables, *further})
    for block in blocks:
        point_to_pages(block, tables, stripes)
    if forms is not None:
        blocks.append(forms)
    blocks = blocks or headed_blocks(tables, known, their_tables, nameless=True) or guessed_blocks(tables)
    return [block for block in blocks if block.rows] or blocks[:1]
