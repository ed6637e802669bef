"""Controls and closings in the admin."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from controls.models import Closing, Control
from tests.cast import Cast, make_control, make_risk
from tests.plans.test_plan_admin import signed_in
from tests.plans.test_planning import in_state

pytestmark = pytest.mark.django_db
ADD_CLOSING = reverse("admin:controls_closing_add")


def control_page(control: Control) -> str:
    return reverse("admin:controls_control_change", args=[control.pk])


def closing_page(closing: Closing) -> str:
    return reverse("admin:controls_closing_change", args=[closing.pk])


def dates(closing: Closing, **changed: Any) -> dict[str, Any]:
    names = ("unit_id", "year", "kind", "cut_off", "follow_up_due", "approval_due", "report_due")
    return {name.removesuffix("_id"): getattr(closing, name) for name in names} | changed


def test_a_control_is_dropped_by_its_button_with_a_reason(cast: Cast, client: Client) -> None:
    control = make_control(make_risk(cast.plan))
    signed_in(client, cast.eva)
    drop = reverse("admin:controls_control_verb", args=[control.pk, "drop"])
    assert client.post(drop, {"reason": ""}).context["form"].errors["reason"]
    client.post(drop, {"reason": "Ersatt"})
    control.refresh_from_db()
    assert control.is_dropped
    offered = {button.name for button in client.get(control_page(control)).context["verb_buttons"]}
    assert offered == {"restore", "schedule", "populations"}


def test_in_an_adopted_plan_only_the_performer_and_the_retention_change(cast: Cast, client: Client) -> None:
    control = make_control(make_risk(cast.plan), performer=cast.karin)
    in_state(cast.plan, "adopted")
    signed_in(client, cast.johan)
    form = client.get(control_page(control)).context["adminform"].form
    assert set(form.fields) == {"performer", "performer_text", "retention_months", "version"}
    typed = {"performer": cast.johan.pk, "performer_text": "", "version": form["version"].value(), "description": "Smuggling"}
    client.post(control_page(control), typed)
    control.refresh_from_db()
    assert (control.performer, control.description) == (cast.johan, "Stickprov av attest")


@pytest.mark.parametrize("role", ["control_owner", "auditor", "administrator"])
def test_other_roles_change_neither_controls_nor_closings(cast: Cast, client: Client, role: str) -> None:
    control = make_control(make_risk(cast.plan))
    signed_in(client, cast.by_role()[role])
    assert client.get(control_page(control)).status_code == 200
    client.post(control_page(control), {"description": "Ändrad", "method": "survey", "frequency": "yearly"})
    client.post(reverse("admin:controls_control_verb", args=[control.pk, "drop"]), {"reason": "x"})
    assert client.post(closing_page(cast.interim), dates(cast.interim, year=2030)).status_code == 403
    assert client.get(ADD_CLOSING).status_code == 403
    control.refresh_from_db()
    cast.interim.refresh_from_db()
    assert (control.description, control.is_dropped, cast.interim.year) == ("Stickprov av attest", False, 2025)


def test_a_committees_manager_changes_no_closing_of_the_municipality(cast: Cast, client: Client) -> None:
    signed_in(client, cast.johan)
    assert client.get(ADD_CLOSING).status_code == 403
    assert client.post(closing_page(cast.interim), dates(cast.interim)).status_code == 403


@pytest.mark.usefixtures("today")
def test_a_year_is_ready_made_and_only_what_is_missing_is_offered(cast: Cast, client: Client) -> None:
    signed_in(client, cast.eva)
    offered = client.get(ADD_CLOSING).context["ready_made"]
    assert [url for _label, url in offered] == ["?kind=interim&year=2026", "?kind=annual&year=2026"]
    initial = client.get(ADD_CLOSING + "?kind=annual&year=2026").context["adminform"].form
    values = {
        name: initial[name].value() for name in ("unit", "year", "kind", "cut_off", "follow_up_due", "approval_due", "report_due")
    }
    assert values["report_due"] == date(2027, 4, 15)
    assert client.post(ADD_CLOSING, values).status_code == 302
    assert Closing.objects.get(year=2026).history.get().history_user_name == "Eva Åström"


def test_dates_beyond_the_law_are_saved_with_a_warning(cast: Cast, client: Client) -> None:
    signed_in(client, cast.eva)
    version = client.get(closing_page(cast.interim)).context["adminform"].form["version"].value()
    answer = client.post(closing_page(cast.interim), dates(cast.interim, report_due="2025-11-15", version=version))
    said = " ".join(str(message) for message in get_messages(answer.wsgi_request))
    assert "two months" in said
    cast.interim.refresh_from_db()
    assert cast.interim.report_due == date(2025, 11, 15)
    assert "two months" in client.get(closing_page(cast.interim)).content.decode()


def test_dates_out_of_order_are_refused_at_their_field(cast: Cast, client: Client) -> None:
    signed_in(client, cast.eva)
    answer = client.post(closing_page(cast.interim), dates(cast.interim, approval_due="2025-09-01"))
    assert list(answer.context["adminform"].form.errors) == ["approval_due"]
