"""The manager's way: the heatmap, a cell's risks, a risk placed by two clicks, the same by keyboard and on a phone."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from controls.models import Action
from riskreg.models import ControlPlan, Risk, RiskCategory
from tests.browser import assert_accessible
from tests.cast import Cast, make_cast, make_control, make_follow_up, make_many_risks, make_risk

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

SIZES = {"wide": {"width": 1440, "height": 900}, "phone": {"width": 375, "height": 800}, "narrow": {"width": 320, "height": 700}}


@pytest.fixture
def town(transactional_db: None, settings: Any) -> Cast:
    settings.RISKREG_TODAY = date(2025, 9, 8)
    cast = make_cast()
    finance = RiskCategory.objects.create(name="Ekonomi")
    owned = {"category": finance, "owner": cast.johan}
    crime = make_risk(
        cast.plan, "Välfärdsbrottslighet", likelihood=3, impact=4, description="Leverantörer utnyttjar systemen.", **owned
    )
    control = make_control(crime, "Stickprov av leverantörer i löpande avtal", performer=cast.karin)
    follow_up = make_follow_up(control, cast.interim, result="Sju granskade, en avvikelse.", conclusion="minor_deviations")
    Action.objects.create(follow_up=follow_up, description="Se över automatiska kontroller", responsible=cast.johan)
    make_risk(cast.plan, "Energibrist", likelihood=2, impact=4, is_municipality_wide=True)
    make_risk(cast.plan, "Avsaknad av helhetstänk vid införskaffande av system", risk_score=6)
    make_risk(cast.plan, "Felaktiga löneutbetalningar", likelihood=3, impact=2, unit=cast.payroll, **owned)
    make_risk(cast.plan, "Bristande service i upphandlingsfrågor", likelihood=3, impact=2)
    make_risk(cast.plan, "Ramavtal följs inte", likelihood=2, impact=3)
    make_risk(cast.plan, "Felaktig utbetalning till förtroendevalda", likelihood=2, impact=3)
    make_risk(cast.plan, "Ännu inte bedömd", risk_score=None)
    plan = ControlPlan.objects.get(pk=cast.plan.pk)
    plan.state, plan.adopted_on, plan.adopted_paragraph = "adopted", date(2024, 12, 11), "§ 214"
    plan.save()
    return cast


def picture(page: Page, name: str) -> None:
    """Keeps a picture where RISKREG_PICTURES names a folder, for looking at."""
    folder = os.environ.get("RISKREG_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_a_risk_without_factors_is_placed_with_two_clicks(page: Page, town: Cast, sign_in: Callable[[Any], None]) -> None:
    sign_in(town.johan)
    page.goto(reverse("heatmap"))
    aside = page.locator("aside.card")
    aside.locator("summary").first.click()
    expect(aside.locator("button[type=submit]").first).to_be_visible()
    assert_accessible(page)
    picture(page, "placing")
    aside.locator("button[type=submit]").first.click()
    expect(page.locator(".messages .success")).to_be_visible()
    risk = Risk.objects.get(title__startswith="Avsaknad")
    assert (risk.likelihood, risk.impact) == (2, 3)
    expect(page.locator(".chip.maybe")).to_have_count(0)


def test_the_keyboard_alone_places_a_risk(page: Page, town: Cast, sign_in: Callable[[Any], None]) -> None:
    sign_in(town.johan)
    page.goto(reverse("heatmap"))
    page.locator("aside.card summary").last.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Enligt arbetsmötet i mars")
    page.keyboard.press("Enter")
    expect(page.locator(".messages .success")).to_be_visible()
    risk = Risk.objects.get(title__startswith="Avsaknad")
    assert (risk.likelihood, risk.impact, risk.placement_note) == (3, 2, "Enligt arbetsmötet i mars")


def test_a_cell_leads_to_its_risks_and_a_filter_applies_as_it_is_chosen(
    page: Page, town: Cast, sign_in: Callable[[Any], None]
) -> None:
    sign_in(town.johan)
    page.goto(reverse("heatmap"))
    page.locator("select[name=category]").select_option(label="Ekonomi")
    expect(page.locator(".chip:not(.maybe)")).to_have_count(2)
    assert "category=" in page.url
    page.locator(".count-link").first.click()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody th")).to_contain_text("Felaktiga löneutbetalningar")


@pytest.mark.parametrize("size", SIZES)
def test_every_page_is_accessible_and_fits_its_width(page: Page, town: Cast, sign_in: Callable[[Any], None], size: str) -> None:
    sign_in(town.johan)
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    risk = Risk.objects.get(title="Välfärdsbrottslighet")
    unplaced = Risk.objects.get(title__startswith="Avsaknad")
    addresses = {
        "heatmap": reverse("heatmap"),
        "risks": reverse("risks"),
        "risk": risk.get_absolute_url(),
        "unplaced": unplaced.get_absolute_url(),
        "plans": reverse("plans"),
        "plan": town.plan.get_absolute_url(),
        "no-hits": f"{reverse('risks')}?q=finns+inte&placed=placed",
        "nonsense": f"{reverse('heatmap')}?unit=0",
    }
    for name, address in addresses.items():
        page.goto(address)
        picture(page, f"{name}-{size}")
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} scrolls sideways at {size}"


def test_a_thousand_risks_are_counts_that_still_read(page: Page, town: Cast, sign_in: Callable[[Any], None]) -> None:
    make_many_risks(town.plan, 1000, closing=town.interim, performer=town.karin)
    sign_in(town.johan)
    page.goto(reverse("heatmap"))
    expect(page.locator(".heat a.total")).to_have_count(16)
    assert_accessible(page)
    picture(page, "many")
    page.emulate_media(media="print")
    picture(page, "many-print")
