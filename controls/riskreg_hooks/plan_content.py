"""Controls in the content of a plan: stored with its adoption, compared with what it holds later."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from controls.models import Control, Frequency, Method
from riskreg.models import ControlPlan
from riskreg.plans.content import Part, Row, register_part, value_in_words

FIELDS = ("description", "method", "method_wording", "frequency", "frequency_wording", "performer", "target", "units")
_CHOICES: dict[str, dict[Any, Any]] = {"method": dict(Method.choices), "frequency": dict(Frequency.choices)}


def rows_of(plan: ControlPlan) -> dict[int, list[Row]]:
    """Return the plan's current controls by risk."""
    rows: dict[int, list[Row]] = defaultdict(list)
    controls = Control.objects.current().filter(risk__plan=plan).select_related("performer").prefetch_related("units")
    for control in controls.order_by("risk", "position"):
        row = {name: getattr(control, name) for name in ("description", "method", "frequency", "target")}
        row |= {name: said for name in ("method_wording", "frequency_wording") if (said := getattr(control, name))}
        units = ", ".join(sorted(unit.name for unit in control.units.all()))
        if units:
            row["units"] = units
        rows[control.risk_id].append({"id": control.pk, **row, "performer": control.performer_name})
    return rows


def labels() -> dict[str, str]:
    """Return the names of a control's fields."""
    names = {name: Control._meta.get_field(name) for name in FIELDS}
    return {name: capfirst(str(getattr(found, "verbose_name", name))) for name, found in names.items()}


def in_words(name: str, value: Any) -> str:
    """Return a field's value in words."""
    return str(_CHOICES.get(name, {}).get(value, value_in_words(name, value)))


def register() -> None:
    """Register controls as a part of a plan's content."""
    register_part(Part("controls", _("control"), rows_of, labels, in_words))
