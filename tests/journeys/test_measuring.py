"""A controller defines an indicator and lets it follow up a control, its owner enters values and hands in: in a browser."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from controls.models import ControlSeries, FollowUp, IndicatorSeries, IndicatorValue
from tests.browser import assert_accessible
from tests.cast import Cast
from tests.follow_ups.follow_ups import fresh, in_state

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("today")]
SHOTS = os.environ.get("RISKREG_SHOTS", "")


def looked_at(page: Page, name: str, width: int) -> None:
    """Axe finds nothing, and nothing lies outside the window; a picture of it where one is asked for."""
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}-{width}.png"), full_page=True)


@pytest.mark.parametrize("width", [320, 1440])
def test_from_the_definition_to_the_follow_up_that_is_handed_in(
    width: int, page: Page, sign_in: Callable[[Any], None], cast: Cast, tmp_path: Path
) -> None:
    follow_up = in_state(cast, "in_progress", title="Felaktiga löneutbetalningar")
    FollowUp.objects.update(result="", conclusion="")
    page.set_viewport_size({"width": width, "height": 900})

    # The controller defines what is measured, begins a series, sets its levels.
    sign_in(cast.eva)
    page.goto("/nyckeltal/")
    page.locator("header").get_by_role("link", name="Definiera ett nyckeltal").click()
    page.get_by_label("Namn").fill("Löneskulder")
    page.get_by_label("Vad det mäter").fill("Antal anställda med löneskuld vid månadens slut.")
    page.get_by_label("Måttenhet").fill("st")
    page.get_by_label("Källa").fill("Lönesystemet")
    looked_at(page, "define", width)
    page.get_by_role("button", name="Definiera nyckeltalet").click()
    page.get_by_label("Enhet").select_option(label="Kommunstyrelsen")
    page.get_by_label("Ansvarar för värdena").select_option(label="Karin Lindqvist")
    looked_at(page, "begin", width)
    page.locator("main form button[type=submit]").click()
    page.get_by_role("link", name="Sätt nivåer").click()
    page.get_by_label("Mål").fill("5")
    page.get_by_label("Godtagbar nivå").fill("10")
    page.get_by_label("Kritisk nivå").fill("20")
    looked_at(page, "levels", width)
    page.locator("main form button[type=submit]").click()
    expect(page.locator("main")).to_contain_text("högst 10 st")

    # And lets it follow up the control.
    page.goto(f"/kontrollmoment/{follow_up.control_id}/nyckeltal/")
    page.get_by_label("Löneskulder, Kommunstyrelsen").check()
    page.locator("#id_reason").fill("Målet är att löneskulderna ligger på en godtagbar nivå")
    looked_at(page, "choose", width)
    page.get_by_role("button", name="Spara valet").click()
    expect(page.locator("main")).to_contain_text("Valet av nyckeltal är sparat.")
    series = IndicatorSeries.objects.get()
    assert ControlSeries.objects.get().series == series

    # The owner imports what there is, and enters the last months.
    sign_in(cast.karin)
    page.goto(series.get_absolute_url())
    expect(page.locator("main")).to_contain_text("7 värden saknas")
    page.locator("header").get_by_role("link", name="Importera värden").click()
    file = tmp_path / "loneskulder.csv"
    file.write_text("Period;Värde\n2025-01;8\n2025-02;9\n2025-03;21\n2025-04;12\n2025-05;9\n2025-06;8\n")
    page.get_by_label("Fil", exact=True).set_input_files(file)
    page.get_by_role("button", name="Läs in filen").click()
    looked_at(page, "import", width)
    page.get_by_role("button", name="För in 6 värden").click()
    page.locator("header").get_by_role("link", name="För in värden").click()
    page.get_by_label("Juli 2025").fill("8")
    page.get_by_label("Augusti 2025").fill("7")
    looked_at(page, "values", width)
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("2 värden är införda.")
    expect(page.locator("main")).to_contain_text("Fjärde månaden i rad inom godtagbar nivå.")
    assert IndicatorValue.objects.count() == 8
    looked_at(page, "series", width)
    page.get_by_role("link", name="Som styrdiagram").click()
    looked_at(page, "control-chart", width)
    page.goto("/nyckeltal/")
    looked_at(page, "indicators", width)

    # And hands in, with the draft.
    page.goto(fresh(follow_up).get_absolute_url())
    draft = "Löneskulder, Kommunstyrelsen. Augusti 2025: 7 st, godtagbart. Fjärde månaden i rad inom godtagbar nivå."
    expect(page.locator("#id_result")).to_have_value(draft)
    looked_at(page, "follow-up", width)
    page.locator("input[name=conclusion][value=no_deviations]").check()
    page.locator("header button[name=_submit]").click()
    expect(page.locator("main")).to_contain_text("Inlämnad")
    assert (fresh(follow_up).state, fresh(follow_up).result) == ("submitted", draft)
    page.goto(fresh(follow_up).get_absolute_url())
    expect(page.locator("main")).to_contain_text("Som det var när uppföljningen lämnades in")
    looked_at(page, "handed-in", width)
