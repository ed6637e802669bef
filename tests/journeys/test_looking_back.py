"""The manager looks back: the slider by keyboard, two days and two years beside each other, the trend; without scripts, too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from riskreg import clock
from riskreg.models import ControlPlan
from riskreg.plans.risks import change_risk
from tests.browser import assert_accessible
from tests.cast import Cast, make_cast, make_control, make_follow_up, make_risk
from tests.journeys.test_risks import SIZES, picture

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def town(transactional_db: None, settings: Any) -> Cast:
    settings.RISKREG_TODAY = date(2025, 9, 8)
    cast = make_cast()
    last = ControlPlan.objects.create(unit=cast.board, year=2024, matrix=cast.matrix)
    with clock.at(date(2024, 2, 1)):
        old = make_risk(last, "Energibrist", likelihood=3, impact=4)
        make_risk(last, "Slutade", likelihood=2, impact=3)
    with clock.at(date(2025, 1, 15)):
        energy = make_risk(cast.plan, "Energibrist", likelihood=2, impact=2, carried_from=old)
        pay = make_risk(cast.plan, "Felaktiga löneutbetalningar", likelihood=3, impact=2)
        make_risk(cast.plan, "Avsaknad av helhetstänk", risk_score=6)
    with clock.at(date(2025, 4, 15)):
        change_risk(energy, by=cast.eva, likelihood=4, impact=3, reason="Elpriset steg")
    with clock.at(date(2025, 6, 15)):
        change_risk(pay, by=cast.eva, likelihood=2, impact=2, reason="Attesten fungerar")
        change_risk(energy, by=cast.eva, residual_likelihood=2, residual_impact=3, reason="Reservkraft")
    control = make_control(pay, performer=cast.karin)
    make_follow_up(control, cast.interim, conclusion="minor_deviations", state="in_progress", result="Ja")
    return cast


def test_the_slider_goes_through_the_year_by_keyboard(page: Page, town: Cast, sign_in: Callable[[Any], None]) -> None:
    sign_in(town.johan)
    page.goto(reverse("heatmap"))
    page.get_by_role("link", name="Över tid").click()
    slider = page.locator("#stop")
    slider.focus()
    page.keyboard.press("Home")
    expect(page.locator("#results")).to_contain_text("Ingen risk fanns den dagen")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#results tbody").last).to_contain_text("Energibrist")
    expect(page.locator(".slider output")).to_have_text("28 feb 2025")
    expect(slider).to_be_focused()
    assert slider.get_attribute("aria-valuetext") == "28 feb 2025"
    assert "day=2025-02-28" in page.url
    page.reload()
    expect(page.locator(".slider output")).to_have_text("28 feb 2025")
    assert_accessible(page)


def test_without_scripts_the_sliders_form_shows_the_day(browser: Browser, live_server: Any, town: Cast) -> None:
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(town.johan)
    context = browser.new_context(base_url=live_server.url, locale="sv-SE", java_script_enabled=False)
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    page = context.new_page()
    page.goto(reverse("heatmap_history"))
    page.locator("#stop").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.locator("form.slider button").click()
    assert page.locator(".slider output").inner_text() == "31 jan 2025"
    assert page.locator("[aria-current=true]").inner_text() == "31 jan 2025"
    page.goto(f"{reverse('heatmap_history')}?day=2025-06-30")
    page.get_by_role("link", name="Med planerna för 2024").click()
    assert page.locator("#h-moved").count() == 1
    context.close()


def test_two_days_beside_each_other_name_what_moved(page: Page, town: Cast, sign_in: Callable[[Any], None]) -> None:
    sign_in(town.johan)
    page.goto(f"{reverse('heatmap_history')}?day=2025-09-08&against=2025-03-31")
    moved = page.locator("section[aria-labelledby=h-moved] tbody tr")
    expect(moved).to_have_count(2)
    expect(moved.nth(0)).to_contain_text("Höjd")
    expect(moved.nth(0)).to_contain_text("Energibrist")
    expect(moved.nth(1)).to_contain_text("Sänkt")
    assert page.locator(".chart svg polygon").count() > 0
    moved.nth(0).get_by_role("link").click()
    expect(page.locator("h1")).to_contain_text("Energibrist")


@pytest.mark.parametrize("size", SIZES)
def test_every_page_that_looks_back_is_accessible_and_fits_its_width(
    page: Page, town: Cast, sign_in: Callable[[Any], None], size: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(town.johan)
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    addresses = {
        "day": f"{reverse('heatmap_history')}?day=2025-03-31",
        "two-days": f"{reverse('heatmap_history')}?against=2025-03-31",
        "two-years": f"{reverse('heatmap_history')}?against_year=2024",
        "controls": f"{reverse('heatmap_history')}?values=both",
        "before-anything": f"{reverse('heatmap_history')}?day=2020-01-01",
        "nonsense": f"{reverse('heatmap_history')}?day=idag&unit=0",
        "trend": reverse("trend"),
        "trend-years": f"{reverse('trend')}?year=all",
    }
    for name, address in addresses.items():
        page.goto(address)
        picture(page, f"back-{name}-{size}")
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} scrolls sideways at {size}"
    # Too many to be named at once: a number leads to the names, by keyboard.
    monkeypatch.setattr("riskreg.views.looks_back.FEW", 0)
    page.goto(addresses["two-days"])
    page.locator("#results table a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**which=*")
    expect(page.locator("#named tbody")).to_contain_text("Energibrist")
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.one_engine
def test_the_pages_fit_a_printed_page(page: Page, town: Cast, sign_in: Callable[[Any], None]) -> None:
    """An A4's width between its margins: what is wider would be cut off on paper."""
    sign_in(town.johan)
    page.set_viewport_size({"width": 688, "height": 1000})
    for address in ("?against=2025-03-31", "?against_year=2024"):
        page.goto(reverse("heatmap_history") + address)
        page.emulate_media(media="print")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for year in ("2025", "all"):
        page.goto(f"{reverse('trend')}?year={year}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_pictures_read_in_the_dark(page: Page, town: Cast, sign_in: Callable[[Any], None]) -> None:
    sign_in(town.johan)
    page.emulate_media(color_scheme="dark")
    for address in (f"{reverse('heatmap_history')}?against=2025-03-31", reverse("trend")):
        page.goto(address)
        assert_accessible(page)
        box = page.locator(".chart svg rect").first
        assert box.evaluate("one => getComputedStyle(one).fill") == "rgb(24, 33, 43)"
