"""Deputies, handing over and municipality-wide risks, in a browser: what is shown can be used, also on a narrow screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from controls.follow_ups import verbs
from controls.follow_ups.draft import Draft
from controls.follow_ups.opening import open_follow_ups
from controls.models import Conclusion, FollowUp
from riskreg.models import Deputyship, Risk, Role, User
from tests.browser import looked_at
from tests.cast import Cast, make_control, make_risk, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("today")]
SignIn = Callable[[Any], None]


def test_a_person_sets_a_deputy_before_the_holiday_and_the_deputy_finds_the_work(page: Page, sign_in: SignIn, cast: Cast) -> None:
    risk = make_risk(cast.plan)
    follow_up = FollowUp.objects.create(
        control=make_control(risk, performer=cast.karin),
        closing=cast.interim,
        unit=cast.board,
        performer=cast.karin,
        due_on=cast.interim.follow_up_due,
    )
    maja = make_user("Maja Lund", cast.board, Role.CONTROL_OWNER)
    sign_in(cast.karin)
    page.goto(reverse("inbox"))
    page.locator(".rail .doors a").first.click()
    page.goto(reverse("admin:riskreg_deputyship_add"))
    looked_at(page, "deputy")
    page.select_option("[name=deputy]", label="Maja Lund")
    page.fill("[name=first_day]", "2025-09-08")
    page.fill("[name=last_day]", "2025-09-14")
    page.click("[name=_save]")
    assert Deputyship.objects.get().deputy == maja
    looked_at(page, "deputies")
    sign_in(maja)
    page.goto(reverse("inbox"))
    assert "Karin Lindqvist" in page.locator("ul.rows").first.inner_text()
    looked_at(page, "inbox")
    page.goto(follow_up.get_absolute_url())
    looked_at(page, "follow-up")


def test_an_administrator_hands_over_before_closing_an_account(page: Page, sign_in: SignIn, cast: Cast) -> None:
    risk = make_risk(cast.plan, owner=cast.karin)
    make_control(risk, performer=cast.karin)
    maja = make_user("Maja Lund", cast.board, Role.CONTROL_OWNER)
    sign_in(cast.siv)
    page.goto(reverse("admin:riskreg_user_change", args=[cast.karin.pk]))
    page.uncheck("[name=is_active]")
    page.click("[name=_save]")
    page.locator(".errorlist a").first.click()
    assert str(risk) in page.inner_text("main")
    looked_at(page, "hand-over")
    page.select_option("[name=to]", label="Maja Lund")
    page.fill("[name=reason]", "Karin slutar")
    page.locator(".form-end button[type=submit]").click()
    assert Risk.objects.get().owner == maja
    page.goto(reverse("admin:riskreg_user_change", args=[cast.karin.pk]))
    page.uncheck("[name=is_active]")
    page.click("[name=_save]")
    assert not User.objects.get(pk=cast.karin.pk).is_active


def test_the_board_follows_how_far_the_units_have_come(page: Page, sign_in: SignIn, cast: Cast) -> None:
    risk = make_risk(cast.plan, "Mutor och jäv", is_municipality_wide=True)
    control = make_control(risk, "Stickprov av bisysslor", performer=cast.karin)
    open_follow_ups(cast.plan, cast.interim, by=cast.eva)
    schools = control.follow_ups.get(unit=cast.school_board)
    verbs.submit(schools, by=cast.bo, draft=Draft(result="Inga bisysslor.", conclusion=Conclusion.NO_DEVIATIONS))
    sign_in(cast.johan)
    for name, address in {
        "wide-inbox": reverse("inbox"),
        "wide-risk": risk.get_absolute_url(),
        "wide-report": reverse("report", args=[cast.plan.pk, "interim"]),
        "wide-control": reverse("admin:controls_control_change", args=[control.pk]),
        "wide-assign": reverse("admin:controls_followup_assign", args=[control.follow_ups.get(unit=cast.board).pk]),
    }.items():
        page.goto(address)
        looked_at(page, name)
