"""Every component and every kind of admin page in a real browser: no accessibility faults, nothing wider than the window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog, FilePayload, Page, expect

from tests.browser import assert_accessible
from tests.cast import Cast, make_matrix

SIZES = [(1440, 900), (720, 450), (375, 700), (320, 600)]  # a desk, the same at 200 % zoom, phones
PAGES = {
    "gallery": "/galleri/?method=sampling&unit=ks",
    "admin start": "/prov/",
    "admin list": "/prov/riskreg/riskmatrix/?version=1",
    "admin list with fields": "/prov/riskreg/user/",
    "admin form": "/prov/riskreg/riskmatrix/{matrix}/change/",
    "admin form with everything empty": "/prov/riskreg/membership/add/",
    "admin deletion": "/prov/riskreg/riskmatrix/{matrix}/delete/",
    "admin history": "/prov/riskreg/riskmatrix/{matrix}/history/",
    "change password": "/konto/losenord/",
    "not found": "/finns-inte/",
}


@pytest.fixture
def at_the_gallery(settings: Any, cast: Cast, live_server: Any, sign_in: Callable[[Any], None]) -> Cast:
    settings.ROOT_URLCONF = "tests.presentation.urls"
    make_matrix(cast.municipality, 4, "Bolagens riskmatris")
    sign_in(cast.karin)
    return cast


def overflow(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_it_is_accessible_and_fits_every_window(name: str, scheme: Any, at_the_gallery: Cast, page: Page) -> None:
    page.emulate_media(color_scheme=scheme)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.goto(PAGES[name].format(matrix=at_the_gallery.matrix.pk), wait_until="load")
        assert overflow(page) <= 0, f"{name} scrolls sideways at {width} px"
        assert_accessible(page)


@pytest.mark.parametrize("path", ["/konto/logga-in/", "/konto/glomt/", "/konto/nytt/x/y/", "/trasig/"])
@pytest.mark.django_db
def test_the_pages_before_signing_in_are_accessible_too(path: str, settings: Any, live_server: Any, page: Page) -> None:
    settings.ROOT_URLCONF = "tests.presentation.urls"
    settings.DEBUG = False
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.goto(path)
        assert overflow(page) <= 0
        assert_accessible(page)


def test_the_menu_opens_and_closes_by_keyboard_on_a_phone(at_the_gallery: Cast, page: Page) -> None:
    page.set_viewport_size({"width": 375, "height": 700})
    page.goto("/galleri/")
    button = page.locator("button[aria-controls=rail-body]")
    expect(page.locator("#rail-body")).to_be_hidden()
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#rail-body nav")).to_be_visible()
    expect(button).to_have_attribute("aria-expanded", "true")
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(page.locator("#rail-body")).to_be_hidden()
    expect(button).to_be_focused()


def test_the_menu_and_the_filters_work_without_scripts(
    at_the_gallery: Cast, browser: Browser, live_server: Any, sign_in: Callable[[Any], None], page: Page
) -> None:
    cookies: Any = page.context.cookies()
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False, viewport={"width": 375, "height": 700})
    context.add_cookies(cookies)
    bare = context.new_page()
    bare.goto("/galleri/")
    bare.click("a[href='#rail-body']")
    expect(bare.locator("#rail-body nav")).to_be_visible()
    bare.click(".menu-close")
    expect(bare.locator("#rail-body")).to_be_hidden()
    bare.select_option("[name=method]", "sampling")
    bare.click("form[data-filters] button[type=submit]")
    assert "method=sampling" in bare.url
    context.close()


def test_a_chosen_filter_applies_in_place_and_can_be_taken_off(at_the_gallery: Cast, page: Page) -> None:
    page.goto("/galleri/")
    page.select_option("[name=method]", "sampling")
    expect(page.locator("#found .off")).to_have_count(1)
    expect(page.locator("#found .off")).to_contain_text("Stickprov")
    assert page.url.endswith("/galleri/?method=sampling")
    page.click("#found .off")
    expect(page.locator("#found .off")).to_have_count(0)


def test_leaving_a_changed_form_asks_first_and_an_unchanged_one_does_not(at_the_gallery: Cast, page: Page) -> None:
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    form = f"/prov/riskreg/riskmatrix/{at_the_gallery.matrix.pk}/change/"
    page.goto(form, wait_until="load")
    page.goto("/prov/")
    assert asked == []
    page.goto(form, wait_until="load")
    page.fill("#id_name", "En annan matris")
    page.goto("/prov/")
    assert asked == ["beforeunload"]


def test_chosen_files_are_listed_with_their_size(at_the_gallery: Cast, page: Page) -> None:
    page.goto("/galleri/")
    file: FilePayload = {"name": "underlag.pdf", "mimeType": "application/pdf", "buffer": b"x" * 123_456}
    page.set_input_files("input[type=file]", [file])
    expect(page.locator(".drop li")).to_contain_text("underlag.pdf")
    expect(page.locator(".drop li")).to_contain_text("123,5")


def test_the_admins_calendar_autocomplete_and_added_rows_work_under_the_security_policy(at_the_gallery: Cast, page: Page) -> None:
    page.goto(f"/prov/riskreg/riskmatrix/{at_the_gallery.matrix.pk}/change/", wait_until="load")
    page.click(".select2-selection")
    expect(page.locator(".select2-results__option", has_text="Lillköpings kommun")).to_be_visible()
    page.keyboard.press("Escape")
    page.click(".date-icon")
    expect(page.locator(".calendarbox").first).to_be_visible()
    page.keyboard.press("Escape")
    rows = page.locator("#likelihood_levels-group tr.form-row:visible")
    before = rows.count()
    page.click("#likelihood_levels-group .add-row a")
    expect(rows).to_have_count(before + 1)
    assert_accessible(page)


def test_the_cells_of_added_rows_carry_their_own_columns_name(at_the_gallery: Cast, page: Page) -> None:
    page.goto(f"/prov/riskreg/riskmatrix/{at_the_gallery.matrix.pk}/change/", wait_until="load")
    for field, name in [("value", "Värde"), ("label", "Benämning"), ("description", "Beskrivning")]:
        cell = page.locator(f"#likelihood_levels-0 .field-{field}")
        expect(cell).to_have_attribute("data-label", name)
        expect(cell.locator("input, textarea").first).to_have_accessible_name(name)


def test_the_admins_errors_are_tied_to_their_fields(at_the_gallery: Cast, page: Page) -> None:
    page.goto("/prov/riskreg/riskmatrix/add/", wait_until="load")
    with page.expect_navigation(wait_until="load"):
        page.click("[name=_save]")
    expect(page.locator("#id_name")).to_have_attribute("aria-invalid", "true")
    described = page.locator("#id_name").get_attribute("aria-describedby") or ""
    assert page.locator(f"#{described.split()[-1]}").inner_text()
    assert_accessible(page)
