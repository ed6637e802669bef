"""Risks in the admin: the form with the matrix's words, the reason, two people at once, what each role may."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from riskreg.models import ControlPlan, Risk
from riskreg.plans import life
from tests.cast import Cast, make_control, make_many_risks, make_risk
from tests.plans.test_plan_admin import signed_in
from tests.plans.test_planning import adopted, in_state

pytestmark = pytest.mark.django_db
LIST = reverse("admin:riskreg_risk_changelist")
ADD = reverse("admin:riskreg_risk_add")


def page(risk: Risk) -> str:
    return reverse("admin:riskreg_risk_change", args=[risk.pk])


def no_controls() -> dict[str, Any]:
    return {"controls-TOTAL_FORMS": 0, "controls-INITIAL_FORMS": 0}


def as_shown(client: Client, address: str, **changed: Any) -> dict[str, Any]:
    """What the browser would send of the form as it is shown, with some fields typed over."""
    context = client.get(address).context
    values: dict[str, Any] = {}
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        for bound in form:
            value = bound.value()
            if value is not None and value is not False:
                values[bound.html_name] = value
    return values | changed


def test_the_factors_are_chosen_in_the_matrixs_words(cast: Cast, client: Client) -> None:
    signed_in(client, cast.eva)
    form = client.get(ADD, {"plan": cast.plan.pk}).context["adminform"].form
    assert [label for _value, label in form.fields["likelihood"].choices][1:] == [
        "1 Osannolik",
        "2 Mindre sannolik",
        "3 Möjlig",
        "4 Sannolik",
    ]


def test_without_a_plan_the_form_asks_for_one_that_is_open(cast: Cast, client: Client) -> None:
    in_state(cast.school_plan, "closed")
    signed_in(client, cast.eva)
    assert list(client.get(ADD).context["plans"]) == [cast.plan]


def test_a_risk_is_added_with_the_next_number_and_its_controls(cast: Cast, client: Client) -> None:
    make_risk(cast.plan)
    signed_in(client, cast.eva)
    values = {
        "unit": cast.payroll.pk, "title": "Ny risk", "likelihood": "4", "impact": "3",
        "controls-TOTAL_FORMS": 1, "controls-INITIAL_FORMS": 0, "controls-0-description": "Avstämning mot register",
        "controls-0-method": "reconciliation", "controls-0-frequency": "monthly", "controls-0-performer": cast.karin.pk,
    }  # fmt: skip
    client.post(f"{ADD}?plan={cast.plan.pk}", values)
    risk = Risk.objects.get(title="Ny risk")
    assert (risk.number, risk.unit, risk.risk_score) == (2, cast.payroll, 12)
    control = risk.controls.get()
    assert (control.method, control.performer, control.position) == ("reconciliation", cast.karin, 1)
    assert control.history.get().history_user_name == "Eva Åström"


def test_a_bare_score_is_taken_and_a_contradiction_is_told(cast: Cast, client: Client) -> None:
    signed_in(client, cast.eva)
    values = {"unit": cast.board.pk, "title": "Ny risk", **no_controls()}
    answer = client.post(f"{ADD}?plan={cast.plan.pk}", values | {"likelihood": 3, "impact": 2, "risk_score": 8})
    assert "risk_score" in answer.context["adminform"].form.errors
    client.post(f"{ADD}?plan={cast.plan.pk}", values | {"risk_score": 8})
    assert (Risk.objects.get().likelihood, Risk.objects.get().risk_score) == (None, 8)


def test_a_changed_score_is_refused_until_the_reason_is_written(cast: Cast, client: Client) -> None:
    risk = make_risk(cast.plan)
    signed_in(client, cast.eva)
    typed = as_shown(client, page(risk), likelihood="4", description="Skrivet i samma formulär")
    answer = client.post(page(risk), typed)
    form = answer.context["adminform"].form
    assert "reason" in form.errors
    assert form["description"].value() == "Skrivet i samma formulär"
    assert client.post(page(risk), typed | {"reason": "Fler fel"}).status_code == 302
    risk.refresh_from_db()
    assert (risk.risk_score, risk.description) == (8, "Skrivet i samma formulär")
    assert "8" in client.get(page(risk)).content.decode()


def test_two_at_once_are_shown_side_by_side_and_nothing_typed_is_lost(cast: Cast, client: Client) -> None:
    risk = make_risk(cast.plan)
    make_control(risk)
    signed_in(client, cast.eva)
    typed = as_shown(client, page(risk), title="Evas rubrik", process="Löner", **{"controls-0-target": "Högst 1 procent"})
    life.change_risk(risk, by=cast.johan, title="Johans rubrik")
    answer = client.post(page(risk), typed)
    row = answer.context["conflict"][0]
    assert (row.opened, row.theirs, row.mine) == ("Felaktiga löneutbetalningar", "Johans rubrik", "Evas rubrik")
    text = answer.content.decode()
    assert "Johan Berg" in text
    assert "Högst 1 procent" in text
    risk.refresh_from_db()
    assert (risk.title, risk.controls.get().target) == ("Johans rubrik", "")
    again = typed | {"version": answer.context["adminform"].form["version"].value()}
    assert client.post(page(risk), again).status_code == 302
    risk.refresh_from_db()
    assert (risk.title, risk.process, risk.controls.get().target) == ("Evas rubrik", "Löner", "Högst 1 procent")


def test_in_an_adopted_plan_the_text_is_read_only_and_the_assessment_is_not(cast: Cast, client: Client) -> None:
    risk = make_risk(cast.plan)
    make_control(risk)
    adopted(cast)
    signed_in(client, cast.johan)
    typed = as_shown(client, page(risk), likelihood="4", reason="Nytt läge", title="Smuggling")
    assert "description" not in client.get(page(risk)).context["adminform"].form.fields
    assert client.post(page(risk), typed).status_code == 302
    risk.refresh_from_db()
    assert (risk.title, risk.risk_score) == ("Felaktiga löneutbetalningar", 8)


@pytest.mark.parametrize("role", ["control_owner", "auditor", "administrator"])
def test_other_roles_read_the_risk_and_change_nothing(cast: Cast, client: Client, role: str) -> None:
    risk = make_risk(cast.plan, owner=cast.johan)
    make_control(risk, performer=cast.karin)
    signed_in(client, cast.by_role()[role])
    shown = client.get(page(risk)).content.decode()
    assert cast.johan.name in shown
    assert reverse("admin:riskreg_unit_change", args=[risk.unit_id]) in shown
    assert "/admin/riskreg/user/" not in shown  # names are no links to pages they may not open
    client.post(page(risk), {"title": "Ändrad", "likelihood": 1, "impact": 1, "reason": "x", **no_controls()})
    for verb in ("keep", "drop", "restore"):
        client.post(reverse("admin:riskreg_risk_verb", args=[risk.pk, verb]), {"reason": "x"})
    client.post(LIST, {"action": "do_drop", "_selected_action": [risk.pk], "reason": "x"})
    before = (risk.title, risk.risk_score, risk.is_dropped)
    risk.refresh_from_db()
    assert (risk.title, risk.risk_score, risk.is_dropped) == before
    assert client.get(ADD).status_code == 403


def test_risks_of_another_unit_and_confidential_ones_are_not_there(cast: Cast, client: Client) -> None:
    other = make_risk(cast.school_plan)
    hidden = make_risk(cast.plan, "Hemlig", is_confidential=True, confidentiality_section="OSL 18:8")
    signed_in(client, cast.karin)
    assert client.get(page(other)).status_code == 302
    assert client.get(page(hidden)).status_code == 302
    assert "Hemlig" not in client.get(LIST).content.decode()
    assert client.post(reverse("admin:riskreg_risk_verb", args=[hidden.pk, "drop"]), {"reason": "x"}).status_code == 404


def test_only_colleagues_can_be_owners(cast: Cast, client: Client) -> None:
    cast.bo.is_active = False
    cast.bo.save()
    signed_in(client, cast.eva)
    owners = set(client.get(ADD, {"plan": cast.plan.pk}).context["adminform"].form.fields["owner"].queryset)
    assert cast.johan in owners
    assert cast.bo not in owners
    assert cast.nils not in owners


def test_dropping_and_restoring_by_the_buttons(cast: Cast, client: Client) -> None:
    risk = make_risk(cast.plan)
    signed_in(client, cast.eva)
    drop = reverse("admin:riskreg_risk_verb", args=[risk.pk, "drop"])
    assert client.post(drop, {"reason": ""}).context["form"].errors["reason"]
    client.post(drop, {"reason": "Dubblett"})
    risk.refresh_from_db()
    assert (risk.is_dropped, risk.decision_reason) == (True, "Dubblett")
    assert {button.name for button in client.get(page(risk)).context["verb_buttons"]} == {"restore"}
    client.post(reverse("admin:riskreg_risk_verb", args=[risk.pk, "restore"]))
    risk.refresh_from_db()
    assert not risk.is_dropped


def test_a_batch_drops_with_one_reason_and_counts_what_was_refused(cast: Cast, client: Client) -> None:
    open_one, standing = make_risk(cast.plan), make_risk(cast.school_plan)
    in_state(cast.school_plan, "closed")
    signed_in(client, cast.eva)
    data = {"action": "do_drop", "_selected_action": [open_one.pk, standing.pk], "reason": "Utgår"}
    said = [str(message) for message in get_messages(client.post(LIST, data).wsgi_request)]
    assert len(said) == 2
    assert "1 done" in said[0]
    assert "1 refused" in said[1]
    assert list(Risk.objects.filter(is_dropped=True)) == [open_one]


def test_a_writing_get_does_nothing(cast: Cast, client: Client) -> None:
    risk = make_risk(cast.plan)
    signed_in(client, cast.eva)
    for verb in ("keep", "drop", "restore"):
        client.get(reverse("admin:riskreg_risk_verb", args=[risk.pk, verb]))
    assert risk.history.count() == 1


def test_list_and_form_cost_the_same_at_20_and_at_2000_risks(cast: Cast, client: Client) -> None:
    signed_in(client, cast.eva)
    make_many_risks(cast.plan, 20, performer=cast.karin)
    risk = Risk.objects.filter(plan=cast.plan).first()
    assert risk is not None
    counts = []
    for round_ in range(2):
        for address in (LIST, page(risk)):
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            counts.append(len(queries))
        if round_ == 0:
            make_many_risks(cast.plan, 1980, performer=cast.karin)
    assert counts[:2] == counts[2:]
    assert max(counts) <= 30


def test_the_form_costs_the_same_with_one_control_and_with_ten(cast: Cast, client: Client) -> None:
    signed_in(client, cast.eva)
    counts = []
    for how_many in (1, 10):
        risk = make_risk(cast.plan)
        for _control in range(how_many):
            make_control(risk, performer=cast.karin)
        client.get(page(risk))
        with CaptureQueriesContext(connection) as queries:
            client.get(page(risk))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_plan_above_the_own_unit_takes_no_new_risk_from_below(cast: Cast, client: Client) -> None:
    signed_in(client, cast.ulla)
    assert list(client.get(ADD).context["plans"]) == [cast.school_plan]
    assert client.post(f"{ADD}?plan={cast.plan.pk}", {"title": "Insmugglad", **no_controls()}).status_code == 404
    assert not Risk.objects.exists()
    assert ControlPlan.objects.count() == 2
