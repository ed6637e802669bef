"""Numbers in addresses and in forms that no form class has read. Pure."""

from __future__ import annotations

MOST_DIGITS = 18
"""Every number of so many digits fits a database's key; longer ones crash some of them."""


def whole_number(text: str) -> int | None:
    """Return the whole number in the digits 0 to 9; None when the text is none, or longer than any key."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None
