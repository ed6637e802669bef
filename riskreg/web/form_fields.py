"""Fields that many forms have: a day, a reason."""

from __future__ import annotations

from typing import Any

from django import forms
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
