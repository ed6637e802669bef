"""The controller's way of an import: the preview with the account of the file, at a desk and on a phone."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from playwright.sync_api import Page, expect

from controls.importing.session import open_import
from controls.importing.target import find_target
from controls.importing.waiting import perform
from tests.browser import assert_accessible
from tests.cast import Cast, make_cast
from tests.importing.documents import FILES

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

SIZES = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 375, "height": 800}}
PLAN = """Internkontrollplan Kommunstyrelsen 2025
Nr;Identifierad risk;Riskvärde;Kontrollmoment;Metod;Frekvens;Resultat;Bedömning;Diarienummer
1;Energibrist;Hög (8);Stickprov av kontinuitetsplaner;Stickprov av 20 planer;2 ggr/år, mars och oktober;;;KS 2025:14
2;Felaktiga löner;6;;;;Två löner fel;Mindre avvikelser, två löner fel;KS 2025:15
* Riskvärdet är sannolikhet gånger konsekvens
"""


@pytest.fixture
def town(transactional_db: None) -> Cast:
    return make_cast()


def picture(page: Page, name: str) -> None:
    """Keep a picture where RISKREG_PICTURES names a folder, for looking at."""
    if folder := os.environ.get("RISKREG_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("size", SIZES)
def test_what_became_of_the_files_text_is_read_before_and_after(
    page: Page, town: Cast, sign_in: Callable[[Any], None], size: str
) -> None:
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    file = SimpleUploadedFile("plan.csv", PLAN.encode())
    waiting = open_import(file, "plan.csv", find_target(town.board, 2025, None, town.interim), by=town.eva)
    assert perform(waiting.reading.pk)
    sign_in(town.eva)
    page.goto(reverse("admin:controls_planimport_change", args=[waiting.pk]))
    account = page.locator("#account")
    expect(account).to_contain_text("KS 2025:14")
    picture(page, f"import-{size}")
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"
    account.get_by_role("link", name="Taget").click()
    expect(page.locator("#account")).to_contain_text("Energibrist")
    expect(page.get_by_role("button", name="Importera", exact=True)).to_have_count(0)
    page.get_by_role("radio", name="Lägg till ett kontrollmoment").check()
    page.get_by_role("button", name="Använd dessa svar").click()
    page.get_by_role("button", name="Importera", exact=True).click()
    page.goto(reverse("admin:controls_planimport_change", args=[waiting.pk]))
    expect(page.locator("#account")).to_contain_text("KS 2025:15")
    picture(page, f"imported-{size}")
    assert_accessible(page)


def test_the_pages_of_a_pdf_file_are_looked_at_with_what_was_read_drawn_over_them(
    page: Page, town: Cast, sign_in: Callable[[Any], None]
) -> None:
    file = SimpleUploadedFile("plan.pdf", (FILES / "follow_up.pdf").read_bytes())
    waiting = open_import(file, "plan.pdf", find_target(town.board, 2025, None, town.interim), by=town.eva)
    assert perform(waiting.reading.pk)
    sign_in(town.eva)
    with page.expect_response("**/pictures/1.png") as answer:
        page.goto(reverse("admin:controls_planimport_change", args=[waiting.pk]))
    assert (answer.value.status, answer.value.headers["content-type"]) == (200, "image/png")
    for size in SIZES.values():
        page.set_viewport_size(size)  # type: ignore[arg-type]
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"
    pages = page.get_by_role("navigation", name="Vilken sida som visas")
    with page.expect_response("**/pictures/2.png"):
        pages.get_by_role("link", name="Sida 2").press("Enter")
    expect(page.get_by_role("img", name="Sida 2:")).to_be_visible()
