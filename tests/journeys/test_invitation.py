"""An account is opened by invitation: the administrator writes no password, and the person chooses one by the letter."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.urls import reverse
from playwright.sync_api import Page, expect

from controls.reminders.deliver import deliver
from riskreg import clock, tasks
from riskreg.models import User
from tests.browser import looked_at
from tests.cast import Cast

pytestmark = pytest.mark.journey
OWN = "sju-gröna-elefanter"


def test_from_the_administrators_page_to_the_persons_own_start(
    page: Page, sign_in: Callable[[Any], None], people: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A worker of an earlier test's may be there still, and would send the letter by a server of its own.
    monkeypatch.setattr(tasks.send_letters, "delay", lambda: None)
    sign_in(people.siv)
    page.goto(reverse("admin:riskreg_user_changelist"))
    page.locator("a.addlink").click()
    expect(page.locator("input[type=password]")).to_have_count(0)
    page.fill("[name=name]", "Nina Ny")
    page.fill("[name=email]", "nina.ny@lillkoping.example")
    page.select_option("select[name=language]", "en")
    page.locator("#id_memberships-0-unit").select_option(str(people.payroll.pk))
    page.locator("#id_memberships-0-role").select_option("control_owner")
    looked_at(page, "new-person")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.locator("main")).to_contain_text("has not chosen a password yet")
    expect(page.get_by_role("button", name="Send the invitation again")).to_be_visible()
    looked_at(page, "invited-person")
    page.context.clear_cookies()

    deliver(clock.now)
    (letter,) = mail.outbox
    assert letter.to == ["nina.ny@lillkoping.example"]
    link = re.search(r"https?://[^/]+(/konto/inbjudan/\S+)", str(letter.body))
    assert link
    page.goto(link[1])
    expect(page.get_by_role("heading", level=1)).to_have_text("Welcome to Riskreg")
    looked_at(page, "invitation")
    page.fill("[name=new_password1]", OWN)
    page.fill("[name=new_password2]", OWN)
    page.get_by_role("button", name="Save and sign in").click()
    expect(page).to_have_url(re.compile(re.escape(reverse("inbox")) + "$"))
    expect(page.locator("body")).to_contain_text("Nina")
    assert User.objects.get(email="nina.ny@lillkoping.example").check_password(OWN)

    page.context.clear_cookies()
    page.goto(link[1])
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("The link no longer works|Länken"))
    looked_at(page, "used-invitation")
