"""A kind of register: the columns it is known to have, and what tells its rows apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


class FieldType(StrEnum):
    """How the cells of a column are read."""

    TEXT = "text"
    IDENTITY = "identity"  # organisation, personal or VAT number
    AMOUNT = "amount"  # kronor
    NUMBER = "number"  # whole number
    DAY = "day"
    FLAG = "flag"  # yes or no
    ACCOUNT = "account"  # bankgiro, plusgiro, IBAN


@dataclass(frozen=True, slots=True)
class Field:
    """A known column. `headings` are what files call it, compared without case, blanks and signs.

    `cell` is SQL for the text to read where a file packs several values into a cell, with {cell} for it.
    """

    code: str
    label: str | StrPromise
    type: FieldType = FieldType.TEXT
    headings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shape:
    """A published file's own way of writing a kind: it is known by its headings.

    `cells` give, by field, the SQL of the text to read; {heading} in braces stands for the cell of that column.
    """

    code: str
    headings: frozenset[str]
    cells: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of register. `key` tells rows apart ('' of several fields: rows are lines and have no key).

    `marks`: sets of fields of which one set must be there for a file to be taken for this kind.
    """

    code: str
    label: str | StrPromise
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    marks: tuple[frozenset[str], ...] = ()
    shapes: tuple[Shape, ...] = ()

    def field(self, code: str) -> Field:
        """Return the field with the code. Raises KeyError."""
        return next((each for each in self.fields if each.code == code), None) or _missing(code)

    @property
    def has_identity(self) -> bool:
        return any(each.code == "identity" for each in self.fields)


def _missing(code: str) -> Field:
    raise KeyError(code)
