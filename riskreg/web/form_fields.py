"""Fields that many forms have: a day, a reason."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class DayField(forms.DateField):
    """A day, chosen or typed as 2026-03-31."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class ReasonField(forms.CharField):
    """The reason for what is done; it stands in the history."""

    def __init__(self, *, max_length: int = 500, rows: int = 3, **kwargs: Any) -> None:
        kwargs.setdefault("label", gettext_lazy("Reason"))
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": rows, "cols": 50}))
        super().__init__(max_length=max_length, **kwargs)


def keep_what_is_not_listed(form: Any) -> None:
    """Offer, in each choice of a record that may be left empty, also the one that stands there and would not be listed.

    It is a person without any role left, or with a closed account. A form that could not show them would empty the field
    when somebody saves another one. One query for each such choice with a value; none where everything is offered.
    """
    for name, field in form.fields.items():
        current = getattr(form.instance, f"{name}_id", None)
        is_asked = current is not None and not field.required and type(field) is forms.ModelChoiceField
        if is_asked and not _is_listed(field, current):
            _offer(field, current)


def _is_listed(field: Any, current: Any) -> bool:
    if isinstance(field.choices, list):
        return any(value == current for value, _label in field.choices)
    return not field.queryset.query.where or field.queryset.filter(pk=current).exists()


def _offer(field: Any, current: Any) -> None:
    listed = field.choices if isinstance(field.choices, list) else None
    offered = field.queryset
    everything = offered.model._default_manager.filter(Q(pk__in=offered.order_by().values("pk")) | Q(pk=current))

    def label(record: Any) -> str:
        return _("%(name)s (not listed here any longer)") % {"name": record} if record.pk == current else str(record)

    field.queryset = everything.order_by(*offered.query.order_by)
    field.label_from_instance = label
    if listed is not None:
        field.choices = [*listed, (current, label(everything.get(pk=current)))]
