"""A select rendered without templates."""

from __future__ import annotations

from html import escape
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.safestring import SafeString, mark_safe

from riskreg.web.record_choices import with_light_choices


class PlainSelect(forms.Select):
    """A select rendered without templates.

    Django's own renders a template for each option: with a hundred units and a hundred plans that costs more than the
    rest of the page.
    """

    choices: Any = ()

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = "" if value is None else str(value)
        options = "".join(
            f'<option value="{escape(key)}"{" selected" if key == chosen else ""}>{escape(str(label))}</option>'
            for key, label in ((str(given), label) for given, label in self.choices)
        )
        attributes = flatatt({"name": name, **self.build_attrs(self.attrs, attrs)})
        return mark_safe(f"<select{attributes}>{options}</select>")  # noqa: S308 - every part is escaped above


def with_plain_select(field: Any) -> Any:
    """Return the form field of one record among many, or None, with its select rendered without templates or records."""
    if isinstance(field, forms.ModelChoiceField) and not isinstance(field, forms.ModelMultipleChoiceField):
        wrapper = field.widget
        inner = getattr(wrapper, "widget", wrapper)
        if type(inner) is forms.Select:
            plain = PlainSelect(inner.attrs)
            plain.is_required = inner.is_required
            if inner is wrapper:
                field.widget = plain
                plain.choices = field.choices
            else:
                wrapper.widget = plain
        with_light_choices(field)
    return field
