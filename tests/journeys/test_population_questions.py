"""A file that can be read in more than one way: its questions are answered on its page before it is locked."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from controls.models import Population
from tests.cast import Cast
from tests.data_files.files import csv_bytes
from tests.journeys.test_drawing_a_sample import fits_every_width, town
from tests.journeys.test_risks import SIZES, picture
from tests.sampling.scene import a_control

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
__all__ = ["town"]


def test_what_the_file_leaves_open_is_answered_before_the_lock(
    page: Page, town: Cast, sign_in: Callable[[Any], None], tmp_path: Path
) -> None:
    control = a_control(town, "Inköp utan avtal")
    headings = ("Faktura", "Belopp", "Leverantör", "Attestant", "Bokfört", "Kommentar till posten")
    rows = [(f"F{i:03}", f"{i}.250", f"Åkeri {i} AB", "Anna Berg", "2025-03-01", "") for i in range(1, 15)]
    file = tmp_path / "fakturor.csv"
    file.write_bytes(csv_bytes([*rows, ("Summa", "108.500", "", "", "", "")], headings))
    sign_in(town.karin)
    page.goto(f"/kontroller/{control.pk}/population/")
    page.locator("input[type=file]").set_input_files(file)
    page.locator("#id_source_system").fill("Raindance, fakturajournal")
    page.get_by_role("button", name="Ladda upp").click()
    page.locator("#id_amount").select_option("Belopp")
    page.get_by_role("button", name="Spara och kontrollera raderna").click()
    expect(page.locator("#questions")).to_contain_text("decimaler eller tusental")
    expect(page.get_by_role("button", name="Lås populationen")).to_have_count(0)
    expect(page.locator(".first-rows tbody tr")).to_have_count(10)
    fits_every_width(page, "population-questions")
    page.set_viewport_size(SIZES["phone"])  # type: ignore[arg-type]
    picture(page, "population-questions-phone")

    # One question without an answer: nothing is stored, and the form says which.
    page.locator("#questions").get_by_label(re.compile("Tusental")).check()
    page.get_by_role("button", name="Spara svaren").click()
    expect(page.locator(".error-summary")).to_be_visible()
    page.locator("#questions").get_by_label(re.compile("En summa")).check()
    page.get_by_role("button", name="Spara svaren").click()
    expect(page.locator(".stats")).to_contain_text("108\N{NO-BREAK SPACE}500")
    fits_every_width(page, "population-answered")
    page.get_by_role("button", name="Lås populationen").click()
    expect(page.locator(".messages .success")).to_be_visible()
    population = Population.objects.get()
    assert (population.row_count, population.control_total) == (14, 108_500)
    expect(page.locator("aside")).to_contain_text("rad 16")
    fits_every_width(page, "population-with-answers")
