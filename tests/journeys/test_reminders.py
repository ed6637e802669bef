"""Reminders in a browser: choosing when they come, the calendar's address, the ledger, sending one now, the operation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from controls import operation
from controls.models import CalendarFeed, Digest, ReminderPreference, ReminderStages, TaskFailure
from controls.reminders.sending_now import preview
from riskreg import clock
from tests.browser import assert_accessible, looked_at
from tests.cast import Cast
from tests.follow_ups.follow_ups import in_state, planned
from tests.reminders.ledger import at, prepared

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("today")]
SignIn = Callable[[Any], None]


def test_a_person_chooses_when_by_keyboard_and_takes_the_dates_into_their_calendar(
    page: Page, sign_in: SignIn, cast: Cast
) -> None:
    planned(cast)
    sign_in(cast.karin)
    page.goto(reverse("inbox"))
    page.get_by_role("link", name="Påminnelser och kalender").click()
    looked_at(page, "my-reminders")
    page.locator("input[name=rhythm]").first.focus()
    page.keyboard.press("ArrowDown")
    page.select_option("[name=weekday]", "2")
    page.select_option("[name=hour]", "13")
    page.locator(".form-end button").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".messages")).to_contain_text("sparat")
    chosen = ReminderPreference.objects.get(user=cast.karin)
    assert (chosen.rhythm, chosen.weekday, chosen.hour) == ("weekly", 2, 13)
    page.get_by_role("button", name="Skapa en adress för mina egna datum").click()
    address = page.locator(".secret").inner_text()
    looked_at(page, "new-address")
    answer = page.request.get(address.replace("http://127.0.0.1:8000", page.url.split("/paminnelser")[0]))
    assert "BEGIN:VCALENDAR" in answer.text()
    page.get_by_role("button", name="Stäng adressen").click()
    expect(page.locator(".messages")).to_contain_text("fungerar inte längre")
    assert not CalendarFeed.objects.of(cast.karin).exists()


def test_a_controller_finds_the_letter_that_was_given_up_and_has_it_sent_again(page: Page, sign_in: SignIn, cast: Cast) -> None:
    planned(cast)
    prepared(clock.today())
    Digest.objects.update(state="given_up", attempts=3, answer="550 5.1.1 no such mailbox", address=cast.karin.email)
    sign_in(cast.eva)
    page.goto(reverse("inbox"))
    looked_at(page, "start-page-with-given-up")
    page.get_by_role("link", name="påminnelser gick inte fram").click()
    looked_at(page, "ledger")
    page.get_by_role("link", name="Karin Lindqvist").click()
    expect(page.locator("main")).to_contain_text("550 5.1.1 no such mailbox")
    looked_at(page, "letter")
    page.get_by_role("button", name="Skicka nu").click()
    expect(page.locator(".messages")).to_contain_text("Karin Lindqvist")
    # A worker that is up may have taken it at once.
    assert Digest.objects.get().state in {"pending", "sending", "sent"}


def test_a_controller_looks_at_a_letter_before_sending_it(page: Page, sign_in: SignIn, cast: Cast) -> None:
    planned(cast)
    sign_in(cast.eva)
    page.goto(reverse("admin:controls_digest_changelist"))
    page.get_by_role("link", name="Påminn en person").click()
    page.select_option("[name=person]", label="Karin Lindqvist")
    page.get_by_role("button", name="Visa utskicket").click()
    expect(page.locator(".letter")).to_contain_text("Felaktiga löneutbetalningar")
    looked_at(page, "remind-a-person")
    page.get_by_role("button", name="Skicka nu").click()
    expect(page.locator(".messages")).to_contain_text("Karin Lindqvist")
    assert Digest.objects.get().recipient == cast.karin


def test_a_controller_sets_the_stages_of_a_closing(page: Page, sign_in: SignIn, cast: Cast) -> None:
    sign_in(cast.eva)
    page.goto(reverse("admin:controls_reminderstages_add"))
    looked_at(page, "stages")
    page.select_option("[name=closing]", str(cast.interim.pk))
    page.fill("[name=days_before]", "tio")
    page.click("[name=_save]")
    expect(page.locator(".errorlist").first).to_contain_text("tio")
    page.fill("[name=days_before]", "10, 2")
    page.click("[name=_save]")
    expect(page.locator("main")).to_contain_text("Lade till")
    assert ReminderStages.objects.get().days_before == "10, 2"


def test_the_operation_and_its_alarm(page: Page, sign_in: SignIn, cast: Cast) -> None:
    seen = clock.now() - timedelta(minutes=40)
    operation.record_worker(seen)
    operation.record_beat(seen)
    TaskFailure.objects.create(task="controls.tasks.deliver_reminders", task_id="1", error="OSError", failed_at=clock.now())
    sign_in(cast.siv)
    page.goto(reverse("inbox"))
    looked_at(page, "alarm")
    page.get_by_role("link", name="Se driften").click()
    expect(page.locator("main")).to_contain_text("controls.tasks.deliver_reminders")
    looked_at(page, "operation")


@pytest.mark.parametrize("width", [700, 375])
def test_the_letter_itself_is_accessible_and_fits(width: int, page: Page, cast: Cast) -> None:
    planned(cast, "Försenad sak", due_on=clock.today() - timedelta(days=10))
    in_state(cast, "submitted", title="Bristande service mot förvaltningar och företag i upphandlingsfrågor")
    letter = preview(cast.johan, reader=cast.eva, now=at(clock.today())).letter
    assert letter is not None
    page.set_viewport_size({"width": width, "height": 900})
    page.set_content(letter.html)
    assert_accessible(page)
    assert page.evaluate("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth")
