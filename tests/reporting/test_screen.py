"""The reports in a real browser: on a wide screen, on a phone, on paper."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from riskreg.models import User
from tests.browser import assert_accessible
from tests.cast import Cast
from tests.reporting.conftest import act, submitted

SignIn = Callable[[User], None]
pytestmark = pytest.mark.usefixtures("today", "transactional_db")
WORD_FILE = re.compile("^Word")
WIDTHS = [1440, 1024, 390, 320]


@pytest.fixture
def report_url(half_year: Cast, english: Cast, sign_in: SignIn) -> str:
    power = half_year.plan.risks.get(title="Energibrist")
    power.description = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft " * 3
    power.save()
    other = power.controls.get()
    act(submitted(half_year, other, unit=half_year.payroll, conclusion="significant_deviations"), "Ändra rutinen.")
    sign_in(english.eva)
    return reverse("report", args=[half_year.plan.pk, "interim"])


def overflow(page: Page) -> int:
    width: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return width


@pytest.mark.parametrize("width", WIDTHS)
def test_the_report_is_accessible_and_fits_the_screen(page: Page, report_url: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(report_url)
    assert_accessible(page)
    assert overflow(page) <= 0


@pytest.mark.parametrize("width", [1440, 320])
def test_the_list_of_reports_is_accessible_and_fits_the_screen(page: Page, report_url: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(reverse("reports"))
    assert_accessible(page)
    assert overflow(page) <= 0


def test_on_a_phone_each_cell_names_its_column(page: Page, report_url: str) -> None:
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto(report_url)
    label = page.evaluate("getComputedStyle(document.querySelector('td.c-result'), '::before').content")
    assert label == '"Result"'
    assert page.evaluate("getComputedStyle(document.querySelector('table.report tr')).display") == "block"


def test_another_closing_is_chosen_by_the_keyboard_and_the_report_downloaded(page: Page, report_url: str) -> None:
    page.goto(report_url)
    page.get_by_label("Closing").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/arsbokslut/")
    with page.expect_download() as download:
        page.get_by_role("link", name=WORD_FILE).click()
    name = "2025-09-08 Kommunstyrelsen Follow-up of internal control year-end closing 2025 draft.docx"
    assert download.value.suggested_filename == name


def test_the_printed_report_lies_down_and_leaves_the_screens_controls_out(page: Page, report_url: str, tmp_path: Any) -> None:
    page.goto(report_url)
    assert page.get_by_role("link", name=WORD_FILE).is_visible()
    page.emulate_media(media="print")
    assert not page.get_by_role("button", name="Show").is_visible()
    assert not page.get_by_role("link", name=WORD_FILE).is_visible()
    sheet = page.pdf(prefer_css_page_size=True)
    assert b"/MediaBox [0 0 842" in sheet or b"/MediaBox [0 0 841" in sheet
