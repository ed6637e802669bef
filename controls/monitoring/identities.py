"""Organisation, personal, VAT and account numbers: one form for each, and whether the check digits are right. Pure.

The same rules are written once more as SQL (controls.monitoring.snapshots.words), for millions of rows; tests hold the
two against each other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from stdnum import iban, luhn
from stdnum.exceptions import ValidationError

SEPARATORS = " \t\u00a0\u202f-\u2013\u2212.:/"
"""What people write between digits, and what means nothing."""
_SEPARATORS = str.maketrans("", "", SEPARATORS)
_FOREIGN = re.compile("[A-Z]{2}[0-9A-Z]{6,}")
_GIRO_WORD = re.compile("^(BANKGIRO|PLUSGIRO|POSTGIRO|BG|PG)(NR|NUMMER)?")
_MASK = "****"


class Bearer(StrEnum):
    """Who bears an identity."""

    ORGANISATION = "organisation"
    PERSON = "person"
    FOREIGN = "foreign"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Identity:
    """An identity in its one form: ten digits of an organisation, twelve of a person, or as it was written.

    `is_valid` is None where nothing can be said: numbers of other countries, and cells without a number.
    """

    text: str
    bearer: Bearer
    is_valid: bool | None


def read_identity(text: str, *, on: date) -> Identity:
    """Read an organisation, personal or VAT number, however it is written.

    556000-0000, 16 5560000000 and SE556000000001 are one organisation. A personal number of ten digits gets its century:
    the person is below a hundred on the day, or above it when the sign is + (Folkbokföringslagen 18 §).
    """
    compact = text.translate(_SEPARATORS).upper()
    if not any(sign.isdigit() for sign in compact):
        return Identity("", Bearer.NOBODY, None)
    if re.fullmatch("(16|00)[0-9]{10}", compact):
        compact = compact[2:]
    elif re.fullmatch("SE[0-9]{12}", compact):
        compact = compact[2:12]
    if re.fullmatch("[0-9]{2}[2-9][0-9]{7}", compact):
        return Identity(compact, Bearer.ORGANISATION, luhn.is_valid(compact))
    if re.fullmatch(r"[0-9]{6}[+]?[0-9]{4}", compact):
        compact = _century(compact, on) + compact.replace("+", "")
    if re.fullmatch("(18|19|20)[0-9]{10}", compact):
        return Identity(compact, Bearer.PERSON, luhn.is_valid(compact[2:]) and _is_dated(compact))
    if _FOREIGN.fullmatch(compact):
        return Identity(compact, Bearer.FOREIGN, None)
    if re.fullmatch("[0-9+]+", compact):
        return Identity(compact, Bearer.NOBODY, False)
    return Identity("", Bearer.NOBODY, None)


def _century(ten: str, on: date) -> str:
    century = on.year // 100 - (int(ten[:2]) > on.year % 100) - ("+" in ten)
    return str(century)


def _is_dated(twelve: str) -> bool:
    """Return whether the digits begin with a day; that of a coordination number is 60 later."""
    day = int(twelve[6:8])
    try:
        date(int(twelve[:4]), int(twelve[4:6]), day - 60 if day > 60 else day)
    except ValueError:
        return False
    return True


def masked(identity: str) -> str:
    """Return the identity as lists show it: of a person the day of birth without the last four digits."""
    if re.fullmatch("[0-9]{12}", identity):
        return f"{identity[:8]}-{_MASK}"
    return f"{identity[:6]}-{identity[6:]}" if re.fullmatch("[0-9]{10}", identity) else identity


def read_account(text: str) -> tuple[str, bool | None]:
    """Return a bankgiro, plusgiro, IBAN or bank account number in one form, and whether its check digits are right.

    None where there are no check digits to judge by: bank accounts, which each bank checks in its own way.
    """
    compact = _GIRO_WORD.sub("", text.translate(_SEPARATORS).upper())
    if re.fullmatch("[A-Z]{2}[0-9]{2}[0-9A-Z]{10,30}", compact):
        try:
            iban.validate(compact)
        except ValidationError:
            return compact, False
        return compact, True
    if re.fullmatch("[0-9]{2,8}", compact):
        return compact, luhn.is_valid(compact)
    return (compact, None) if re.fullmatch("[0-9]+", compact) else ("", None)
