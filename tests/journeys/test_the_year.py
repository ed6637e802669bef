"""A control owner performs a check, a controller changes a schedule and reads the year: with a browser, and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from controls.models import Check, Closing, Control, ControlSchedule
from controls.year import run
from tests.browser import assert_accessible
from tests.cast import Cast
from tests.checks.checks import make_check, monthly

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("today")]


@pytest.fixture
def control(people: Cast) -> Control:
    control = monthly(people)
    run.run(date(2025, 9, 8))
    make_check(control, date(2025, 9, 30))
    return control


def has_no_sideways_scroll(page: Page) -> bool:
    return bool(page.evaluate("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def test_a_control_owner_performs_a_check_with_the_keyboard(
    page: Page, sign_in: Callable[[Any], None], people: Cast, control: Control
) -> None:
    sign_in(people.karin)
    page.goto(reverse("inbox"))
    assert_accessible(page)
    page.locator("section", has_text="Checks to perform").get_by_role("link", name="Perform").last.press("Enter")
    expect(page.get_by_role("heading", name="What it came to")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Minor deviations").check()
    page.get_by_role("button", name="Record as done").press("Enter")
    expect(page.locator(".error-summary, .errorlist").first).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Note").fill("En attest av trettio var sen.")
    page.get_by_role("button", name="Record as done").press("Enter")
    expect(page.locator("main")).to_contain_text("It is locked")
    assert_accessible(page)
    assert Check.objects.get(due_on=date(2025, 9, 30)).state == "done"


def test_a_check_is_moved_with_a_reason(page: Page, sign_in: Callable[[Any], None], people: Cast, control: Control) -> None:
    sign_in(people.eva)
    page.goto(Check.objects.get(due_on=date(2025, 9, 30)).get_absolute_url())
    page.get_by_role("link", name="Move the day").click()
    assert_accessible(page)
    page.get_by_label("Due instead").fill("2025-10-06")
    page.get_by_label("Reason").fill("Lönekörningen är sen")
    page.get_by_role("button", name="Move the day").click()
    expect(page.locator("main")).to_contain_text("6 October 2025")


def test_a_schedule_shows_what_it_changes_before_it_is_saved(
    page: Page, sign_in: Callable[[Any], None], people: Cast, control: Control
) -> None:
    sign_in(people.eva)
    page.goto(reverse("control_schedule", args=[control.pk]))
    assert_accessible(page)
    page.get_by_label("First day").fill("2025-10-15")
    page.get_by_label("Reason").first.fill("Efter lönekörningen")
    page.get_by_role("button", name="See what changes").click()
    expect(page.get_by_text("This is what saving does")).to_be_visible()
    assert_accessible(page)
    assert not ControlSchedule.objects.exists()
    page.get_by_role("button", name="Save the schedule").click()
    expect(page.locator("main")).to_contain_text("15 oct 2025")
    assert ControlSchedule.objects.get().anchor_on == date(2025, 10, 15)


@pytest.mark.parametrize("width", [1440, 320])
def test_the_year_its_list_and_its_closings(
    page: Page, sign_in: Callable[[Any], None], people: Cast, control: Control, width: int
) -> None:
    sign_in(people.eva)
    page.set_viewport_size({"width": width, "height": 900})
    for address in (reverse("year"), reverse("checks"), reverse("control_schedule", args=[control.pk])):
        page.goto(address)
        assert_accessible(page)
        assert has_no_sideways_scroll(page), address
    page.goto(reverse("year_closings"))
    page.get_by_label("Year", exact=True).fill("2027")
    page.get_by_role("button", name="See the dates").click()
    expect(page.get_by_text("31 Oct 2027")).to_be_visible()
    assert_accessible(page)
    assert has_no_sideways_scroll(page)
    page.get_by_role("button", name="Make the closings").click()
    expect(page.get_by_role("heading", name="The year 2027")).to_be_visible()
    assert Closing.objects.filter(year=2027).count() == 2
