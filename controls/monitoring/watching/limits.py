"""The limits (parameters) of a watched rule: read as people type them, bounded, stored as text, shown again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from controls.monitoring.rules.rule import Parameter, ParameterType, Rule, Value
from riskreg.numbers import number_text, read_number

RATINGS = ("AAA", "AA", "A", "B", "C", "D")
MOST_PREFIXES = 50
_PREFIX = re.compile("[0-9]{1,6}")
_SIGNS = re.compile(r"[,;\s]+")


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least and the greatest value, as people type it."""

    least: Decimal
    greatest: Decimal


BOUNDS = {
    ParameterType.AMOUNT: Bounds(Decimal(0), Decimal(1_000_000_000)),
    ParameterType.COUNT: Bounds(Decimal(1), Decimal(1_000)),
    ParameterType.DAYS: Bounds(Decimal(0), Decimal(3_660)),
    ParameterType.MONTHS: Bounds(Decimal(1), Decimal(240)),
    ParameterType.SHARE: Bounds(Decimal(1), Decimal(100)),
}
_LIKENESS = Bounds(Decimal(50), Decimal(100))
"""Below half of the letters everything is alike."""


def bounds_of(parameter: Parameter) -> Bounds:
    """Return the bounds of a number. Raises KeyError for what is no number."""
    return _LIKENESS if parameter.code == "likeness" else BOUNDS[parameter.type]


def allowed_words(parameter: Parameter) -> str:
    """Return what may be typed, with the default."""
    usual = {"usual": shown(parameter, parameter.default)}
    if parameter.type == ParameterType.RATING:
        return _("One of %(ratings)s. Usually %(usual)s.") % {"ratings": ", ".join(RATINGS), **usual}
    if parameter.type == ParameterType.PREFIXES:
        return _("Beginnings of codes, with a comma between them. Usually %(usual)s.") % usual
    bounds = bounds_of(parameter)
    said = {"least": number_text(bounds.least), "greatest": number_text(bounds.greatest), **usual}
    if parameter.type == ParameterType.SHARE:
        return _("Per cent, from %(least)s to %(greatest)s. Usually %(usual)s.") % said
    return _("From %(least)s to %(greatest)s. Usually %(usual)s.") % said


def shown(parameter: Parameter, value: Value) -> str:
    """Return the value as it is typed: shares in per cent."""
    if isinstance(value, tuple):
        return ", ".join(value)
    if parameter.type == ParameterType.SHARE:
        return number_text((Decimal(str(value)) * 100).normalize() + 0)
    return value if isinstance(value, str) else number_text(Decimal(str(value)))


def read(parameter: Parameter, typed: str) -> Value:
    """Read what a person typed. Raises ValidationError that says what is allowed."""
    text = typed.strip()
    if parameter.type == ParameterType.RATING:
        if text.upper() not in RATINGS:
            raise ValidationError(
                _("“%(typed)s” is none of the ratings %(ratings)s.") % {"typed": text, "ratings": ", ".join(RATINGS)}
            )
        return text.upper()
    if parameter.type == ParameterType.PREFIXES:
        return _read_prefixes(text)
    try:
        number = read_number(text)
    except ValueError:
        number = None
    bounds = bounds_of(parameter)
    if number is None or not bounds.least <= number <= bounds.greatest:
        said = {"typed": text, "least": number_text(bounds.least), "greatest": number_text(bounds.greatest)}
        raise ValidationError(_("“%(typed)s” is no number from %(least)s to %(greatest)s.") % said)
    if parameter.type == ParameterType.SHARE:
        return float(number / 100)
    if parameter.type == ParameterType.AMOUNT:
        return number
    if number != int(number):
        raise ValidationError(_("“%(typed)s” is no whole number.") % {"typed": text})
    return int(number)


def _read_prefixes(text: str) -> tuple[str, ...]:
    parts = tuple(dict.fromkeys(part for part in _SIGNS.split(text) if part))
    wrong = next((part for part in parts if not _PREFIX.fullmatch(part)), "")
    if wrong:
        raise ValidationError(_("“%(typed)s” is no beginning of a code: one to six digits.") % {"typed": wrong})
    if not 1 <= len(parts) <= MOST_PREFIXES:
        raise ValidationError(_("Write one beginning at least, and at most %(most)s.") % {"most": MOST_PREFIXES})
    return parts


def stored(rule: Rule, values: Mapping[str, Value]) -> dict[str, Any]:
    """Return every value of the rule as it is stored: the defaults, too, so that a later version's do not change it."""
    return {code: list(value) if isinstance(value, tuple) else str(value) for code, value in rule.values(values).items()}


def of_stored(rule: Rule, parameters: Mapping[str, Any]) -> dict[str, Value]:
    """Return the values of what is stored. Raises ValidationError when the rule has other parameters, or bounds, by now."""
    known = {parameter.code: parameter for parameter in rule.parameters}
    values: dict[str, Value] = {}
    for code, kept in parameters.items():
        if code not in known:
            raise ValidationError(_("The rule has no limit “%(code)s”.") % {"code": code})
        values[code] = _of_text(known[code], kept)
    return rule.values(values)


def _of_text(parameter: Parameter, kept: Any) -> Value:
    if isinstance(kept, list):
        return read(parameter, ", ".join(str(part) for part in kept))
    if parameter.type == ParameterType.SHARE:
        return read(parameter, str(Decimal(str(kept)) * 100))
    return read(parameter, str(kept))
