"""What is typed survives: a reload, a second tab, a session that ended, a lost network, a full disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, Route, expect

from controls.models import FollowUp
from riskreg.models import Unsent, User
from tests.browser import looked_at
from tests.cast import PASSWORD, Cast
from tests.follow_ups.follow_ups import in_state

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("today")]
BEFORE = "60 poster granskade, inga fel."
TEXT = "Stickprovet visar att två av 60 utbetalningar saknar attest."


@pytest.fixture
def follow_up(cast: Cast, sign_in: Callable[[Any], None], page: Page) -> FollowUp:
    """A follow-up that Karin has opened and begun to write."""
    follow_up = in_state(cast, "in_progress")
    sign_in(cast.karin)
    page.goto(follow_up.get_absolute_url())
    return follow_up


def typed(page: Page, text: str = TEXT) -> None:
    page.locator("#id_result").fill(text)


def is_kept(page: Page) -> None:
    expect(page.locator("form#follow-up p.unsent")).to_contain_text("Sparat")


def is_put_in_again(page: Page, text: str = TEXT) -> None:
    expect(page.locator("#follow-up .note.unsent")).to_be_visible()
    expect(page.locator("#id_result")).to_have_value(text)


def test_a_reload_and_every_kind_of_field(page: Page, follow_up: FollowUp) -> None:
    typed(page)
    page.locator("input[name=conclusion][value=minor_deviations]").check()
    page.locator("input[name=decision][value=measure]").check()
    page.locator("#id_measures-0-description").fill("Påminn attestanterna")
    page.locator("#id_measures-0-responsible").select_option(label="Karin Lindqvist")
    page.locator("[data-add-row]").click()
    page.locator("#id_measures-1-description").fill("Gå igenom rutinen")
    page.locator("#id_measures-1-due_on").fill("2025-12-01")
    is_kept(page)
    looked_at(page, "typed-kept")
    page.reload()
    is_put_in_again(page)
    looked_at(page, "typed-put-in-again")
    expect(page.locator("input[name=conclusion][value=minor_deviations]")).to_be_checked()
    expect(page.locator("#id_measures-0-responsible option:checked")).to_have_text("Karin Lindqvist")
    expect(page.locator("#id_measures-1-description")).to_have_value("Gå igenom rutinen")
    expect(page.locator("#id_measures-1-due_on")).to_have_value("2025-12-01")

    # Sent, it is gone from where it was kept, and the page opens as it was saved.
    page.locator("header button[name=_save]").click()
    expect(page.locator("#id_result")).to_have_value(TEXT)
    expect(page.locator(".note.unsent")).to_have_count(0)
    assert Unsent.objects.get(owner__email__startswith="karin").fields == {}
    assert FollowUp.objects.get(pk=follow_up.pk).result == TEXT


def test_what_is_not_wanted_is_removed(page: Page, follow_up: FollowUp) -> None:
    typed(page)
    is_kept(page)
    page.reload()
    is_put_in_again(page)
    with page.expect_response(lambda answer: reverse("unsent") in answer.url and answer.request.method == "POST"):
        page.locator(".note.unsent button").click()
    expect(page.locator("#id_result")).to_have_value(BEFORE)
    page.reload()
    expect(page.locator(".note.unsent")).to_have_count(0)
    expect(page.locator("#id_result")).to_have_value(BEFORE)


def test_a_second_tab_is_told_and_neither_text_is_lost(page: Page, follow_up: FollowUp, browser_context: BrowserContext) -> None:
    other = browser_context.new_page()
    other.goto(follow_up.get_absolute_url())
    other.wait_for_load_state("networkidle")
    typed(page)
    is_kept(page)
    typed(other, "Skrivet i den andra fliken")
    note = other.locator("#follow-up .note.unsent")
    expect(note).to_contain_text("en annan flik")
    looked_at(other, "typed-two-tabs")
    assert Unsent.objects.get().fields["result"] == [TEXT]
    expect(other.locator("#id_result")).to_have_value("Skrivet i den andra fliken")
    note.locator("button", has_text="Hämta").click()
    expect(other.locator("#id_result")).to_have_value(TEXT)

    # The first is told in its turn, and keeps its own.
    typed(other, "Fortsatt där")
    is_kept(other)
    typed(page, f"{TEXT} Och mer.")
    expect(page.locator("#follow-up .note.unsent")).to_contain_text("en annan flik")
    page.locator(".note.unsent button", has_text="Behåll").click()
    is_kept(page)
    assert Unsent.objects.get().fields["result"] == [f"{TEXT} Och mer."]


def test_a_session_that_ended(page: Page, follow_up: FollowUp, cast: Cast) -> None:
    User.objects.filter(pk=cast.karin.pk).update(password=User(password="").password)
    karin = User.objects.get(pk=cast.karin.pk)
    karin.set_password(PASSWORD)
    karin.save()
    Session.objects.all().delete()
    typed(page)
    expect(page.locator(".note.unsent")).to_contain_text("inte inloggad längre")
    looked_at(page, "typed-signed-out")
    page.locator("header button[name=_save]").click()
    expect(page.locator("textarea")).to_have_value(TEXT)
    looked_at(page, "typed-signed-out-answer")
    page.locator("a.btn.primary").click()
    page.locator("#id_username").fill(cast.karin.email)
    page.locator("#id_password").fill(PASSWORD)
    page.locator("main form button.primary").click()
    page.wait_for_url(f"**{follow_up.get_absolute_url()}")
    is_put_in_again(page)
    page.locator("header button[name=_save]").click()
    expect(page.locator(".note.unsent")).to_have_count(0)
    assert FollowUp.objects.get(pk=follow_up.pk).result == TEXT


def test_a_lost_network(page: Page, follow_up: FollowUp, browser_context: BrowserContext) -> None:
    page.wait_for_load_state("networkidle")
    browser_context.set_offline(True)
    typed(page)
    expect(page.locator(".note.unsent")).to_contain_text("Ingen förbindelse")
    assert not Unsent.objects.exists()
    browser_context.set_offline(False)
    is_kept(page)
    assert Unsent.objects.get().fields["result"] == [TEXT]
    expect(page.locator(".note.unsent")).to_have_count(0)


def test_a_full_disk_and_then_a_reload(page: Page, follow_up: FollowUp) -> None:
    def full(route: Route) -> None:
        if route.request.method == "POST":
            route.fulfill(status=507, body="")
        else:
            route.continue_()

    page.route(f"**{reverse('unsent')}*", full)
    typed(page)
    expect(page.locator(".note.unsent")).to_contain_text("kunde inte spara")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    is_put_in_again(page)
    page.unroute(f"**{reverse('unsent')}*")
    typed(page, f"{TEXT} Färdigt.")
    is_kept(page)


def test_another_person_in_the_same_tab_finds_nothing(
    page: Page, follow_up: FollowUp, cast: Cast, sign_in: Callable[[Any], None]
) -> None:
    page.wait_for_load_state("networkidle")
    sign_in(cast.eva)
    # What is left of Karin's page speaks with Eva's session, and is heard neither now nor when it is left.
    typed(page)
    expect(page.locator(".note.unsent")).to_contain_text("inte inloggad längre")
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(follow_up.get_absolute_url())
    page.wait_for_load_state("networkidle")
    expect(page.locator("#id_result")).to_have_value(BEFORE)
    assert page.evaluate("Object.keys(sessionStorage).filter((key) => key.startsWith('unsent:'))") == []
    assert not Unsent.objects.exists()
