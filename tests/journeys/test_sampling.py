"""Planning a sample, going through it by keyboard and on a phone, and what it shows: in a real browser."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from controls.models import FollowUp, Sample, SampleItem
from controls.sampling.samples import outcomes
from controls.sampling.samples.outcomes import Found
from tests.browser import assert_accessible
from tests.cast import Cast
from tests.data_files.files import csv_bytes, invoices
from tests.follow_ups.follow_ups import in_state
from tests.sampling.samples import drawn_sample, examine, locked_population

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("today")]
SHOTS = os.environ.get("RISKREG_SHOTS", "")
SignIn = Callable[[Any], None]


def shot(page: Page, name: str) -> None:
    if SHOTS:
        for width in (375, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=str(Path(SHOTS) / f"{name}-{width}.png"), full_page=True)
        page.set_viewport_size({"width": 1280, "height": 900})


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


@pytest.fixture
def under_way(cast: Cast) -> FollowUp:
    return in_state(cast, "in_progress")


@pytest.fixture
def sample(under_way: FollowUp) -> Sample:
    return drawn_sample(under_way, size=8)


@pytest.mark.parametrize("width", [320, 1440])
def test_the_number_follows_the_answers(width: int, page: Page, sign_in: SignIn, cast: Cast, under_way: FollowUp) -> None:
    sample = Sample.objects.create(population=locked_population(under_way, rows=100_000), follow_up=under_way)
    sign_in(cast.karin)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"/stickprov/{sample.pk}/storlek/")
    figure = page.locator(".figure b")
    expect(figure).to_have_text("59")
    assert_accessible(page)
    assert fits(page)
    page.locator("#id_tolerable").fill("10")
    expect(figure).to_have_text("29")
    page.locator("#id_tolerable").fill("2")
    expect(figure).to_have_text("149")
    page.locator("#id_expected_rate").fill("2")
    expect(page.locator("#size .errorlist")).to_be_visible()
    assert_accessible(page)
    page.locator("#id_expected_rate").fill("")
    page.locator("input[name=kind][value=preset]").check()
    expect(page.locator("#id_expected")).to_be_hidden()
    page.locator("#id_preset").select_option("weekly")
    expect(figure).to_have_text("15")
    assert_accessible(page)
    shot(page, "sample-design")
    page.locator("input[name=kind][value=attributes]").check()
    page.locator("button[value=keep]").click()
    page.wait_for_load_state()
    kept = Sample.objects.get(pk=sample.pk)
    assert (kept.size, kept.design["tolerable"]) == (149, "0.02")


def test_the_guide_works_without_scripts(browser: Any, live_server: Any, cast: Cast, under_way: FollowUp, client: Any) -> None:
    sample = Sample.objects.create(population=locked_population(under_way, rows=100_000), follow_up=under_way)
    client.force_login(cast.karin)
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False, locale="sv-SE")
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    page = context.new_page()
    page.goto(f"/stickprov/{sample.pk}/storlek/")
    page.locator("#id_tolerable").fill("10")
    page.locator("button[value=preview]").click()
    expect(page.locator(".figure b")).to_have_text("29")
    assert Sample.objects.get(pk=sample.pk).size is None
    context.close()


def test_items_are_gone_through_by_keyboard_alone(page: Page, sign_in: SignIn, cast: Cast, sample: Sample) -> None:
    sign_in(cast.karin)
    page.goto(f"/stickprov/{sample.pk}/poster/")
    assert_accessible(page)
    expect(page.locator("#item-1")).to_be_focused()
    page.keyboard.press("r")
    expect(page.locator("#item-2")).to_be_focused()
    expect(page.locator("h1")).to_contain_text("1 av 8")
    page.keyboard.press("t")
    page.keyboard.type("Attest efter utbetalning, r a k")
    page.keyboard.press("Escape")
    expect(page.locator("#item-2")).to_be_focused()
    page.keyboard.press("a")
    expect(page.locator("#item-3")).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator("#item-4")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#item-3")).to_be_focused()
    page.keyboard.press("n")
    expect(page.locator("#item-4")).to_be_focused()
    expect(page.locator("#shows")).to_contain_text("Avvikelser")
    assert_accessible(page)
    shot(page, "sample-items")
    expect(page.locator("[data-item][aria-busy]")).to_have_count(0)
    found = [(item.outcome, item.note) for item in SampleItem.objects.filter(sample=sample).order_by("position")[:4]]
    assert found == [("ok", ""), ("deviation", "Attest efter utbetalning, r a k"), ("not_examined", ""), ("pending", "")]


def test_two_at_once_lose_nothing(page: Page, sign_in: SignIn, cast: Cast, sample: Sample) -> None:
    sign_in(cast.karin)
    page.goto(f"/stickprov/{sample.pk}/poster/")
    item = SampleItem.objects.get(sample=sample, position=1)
    outcomes.log(item, by=cast.eva, found=Found("ok", "Rätt attest"))
    page.locator("#item-1 textarea").fill("Fel dag")
    page.locator("#item-1 button[value=deviation]").click()
    alert = page.locator("#item-1 [role=alert]")
    expect(alert).to_contain_text("Eva Åström")
    expect(alert).to_contain_text("Rätt attest")
    expect(page.locator("#item-1 textarea")).to_have_value("Fel dag")
    assert_accessible(page)
    page.locator("#item-1 button[value=deviation]").click()
    expect(alert).to_be_hidden()
    item.refresh_from_db()
    assert (item.outcome, item.note) == ("deviation", "Fel dag")


def test_letters_do_nothing_outside_the_list(page: Page, sign_in: SignIn, cast: Cast, sample: Sample) -> None:
    sign_in(cast.karin)
    page.goto(f"/stickprov/{sample.pk}/poster/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method))
    page.locator("h1").click()
    page.keyboard.press("r")
    # Whatever the letter asks for is asked before this.
    page.evaluate("() => fetch(location.href).then(answer => answer.text())")
    assert set(asked) == {"GET"}
    assert not SampleItem.objects.filter(sample=sample, outcome="ok").exists()


@pytest.mark.parametrize("width", [320, 1440])
def test_every_page_is_accessible_and_fits(width: int, page: Page, sign_in: SignIn, cast: Cast, sample: Sample) -> None:
    sign_in(cast.karin)
    page.set_viewport_size({"width": width, "height": 900})
    for path in ("", "poster/", "poster/1/", "visar/", "arbetsfil/las-in/"):
        page.goto(f"/stickprov/{sample.pk}/{path}")
        assert_accessible(page)
        assert fits(page), path


@pytest.mark.parametrize("width", [320, 1440])
def test_the_follow_up_shows_what_the_sample_shows(width: int, page: Page, sign_in: SignIn, cast: Cast, sample: Sample) -> None:
    examine(sample, {2: "deviation"}, by=cast.karin)
    sign_in(cast.karin)
    page.set_viewport_size({"width": width, "height": 900})
    assert sample.follow_up is not None
    page.goto(sample.follow_up.get_absolute_url())
    expect(page.locator("#h-backing-1")).to_be_visible()
    assert_accessible(page)
    assert fits(page)
    page.locator("details:has(#draft-1) summary").click()
    page.locator("[data-use-draft]").click()
    assert "1 avvikelse hittades" in page.locator("#id_result").input_value()
    shot(page, "sample-follow-up")


def test_from_a_file_to_the_conclusion(page: Page, sign_in: SignIn, cast: Cast, under_way: FollowUp) -> None:
    """Upload, columns, lock, plan, seed, draw, outcomes, the follow-up's result."""
    sign_in(cast.karin)
    page.goto(f"/kontroller/{under_way.control_id}/population/")
    rows = csv_bytes(invoices(40))
    page.locator("input[type=file]").set_input_files({"name": "fakturor.csv", "mimeType": "text/csv", "buffer": rows})
    page.locator("#id_source_system").fill("Raindance, rapport 7")
    page.locator("#id_name").fill("Leverantörsfakturor")
    page.locator("form.card button[type=submit].primary").click()
    expect(page.locator("h1")).to_contain_text("Leverantörsfakturor")
    assert_accessible(page)
    page.locator("form[action$='/las/'] button").click()
    page.locator("form[action$='/stickprov/'] button").click()
    expect(page.locator("h1")).to_have_text("Hur många poster?")
    page.locator("input[name=kind][value=fixed]").check()
    page.locator("#id_size").fill("4")
    expect(page.locator(".figure b")).to_have_text("4")
    page.locator("button[value=keep]").click()
    expect(page.locator("#h-seed")).to_be_visible()
    assert_accessible(page)
    page.locator("form:has(input[name=origin][value=system]) button").first.click()
    page.locator("header .btn.primary").click()
    expect(page.locator("h1")).to_have_text("0 av 4 granskade")
    page.wait_for_load_state()
    expect(page.locator("#item-1")).to_be_focused()
    page.keyboard.type("rrra")  # faster than any of them is saved
    expect(page.locator("h1")).to_have_text("4 av 4 granskade")
    assert_accessible(page)
    shot(page, "sample-finished")
    page.locator("#finished button").click()
    page.wait_for_url(f"**{under_way.get_absolute_url()}")
    assert Sample.objects.get(follow_up=under_way).state == "closed"
    expect(page.locator("#draft-1")).to_contain_text("Leverantörsfakturor")
    page.locator("input[name=conclusion][value=no_deviations]").check()
    page.locator("input[name=decision][value=none_needed]").check()
    page.locator("#id_decision_text").fill("Rättat.")
    page.locator("header button[name=_submit]").click()
    # One of four deviates: "no deviations" departs from that, and needs a reason.
    expect(page.locator(".error-summary")).to_contain_text("Stickprovet talar för")
    assert_accessible(page)
    page.locator("#id_conclusion_reason").fill("Avvikelsen gällde en kreditering.")
    page.locator("header button[name=_submit]").click()
    page.wait_for_url("**/uppfoljningar/")
    under_way.refresh_from_db()
    assert (under_way.state, under_way.conclusion_reason) == ("submitted", "Avvikelsen gällde en kreditering.")
