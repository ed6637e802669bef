"""Whether a text says more than the code it was read as."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.utils import translation

from .problems import CODE_NAMES


def says_more(text: str, code: str) -> bool:
    """Return whether the text is anything but the code's own name, in any of the product's languages."""
    return _key(text) not in _names(code)


@cache
def _names(code: str) -> frozenset[str]:
    found = set()
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found.add(_key(str(CODE_NAMES[code])))
    return frozenset(found)


def _key(text: str) -> str:
    return " ".join(text.split()).casefold().strip(" .")
