"""Days as files write them: in digits, or with the month's name."""

from __future__ import annotations

import re
from functools import cache

from django.conf import settings
from django.utils import translation
from django.utils.dates import MONTHS

# With the day first; with a stroke only where the day cannot be the month.
_DAY_FIRST = re.compile(
    r"(?P<day>0?[1-9]|[12]\d|3[01])\.(?P<month>0?[1-9]|1[0-2])\. ?(?P<year>\d{4})"
    r"|(?P<late_day>1[3-9]|2\d|3[01])/(?P<its_month>0?[1-9]|1[0-2])[/ -](?P<its_year>\d{4})"
)

# Eight digits in a row, too; with the time of midnight, as programs write a day.
_YEAR_FIRST = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)(?:[ T]00:00(?::00(?:\.0+)?)?)?"
    r"|(?P<its_year>20\d\d)(?P<its_month>0[1-9]|1[0-2])(?P<its_day>0[1-9]|[12]\d|3[01])"
)


def day_in(text: str) -> str:
    """Return the day as 2025-12-31 where the text is one, in digits or with the month's name in any of the languages; else ''."""
    words = text.replace(",", " ").split()
    if figures := _DAY_FIRST.fullmatch(" ".join(words)):
        day, month, year = (group for group in figures.groups() if group)
        return f"{year}-{int(month):02d}-{int(day):02d}"
    if found := _YEAR_FIRST.fullmatch(" ".join(words)):
        return "-".join(part for part in found.groups() if part)
    if len(words) != 3:
        return ""
    numbers = [word for word in words if word.isdecimal()]
    month = next((month_named(word) for word in words if not word.isdecimal()), 0)
    if len(numbers) != 2 or not month or len(numbers[1]) != 4 or len(numbers[0]) > 2:
        return ""
    return f"{numbers[1]}-{month:02d}-{int(numbers[0]):02d}"


def month_named(word: str) -> int:
    """Return the number of the month of this name, or of the first three letters of it or more; else 0."""
    return _months().get(word.casefold().strip("."), 0)


@cache
def _months() -> dict[str, int]:
    found: dict[str, int] = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            names = {str(name).casefold(): number for number, name in MONTHS.items()}
            found |= {name[:end]: number for name, number in names.items() for end in range(3, len(name) + 1)}
    return found
