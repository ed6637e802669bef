"""The browser of the journeys, and that its checks can fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from playwright.sync_api import Page

from tests.browser import accessibility_faults, assert_accessible
from tests.cast import Cast


def test_the_visitor_is_swedish(page: Page) -> None:
    assert page.evaluate("() => navigator.language") == "sv-SE"
    assert page.evaluate("() => Intl.DateTimeFormat().resolvedOptions().timeZone") == "Europe/Stockholm"


def test_a_picture_without_words_and_a_field_without_label_are_found(page: Page) -> None:
    page.set_content("<html lang=sv><title>t</title><main><h1>h</h1><img src='data:,'><input name=a></main></html>")

    found = " ".join(accessibility_faults(page))

    assert "image-alt" in found
    assert "label" in found


def test_a_sound_page_has_no_faults(page: Page) -> None:
    page.set_content("<html lang=sv><title>t</title><main><h1>h</h1><label>a <input name=a></label></main></html>")

    assert_accessible(page)


def test_signing_in_opens_a_session(page: Page, sign_in: Callable[[Any], None], cast: Cast) -> None:
    sign_in(cast.karin)
    cookies = {cookie.get("name") for cookie in page.context.cookies()}

    assert settings.SESSION_COOKIE_NAME in cookies
