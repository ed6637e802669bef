"""Placing a risk whose source states only the score: two clicks, the right, the state, the possible cells."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from riskreg.access.verbs import NotPermitted
from riskreg.models import ControlPlan, Risk, User
from riskreg.plans.placing import place
from riskreg.scoring import Cell
from riskreg.verbs.errors import NotInThisState
from tests.cast import Cast, make_risk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@pytest.fixture
def risk(cast: Cast) -> Risk:
    return make_risk(cast.plan, "Helhetstänk saknas", risk_score=6)


def close(plan: ControlPlan, state: str = "closed") -> None:
    plan.state, plan.adopted_on, plan.adopted_paragraph = state, date(2025, 1, 15), "§ 7"
    plan.save()


def test_a_placed_risk_keeps_its_score_and_remembers_who_and_why(cast: Cast, risk: Risk) -> None:
    placed = place(risk, Cell(2, 3), by=cast.eva, note="Enligt workshop i mars")
    placed.refresh_from_db()
    assert (placed.likelihood, placed.impact, placed.risk_score) == (2, 3, 6)
    assert placed.placement_note == "Enligt workshop i mars"
    newest = placed.history.first()
    assert (newest.history_user, newest.history_change_reason) == (cast.eva, "Enligt workshop i mars")


def test_without_a_note_the_history_still_says_what_was_done(cast: Cast, risk: Risk) -> None:
    place(risk, Cell(2, 3), by=cast.johan)
    assert "2 × 3" in risk.history.first().history_change_reason


def test_a_double_click_is_one_change(cast: Cast, risk: Risk) -> None:
    place(risk, Cell(2, 3), by=cast.eva)
    rows = risk.history.count()
    place(risk, Cell(2, 3), by=cast.eva)
    assert risk.history.count() == rows == 2


def test_a_risk_placed_in_one_cell_is_not_moved_to_another_by_placing(cast: Cast, risk: Risk) -> None:
    place(risk, Cell(2, 3), by=cast.eva)
    with pytest.raises(NotInThisState):
        place(risk, Cell(3, 2), by=cast.eva)
    risk.refresh_from_db()
    assert (risk.likelihood, risk.impact) == (2, 3)


@pytest.mark.parametrize("cell", [Cell(2, 2), Cell(1, 6), Cell(6, 1), Cell(0, 0)])
def test_a_cell_that_the_score_cannot_mean_is_refused_with_the_possible_ones(cast: Cast, risk: Risk, cell: Cell) -> None:
    with pytest.raises(ValidationError) as refused:
        place(risk, cell, by=cast.eva)
    assert "2 × 3, 3 × 2" in refused.value.messages[0]
    risk.refresh_from_db()
    assert not risk.is_placed


@pytest.mark.parametrize("who", ["karin", "ake", "siv"])
def test_roles_that_do_not_make_plans_may_not_place(cast: Cast, risk: Risk, who: str) -> None:
    with pytest.raises(NotPermitted):
        place(risk, Cell(2, 3), by=getattr(cast, who))


@pytest.mark.parametrize("who", ["ulla", "nils"])
def test_a_risk_out_of_sight_does_not_exist(cast: Cast, risk: Risk, who: str) -> None:
    with pytest.raises(NotPermitted):
        place(risk, Cell(2, 3), by=getattr(cast, who))


def test_an_adopted_plans_risk_can_be_placed_and_a_closed_ones_cannot(cast: Cast, risk: Risk) -> None:
    close(cast.plan, "adopted")
    other = make_risk(cast.plan, "Energibrist", risk_score=12)
    place(risk, Cell(2, 3), by=cast.eva)
    close(cast.plan)
    with pytest.raises(NotInThisState):
        place(other, Cell(3, 4), by=cast.eva)


def test_a_risk_without_a_score_has_nothing_to_be_placed_by(cast: Cast) -> None:
    risk = make_risk(cast.plan, "Obedömd", risk_score=None)
    with pytest.raises(NotInThisState):
        place(risk, Cell(2, 3), by=cast.eva)


def test_a_note_longer_than_its_column_is_refused(cast: Cast, risk: Risk) -> None:
    with pytest.raises(ValidationError):
        place(risk, Cell(2, 3), by=cast.eva, note="x" * 301)


class TestPage:
    def post(self, client: Client, user: User, risk: Risk, **data: object) -> object:
        client.force_login(user)
        return client.post(reverse("place_risk", args=[risk.pk]), {"likelihood": 2, "impact": 3, **data}, follow=True)

    def test_the_two_clicks_place_the_risk_and_lead_back(self, client: Client, cast: Cast, risk: Risk) -> None:
        client.force_login(cast.eva)
        offered = client.get(reverse("heatmap")).content.decode()
        assert reverse("place_risk", args=[risk.pk]) in offered
        answer = self.post(client, cast.eva, risk, next=reverse("heatmap"))
        assert answer.redirect_chain == [(reverse("heatmap"), 302)]  # type: ignore[attr-defined]
        risk.refresh_from_db()
        assert (risk.likelihood, risk.impact) == (2, 3)
        assert answer.context["heat"].unplaced == 0  # type: ignore[attr-defined]

    def test_an_address_outside_is_not_gone_to(self, client: Client, cast: Cast, risk: Risk) -> None:
        answer = self.post(client, cast.eva, risk, next="https://elsewhere.example/")
        assert answer.redirect_chain == [(risk.get_absolute_url(), 302)]  # type: ignore[attr-defined]

    def test_those_without_the_right_are_not_offered_and_are_refused(self, client: Client, cast: Cast, risk: Risk) -> None:
        client.force_login(cast.karin)
        assert reverse("place_risk", args=[risk.pk]) not in client.get(reverse("heatmap")).content.decode()
        assert self.post(client, cast.karin, risk).status_code == 403  # type: ignore[attr-defined]

    def test_a_risk_out_of_sight_is_not_found(self, client: Client, cast: Cast, risk: Risk) -> None:
        assert self.post(client, cast.ulla, risk).status_code == 404  # type: ignore[attr-defined]

    @pytest.mark.parametrize("data", [{"likelihood": "x"}, {"impact": ""}, {"likelihood": 4}, {"note": "x" * 301}])
    def test_a_bad_value_comes_back_as_an_error_on_the_page(
        self, client: Client, cast: Cast, risk: Risk, data: dict[str, object]
    ) -> None:
        answer = self.post(client, cast.eva, risk, **data)
        assert [message.level_tag for message in answer.context["messages"]] == ["error"]  # type: ignore[attr-defined]
        risk.refresh_from_db()
        assert not risk.is_placed

    def test_a_closed_plan_says_why_not(self, client: Client, cast: Cast, risk: Risk) -> None:
        close(cast.plan)
        answer = self.post(client, cast.eva, risk)
        [message] = list(answer.context["messages"])  # type: ignore[attr-defined]
        assert str(cast.plan.get_state_display()) in str(message)

    def test_placing_is_never_done_by_a_get(self, client: Client, cast: Cast, risk: Risk) -> None:
        client.force_login(cast.eva)
        assert client.get(reverse("place_risk", args=[risk.pk])).status_code == 405

    def test_the_anonymous_are_sent_to_the_sign_in(self, client: Client, risk: Risk) -> None:
        assert client.post(reverse("place_risk", args=[risk.pk])).status_code == 302
        risk.refresh_from_db()
        assert not risk.is_placed
