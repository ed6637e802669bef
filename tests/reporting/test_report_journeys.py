"""Every kind of report on screen, handing one in by the keyboard, its page: accessible, and fitting the screen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from controls import tasks
from controls.models import ReportJob
from controls.reporting import jobs
from controls.reporting.kinds import KINDS
from controls.views.reports import files
from riskreg import clock
from riskreg.models import User
from tests.browser import assert_accessible
from tests.cast import Cast
from tests.reporting.subjects import subject

SignIn = Callable[[User], None]
pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("today", "transactional_db")]


def fits(page: Page) -> None:
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def fits_at_every_width(page: Page) -> None:
    for width in (1440, 320):
        page.set_viewport_size({"width": width, "height": 900})
        fits(page)


@pytest.mark.parametrize("code", list(KINDS))
def test_every_kind_is_accessible_and_fits_the_screen(
    half_year: Cast, english: Cast, sign_in: SignIn, page: Page, code: str
) -> None:
    sign_in(english.eva)
    about = subject(half_year, code)
    page.goto(reverse("report_page", args=[code, about.key, about.occasion]))
    fits_at_every_width(page)


def test_a_report_is_handed_in_by_the_keyboard_and_its_hashes_are_shown(
    half_year: Cast, english: Cast, sign_in: SignIn, page: Page
) -> None:
    sign_in(english.eva)
    page.goto(reverse("report", args=[half_year.plan.pk, "interim"]))
    page.get_by_role("link", name="Hand in …").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/lamna-in/")
    fits(page)
    page.get_by_role("button", name="Hand in the report").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("The report is not complete")).to_be_visible()
    fits(page)
    page.get_by_label("Why it is handed in though something is missing").fill("Ansvarig är sjuk.")
    page.get_by_role("button", name="Hand in the report").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/inlamnade/*/")
    expect(page.get_by_text("The content has the hash it was handed in with.")).to_be_visible()
    fits_at_every_width(page)
    page.get_by_role("link", name="Take up for a new version …").click()
    fits(page)
    page.get_by_label("Reason").fill("Fel siffra.")
    page.get_by_role("button", name="Take up for a new version").click()
    expect(page.get_by_text("Fel siffra.")).to_be_visible()


def test_a_long_report_its_job_and_the_template_form_are_accessible_and_fit_the_screen(
    half_year: Cast, english: Cast, sign_in: SignIn, page: Page, monkeypatch: Any
) -> None:
    monkeypatch.setattr(files, "LONG", 0)
    asked: list[int] = []
    monkeypatch.setattr(tasks.write_report, "delay_on_commit", asked.append)
    sign_in(english.eva)
    page.goto(reverse("report_file", args=["follow_up", half_year.plan.pk, "interim", "pdf"]))
    fits_at_every_width(page)
    page.get_by_role("button", name="Write the file").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/bestallda/*/")
    fits_at_every_width(page)
    (pk,) = asked
    job = ReportJob.objects.filter(pk=pk)
    for state, words in (("failed", "could not be written"), ("running", "interrupted")):
        job.update(state=state, seen_at=clock.now() - timedelta(hours=1))
        page.reload()
        expect(page.get_by_text(words)).to_be_visible()
        fits_at_every_width(page)
    assert jobs.write(pk)
    page.reload()
    expect(page.get_by_role("link", name="Follow-up of internal control")).to_be_visible()
    fits_at_every_width(page)
    sign_in(english.siv)
    page.goto(reverse("admin:controls_reporttemplate_add"))
    expect(page.get_by_label("Unit")).to_be_visible()
    fits_at_every_width(page)
