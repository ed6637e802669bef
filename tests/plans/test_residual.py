"""The assessment after controls: stated beside the one before them, by verb and form, with the same care."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from riskreg.models import ControlPlan, Risk
from riskreg.plans.carrying_over import carry_over
from riskreg.plans.risks import change_risk
from riskreg.verbs.concurrency import version_of
from riskreg.verbs.errors import ReasonNeeded
from tests.cast import Cast, make_risk

pytestmark = pytest.mark.django_db


def test_factors_give_the_score_and_the_history_says_why(cast: Cast) -> None:
    risk = make_risk(cast.plan, likelihood=3, impact=4)
    changed = change_risk(risk, by=cast.eva, residual_likelihood=2, residual_impact=3, reason="Dubbel attest")
    assert (changed.risk_score, changed.residual_score) == (12, 6)
    assert str(changed.residual_band) == "Medel"
    row = changed.history.first()
    assert (row.residual_score, row.history_change_reason) == (6, "Dubbel attest")


def test_it_takes_a_reason(cast: Cast) -> None:
    with pytest.raises(ReasonNeeded):
        change_risk(make_risk(cast.plan), by=cast.eva, residual_score=4)


@pytest.mark.parametrize(
    "values",
    [
        {"residual_likelihood": 2},
        {"residual_likelihood": 9, "residual_impact": 1},
        {"residual_score": 7},
        {"residual_likelihood": 2, "residual_impact": 3, "residual_score": 5},
    ],
)
def test_what_the_scales_do_not_have_is_refused_by_its_field(cast: Cast, values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        change_risk(make_risk(cast.plan), by=cast.eva, reason="Prövas", **values)
    assert all(name.startswith("residual_") for name in refused.value.message_dict)


@pytest.mark.parametrize(
    "values", [{"residual_likelihood": 2}, {"residual_likelihood": 2, "residual_impact": 2, "residual_score": 5}]
)
def test_the_database_refuses_nonsense(cast: Cast, values: dict[str, int]) -> None:
    risk = make_risk(cast.plan)
    with pytest.raises(IntegrityError), transaction.atomic():
        Risk.objects.filter(pk=risk.pk).update(**values)


def test_it_is_carried_over(cast: Cast) -> None:
    risk = make_risk(cast.plan)
    change_risk(risk, by=cast.eva, residual_likelihood=1, residual_impact=2, reason="Attest")
    plan = ControlPlan.objects.get(pk=cast.plan.pk)
    plan.state, plan.adopted_on, plan.adopted_paragraph = "adopted", "2025-01-20", "§ 1"
    plan.save()
    following = carry_over(plan, by=cast.eva)
    assert [(one.residual_likelihood, one.residual_impact, one.residual_score) for one in following.risks.all()] == [(1, 2, 2)]


def test_the_form_states_it_and_the_page_shows_it(client: Client, cast: Cast) -> None:
    risk = make_risk(cast.plan)
    client.force_login(cast.eva)
    address = reverse("admin:riskreg_risk_change", args=[risk.pk])
    page = client.get(address)
    form: dict[str, Any] = {name: value for name, value in page.context["adminform"].form.initial.items() if value is not None}
    form |= {"residual_likelihood": 1, "residual_impact": 2, "reason": "Attest", "version": version_of(risk)}
    for formset in page.context["inline_admin_formsets"]:
        form |= {f"{formset.formset.prefix}-{name}": 0 for name in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS")}
    answer = client.post(address, form)
    assert answer.status_code == 302
    risk.refresh_from_db()
    assert (risk.residual_likelihood, risk.residual_impact, risk.residual_score) == (1, 2, 2)
    assert "1 × 2" in client.get(risk.get_absolute_url()).content.decode()
