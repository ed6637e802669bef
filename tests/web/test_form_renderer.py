"""The smallest templates of forms, written in Python, say what Django's own templates say."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django import forms
from django.forms.renderers import TemplatesSetting
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from riskreg.web.form_renderer import PlainFormRenderer

pytestmark = pytest.mark.one_engine
HOSTILE = "<b>\"'&å</b>"
VALUES: list[Any] = [None, "", "text", HOSTILE, mark_safe("<i>&amp;</i>"), 0, 12345, 1.5, True, False, date(2025, 9, 8)]
ATTRIBUTES: list[dict[str, Any]] = [
    {},
    {"id": "id_x", "required": True, "disabled": False, "title": HOSTILE, "rows": 1234, "data-x": mark_safe("&amp;")},
    {"aria-label": gettext_lazy("Search"), "maxlength": "12", HOSTILE: "x"},
]
CHOICES = [("", "–"), (1, "ett"), (HOSTILE, HOSTILE), (3, mark_safe("&amp;")), ("Grupp <1>", [(4, "fyra"), ("5", "fem")])]
WIDGETS = [
    forms.TextInput(), forms.HiddenInput(), forms.NumberInput(), forms.DateInput(), forms.EmailInput(), forms.CheckboxInput(),
    forms.PasswordInput(render_value=True), forms.Textarea(), forms.Select(choices=CHOICES),
    forms.SelectMultiple(choices=CHOICES),
]  # fmt: skip


@pytest.mark.parametrize("widget", WIDGETS, ids=lambda widget: type(widget).__name__)
@pytest.mark.parametrize("attributes", ATTRIBUTES)
@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_widget_is_the_same_without_its_template(widget: forms.Widget, attributes: dict[str, Any], value: Any) -> None:
    for name in ("name", HOSTILE):
        by_template = widget.render(name, value, attributes, renderer=TemplatesSetting())
        assert widget.render(name, value, attributes, renderer=PlainFormRenderer()) == by_template


class Labelled(forms.Form):
    plain = forms.CharField(label=HOSTILE)
    safe = forms.CharField(label=mark_safe("<i>&amp;</i>"), required=False)
    several = forms.MultipleChoiceField(choices=CHOICES, widget=forms.CheckboxSelectMultiple)


@pytest.mark.parametrize("data", [None, {}, {"plain": HOSTILE, "several": ["7"]}])
def test_a_form_is_the_same_without_the_smallest_templates(data: Any) -> None:
    def written(renderer: Any) -> list[str]:
        form = Labelled(data, renderer=renderer)
        labels = [field.label_tag(attrs={"class": HOSTILE}) for field in form]
        errors = [str(field.errors) for field in form]
        return [*labels, *errors, *(field.label_tag(label_suffix="") for field in form), form.as_div()]

    assert written(PlainFormRenderer()) == written(TemplatesSetting())


def test_errors_are_written_by_their_template() -> None:
    form = Labelled({}, renderer=PlainFormRenderer())
    assert "errorlist" in str(form["plain"].errors)
