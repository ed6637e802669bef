"""What series give as what backs a follow-up: status at the cut-off, suggestion, draft; kept when it is handed in."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from controls.follow_ups import verbs
from controls.follow_ups.backing import backings_of, backings_of_each, works_on
from controls.follow_ups.completeness import Incomplete
from controls.follow_ups.contributors import contributors
from controls.follow_ups.draft import Decision, Draft
from controls.indicators.behind_follow_ups.choosing import choose_series, series_to_choose
from controls.indicators.values import revise_value
from controls.models import Control, ControlSeries, FollowUp, IndicatorSeries, IndicatorValue, KeptIndicators
from riskreg.access.verbs import NotPermitted
from riskreg.models import ControlPlan, Role
from riskreg.plans import life
from riskreg.verbs.errors import ReasonNeeded, Refused
from tests.cast import Cast, make_control, make_follow_up, make_risk, make_user
from tests.checks.checks import make_check
from tests.follow_ups.follow_up_pages import opened
from tests.follow_ups.follow_ups import fresh, in_state
from tests.indicators.scene import D, a_series, an_indicator, followed_up, levels_set, month, recorded, the_backing
from tests.plans.test_planning import in_state as in_state_of_plan

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
DRAFT = Draft("Granskat.", "no_deviations", "", decision=Decision("none_needed", text="Godtagbart."))
UNTIL_AUGUST = [8, 9, 12, 11, 9, 8, 8, 7]


@pytest.fixture
def series(cast: Cast) -> IndicatorSeries:
    found = a_series(an_indicator(cast.board, cast.johan), cast.board, by=cast.johan, responsible=cast.karin)
    levels_set(found, by=cast.johan)
    return found


@pytest.fixture
def follow_up(cast: Cast, series: IndicatorSeries) -> FollowUp:
    return followed_up(in_state(cast, "in_progress"), series, by=cast.eva)


@pytest.mark.parametrize(
    ("august", "suggested", "verdict"),
    [
        (5, "no_deviations", "Inom målet."),
        (10, "no_deviations", "Godtagbart."),
        (11, "minor_deviations", "Ej godtagbart."),
        (20, "significant_deviations", "Kritiskt."),
    ],
)
def test_the_status_at_the_cut_off_suggests_the_conclusion(
    cast: Cast, series: IndicatorSeries, follow_up: FollowUp, august: int, suggested: str, verdict: str
) -> None:
    recorded(series, [*UNTIL_AUGUST[:7], august], by=cast.karin)
    found = the_backing(follow_up)
    assert (found.suggested, found.verdict, found.done, found.total, found.missing) == (suggested, verdict, 8, 8, [])


def test_what_comes_after_the_cut_off_says_nothing_of_it(cast: Cast, series: IndicatorSeries, follow_up: FollowUp) -> None:
    recorded(series, [*UNTIL_AUGUST, 40], by=cast.karin)
    assert the_backing(follow_up).suggested == "no_deviations"


def test_it_shows_facts_draft_and_plot(cast: Cast, series: IndicatorSeries, follow_up: FollowUp) -> None:
    recorded(series, UNTIL_AUGUST, by=cast.karin)
    found = the_backing(follow_up)
    assert dict(found.facts) == {
        "Senaste värde": "7 st, augusti 2025",
        "Mål": "högst 5 st",
        "Godtagbar nivå": "högst 10 st",
        "Kritisk nivå": "20 st eller högre",
        "Uppföljningens perioder": "godtagbart 6, ej godtagbart 2",
    }
    assert found.draft == (
        "Löneskulder, Kommunstyrelsen. Augusti 2025: 7 st, godtagbart. Fjärde månaden i rad inom godtagbar nivå."
    )
    assert found.picture is not None
    assert found.picture.drawing.rows[-1] == ["augusti 2025", "7", "Godtagbart"]  # type: ignore[attr-defined]


def test_missing_values_keep_it_ongoing_and_are_named(cast: Cast, series: IndicatorSeries, follow_up: FollowUp) -> None:
    recorded(series, UNTIL_AUGUST[:6], by=cast.karin)
    found = the_backing(follow_up)
    assert (found.suggested, found.done, found.total) == ("ongoing", 6, 8)
    assert found.missing == ["2 värden saknas: juli 2025, augusti 2025."]
    assert found.link is not None
    assert found.link.label_for(writes=True) == "För in värden"


def test_without_levels_or_values_nothing_is_concluded(cast: Cast, follow_up: FollowUp) -> None:
    bare = a_series(an_indicator(cast.board, cast.johan, "Bar"), cast.board, by=cast.johan, responsible=cast.karin)
    followed_up(follow_up, bare, by=cast.eva)
    assert (the_backing(follow_up).verdict, the_backing(follow_up).draft) == ("Saknas.", "")
    recorded(bare, UNTIL_AUGUST, by=cast.karin)
    assert the_backing(follow_up).suggested == "ongoing"
    assert the_backing(follow_up).missing == ["Inga nivåer är satta som värdet kan jämföras med."]
    later = a_series(
        an_indicator(cast.board, cast.johan, "Sen"), cast.board, by=cast.johan, responsible=cast.karin, begins_on=month(10)
    )
    followed_up(follow_up, later, by=cast.eva)
    found = the_backing(follow_up)
    assert (found.total, found.is_complete) == (0, False)
    assert found.missing == ["Serien börjar med oktober 2025, efter brytdatumet."]


def test_several_series_back_one_control_and_the_gravest_counts(cast: Cast, series: IndicatorSeries, follow_up: FollowUp) -> None:
    other = a_series(an_indicator(cast.board, cast.johan, "Andra"), cast.board, by=cast.johan, responsible=cast.karin)
    levels_set(other, by=cast.johan)
    recorded(series, UNTIL_AUGUST, by=cast.karin)
    recorded(other, [8] * 7 + [30], by=cast.karin)
    followed_up(follow_up, series, other, by=cast.eva)
    assert [one.suggested for one in backings_of(fresh(follow_up))] == ["significant_deviations", "no_deviations"]
    with pytest.raises(Incomplete) as refusal:
        verbs.submit(fresh(follow_up), by=cast.karin, draft=DRAFT)
    assert "Nyckeltalet talar för ”Väsentliga avvikelser”" in str(refusal.value.message_dict["conclusion_reason"])


def test_of_a_municipality_wide_risk_each_unit_is_shown_its_own_series(cast: Cast, series: IndicatorSeries) -> None:
    control = make_control(make_risk(cast.plan, "Energibrist", unit=cast.municipality, is_municipality_wide=True))
    ours = make_follow_up(control, cast.interim, unit=cast.board, state="in_progress")
    theirs = make_follow_up(control, cast.interim, unit=cast.school_board, state="in_progress")
    followed_up(ours, series, by=cast.eva)
    assert [len(one) for one in backings_of_each([fresh(ours), fresh(theirs)])] == [1, 0]


@pytest.mark.parametrize("how_many", [1, 7])
def test_many_follow_ups_are_read_at_once(
    cast: Cast, series: IndicatorSeries, how_many: int, django_assert_num_queries: Any
) -> None:
    recorded(series, UNTIL_AUGUST, by=cast.karin)
    many = [followed_up(in_state(cast, "in_progress", title=f"Risk {at}"), series, by=cast.eva) for at in range(how_many)]
    rows = list(FollowUp.objects.select_related("control__risk", "closing", "unit").filter(pk__in=[one.pk for one in many]))
    backings_of_each(rows)
    # Four for the series; one each for samples and watched rules.
    with django_assert_num_queries(6):
        assert [len(one) for one in backings_of_each(rows)] == [1] * how_many


def test_the_page_of_the_follow_up_shows_the_plot_and_the_page_of_a_check_where_it_stands(
    client: Client, cast: Cast, series: IndicatorSeries, follow_up: FollowUp
) -> None:
    recorded(series, UNTIL_AUGUST, by=cast.karin)
    page = opened(client, cast.karin, follow_up)
    assert "Nyckeltalet: Löneskulder, Kommunstyrelsen" in page
    assert f'aria-labelledby="series-{series.pk}-title series-{series.pk}-desc"' in page
    assert '<th scope="row">augusti 2025</th><td class="num">7</td><td>Godtagbart</td>' in page
    check = make_check(follow_up.control, date(2025, 8, 31))
    [(heading, [link])] = works_on(check, cast.karin)
    assert (heading, link.address) == ("Nyckeltal", series.get_absolute_url())
    assert link.label == "Löneskulder, Kommunstyrelsen: 7 st, godtagbart (augusti 2025)"
    assert works_on(check, cast.bo) == []


# As it was when it was handed in


@pytest.fixture
def handed_in(cast: Cast, series: IndicatorSeries, follow_up: FollowUp) -> FollowUp:
    recorded(series, UNTIL_AUGUST, by=cast.karin)
    return verbs.submit(fresh(follow_up), by=cast.karin, draft=DRAFT)


def revised(series: IndicatorSeries, cast: Cast) -> None:
    value = IndicatorValue.objects.get(series=series, period=month(8))
    revise_value(value, by=cast.karin, new=D(25), reason="Fel rapport")


def test_what_is_handed_in_keeps_what_it_had_and_says_what_was_revised_since(
    cast: Cast, series: IndicatorSeries, handed_in: FollowUp
) -> None:
    before = the_backing(handed_in)
    assert len(before.remarks) == 1
    revised(series, cast)
    after = the_backing(handed_in)
    assert (after.facts, after.suggested, after.draft) == (before.facts, "no_deviations", before.draft)
    assert after.remarks[1] == "Det har ändrats sedan dess: augusti 2025: 25 st."
    maja = make_user("Maja Lund", cast.board, Role.MANAGER)
    assert verbs.approve(handed_in, by=maja).state == "approved"


def test_what_is_returned_is_read_anew_and_kept_anew(cast: Cast, series: IndicatorSeries, handed_in: FollowUp) -> None:
    revised(series, cast)
    returned = verbs.return_(handed_in, by=cast.johan, reason="Se rättelsen av augusti")
    assert the_backing(returned).suggested == "significant_deviations"
    draft = Draft("Granskat.", "significant_deviations", "", decision=Decision("none_needed", text="Godtagbart."))
    verbs.submit(fresh(handed_in), by=cast.karin, draft=draft)
    assert KeptIndicators.objects.filter(follow_up=handed_in).count() == 2


def test_a_series_chosen_afterwards_changes_nothing_of_it(cast: Cast, series: IndicatorSeries, handed_in: FollowUp) -> None:
    followed_up(handed_in, by=cast.eva)
    assert the_backing(handed_in).suggested == "no_deviations"
    bare = in_state(cast, "submitted", title="Annan")
    followed_up(bare, series, by=cast.eva)
    assert backings_of(fresh(bare)) == []


def test_the_database_refuses_to_change_what_was_kept(handed_in: FollowUp) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        KeptIndicators.objects.update(figures=[])
    with pytest.raises(DatabaseError), transaction.atomic():
        KeptIndicators.objects.all().delete()


def test_who_entered_values_does_not_approve_what_stands_on_them(
    cast: Cast, series: IndicatorSeries, handed_in: FollowUp
) -> None:
    assert cast.johan.pk not in contributors(handed_in)
    other = in_state(cast, "in_progress", title="Annan")
    followed_up(other, series, by=cast.eva)
    value = IndicatorValue.objects.get(series=series, period=month(8))
    revise_value(value, by=cast.johan, new=D(9), reason="Fel rapport")
    assert cast.johan.pk in contributors(fresh(other))


# The choice


def test_the_choice_demands_a_reason_and_the_right_and_a_series_that_is_seen(
    client: Client, cast: Cast, series: IndicatorSeries, follow_up: FollowUp
) -> None:
    control = Control.objects.get(pk=follow_up.control_id)
    hidden = a_series(an_indicator(cast.school_board, cast.eva, "Skolans"), cast.school_board, by=cast.eva, responsible=cast.bo)
    assert list(series_to_choose(control, cast.johan)) == [series]
    with pytest.raises(ReasonNeeded):
        choose_series(control, [], by=cast.eva, reason="")
    with pytest.raises(NotPermitted):
        choose_series(control, [], by=cast.karin, reason="Ny")
    with pytest.raises(ValidationError):
        choose_series(control, [hidden], by=cast.johan, reason="Ny")
    choose_series(control, [series, hidden], by=cast.eva, reason="Båda")
    choose_series(control, [], by=cast.johan, reason="Bort")
    assert [one.series for one in ControlSeries.objects.all()] == [hidden]
    client.force_login(cast.karin)
    address = reverse("control_series", args=[control.pk])
    assert client.post(address, {"reason": "Ny"}).status_code == 403
    page = client.get(address).content.decode()
    assert "1 serie som du inte ser." in page
    assert "Skolans" not in page


def test_a_dropped_control_gets_none(cast: Cast, series: IndicatorSeries, follow_up: FollowUp) -> None:
    Control.objects.filter(pk=follow_up.control_id).update(is_dropped=True)
    with pytest.raises(Refused):
        followed_up(follow_up, by=cast.eva)


def test_the_choice_goes_along_to_the_next_year(cast: Cast, series: IndicatorSeries, follow_up: FollowUp) -> None:
    in_state_of_plan(cast.plan, "adopted")
    made = life.carry_over(ControlPlan.objects.get(pk=cast.plan.pk), by=cast.eva, year=2026)
    copied = ControlSeries.objects.get(control__risk__plan=made)
    assert (copied.series, copied.control.carried_from_id, copied.history.count()) == (series, follow_up.control_id, 1)
