"""Numbers as people write and read them: the one place where a typed number is read and a shown one is written.

The signs (1 234,50) are Babel's. config/formats takes them from here, so a number in a template looks the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from babel.numbers import get_decimal_symbol, get_group_symbol, parse_decimal
from django.utils import formats

DECIMAL_SIGN, GROUP_SIGN = get_decimal_symbol("sv"), get_group_symbol("sv")


def read_number(typed: str) -> Decimal | None:
    """Read what a person or a spreadsheet wrote: 1 234,50, 1234.5 or −5. None for an empty text. Raises ValueError."""
    text = "".join(typed.split()).replace("\N{MINUS SIGN}", "-")
    found = parse_decimal(text, locale="sv") if text else None
    if found is not None and not found.is_finite():
        raise ValueError(typed)
    return found


def number_text(value: int | Decimal) -> str:
    """Return the number in the reader's language, its thousands apart, with the decimals that it has."""
    return str(formats.number_format(value, force_grouping=True))


def with_number_texts(values: Mapping[str, object]) -> dict[str, object]:
    """Return the values of a message with their whole numbers as texts."""
    return {name: number_text(value) if isinstance(value, int) else value for name, value in values.items()}
