"""A new year without its plan: told to run on, last year's checks go on until it is adopted. With a browser, also on a phone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from controls.models import Check, Control
from controls.year import run
from riskreg.plans import life
from tests.browser import assert_accessible
from tests.cast import Cast
from tests.checks.checks import monthly
from tests.journeys.test_the_year import has_no_sideways_scroll

pytestmark = pytest.mark.journey
NEW_YEAR = date(2026, 1, 19)


@pytest.fixture
def control(people: Cast, settings: Any) -> Control:
    settings.RISKREG_TODAY = NEW_YEAR
    control = monthly(people)
    run.run(NEW_YEAR)
    assert not Check.objects.filter(nominal_on__year=2026).exists()
    return control


@pytest.mark.parametrize("width", [1440, 320])
def test_last_years_checks_run_on_into_the_new_year_until_the_plan_is_adopted(
    page: Page, sign_in: Callable[[Any], None], people: Cast, control: Control, settings: Any, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(people.eva)
    page.goto(reverse("inbox"))
    missing = page.get_by_role("alert").filter(has_text=people.board.name)
    expect(missing).to_contain_text("No checks are opened")
    assert_accessible(page)
    missing.get_by_role("link", name="Open the plan for 2025").click()

    page.get_by_role("link", name="Let the controls run on").or_(
        page.get_by_role("button", name="Let the controls run on")
    ).click()
    expect(page.locator("main")).to_contain_text("go on being opened in 2026, until its plan is adopted")
    assert_accessible(page)
    assert has_no_sideways_scroll(page)
    page.get_by_role("button", name="Let the controls run on").click()
    expect(page.locator("main")).to_contain_text("from 19 January 2026, until the plan for 2026 is adopted")
    assert_accessible(page)

    run.run(NEW_YEAR)
    january = Check.objects.get(control=control, nominal_on__year=2026)
    page.goto(reverse("inbox"))
    expect(page.locator(".missing-plans")).to_contain_text("The controls of 2025 run on")
    page.goto(f"{reverse('year')}?year=2026")
    expect(page.locator("main")).to_contain_text("The controls of 2025 run on")
    assert_accessible(page)
    assert has_no_sideways_scroll(page)

    page.context.clear_cookies()
    sign_in(people.karin)
    page.goto(reverse("inbox"))
    page.locator("section", has_text="Checks to perform").get_by_role("link", name="Perform").last.click()
    page.get_by_label("No deviations").check()
    page.get_by_role("button", name="Record as done").click()
    expect(page.locator("main")).to_contain_text("It is locked")
    january.refresh_from_db()
    assert (january.state, january.nominal_on) == ("done", date(2026, 1, 31))

    settings.RISKREG_TODAY = date(2026, 2, 20)
    plan = life.carry_over(people.plan, by=people.eva)
    for risk in plan.risks.all():
        life.keep_risk(risk, by=people.eva)
    life.adopt(life.propose(plan, by=people.eva), by=people.eva, on=date(2026, 2, 20), paragraph="§ 9")
    for day in (date(2026, 2, 20), date(2026, 3, 20), date(2026, 4, 15)):
        settings.RISKREG_TODAY = day
        run.run(day)
    old = list(control.checks.filter(nominal_on__year=2026).order_by("nominal_on").values_list("nominal_on", flat=True))
    new = Check.objects.filter(control__carried_from=control).order_by("nominal_on").values_list("nominal_on", flat=True)
    assert not set(old) & set(new)
    assert max(old) < date(2026, 3, 1) <= max(new)
    page.goto(reverse("inbox"))
    expect(page.locator(".missing-plans")).to_have_count(0)
    assert_accessible(page)
