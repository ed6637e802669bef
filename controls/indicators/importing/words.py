"""The headings that a file of values has, in the product's languages and as systems write them."""

from __future__ import annotations

from django.utils.translation import gettext as _

NEEDED = frozenset({"period", "value"})
_HEADINGS = {
    "period": {"period", "månad", "kvartal", "halvår", "år", "datum", "month", "quarter", "year", "date", "tid"},
    "value": {"value", "värde", "utfall", "antal", "belopp", "outcome", "amount", "count", "resultat"},
    "unit": {"unit", "enhet", "förvaltning", "avdelning", "nämnd", "verksamhet", "department", "organisation"},
}


def headings() -> dict[str, set[str]]:
    """Return the known headings of each field, in small letters."""
    return _HEADINGS


def field_label(field: str) -> str:
    """Return the field's name for people."""
    return {"period": _("Period"), "value": _("Value"), "unit": _("Unit")}[field]
