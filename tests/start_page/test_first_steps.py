"""The first steps of a new installation, on the start page."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from controls.start_page.first_steps import first_steps
from riskreg.models import ControlPlan, Membership, Role, Unit, User
from tests.cast import Cast, make_closing, make_matrix, make_risk, make_user
from tests.counting import everything_counted
from tests.follow_ups.follow_ups import planned

TODAY = date(2025, 9, 8)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@pytest.fixture
def operator(db: None) -> User:
    user = make_user("Disa Driftsson")
    user.is_superuser = True
    user.save()
    return user


@pytest.fixture(autouse=True)
def _in_english() -> Any:
    with translation.override("en"):
        yield


def undone(user: User) -> list[str]:
    fresh = User.objects.get(pk=user.pk)
    return [step.label for step in first_steps(fresh, TODAY) if not step.is_done]


def page(client: Client, user: User) -> str:
    client.force_login(user)
    return str(client.get(reverse("inbox"), headers={"accept-language": "sv"}).content.decode())


def test_an_empty_register_asks_for_everything_in_order(operator: User) -> None:
    steps = first_steps(operator, TODAY)
    assert [step.label for step in steps] == [
        "Units",
        "People and their roles",
        "Risk matrix",
        "The year's closings",
        "The first plan",
    ]
    assert not any(step.is_done for step in steps)
    assert [step.is_next for step in steps] == [True, False, False, False, False]


def test_each_step_is_ticked_off_when_its_thing_is_there_and_the_list_goes_with_the_last(operator: User) -> None:
    municipality = Unit.objects.create(name="Nyköping", kind=Unit.Kind.MUNICIPALITY)
    assert undone(operator)[0] == "Units"
    board = Unit.objects.create(name="Kommunstyrelsen", kind=Unit.Kind.COMMITTEE, parent=municipality)
    assert undone(operator)[0] == "People and their roles"
    make_user("Eva", municipality, Role.CONTROLLER)
    make_user("Karin", board, Role.CONTROL_OWNER)
    said = first_steps(operator, TODAY)[1]
    assert (said.is_done, said.text) == (False, "Nobody has this role yet: manager.")
    johan = make_user("Johan", board, Role.MANAGER)
    assert undone(operator) == ["Risk matrix", "The year's closings", "The first plan"]
    matrix = make_matrix(municipality)
    assert undone(operator) == ["The year's closings", "The first plan"]
    make_closing(municipality, "annual")
    assert undone(operator) == ["The first plan"]
    ControlPlan.objects.create(unit=board, year=2025, matrix=matrix)
    assert undone(operator) == ["The first plan"], "a plan without a risk is nothing yet"
    johan.is_active = False
    johan.save()
    assert undone(operator) == ["People and their roles", "The first plan"], "a closed account performs nothing"


def test_when_all_is_there_nobody_is_asked_for_anything(cast: Cast, client: Client) -> None:
    assert undone(cast.siv) == undone(cast.eva) == ["The first plan"]
    make_risk(cast.plan)
    assert first_steps(cast.siv, TODAY) == first_steps(cast.eva, TODAY) == []
    assert "first-steps" not in page(client, cast.eva)


@pytest.mark.parametrize("who", ["karin", "johan", "ake", "nils"])
def test_who_sets_nothing_up_is_spared_the_list_and_its_query(who: str, cast: Cast, client: Client) -> None:
    assert "first-steps" not in page(client, getattr(cast, who))
    user = User.objects.get(pk=getattr(cast, who).pk)
    first_steps(user, TODAY)
    with CaptureQueriesContext(connection) as queries:
        assert first_steps(user, TODAY) == []
    assert len(queries) == 0


def test_what_waits_for_the_person_comes_before_the_list(cast: Cast, client: Client) -> None:
    cast.matrix.plans.all().delete()
    assert "first-steps" in page(client, cast.eva)
    cast.plan = ControlPlan.objects.create(unit=cast.board, year=2025, matrix=cast.matrix)
    planned(cast, performer=cast.eva)
    Membership.objects.filter(role=Role.MANAGER).delete()
    assert "first-steps" not in page(client, cast.eva)
    assert "first-steps" in page(client, cast.siv)


def test_the_whole_page_keeps_its_budget_with_the_list(cast: Cast, client: Client) -> None:
    client.force_login(cast.eva)
    with CaptureQueriesContext(connection) as queries:
        shown = client.get(reverse("inbox"))
    assert "first-steps" in str(shown.content)
    assert len(queries) == 8


def test_it_costs_one_query_with_nothing_there_and_with_everything(cast: Cast, operator: User) -> None:
    def cost(user: User) -> int:
        first_steps(user, TODAY)
        with CaptureQueriesContext(connection) as queries:
            first_steps(user, TODAY)
        return len(queries)

    few = cost(cast.eva)
    for number in range(30):
        make_risk(cast.plan, f"Risk {number}")
    assert few == cost(cast.eva) == cost(operator) == 1


def test_a_step_leads_to_where_it_is_done_or_says_who_does_it(cast: Cast, client: Client) -> None:
    by_label = {step.label: step for step in first_steps(cast.eva, TODAY)}
    assert by_label["The first plan"].url == reverse("admin:controls_planimport_add")
    assert by_label["The first plan"].is_next
    assert (by_label["Units"].url, by_label["Units"].done_by) == ("", "Done by: administrator")
    by_label = {step.label: step for step in first_steps(cast.siv, TODAY)}
    assert (by_label["The first plan"].url, by_label["The first plan"].done_by) == ("", "Done by: manager, controller")
    for user in (cast.eva, cast.siv):
        client.force_login(user)
        for step in first_steps(user, TODAY):
            assert not step.url or client.get(step.url).status_code == 200, step.label


def test_another_municipality_s_things_tick_nothing_off(cast: Cast) -> None:
    make_risk(cast.plan)
    other = Unit.objects.create(name="Storköpings kommun", kind=Unit.Kind.MUNICIPALITY)
    stranger = make_user("Sonja Stor", other, Role.ADMINISTRATOR)
    assert undone(stranger) == [
        "Units",
        "People and their roles",
        "Risk matrix",
        "The year's closings",
        "The first plan",
    ]


def test_a_role_that_has_ended_is_no_role(cast: Cast) -> None:
    Membership.objects.filter(role=Role.MANAGER).update(valid_from=date(2024, 1, 1), valid_to=date(2025, 9, 7))
    assert undone(cast.siv) == ["People and their roles", "The first plan"]


@pytest.mark.parametrize("address", ["heatmap", "heatmap_history", "risks", "trend", "plans", "reports", "year"])
def test_every_page_of_an_empty_register_leads_to_the_steps(address: str, operator: User, client: Client) -> None:
    client.force_login(operator)
    before = everything_counted()
    shown = str(client.get(reverse(address)).content.decode())
    assert f'<a class="btn" href="{reverse("inbox")}">' in shown
    assert everything_counted() == before
