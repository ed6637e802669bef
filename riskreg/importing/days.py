"""Days as files write them: in digits, or with the month's name."""

from __future__ import annotations

import re
from functools import cache

from django.conf import settings
from django.utils import translation
from django.utils.dates import MONTHS


def day_in(text: str) -> str:
    """Return the day as 2025-12-31 where the text is one, in digits or with the month's name in any of the languages; else ''."""
    words = text.replace(",", " ").split()
    if len(words) == 1 and re.fullmatch(r"\d{4}-\d\d-\d\d", words[0]):
        return words[0]
    if len(words) != 3:
        return ""
    numbers = [word for word in words if word.isdecimal()]
    month = next((_month(word) for word in words if not word.isdecimal()), 0)
    if len(numbers) != 2 or not month or len(numbers[1]) != 4 or len(numbers[0]) > 2:
        return ""
    return f"{numbers[1]}-{month:02d}-{int(numbers[0]):02d}"


def _month(word: str) -> int:
    return _months().get(word.casefold().strip("."), 0)


@cache
def _months() -> dict[str, int]:
    found: dict[str, int] = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found |= {str(name).casefold(): number for number, name in MONTHS.items()}
    return found
