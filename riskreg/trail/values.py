"""A field's value as a person reads it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from riskreg.trail.references import References
from riskreg.trail.structures import lines_of

EMPTY = "–"


def in_words(field: Any, value: Any, references: References) -> str:
    """Return the value as a person reads it; EMPTY for nothing.

    Choices by their label, foreign keys by their text, dates in the local form.
    """
    if value is None or value == "":
        return EMPTY
    if isinstance(field, models.ForeignKey):
        return references.text(field.remote_field.model, value)
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return formats.date_format(timezone.localtime(value), "DATETIME_FORMAT")
    if isinstance(value, date):
        return formats.date_format(value, "DATE_FORMAT")
    if isinstance(value, int):
        return str(value) if "year" in field.name else formats.localize(value)
    if isinstance(value, (float, Decimal)):
        return str(formats.localize(value))
    if isinstance(value, (dict, list)):
        return lines_of(_recorded(field), field.name, value) or EMPTY
    return str(value)


def _recorded(field: Any) -> str:
    """Return the label of the model whose history, or row, the field is of."""
    model = getattr(field.model, "instance_type", field.model)
    return str(model._meta.label_lower)
