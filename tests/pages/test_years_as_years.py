"""A year is no amount: nobody writes 2 025."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from controls.models import Closing, PlanImport
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
AS_AN_AMOUNT = "2\N{NO-BREAK SPACE}025"


def test_on_a_closing_that_one_only_reads(cast: Cast, client: Client) -> None:
    client.force_login(cast.ake)
    shown = client.get(reverse("admin:controls_closing_change", args=[cast.interim.pk])).content.decode()
    assert ">2025<" in shown
    assert AS_AN_AMOUNT not in shown


def test_in_the_list_of_imports(cast: Cast, client: Client) -> None:
    PlanImport.objects.create(
        unit=cast.board,
        year=2025,
        matrix=cast.matrix,
        name="plan.csv",
        sha256="0" * 64,
        uploaded_by=cast.eva,
        file=ContentFile(b"x", "plan.csv"),
    )
    client.force_login(cast.eva)
    shown = client.get(reverse("admin:controls_planimport_changelist")).content.decode()
    assert "plan.csv" in shown
    assert AS_AN_AMOUNT not in shown


def test_a_closing_is_still_changed_with_its_year(cast: Cast, client: Client) -> None:
    client.force_login(cast.eva)
    form = client.get(reverse("admin:controls_closing_change", args=[cast.interim.pk])).context["adminform"].form
    assert form.initial["year"] == Closing.objects.get(pk=cast.interim.pk).year == 2025


def test_closings_are_filtered_by_municipality_not_by_every_unit(cast: Cast, client: Client) -> None:
    client.force_login(cast.eva)
    shown = client.get(reverse("admin:controls_closing_changelist")).content.decode()
    offered = shown[shown.index('id="changelist-filter"') :]
    assert cast.payroll.name not in offered
