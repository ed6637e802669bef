"""Lists of the admin that are ordered by plan: paged as the whole list would be, by reading the plans of the page alone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.paginator import Paginator
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from controls.models import Control
from riskreg.admin.pages_by_plan import PagesByPlan
from riskreg.models import ControlPlan, Risk, Unit
from tests.cast import Cast, make_control, make_matrix, make_risk

pytestmark = pytest.mark.django_db
RISKS, CONTROLS = reverse("admin:riskreg_risk_changelist"), reverse("admin:controls_control_changelist")
ORDERED = {Risk: ("-plan__year", "plan", "number", "-pk"), Control: ("-risk__plan__year", "risk__plan", "risk__number", "-pk")}


@pytest.fixture
def plans(cast: Cast) -> list[ControlPlan]:
    """Plans of three years, some of committees with the same name, with one to seven risks each; every risk has a control."""
    elsewhere = Unit.objects.create(name="Storköping", kind=Unit.Kind.MUNICIPALITY)
    namesake = Unit.objects.create(name=cast.board.name, kind=Unit.Kind.COMMITTEE, parent=elsewhere)
    matrix = make_matrix(elsewhere)
    made = [cast.school_plan, cast.plan]
    made += [ControlPlan.objects.create(unit=namesake, year=year, matrix=matrix) for year in (2024, 2025)]
    made += [ControlPlan.objects.create(unit=unit, year=2024, matrix=cast.matrix) for unit in (cast.board, cast.school_board)]
    made.append(ControlPlan.objects.create(unit=cast.board, year=2026, matrix=cast.matrix))
    for number in range(1, 8):
        for place, plan in enumerate(made):
            if number <= 1 + (place * 5) % 7:
                make_control(make_risk(plan, f"{number} av {place}", unit=plan.unit, number=number))
    return made


@pytest.mark.parametrize("model", [Risk, Control])
@pytest.mark.parametrize("per_page", [1, 3, 4, 50])
def test_its_pages_are_those_of_the_whole_list(plans: list[ControlPlan], model: Any, per_page: int) -> None:
    rows = model.objects.order_by(*ORDERED[model])
    field = "plan" if model is Risk else "risk__plan"
    assert PagesByPlan.suits(rows, field)
    whole, by_plan = Paginator(rows, per_page), PagesByPlan(field, rows, per_page)
    assert by_plan.count == whole.count == rows.count() > len(plans)
    pages = whole.page_range
    assert [list(by_plan.page(number)) for number in pages] == [list(whole.page(number)) for number in pages]


def test_without_rows_its_page_is_empty(cast: Cast) -> None:
    rows = Risk.objects.order_by("-plan__year", "plan")
    assert list(PagesByPlan("plan", rows, 50).page(1)) == []


def test_a_list_in_another_order_or_with_rows_twice_is_not_paged_by_plan(cast: Cast) -> None:
    assert not PagesByPlan.suits(Risk.objects.order_by("title"), "plan")
    assert not PagesByPlan.suits(Risk.objects.order_by("-plan__year", "plan").distinct(), "plan")


@pytest.mark.parametrize(("address", "ordered"), [(RISKS, "riskreg_risk"), (CONTROLS, "controls_control")])
def test_the_lists_sort_the_rows_of_the_pages_plans_alone(
    plans: list[ControlPlan], cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch, address: str, ordered: str
) -> None:
    monkeypatch.setattr("riskreg.admin.base.ScopedAdmin.list_per_page", 2)
    client.force_login(cast.eva)
    with CaptureQueriesContext(connection) as asked:
        shown = client.get(address, {"p": 1}).context["cl"].result_list
        assert len(shown) == 2
    rows = next(one["sql"] for one in asked if "ORDER BY" in one["sql"] and f'FROM "{ordered}"' in one["sql"])
    assert re.search(r'"plan_id" IN \(\d+\)', rows), rows


def test_the_number_of_risks_of_each_plan_is_counted_in_an_index(plans: list[ControlPlan], cast: Cast, client: Client) -> None:
    Risk.objects.filter(plan=cast.plan, number=1).update(is_dropped=True)
    client.force_login(cast.eva)
    with CaptureQueriesContext(connection) as asked:
        shown = client.get(reverse("admin:riskreg_controlplan_changelist")).context["cl"].result_list
        found = {plan.pk: plan.risks_now for plan in shown}
    assert found == {plan.pk: plan.risks.filter(is_dropped=False).count() for plan in ControlPlan.objects.visible_to(cast.eva)}
    # Joined, they would all be read and grouped.
    (listed,) = (one["sql"] for one in asked if "risks_now" in one["sql"])
    assert 'JOIN "riskreg_risk"' not in listed
