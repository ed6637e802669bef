"""Of some plans alone the risks are counted by one number for factors and score, so that the plans' part of an index will do."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models import Q
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from riskreg.heatmap.cells import count_cells_and_hidden
from riskreg.models import ControlPlan, Risk
from riskreg.views.plans import scores_by_plan
from tests.cast import Cast, make_many_risks, make_risk

pytestmark = pytest.mark.django_db


@pytest.fixture
def risks(cast: Cast) -> Cast:
    """Risks with and without factors and score, some with factors that no matrix has."""
    make_many_risks(cast.plan, 60, performer=cast.karin)
    make_risk(cast.school_plan, "Poäng", likelihood=None, impact=None, risk_score=6)
    make_risk(cast.school_plan, "Inget", likelihood=None, impact=None, risk_score=None)
    make_risk(cast.school_plan, "Stort", likelihood=181, impact=181, risk_score=181 * 181)
    return cast


@pytest.mark.parametrize("by_matrix", [False, True])
def test_the_counts_are_the_same(risks: Cast, by_matrix: bool) -> None:
    def build() -> tuple[object, object]:
        return Risk.objects.filter(~Q(number=3)), Risk.objects.filter(number=3)

    ways = [count_cells_and_hidden(build, by_matrix=by_matrix, of_plans=of_plans) for of_plans in (False, True)]  # type: ignore[arg-type]
    (seen, hidden), (again, hidden_again) = ways
    assert set(seen) == set(again)
    assert (len(seen), sum(one.number for one in seen)) == (len(again), sum(one.number for one in again))
    assert hidden == hidden_again == Risk.objects.filter(number=3).count() > 0


def test_the_heatmap_of_a_year_reads_the_risks_of_its_plans_alone(risks: Cast, client: Client) -> None:
    earlier = ControlPlan.objects.create(unit=risks.board, year=2024, matrix=risks.matrix)
    make_many_risks(earlier, 300, performer=risks.karin)
    client.force_login(risks.eva)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(reverse("heatmap"), {"year": "2025"}).context["heat"].total == 63
    (counted,) = [one["sql"] for one in asked if "COUNT(*)" in one["sql"] and "is_hidden" in one["sql"]]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {counted}")
            steps = [row[3] for row in cursor.fetchall()]
            assert "SEARCH riskreg_risk USING COVERING INDEX risk_heatmap (plan_id=?)" in steps, steps


def test_the_list_of_plans_counts_those_without_a_score_apart(risks: Cast) -> None:
    found = scores_by_plan(risks.eva, [risks.school_plan.pk])[risks.school_plan.pk]
    assert found.by_score == {6: 1, None: 1, 181 * 181: 1}
