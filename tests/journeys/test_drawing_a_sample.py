"""From the file to the proof: a control owner uploads, corrects the key, locks, plans and draws; an auditor verifies."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from controls.models import Population, Sample
from riskreg.models import ControlPlan
from riskreg.trail.seals import seal
from tests.browser import assert_accessible
from tests.cast import Cast, make_cast
from tests.data_files.files import csv_bytes, invoices
from tests.journeys.test_risks import SIZES, picture
from tests.sampling.scene import EVENT, SEED, a_control, a_follow_up

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def town(transactional_db: None, settings: Any) -> Cast:
    settings.RISKREG_TODAY = date(2025, 9, 8)
    cast = make_cast()
    control = a_control(cast)
    a_follow_up(cast, control)
    plan = ControlPlan.objects.get(pk=cast.plan.pk)
    plan.state, plan.adopted_on, plan.adopted_paragraph = "adopted", date(2024, 12, 11), "§ 214"
    plan.save()
    return cast


def fits_every_width(page: Page, name: str) -> None:
    for size in ("phone", "narrow", "wide"):
        page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (name, size)
        assert_accessible(page)
    picture(page, name)


def test_from_the_file_to_the_proof(page: Page, town: Cast, sign_in: Callable[[Any], None], tmp_path: Path) -> None:
    from riskreg import clock

    file = tmp_path / "fakturor.csv"
    file.write_bytes(csv_bytes([*invoices(300), ("F000007", "Samma igen", "12,00", "4000")]))
    sign_in(town.karin)
    follow_up = town.interim.follow_ups.get()
    page.goto(follow_up.get_absolute_url())
    page.get_by_role("link", name=re.compile("Populationer och stickprov")).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Populationer och stickprov")
    fits_every_width(page, "population-add")

    # A file whose key is there twice is read, and says so by row; it cannot be locked.
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Ladda upp").click()
    # The refused form keeps the file.
    expect(page.locator(".error-summary")).to_be_visible()
    expect(page.locator("form .note.low")).to_contain_text("fakturor.csv")
    fits_every_width(page, "population-kept")
    page.locator("#id_source_system").fill("Raindance, fakturajournal januari–augusti")
    page.get_by_role("button", name="Ladda upp").click()
    page.locator("fieldset", has_text="Nyckel").get_by_label("Faktura", exact=True).check()
    page.locator("#id_amount").select_option("Belopp")
    page.get_by_role("button", name="Spara och kontrollera raderna").click()
    expect(page.locator("table").first).to_contain_text("F000007")
    expect(page.get_by_role("button", name="Lås populationen")).to_have_count(0)
    fits_every_width(page, "population-problems")

    # A key of two columns tells the rows apart.
    page.locator("fieldset", has_text="Nyckel").get_by_label("Leverantör", exact=True).check()
    page.get_by_role("button", name="Spara och kontrollera raderna").click()
    expect(page.locator(".note.low")).to_be_visible()
    page.get_by_role("button", name="Lås populationen").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".messages .success")).to_be_visible()
    population = Population.objects.get()
    assert population.is_locked
    expect(page.locator("aside")).to_contain_text(population.sha256)
    fits_every_width(page, "population-locked")

    # Plan, seed (refused first, with letters), draw.
    page.get_by_role("button", name="Planera stickprovet").click()
    page.wait_for_url(re.compile("storlek"))
    sample = Sample.objects.get()
    Sample.objects.filter(pk=sample.pk).update(size=12)
    page.goto(sample.get_absolute_url())
    fits_every_width(page, "sample-seed")
    page.get_by_role("link", name="Använd siffror från en offentlig händelse").click()
    page.locator("#id_seed").fill("inga siffror")
    page.locator("#id_event").fill(EVENT)
    page.get_by_role("button", name="Sätt det här startvärdet och dra").click()
    expect(page.locator(".error-summary")).to_be_visible()
    expect(page.locator("#id_event")).to_have_value(EVENT)
    assert_accessible(page)
    page.locator("#id_seed").fill(SEED)
    page.get_by_role("button", name="Sätt det här startvärdet och dra").click()
    expect(page.locator(".messages .success").last).to_contain_text("12")
    sample.refresh_from_db()
    assert (sample.state, sample.follow_up) == ("drawn", follow_up)
    first = sample.items.get(position=1)
    expect(page.locator("table.drawn tbody tr").first).to_contain_text(first.key)
    fits_every_width(page, "sample-drawn")

    # The auditor verifies, and takes the proof along.
    seal(clock.now())
    sign_in(town.ake)
    page.goto(reverse("sample", args=[sample.pk]))
    expect(page.get_by_role("button", name=re.compile("startvärdet|Utöka"))).to_have_count(0)
    page.get_by_role("link", name="Verifiera", exact=True).click()
    expect(page.locator(".note.low")).to_be_visible()
    expect(page.locator(".tag.critical")).to_have_count(0)
    fits_every_width(page, "sample-verify")
    for name in ("Protokoll (JSON)", "Population (CSV)", "Skript på 20 rader (Python)"):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        assert Path(download.value.path()).stat().st_size > 0
