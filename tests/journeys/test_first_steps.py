"""An empty register, from the first operator's first sign-in to the first plan: what the start page lists, step by step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from riskreg.models import Risk, RiskMatrix, Role, Unit, User
from tests.browser import assert_accessible
from tests.cast import make_closing, make_user

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("today")]
PLAN = "Identifierad risk;Sannolikhet;Konsekvens;Kontrollmoment\nEnergibrist;2;3;Stickprov av kontinuitetsplaner\n"


@pytest.fixture
def operator(transactional_db: None) -> User:
    user = make_user("Disa Driftsson")
    user.is_superuser, user.language = True, "en"
    user.save()
    return user


def test_an_empty_register_is_set_up_step_by_step(
    page: Page, sign_in: Callable[[Any], None], operator: User, tmp_path: Path
) -> None:
    sign_in(operator)
    page.goto(reverse("inbox"))
    steps = page.locator(".first-steps > li")
    expect(steps).to_have_count(5)
    assert_accessible(page)
    page.set_viewport_size({"width": 375, "height": 800})
    assert page.evaluate("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.set_viewport_size({"width": 1280, "height": 800})

    page.get_by_role("link", name="Add units").click()
    page.locator("a.addlink").click()
    page.get_by_label("Name").fill("Nyköpings kommun")
    expect(page.get_by_label("Kind")).to_have_value("municipality")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#result_list")).to_contain_text("Nyköpings kommun")

    municipality = Unit.objects.get()
    board = Unit.objects.create(name="Kommunstyrelsen", kind=Unit.Kind.COMMITTEE, parent=municipality)
    eva = make_user("Eva", municipality, Role.CONTROLLER)
    make_user("Johan", board, Role.MANAGER)
    make_user("Karin", board, Role.CONTROL_OWNER)
    User.objects.update(language="en")

    page.goto(reverse("inbox"))
    page.get_by_role("link", name="Make the matrix").click()
    assert_accessible(page)
    # Three levels of four: a row of each scale is taken away.
    for scale in ("likelihood_levels", "impact_levels", "bands"):
        page.locator(f"#{scale}-3 .inline-deletelink").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#result_list")).to_contain_text("3 × 3")
    matrix = RiskMatrix.objects.get()
    assert (matrix.unit, len(matrix.likelihoods), len(matrix.ordered_bands)) == (municipality, 3, 3)

    make_closing(municipality, "annual")
    sign_in(eva)
    page.goto(reverse("inbox"))
    expect(steps.filter(has_text="Done")).to_have_count(4)
    page.get_by_role("link", name="Import a plan").click()
    file = tmp_path / "plan.csv"
    file.write_text(PLAN, encoding="utf-8")
    page.get_by_label("File").set_input_files(file)
    page.get_by_label("Unit").select_option(label="Kommunstyrelsen")
    page.get_by_role("button", name="Look at what it would change").click()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator("main")).to_contain_text("plan.csv was imported")
    assert Risk.objects.get().risk_score == 6
    page.goto(reverse("inbox"))
    expect(page.locator("#h-left")).to_be_visible()
    expect(steps).to_have_count(0)
