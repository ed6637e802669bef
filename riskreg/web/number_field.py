"""A form's field for a number as people write it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from riskreg.numbers import read_number


class NumberField(forms.DecimalField):
    """A number with or without its unit: 1 234,50 or 1234.50 kr."""

    def __init__(self, *, unit: str, size: int, **kwargs: Any) -> None:
        self.unit = unit
        widget = forms.TextInput(attrs={"inputmode": "decimal", "size": size, "autocomplete": "off"})
        super().__init__(widget=widget, **kwargs)

    def to_python(self, value: Any) -> Any:
        try:
            read: object = read_number(str(value or "").strip().removesuffix(self.unit))
        except ValueError:
            read = value  # which is then refused, in the framework's words
        return super().to_python(read)


class PercentField(NumberField):
    """Per cent (5, 0,5, 5 %), cleaned to a share."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(unit="%", size=6, max_digits=9, **kwargs)

    def clean(self, value: Any) -> Decimal | None:
        found: Decimal | None = super().clean(value)
        return None if found is None else found / 100
