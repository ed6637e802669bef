"""The look's tags: symbol and word with every colour, unknown codes refused, filters named as they were chosen."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django import forms
from django.core.paginator import Paginator
from django.http import QueryDict
from django.utils import translation
from django.utils.html import strip_tags

from controls.models import Conclusion
from controls.templatetags.conclusions import conclusion_tag
from riskreg.models import RiskBand
from riskreg.templatetags import presentation


@pytest.fixture(autouse=True)
def _english() -> Any:
    with translation.override("en"):
        yield


@pytest.mark.parametrize("conclusion", list(Conclusion))
def test_a_conclusion_looks_as_its_model_says(conclusion: Conclusion) -> None:
    with translation.override("en"):
        html = conclusion_tag(conclusion.value)
        assert f'class="tag {conclusion.tone}"' in html
        assert strip_tags(html) == f"{conclusion.symbol}{conclusion.label}"


def test_no_conclusion_is_said_in_words() -> None:
    assert "No conclusion yet" in conclusion_tag("")


def test_an_unknown_conclusion_is_refused() -> None:
    with pytest.raises(ValueError, match="fine"):
        conclusion_tag("fine")


def test_a_symbol_is_hidden_from_screen_readers_and_the_word_is_not() -> None:
    assert (
        presentation.mark("low", "✓", "Klar") == '<span class="tag low"><span aria-hidden="true">✓</span><span>Klar</span></span>'
    )


def test_what_a_user_wrote_is_escaped_in_a_tag() -> None:
    assert "<b>" not in presentation.mark("low", "✓", "<b>x</b>")


def test_a_band_shows_symbol_score_and_name() -> None:
    assert strip_tags(presentation.band_tag(RiskBand(name="Medel", tone="high", from_score=5), 6)) == "◆6 Medel"


def test_a_risk_without_score_says_so() -> None:
    assert "Not scored" in presentation.band_tag(None)


def test_a_state_without_a_look_of_its_own_shows_its_word() -> None:
    assert presentation.state_tag("something_new", "Nytt") == '<span class="tag none"><span>Nytt</span></span>'


@pytest.mark.parametrize(
    ("value", "maximum", "shown"), [(31, 60, 'value="31" max="60"'), (9, 7, 'value="7" max="7"'), (0, 0, 'value="0" max="1"')]
)
def test_a_meter_never_passes_its_end(value: int, maximum: int, shown: str) -> None:
    assert shown in presentation.meter(value, maximum, "Granskade")


def test_a_meter_of_nothing_is_not_done() -> None:
    assert "done" not in presentation.meter(0, 0, "Granskade")


def test_far_pages_are_left_out_and_the_gap_is_marked() -> None:
    assert presentation.elided_pages(Paginator(range(1000), 50).page(10)) == [1, None, 9, 10, 11, None, 20]


class Filters(forms.Form):
    q = forms.CharField(label="Search", required=False)
    method = forms.ChoiceField(label="Method", required=False, choices=[("", "All"), ("Group", [("survey", "Survey")])])
    band = forms.MultipleChoiceField(label="Band", required=False, choices=[("low", "Low"), ("high", "High")])
    day = forms.DateField(label="As of", required=False)
    late = forms.NullBooleanField(label="Late", required=False)


def chips(query: str) -> list[presentation.ActiveFilter]:
    return presentation.active_filters(Filters(QueryDict(query)))


def test_an_unbound_form_has_no_active_filters() -> None:
    assert presentation.active_filters(Filters()) == []


def test_active_filters_are_named_as_they_were_chosen() -> None:
    found = [(chip.label, chip.value) for chip in chips("q=lön&method=survey&band=low&band=high&day=2025-08-31&late=true")]
    assert found[:3] == [("Search", "lön"), ("Method", "Survey"), ("Band", "Low, High")]
    assert "2025" in dict(found)["As of"]
    assert dict(found)["Late"] == "yes"


def test_removing_a_filter_keeps_the_others_and_goes_to_the_first_page() -> None:
    method = next(chip for chip in chips("q=x&method=survey&page=3") if chip.label == "Method")
    assert method.remove == "?q=x"


def test_a_filter_that_is_not_valid_is_not_active() -> None:
    assert chips("day=tomorrow&method=nonsense") == []


def test_a_range_is_shown_from_end_to_end() -> None:
    with translation.override("en"):
        shown = presentation._spoken(forms.DateField(), slice(date(2025, 1, 1), date(2025, 8, 31), None))
    assert " – " in shown
