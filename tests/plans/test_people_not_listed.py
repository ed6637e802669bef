"""A form never empties an owner or performer whom it would not list: somebody without a role, or with a closed account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from riskreg.models import Membership, Role, User
from tests.cast import Cast, make_control, make_risk, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]


def without_a_role(person: User) -> None:
    Membership.objects.filter(user=person).delete()


def closed(person: User) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False)


@pytest.fixture
def gone(cast: Cast) -> User:
    return make_user("Gun Borta", cast.board, Role.CONTROL_OWNER)


def as_a_browser_sends(client: Client, address: str) -> dict[str, Any]:
    """The form as it is shown, as a browser sends it back: of a choice only what is among its options."""
    context = client.get(address).context
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    values: dict[str, Any] = {}
    for form in forms:
        for bound in form:
            value = bound.value()
            options = getattr(bound.field, "choices", None)
            if options is not None and str(value) not in {str(option) for option, _label in options}:
                value = None
            if value is not None and value is not False:
                values[bound.html_name] = value
    return values


@pytest.mark.parametrize("leave", [without_a_role, closed])
def test_another_field_of_the_risk_or_its_control_is_saved_and_they_stay(
    leave: Callable[[User], None], cast: Cast, gone: User, client: Client
) -> None:
    risk = make_risk(cast.plan, owner=gone)
    control = make_control(risk, performer=gone)
    leave(gone)
    client.force_login(cast.eva)
    of_risk = reverse("admin:riskreg_risk_change", args=[risk.pk])
    typed = as_a_browser_sends(client, of_risk) | {"process": "Löner", "controls-0-target": "Högst 1 procent"}
    assert client.post(of_risk, typed).status_code == 302
    of_control = reverse("admin:controls_control_change", args=[control.pk])
    assert client.post(of_control, as_a_browser_sends(client, of_control) | {"target": "Noll"}).status_code == 302
    risk.refresh_from_db()
    control.refresh_from_db()
    assert (risk.process, risk.owner) == ("Löner", gone)
    assert (control.target, control.performer) == ("Noll", gone)
    assert "Gun Borta (finns inte längre i listan)" in client.get(of_risk).content.decode()


def test_they_are_offered_to_nobody_else_and_can_be_replaced(cast: Cast, gone: User, client: Client) -> None:
    risk = make_risk(cast.plan, owner=gone)
    other = make_risk(cast.plan, "En annan risk")
    without_a_role(gone)
    client.force_login(cast.eva)
    address = reverse("admin:riskreg_risk_change", args=[other.pk])
    typed = as_a_browser_sends(client, address) | {"owner": gone.pk}
    assert "owner" in client.post(address, typed).context["adminform"].form.errors
    address = reverse("admin:riskreg_risk_change", args=[risk.pk])
    client.post(address, as_a_browser_sends(client, address) | {"owner": cast.karin.pk})
    risk.refresh_from_db()
    assert risk.owner == cast.karin
    assert str(gone) not in client.get(address).content.decode().split('name="owner"')[1].split("</select>")[0]
