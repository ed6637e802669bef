"""The controller's autumn in a browser: last year gone through, a risk reassessed, the plan adopted and read; also on a phone."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from controls.models import Action, FollowUp
from riskreg.models import ControlPlan, Risk
from riskreg.plans import life
from tests.browser import assert_accessible
from tests.cast import Cast, make_control, make_follow_up, make_risk

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("today")]


@pytest.fixture
def next_year(people: Cast) -> ControlPlan:
    """The board's plan for 2026, carried over from 2025's two risks."""
    for title in ("Felaktiga löneutbetalningar", "Ramavtal följs inte"):
        control = make_control(make_risk(people.plan, title), performer=people.karin)
        follow_up = make_follow_up(control, people.interim)
        FollowUp.objects.filter(pk=follow_up.pk).update(result="Två fel.", conclusion="minor_deviations", state="in_progress")
        Action.objects.create(
            follow_up=follow_up, description="Ny rutin för attest", responsible=people.karin, due_on=date(2025, 12, 1)
        )
    life.propose(people.plan, by=people.eva)
    life.adopt(people.plan, by=people.eva, on=date(2024, 12, 10), paragraph="§ 145")
    return life.carry_over(people.plan, by=people.eva)


def has_no_sideways_scroll(page: Page) -> bool:
    return bool(page.evaluate("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def pictured(page: Page, name: str) -> None:
    if directory := os.environ.get("RISKREG_PICTURES"):
        page.screenshot(path=f"{directory}/{name}.png", full_page=True)


def test_the_controller_goes_through_last_year_and_the_plan_is_adopted(
    page: Page, sign_in: Callable[[Any], None], people: Cast, next_year: ControlPlan
) -> None:
    sign_in(people.eva)
    first, second = next_year.risks.order_by("number")
    page.goto(reverse("plan_review", args=[next_year.pk]))
    pictured(page, "review")
    assert_accessible(page)
    page.locator(f"#risk-{first.pk}").get_by_role("button", name="Keep", exact=True).click()
    expect(page.locator(f"#risk-{first.pk}")).not_to_contain_text("Not gone through")
    card = page.locator(f"#risk-{second.pk}")
    card.get_by_text("Drop …").click()
    card.get_by_label("Reason").fill("Ersätts av inköpssystemet")
    card.get_by_role("button", name="Drop").click()
    expect(card).to_contain_text("Ersätts av inköpssystemet")

    page.goto(reverse("admin:riskreg_risk_change", args=[first.pk]))
    page.get_by_label("Likelihood", exact=True).select_option("4")
    page.get_by_label("Reason for the change").fill("Fler fel i våras")
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.locator("#content")).to_contain_text("8")
    assert Risk.objects.get(pk=first.pk).decision == "changed"

    page.goto(reverse("admin:riskreg_controlplan_change", args=[next_year.pk]))
    page.get_by_role("button", name="Propose").click()
    page.get_by_role("link", name="Adopt").click()
    assert_accessible(page)
    pictured(page, "adopt")
    page.get_by_label("Adopted on").fill("2025-09-05")
    page.get_by_label("Paragraph").fill("§ 12")
    page.get_by_role("button", name="Adopt").click()
    page.get_by_role("link", name="Version 1, adopted").click()
    assert_accessible(page)
    pictured(page, "version")
    expect(page.get_by_role("heading", name="Felaktiga löneutbetalningar")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Nothing: the plan is as it was adopted.")


@pytest.mark.parametrize("width", [320, 375])
def test_the_pages_fit_a_phone(
    page: Page, sign_in: Callable[[Any], None], people: Cast, next_year: ControlPlan, width: int
) -> None:
    sign_in(people.eva)
    page.set_viewport_size({"width": width, "height": 740})
    risk = next_year.risks.order_by("number")[0]
    control = risk.controls.get()
    addresses = {
        "plan-list": reverse("admin:riskreg_controlplan_changelist"),
        "plan": reverse("admin:riskreg_controlplan_change", args=[next_year.pk]),
        "plan-add": reverse("admin:riskreg_controlplan_add"),
        "revise": reverse("admin:riskreg_controlplan_verb", args=[people.plan.pk, "revise"]),
        "risk-list": reverse("admin:riskreg_risk_changelist"),
        "risk": reverse("admin:riskreg_risk_change", args=[risk.pk]),
        "risk-add": reverse("admin:riskreg_risk_add") + f"?plan={next_year.pk}",
        "choose-plan": reverse("admin:riskreg_risk_add"),
        "control": reverse("admin:controls_control_change", args=[control.pk]),
        "closing": reverse("admin:controls_closing_change", args=[people.interim.pk]),
        "closing-add": reverse("admin:controls_closing_add"),
        "review": reverse("plan_review", args=[next_year.pk]),
        "version": reverse("plan_version", args=[people.plan.pk, 1]),
    }
    for name, address in addresses.items():
        page.goto(address)
        pictured(page, f"{name}-{width}")
        assert has_no_sideways_scroll(page), name
        assert_accessible(page)


def test_two_at_once_on_the_risks_form(page: Page, sign_in: Callable[[Any], None], people: Cast, next_year: ControlPlan) -> None:
    sign_in(people.eva)
    risk = next_year.risks.order_by("number")[0]
    page.goto(reverse("admin:riskreg_risk_change", args=[risk.pk]))
    page.get_by_label("Identified risk").fill("Evas rubrik")
    life.change_risk(risk, by=people.johan, title="Johans rubrik")
    page.get_by_role("button", name="Save", exact=True).click()
    table = page.get_by_role("table", name="What was changed meanwhile")
    expect(table).to_contain_text("Johans rubrik")
    expect(table).to_contain_text("Evas rubrik")
    expect(page.get_by_label("Identified risk")).to_have_value("Evas rubrik")
    assert_accessible(page)
    pictured(page, "conflict")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/admin/riskreg/risk/")
    assert Risk.objects.get(pk=risk.pk).title == "Evas rubrik"
