"""Files whose rows name their risk by its number, or by a control's text, alone: the results of a plan that stands. Pure."""

from __future__ import annotations

from collections.abc import Collection

from .fields import Field

REPORTED = frozenset({Field.RESULT, Field.CONCLUSION, Field.ACTION})


def naming_field(fields: Collection[Field]) -> Field | None:
    """Return the field by which the rows of a table with these columns name their risk; None where they name none.

    A risk's number or a control's text names it only where the table reports something of it.
    """
    named = (Field.TITLE, Field.DESCRIPTION, *((Field.NUMBER, Field.CONTROL) if REPORTED & {*fields} else ()))
    return next((field for field in named if field in fields), None)


def is_nameless(fields: Collection[Field]) -> bool:
    """Return whether the rows of a table with these columns name their risk by its number or a control's text alone."""
    return naming_field(fields) in (Field.NUMBER, Field.CONTROL)
