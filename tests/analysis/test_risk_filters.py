"""Filtering risks by what their controls are and concluded."""

from __future__ import annotations

import pytest
from django.http import QueryDict

from controls.analysis.filters import RiskFilter
from controls.models import FollowUp
from riskreg.filtering.choices import choices_for
from riskreg.models import Risk, User
from tests.cast import Cast, make_control, make_follow_up, make_risk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def through(user: User, query: str) -> RiskFilter:
    return RiskFilter(QueryDict(query), Risk.objects.visible_to(user), choices=choices_for(user, RiskFilter.more_choices))


def titles(cast: Cast, query: str) -> set[str]:
    filtered = through(cast.eva, query)
    assert filtered.is_valid(), filtered.errors
    return set(filtered.qs.values_list("title", flat=True))


def concluded(follow_up: FollowUp, conclusion: str) -> FollowUp:
    follow_up.result, follow_up.conclusion = "Granskat", conclusion
    follow_up.save()
    return follow_up


@pytest.fixture
def followed_up(cast: Cast) -> Cast:
    """Löner: deviations at the half-year, none at the year-end. Inköp: two controls, one with deviations. El: nothing yet."""
    wages = make_control(make_risk(cast.plan, "Löner"), method="sampling", performer=cast.karin)
    concluded(make_follow_up(wages, cast.interim), "minor_deviations")
    concluded(make_follow_up(wages, cast.annual), "no_deviations")
    purchases = make_risk(cast.plan, "Inköp")
    concluded(make_follow_up(make_control(purchases, method="survey", performer=cast.karin), cast.interim), "no_deviations")
    concluded(make_follow_up(make_control(purchases, method="review", performer=cast.johan), cast.interim), "minor_deviations")
    make_follow_up(make_control(make_risk(cast.plan, "El"), method="review"), cast.interim)
    make_risk(cast.plan, "Utan kontroll")
    return cast


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("method=sampling", {"Löner"}),
        ("method=review", {"Inköp", "El"}),
        ("method=indicator", set()),
        ("conclusion=no_deviations", {"Löner", "Inköp"}),
        ("conclusion=minor_deviations", {"Inköp"}),
        ("conclusion=none", {"El"}),
        ("method=review&conclusion=minor_deviations", {"Inköp"}),
        ("method=survey&conclusion=minor_deviations", set()),
    ],
)
def test_method_and_latest_conclusion_are_asked_of_the_same_control(followed_up: Cast, query: str, expected: set[str]) -> None:
    assert titles(followed_up, query) == expected


def test_a_conclusion_can_be_asked_at_a_chosen_closing(followed_up: Cast) -> None:
    interim, annual = followed_up.interim.pk, followed_up.annual.pk
    assert titles(followed_up, f"conclusion=minor_deviations&closing={interim}") == {"Löner", "Inköp"}
    assert titles(followed_up, f"conclusion=no_deviations&closing={annual}") == {"Löner"}
    assert titles(followed_up, f"conclusion=none&closing={annual}") == {"Inköp", "El"}


def test_the_performer_of_a_control_is_a_filter(followed_up: Cast) -> None:
    assert titles(followed_up, f"performer={followed_up.karin.pk}") == {"Löner", "Inköp"}
    assert titles(followed_up, f"performer={followed_up.johan.pk}&method=survey") == set()


def test_a_dropped_control_does_not_count(followed_up: Cast) -> None:
    risk = Risk.objects.get(title="Löner")
    risk.controls.update(is_dropped=True)
    assert titles(followed_up, "method=sampling") == set()


def test_performers_and_closings_are_those_the_person_can_see(followed_up: Cast) -> None:
    bo = {name: [label for _value, label in options] for name, options in through(followed_up.bo, "").offered.items()}
    assert "Karin Lindqvist" not in bo["performer"]
    eva = through(followed_up.eva, "").offered
    assert [label for _value, label in eva["performer"]][1:] == ["Johan Berg", "Karin Lindqvist"]
    assert [value for value, _label in eva["closing"]] == ["", str(followed_up.annual.pk), str(followed_up.interim.pk)]
