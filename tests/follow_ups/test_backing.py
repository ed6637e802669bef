"""What backs a follow-up, by one registry: a second method, registered here, reaches the page, completeness and the report."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from controls.follow_ups import backing, verbs
from controls.follow_ups.backing import Backing, backings_of, backings_of_each, departure
from controls.follow_ups.completeness import Incomplete
from controls.follow_ups.draft import Decision, Draft
from controls.models import Check, Conclusion, Control, FollowUp, Method
from riskreg.models import Risk
from tests.cast import Cast, make_control, make_follow_up
from tests.checks.checks import make_check
from tests.follow_ups.follow_up_pages import opened, sent
from tests.follow_ups.follow_ups import fresh, in_state
from tests.follow_ups.key_figure import DEBTS, KeyFigure, series
from tests.reporting.subjects import paper, written
from tests.sampling.samples import drawn_sample, examine

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today", "key_figure")]


@pytest.fixture
def follow_up(cast: Cast) -> FollowUp:
    found = in_state(cast, "in_progress")
    Control.objects.update(method=Method.INDICATOR)
    return fresh(found)


NONE_NEEDED = Decision("none_needed", text="Godtagbart.")


def draft(conclusion: str, reason: str = "") -> Draft:
    return Draft("Granskat.", conclusion, reason, decision=NONE_NEEDED)


# The page


@pytest.mark.parametrize(
    "words",
    [
        f"Nyckeltalet: {DEBTS}",
        "Över gränsen.",
        "Tredje kvartalet låg över den nivå som godtas.",
        "<dt>Senaste utfall</dt><dd>41 mot 30</dd>",
        "Källan är lönesystemet.",
        "Löneskulderna uppgick till 41.",
        '<a class="btn slim" href="/serie/7/">Fyll på serien</a>',
        '<a href="/serie/">Lägg till ett värde</a>',
        "Nyckeltalet talar för ”Väsentliga avvikelser”, och bedömningen är ”Inga avvikelser”. Fjärde kvartalet saknas.",
    ],
)
def test_the_page_shows_what_the_method_tells(visitor: Client, cast: Cast, follow_up: FollowUp, words: str) -> None:
    assert words in opened(visitor, cast.karin, follow_up)


def test_the_pages_of_the_risk_and_of_a_check_lead_to_the_methods_own(client: Client, cast: Cast, follow_up: FollowUp) -> None:
    check = make_check(follow_up.control, date(2025, 9, 30))
    client.force_login(cast.karin)
    page = client.get(check.get_absolute_url()).content.decode()
    assert '<a href="/serie/">Lägg till ett värde</a>' in page
    assert f'<dt>Serier</dt><dd><ul class="plain"><li><a href="/serie/7/">{DEBTS}</a></li></ul></dd>' in page
    assert "/population/" not in page
    page = client.get(follow_up.control.risk.get_absolute_url()).content.decode()
    assert '<a href="/serie/">Lägg till ett värde' in page
    assert "/population/" not in page


def test_the_page_names_the_method_whose_suggestion_it_is(visitor: Client, cast: Cast, follow_up: FollowUp) -> None:
    FollowUp.objects.update(conclusion="")
    assert "Nyckeltalet talar för bedömningen ”Väsentliga avvikelser”" in opened(visitor, cast.karin, follow_up)


def test_who_cannot_write_is_led_to_the_methods_page_and_who_has_no_right_there_is_not(
    visitor: Client, cast: Cast, follow_up: FollowUp
) -> None:
    verbs.submit(follow_up, by=cast.karin, draft=draft("significant_deviations"))
    assert '<a class="btn slim" href="/serie/7/">Serien</a>' in opened(visitor, cast.johan, follow_up)
    page = opened(visitor, cast.siv, follow_up)
    assert ("/serie/7/" in page, DEBTS in page) == (False, True)


def test_a_follow_up_of_another_method_shows_nothing_of_it(visitor: Client, cast: Cast) -> None:
    page = opened(visitor, cast.karin, in_state(cast, "in_progress"))
    assert ("/serie/" in page, DEBTS in page) == (False, False)


def test_the_result_begins_with_the_draft_once_everything_is_in(
    visitor: Client, cast: Cast, follow_up: FollowUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    FollowUp.objects.update(result="")
    visitor.force_login(cast.karin)
    assert visitor.get(follow_up.get_absolute_url()).context["form"]["result"].value() == ""
    monkeypatch.setattr(Backing, "is_complete", True)
    page = visitor.get(follow_up.get_absolute_url())
    assert page.context["form"]["result"].value() == "Löneskulderna uppgick till 41."


# Completeness


def test_a_conclusion_other_than_the_methods_needs_a_reason(cast: Cast, follow_up: FollowUp) -> None:
    with pytest.raises(Incomplete) as refusal:
        verbs.submit(follow_up, by=cast.karin, draft=draft("minor_deviations"))
    (message,) = refusal.value.message_dict["conclusion_reason"]
    assert message.startswith("Nyckeltalet talar för ”Väsentliga avvikelser”, och bedömningen är ”Mindre avvikelser”.")
    assert "Fjärde kvartalet saknas." in message
    assert verbs.submit(follow_up, by=cast.karin, draft=draft("minor_deviations", "Rättat i april.")).state == "submitted"


def test_the_methods_own_conclusion_needs_none(cast: Cast, follow_up: FollowUp) -> None:
    assert verbs.submit(follow_up, by=cast.karin, draft=draft("significant_deviations")).state == "submitted"


def test_the_form_says_so_at_the_reason(visitor: Client, cast: Cast, follow_up: FollowUp) -> None:
    answer = sent(visitor, cast.karin, follow_up, "_submit")
    page = visitor.get(answer.url)
    (error,) = page.context["form"].errors["conclusion_reason"]
    assert "Nyckeltalet talar för" in error


def test_an_approval_asks_the_methods_again(cast: Cast) -> None:
    submitted = in_state(cast, "submitted")
    Control.objects.update(method=Method.INDICATOR)
    with pytest.raises(Incomplete):
        verbs.approve(submitted, by=cast.johan)


@pytest.mark.parametrize(("outcomes", "named"), [({}, "Nyckeltalet"), (dict.fromkeys(range(1, 30), "deviation"), "Stickprovet")])
def test_of_two_methods_the_gravest_counts(
    cast: Cast, follow_up: FollowUp, outcomes: dict[int, str], named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    examine(drawn_sample(follow_up), outcomes, by=cast.karin)
    if outcomes:
        mild = series()
        object.__setattr__(mild, "suggested", Conclusion.MINOR_DEVIATIONS)
        monkeypatch.setattr(KeyFigure, "show", lambda self, follow_ups: [[mild] for _one in follow_ups])
    backings = backings_of(follow_up)
    assert {one.source for one in backings} == {"Nyckeltalet", "Stickprovet"}
    assert departure(follow_up, backings).startswith(named)


# The report


def test_the_auditors_file_holds_the_methods_table_among_its_own(cast: Cast, follow_up: FollowUp) -> None:
    made = paper(cast, "auditors_file")
    names = [table.name for table in made.tables]
    assert names == ["follow_ups", "evidence", "samples", "watching", "key_figures", "seals"]
    (row,) = made.table("key_figures").rows
    assert row[1].text == "41 mot 30"
    assert "41 mot 30" in written(made, "json").decode()


def test_its_page_shows_it(client: Client, cast: Cast, follow_up: FollowUp) -> None:
    client.force_login(cast.eva)
    address = reverse("report_page", args=["auditors_file", cast.plan.pk, cast.interim.kind])
    assert "41 mot 30" in client.get(address).content.decode()


# The registry


def test_a_method_is_registered_once(follow_up: FollowUp) -> None:
    backing.register(KeyFigure())
    assert [one.source for one in backings_of(follow_up)] == ["Nyckeltalet"]


def test_what_backs_a_follow_up_that_is_not_saved_is_told(cast: Cast) -> None:
    control = Control(method=Method.INDICATOR, description="Löneskulder.")
    (found,) = backings_of_each([FollowUp(control=control, closing=cast.interim, unit=cast.board)])
    assert [one.source for one in found] == ["Nyckeltalet"]


@pytest.mark.parametrize("how_many", [2, 12])
def test_samples_of_many_are_read_at_once_and_each_has_its_own(cast: Cast, django_assert_num_queries: Any, how_many: int) -> None:
    mine = [in_state(cast, "in_progress", title=f"Risk {number}") for number in range(how_many)]
    for one in mine[1:]:
        examine(drawn_sample(one, name=f"Urval {one.pk}"), {1: "deviation"}, by=cast.karin)
    of_check = _behind_a_check(cast)
    unsaved = FollowUp(control=mine[0].control, closing=cast.interim, unit=cast.board)
    # Two for the samples; one each for watched rules and indicators, of which there are none.
    with django_assert_num_queries(4):
        found = backings_of_each([*mine, of_check, unsaved])
    headings = [[one.heading for one in backings] for backings in found]
    assert headings == [[], *([f"Stickprovet: Urval {one.pk}"] for one in mine[1:]), ["Stickprovet: Av kontrollen"], []]


def _behind_a_check(cast: Cast) -> FollowUp:
    """A follow-up of a check for which, and not for itself, a sample was drawn."""
    risk = Risk.objects.first()
    assert risk is not None
    control = make_control(risk, "Månadens attester.", performer=cast.karin)
    check: Check = make_check(control, cast.interim.cut_off)
    found = make_follow_up(control, cast.interim, check_performed=check, performer=cast.karin)
    sample = drawn_sample(found, name="Av kontrollen")
    sample.follow_up, sample.occasion = None, check
    sample.save()
    return found


def test_no_query_is_asked_for_what_is_not_saved(cast: Cast, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert backings_of(FollowUp(control=Control(method=Method.SAMPLING), closing=cast.interim, unit=cast.board)) == []
