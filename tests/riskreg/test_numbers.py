"""Numbers as people write and read them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django import forms
from django.template import Context, Template
from django.utils import translation

from riskreg.numbers import number_text, read_number, with_number_texts
from riskreg.web.number_field import NumberField, PercentField


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("1 234,50", "1234.50"),
        ("1\u00a0234,5", "1234.5"),
        ("1\u202f234", "1234"),
        ("1234.5", "1234.5"),
        ("\u22125", "-5"),
        (" -0,25 ", "-0.25"),
    ],
)
def test_a_number_is_read_as_people_and_spreadsheets_write_it(typed: str, meant: str) -> None:
    assert str(read_number(typed)) == meant


def test_an_empty_text_is_no_number_and_what_is_none_is_refused() -> None:
    assert read_number(" ") is None
    for typed in ("abc", "1.234,5", "1,2,3", "NaN", "Infinity", "5 kr"):
        with pytest.raises(ValueError, match=r"."):
            read_number(typed)


@pytest.mark.parametrize(("language", "shown"), [("sv", "-1\u00a0234\u00a0567,80"), ("en", "-1\u00a0234\u00a0567.80")])
def test_a_number_is_written_as_templates_write_it(language: str, shown: str) -> None:
    with translation.override(language):
        assert number_text(Decimal("-1234567.80")) == shown
        assert Template("{{ n }}").render(Context({"n": Decimal("-1234567.80")})) == shown
        assert with_number_texts({"rows": 1000, "name": "12345"}) == {"rows": "1\u00a0000", "name": "12345"}


def test_a_field_takes_a_number_with_its_unit() -> None:
    amount = NumberField(unit="kr", size=12, required=False, max_digits=20, decimal_places=4)
    assert amount.clean("1 234,50 kr") == Decimal("1234.50")
    assert amount.clean("") is None
    for typed in ("12 $", "1.234,5", "0,00001"):
        with pytest.raises(forms.ValidationError):
            amount.clean(typed)


def test_per_cent_is_cleaned_to_a_share() -> None:
    assert PercentField().clean("0,5 %") == Decimal("0.005")
    assert PercentField(required=False).clean("") is None
