"""Choices that are read as keys and labels say what str() says of the records."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms
from django.db import connection
from django.test.utils import CaptureQueriesContext

from riskreg.models import RiskCategory, Unit, User
from riskreg.web.plain_select import with_plain_select
from riskreg.web.record_choices import labelled
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("model", [User, Unit, RiskCategory])
def test_labels_are_the_records_own(cast: Cast, model: type[User] | type[Unit] | type[RiskCategory]) -> None:
    User.objects.filter(pk=cast.bo.pk).update(name="")
    RiskCategory.objects.get_or_create(name="Ekonomi & <avtal>")
    records = model._default_manager.order_by("-pk")
    assert list(labelled(records)) == [(record.pk, str(record)) for record in records]
    assert records


def test_a_field_offers_the_same_with_and_without(cast: Cast) -> None:
    plain: Any = forms.ModelChoiceField(User.objects.order_by("pk"), required=False)
    light: Any = with_plain_select(forms.ModelChoiceField(User.objects.order_by("pk"), required=False))
    assert [(str(value), label) for value, label in light.choices] == [(str(value), label) for value, label in plain.choices]
    assert light.clean(str(cast.karin.pk)) == cast.karin
    with CaptureQueriesContext(
        connection,
    ) as asked:
        written = light.widget.render("person", cast.karin.pk)
    assert f'value="{cast.karin.pk}" selected>' in written
    assert "last_login" not in asked[0]["sql"]


def test_a_label_of_the_fields_own_is_kept(cast: Cast) -> None:
    field = with_plain_select(forms.ModelChoiceField(User.objects.filter(pk=cast.karin.pk), empty_label=None))
    field.label_from_instance = lambda person: f"{person.email}!"
    assert [label for _value, label in field.choices] == [f"{cast.karin.email}!"]
