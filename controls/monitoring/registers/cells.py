"""The cells of registers as people see them: in lists, on a company's page, in a file that is exported.

A personal number is masked wherever it stands, also in a column that the register does not know.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from controls.monitoring.identities import Bearer, masked, read_identity
from controls.monitoring.kinds import FieldType
from riskreg.numbers import number_text

_LIKE_A_PERSON = re.compile(r"(?<![0-9])(?:[0-9]{2})?[0-9]{6}[-+  ]?[0-9]{4}(?![0-9])")
_LONGEST = 200


def cell_text(value: Any, kind: FieldType, *, on: date) -> str:
    """Return a typed cell as text; '' for an empty one."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, Decimal):
        return number_text(value.quantize(Decimal("0.01")))
    if isinstance(value, int):
        return number_text(value) if kind == FieldType.AMOUNT else str(value)
    if isinstance(value, date):
        return value.isoformat()
    if kind == FieldType.IDENTITY:
        return masked(str(value))
    return mask_persons(str(value), on=on)


def mask_persons(text: str, *, on: date) -> str:
    """Return the text with each personal number masked. `on`: the day that tells a number's century."""

    def replaced(found: re.Match[str]) -> str:
        read = read_identity(found.group(), on=on)
        return masked(read.text) if read.bearer == Bearer.PERSON and read.is_valid else found.group()

    return _LIKE_A_PERSON.sub(replaced, text)


def short(text: str) -> str:
    """Return the text as a table shows it: cut where it is very long."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
