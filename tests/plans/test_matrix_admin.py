"""A matrix is made in one form, which begins with the usual four levels."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from riskreg.models import RiskMatrix
from tests.cast import Cast

ADD = "/admin/riskreg/riskmatrix/add/"
PARTS = ("likelihood_levels", "impact_levels", "bands")
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def as_shown(client: Client) -> dict[str, Any]:
    """What a browser would send of the form as it was shown."""
    answer = client.get(ADD)
    shown = answer.context["adminform"].form
    posted: dict[str, Any] = {name: shown[name].value() or "" for name in shown.fields}
    for formset in answer.context["inline_admin_formsets"]:
        parts = formset.formset
        for field in parts.management_form:
            posted[field.html_name] = field.value()
        for form in parts.forms:
            posted |= {field.html_name: "" if field.value() is None else field.value() for field in form}
    return {name: value for name, value in posted.items() if value is not False}


def test_the_usual_matrix_is_saved_as_it_is_proposed(cast: Cast, client: Client) -> None:
    client.force_login(cast.siv)
    posted = as_shown(client)
    assert str(posted["unit"]) == str(cast.municipality.pk)
    answer = client.post(ADD, posted | {"name": "Ny matris"})
    assert answer.status_code == 302, answer.context["errors"]
    made = RiskMatrix.objects.get(name="Ny matris")
    assert [level.label for level in made.likelihoods] == ["Osannolik", "Mindre sannolik", "Möjlig", "Sannolik"]
    assert [level.value for level in made.impacts] == [1, 2, 3, 4]
    assert [(band.from_score, band.name) for band in made.ordered_bands] == [
        (1, "Låg"),
        (4, "Bevaka"),
        (6, "Medel"),
        (12, "Hög"),
    ]
    assert made.valid_from.isoformat() == "2025-01-01"


def test_a_matrix_of_three_levels_is_made_by_leaving_a_row_empty(cast: Cast, client: Client) -> None:
    client.force_login(cast.siv)
    posted = as_shown(client) | {"name": "Tre"}
    for prefix in ("likelihood_levels-3", "impact_levels-3", "bands-3"):
        posted |= {name: "" for name in posted if name.startswith(f"{prefix}-")}
    answer = client.post(ADD, posted)
    assert answer.status_code == 302, answer.context["errors"]
    made = RiskMatrix.objects.get(name="Tre")
    assert (len(made.likelihoods), len(made.impacts), len(made.ordered_bands)) == (3, 3, 3)


def test_an_existing_matrix_shows_its_own_rows_only(cast: Cast, client: Client) -> None:
    client.force_login(cast.siv)
    answer = client.get(reverse("admin:riskreg_riskmatrix_change", args=[cast.matrix.pk]))
    rows = {one.formset.prefix: len(one.formset.forms) for one in answer.context["inline_admin_formsets"]}
    assert rows == dict.fromkeys(PARTS, 4)
