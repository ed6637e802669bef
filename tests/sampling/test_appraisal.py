"""What a sample shows as it stands, its words, and the follow-up's conclusion against it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from controls.follow_ups import verbs
from controls.follow_ups.backing import backings_of, departure
from controls.follow_ups.completeness import Incomplete
from controls.follow_ups.draft import Decision, Draft
from controls.models import FollowUp, Sample, SampleItem
from controls.sampling.samples import appraisal_words
from controls.sampling.samples.appraisal import appraise
from controls.sampling.samples.planning import keep_design
from controls.sampling.statistics.design import Asked, Division, Kind
from controls.sampling.statistics.evaluate import Suggestion, limits
from tests.cast import Cast
from tests.follow_ups.follow_ups import fresh, in_state
from tests.sampling.samples import add_item, drawn_sample, examine

pytestmark = pytest.mark.one_engine

D = Decimal


@pytest.fixture
def under_way(cast: Cast, today: Any) -> FollowUp:
    return in_state(cast, "in_progress")


@pytest.fixture
def sample(under_way: FollowUp) -> Sample:
    """57 of 400: what 95 % and 5 % come to."""
    return drawn_sample(under_way)


def test_nothing_examined_shows_nothing(sample: Sample) -> None:
    seen = appraise(sample)
    assert (seen.examined, seen.rate, seen.upper, seen.suggestion) == (0, None, None, None)


def test_no_deviation_in_the_planned_sample_is_supported(sample: Sample, cast: Cast) -> None:
    examine(sample, {}, by=cast.karin)
    seen = appraise(sample)
    planned = limits(seen.total, 0, confidence=D("0.95"), population=400)
    assert (seen.is_complete, seen.suggestion, seen.upper) == (True, Suggestion.SUPPORTED, planned.upper)
    assert planned.upper < D("0.05")


def test_reserves_do_not_count(sample: Sample, cast: Cast) -> None:
    assert appraise(sample).total == sample.size


def test_one_deviation_is_not_shown_and_not_failed(sample: Sample, cast: Cast) -> None:
    examine(sample, {3: "deviation"}, by=cast.karin)
    assert appraise(sample).suggestion is Suggestion.NOT_SUPPORTED


def test_what_could_not_be_examined_counts_as_a_deviation(sample: Sample, cast: Cast) -> None:
    examine(sample, {3: "not_examined"}, by=cast.karin)
    seen = appraise(sample)
    assert (seen.deviations, seen.not_examined, seen.found) == (0, 1, 1)
    assert seen.suggestion is Suggestion.NOT_SUPPORTED


def test_a_replaced_item_counts_no_more_and_its_replacement_does(sample: Sample, cast: Cast) -> None:
    examine(sample, {3: "not_examined"}, by=cast.karin)
    add_item(sample, 90, kind="replacement", replaces=SampleItem.objects.get(sample=sample, position=3))
    seen = appraise(sample)
    assert (seen.total, seen.left, seen.found, seen.replaced) == (sample.size, 1, 0, 1)
    examine(sample, {}, by=cast.karin)
    assert appraise(sample).suggestion is Suggestion.SUPPORTED


def test_while_items_are_left_only_what_cannot_change_is_suggested(sample: Sample, cast: Cast) -> None:
    examine(sample, {1: "ok"}, by=cast.karin, rest="")
    assert appraise(sample).suggestion is None
    examine(sample, {2: "deviation"}, by=cast.karin, rest="")
    assert appraise(sample).suggestion is Suggestion.NOT_SUPPORTED
    examine(sample, dict.fromkeys(range(3, 20), "deviation"), by=cast.karin, rest="")
    assert appraise(sample).suggestion is Suggestion.EXCEEDED


def extend(sample: Sample, count: int, *, round_: int | None) -> None:
    for i in range(count):
        add_item(sample, 100 + i, kind="extension", extension_round=round_)


@pytest.mark.parametrize("round_", [1, None])
def test_a_sample_extended_for_what_it_showed_is_evaluated_as_the_plan_it_was(
    under_way: FollowUp, cast: Cast, round_: int | None
) -> None:
    sample = drawn_sample(under_way, size=59, rows=100_000)
    examine(sample, {3: "deviation"}, by=cast.karin)
    extend(sample, 34, round_=round_)
    examine(sample, {3: "deviation"}, by=cast.karin)
    seen = appraise(sample)
    assert (seen.total, seen.was_extended, seen.suggestion) == (93, True, Suggestion.NOT_SUPPORTED)
    assert appraisal_words.remarks(seen)


def test_an_extension_decided_before_anything_was_examined_is_one_plan(under_way: FollowUp, cast: Cast) -> None:
    sample = drawn_sample(under_way, size=59, rows=100_000)
    extend(sample, 34, round_=0)
    examine(sample, {3: "deviation"}, by=cast.karin)
    seen = appraise(sample)
    assert (seen.total, seen.was_extended, seen.suggestion) == (93, False, Suggestion.SUPPORTED)


def test_a_plan_in_two_stages_asks_for_the_second_at_one_deviation(under_way: FollowUp, cast: Cast) -> None:
    sample = drawn_sample(under_way, asked=Asked(kind=Kind.TWO_STAGES), rows=100_000)
    examine(sample, {3: "deviation"}, by=cast.karin)
    seen = appraise(sample)
    assert seen.needs_second == 61
    extend(sample, 61, round_=1)
    examine(sample, {3: "deviation"}, by=cast.karin)
    seen = appraise(sample)
    assert (seen.needs_second, seen.suggestion) == (0, Suggestion.SUPPORTED)


@pytest.mark.parametrize("found", [0, 3])
def test_a_census_knows(under_way: FollowUp, cast: Cast, found: int) -> None:
    sample = drawn_sample(under_way, asked=Asked(kind=Kind.ALL), rows=30)
    examine(sample, dict.fromkeys(range(1, found + 1), "deviation"), by=cast.karin)
    seen = appraise(sample)
    assert seen.is_census
    assert seen.lower == seen.upper
    assert seen.suggestion is (Suggestion.EXCEEDED if found else Suggestion.SUPPORTED)


def test_a_divided_sample_has_the_conservative_limit(under_way: FollowUp, cast: Cast) -> None:
    sample = drawn_sample(under_way, asked=Asked(division=Division.PROPORTIONAL))
    examine(sample, {}, by=cast.karin)
    seen = appraise(sample)
    plain = limits(seen.total, 0, confidence=D("0.95"), population=400)
    assert seen.upper_count is not None
    assert plain.upper_count is not None
    assert seen.upper_count >= plain.upper_count


def test_a_divided_sample_extended_for_what_it_showed_keeps_the_first_draws_limit(under_way: FollowUp, cast: Cast) -> None:
    sample = drawn_sample(under_way, asked=Asked(division=Division.PROPORTIONAL))
    examine(sample, {1: "deviation"}, by=cast.karin)
    before = appraise(sample)
    extend(sample, 40, round_=1)
    examine(sample, {1: "deviation", 105: "deviation"}, by=cast.karin)
    seen = appraise(sample)
    assert seen.upper == before.upper
    assert (seen.was_extended, seen.found) == (True, 2)
    assert seen.rate is not None
    assert before.rate is not None
    assert seen.rate != before.rate


def test_whole_items_of_a_divided_sample_are_a_group_of_their_own(under_way: FollowUp, cast: Cast) -> None:
    sample = drawn_sample(under_way, asked=Asked(division=Division.PROPORTIONAL))
    examine(sample, {}, by=cast.karin)
    before = appraise(sample)
    for i in range(10):
        add_item(sample, 200 + i, kind="whole", amount="90000", stratum="Vård")
    assert appraise(sample).upper is None
    examine(sample, {200: "deviation"}, by=cast.karin)
    seen = appraise(sample)
    assert before.upper_count is not None
    assert seen.upper_count is not None
    # Ten fewer in the draw's population, one known to deviate.
    assert before.upper_count - 2 <= seen.upper_count - 1 <= before.upper_count


def test_items_taken_whole_are_known_beside_the_draw(under_way: FollowUp, cast: Cast) -> None:
    sample = drawn_sample(under_way)
    for i in range(10):
        add_item(sample, 200 + i, kind="whole", amount="90000")
    examine(sample, {200: "deviation"}, by=cast.karin)
    seen = appraise(sample)
    rest = limits(sample.size or 0, 0, confidence=D("0.95"), population=390)
    assert rest.upper_count is not None
    assert seen.upper_count == rest.upper_count + 1


def test_by_amount_the_error_is_bounded_in_kronor(under_way: FollowUp, cast: Cast) -> None:
    sample = drawn_sample(under_way, asked=Asked(kind=Kind.MONETARY), rows=5000)
    assert sample.size == 60
    examine(sample, {}, by=cast.karin)
    assert appraise(sample).suggestion is Suggestion.SUPPORTED
    SampleItem.objects.filter(sample=sample, position=2).update(outcome="deviation", correct_amount=D(500))
    seen = appraise(sample)
    assert seen.money is not None
    # Half of one of 60 intervals of 83 333 kr.
    assert seen.money.projected == D("41666.67")
    assert seen.suggestion is Suggestion.NOT_SUPPORTED


def test_discovery_is_held_against_the_critical_number(under_way: FollowUp, cast: Cast) -> None:
    sample = drawn_sample(under_way, asked=Asked(kind=Kind.DISCOVERY, critical=4))
    examine(sample, {}, by=cast.karin)
    assert appraise(sample).suggestion is Suggestion.SUPPORTED


# Words


def test_the_draft_states_population_size_method_deviations_and_limit(sample: Sample, cast: Cast) -> None:
    examine(sample, {3: "deviation"}, by=cast.karin)
    with translation.override("sv"):
        text = appraisal_words.draft(appraise(sample))
    for fact in ("Löneattester jan–aug", "Personec P", "400", str(sample.size), "1 avvikelse", "95"):
        assert fact in text
    assert "%(" not in text


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("outcomes", [{}, {1: "deviation"}, dict.fromkeys(range(1, 30), "deviation"), {2: "not_examined"}])
def test_every_standing_has_its_words(
    under_way: FollowUp, cast: Cast, language: str, kind: Kind, outcomes: dict[int, str]
) -> None:
    asked = Asked(kind=kind, size=20, preset="daily_25", critical=20)
    sample = drawn_sample(under_way, asked=asked, rows=200)
    with translation.override(language):
        for rest in ("", "ok"):
            examine(sample, outcomes, by=cast.karin, rest=rest)
            seen = appraise(sample)
            said = [
                *appraisal_words.verdict(seen),
                appraisal_words.draft(seen),
                str(appraisal_words.suggested_conclusion(seen).label),
            ]
            said += [word for fact in appraisal_words.facts(seen) for word in fact]
            assert all(said)
            assert not any("%(" in sentence for sentence in said)
            plot = appraisal_words.LimitPlot.of(seen)
            assert plot is None or plot.low <= plot.high


# The follow-up


def departure_of(saved: FollowUp) -> str:
    return departure(saved, backings_of(saved))


def complete(sample: Sample, cast: Cast, conclusion: str, reason: str = "") -> FollowUp:
    assert sample.follow_up is not None
    draft = Draft("Granskat.", conclusion, reason, decision=Decision("none_needed", text="Godtagbart."))
    return verbs.submit(fresh(sample.follow_up), by=cast.karin, draft=draft)


@pytest.mark.parametrize(
    ("outcomes", "rest", "suggested"),
    [
        ({}, "ok", "no_deviations"),
        ({1: "deviation"}, "ok", "minor_deviations"),
        (dict.fromkeys(range(1, 30), "deviation"), "ok", "significant_deviations"),
        ({1: "ok"}, "", "ongoing"),
    ],
)
def test_the_suggested_conclusion_needs_no_reason_and_another_does(
    sample: Sample, cast: Cast, outcomes: dict[int, str], rest: str, suggested: str
) -> None:
    examine(sample, outcomes, by=cast.karin, rest=rest)
    assert sample.follow_up is not None
    assert backings_of(sample.follow_up)[0].suggested == suggested
    others = {"no_deviations", "minor_deviations", "significant_deviations"} - {suggested}
    for other in sorted(others):
        with pytest.raises(Incomplete) as refusal:
            complete(sample, cast, other)
        assert list(refusal.value.message_dict) == ["conclusion_reason"]
    saved = complete(sample, cast, sorted(others)[0], "Felen är rättade.")
    assert saved.state == "submitted"
    assert departure_of(saved)
    assert saved.history.first().conclusion_reason == "Felen är rättade."


def test_the_approver_sees_suggestion_choice_and_reason(sample: Sample, cast: Cast, client: Client) -> None:
    examine(sample, {1: "deviation"}, by=cast.karin)
    saved = complete(sample, cast, "no_deviations", "Felet gällde ett annat år.")
    client.force_login(cast.johan)
    page = client.get(saved.get_absolute_url()).content.decode()
    assert "Felet gällde ett annat år." in page
    assert departure_of(saved) in page
    assert '<figure class="plot limit' in page


def test_the_pages_result_begins_with_the_draft(sample: Sample, cast: Cast, client: Client) -> None:
    assert sample.follow_up is not None
    FollowUp.objects.filter(pk=sample.follow_up.pk).update(result="")
    examine(sample, {1: "deviation"}, by=cast.karin)
    client.force_login(cast.karin)
    page = client.get(sample.follow_up.get_absolute_url())
    assert "Löneattester jan–aug" in page.context["form"]["result"].value()
    assert fresh(sample.follow_up).result == ""


def test_a_follow_up_without_a_sample_is_as_before(under_way: FollowUp, cast: Cast) -> None:
    assert departure_of(under_way) == ""
    draft = Draft("Granskat.", "minor_deviations", decision=Decision("none_needed", text="Godtagbart."))
    assert verbs.submit(under_way, by=cast.karin, draft=draft).state == "submitted"


def test_the_design_is_kept_with_every_input(under_way: FollowUp, cast: Cast) -> None:
    from controls.sampling.samples.planning import begin
    from controls.sampling.statistics.design import asked_of
    from tests.sampling.samples import locked_population

    sample = begin(locked_population(under_way), by=cast.karin)
    asked = Asked(
        confidence=D("0.9"),
        tolerable=D("0.07"),
        expected_rate=D("0.01"),
        division=Division.NEYMAN,
        rates={"Skola": D("0.1"), "Vård": D("0.02")},
        whole_from=D("50000"),
    )
    kept, design = keep_design(sample, by=cast.karin, asked=asked)
    assert kept.design["schema"] == 1
    assert asked_of(Sample.objects.get(pk=kept.pk).design) == asked
    assert kept.size == design.size == sum(kept.design["strata"].values())
    assert (kept.method, kept.follow_up) == ("stratified", under_way)
