"""Addresses of the pages of single records, for pages that write many of them: the address is resolved once a process."""

from __future__ import annotations

from functools import lru_cache

from django.urls import get_script_prefix, get_urlconf, reverse

_STAND_IN = 7_310_577_190_000_001
"""A number that no key of a row reaches."""


def address_of(page: str, pk: int) -> str:
    """Return the address of a page whose one argument is a record's key, as `reverse` does. Raises NoReverseMatch."""
    before, after = _around(page, get_urlconf(), get_script_prefix())
    return f"{before}{pk:d}{after}"


@lru_cache(maxsize=100)
def _around(page: str, urlconf: str | None, prefix: str) -> tuple[str, str]:
    before, _number, after = reverse(page, urlconf=urlconf, args=[_STAND_IN]).partition(str(_STAND_IN))
    return before, after
