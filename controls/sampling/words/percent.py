"""Shares as per cent in the reader's language. Limits are rounded to the cautious side: upper ones up, lower ones down."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from fractions import Fraction

from django.utils.translation import gettext as _

from riskreg.numbers import number_text

Share = Decimal | Fraction
HUNDREDTHS = Decimal("0.01")


def _decimal(share: Share) -> Decimal:
    return share if isinstance(share, Decimal) else Decimal(share.numerator) / Decimal(share.denominator)


def percent(share: Share, *, rounding: str = ROUND_HALF_UP, places: Decimal | None = None) -> str:
    """Return the share in per cent with as many decimals as needed: none for 5 %, one for most, two below one per cent."""
    value = _decimal(share) * 100
    places = places or (HUNDREDTHS if 0 < value < 1 else Decimal("0.1"))
    rounded = value.quantize(places, rounding=rounding).normalize()
    if rounded == rounded.to_integral_value():
        rounded = rounded.quantize(Decimal(1))
    # The space before the sign is the language's affair.
    return _("%(number)s%%") % {"number": number_text(rounded)}


def at_most(share: Share) -> str:
    """Return an upper limit in per cent, in hundredths: 4,99 % is below 5 %, and must be seen to be."""
    return percent(share, rounding=ROUND_CEILING, places=HUNDREDTHS)


def at_least(share: Share) -> str:
    """Return a lower limit in per cent, in hundredths."""
    return percent(share, rounding=ROUND_FLOOR, places=HUNDREDTHS)
