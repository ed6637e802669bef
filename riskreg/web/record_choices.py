"""Choices of people, units and categories, read as keys and labels: a form that lists hundreds makes no record of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.forms.models import ModelChoiceField, ModelChoiceIterator

from riskreg.models import RiskCategory, Unit, User

_LABELS: dict[type, tuple[str, ...]] = {User: ("name", "email"), Unit: ("name",), RiskCategory: ("name",)}
"""The columns that a record's str() takes its words from: the first that holds any."""


def labelled(records: QuerySet[Any]) -> Iterator[tuple[int, str]]:
    """Return key and label of each record, as str() gives it, in the queryset's order. Raises KeyError for other models."""
    for pk, *texts in records.values_list("pk", *_LABELS[records.model]):
        yield pk, next(filter(None, texts), "")


class LabelIterator(ModelChoiceIterator):
    """The choices of a field whose labels are the records' own."""

    def __iter__(self) -> Iterator[Any]:
        if "label_from_instance" in vars(self.field):
            yield from super().__iter__()
            return
        if self.field.empty_label is not None:
            yield "", self.field.empty_label
        yield from labelled(self.queryset)


def with_light_choices(field: Any) -> Any:
    """Return the form field, with its choices read as keys and labels where it is a choice of one such record."""
    is_plain = type(field) is ModelChoiceField and field.queryset is not None and field.queryset.model in _LABELS
    if is_plain and "_choices" not in vars(field):
        field.iterator = LabelIterator
        field.widget.choices = field.choices
    return field
