"""The auditor's way: a record's history, a risk's life, and a trail that is verified while one waits."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from riskreg.models import Anchor, Risk, Verification
from riskreg.models.author import Author
from riskreg.models.history import sign
from riskreg.trail import runs
from riskreg.trail.anchors import making
from riskreg.trail.seals import seal
from tests.browser import assert_accessible
from tests.cast import Cast, make_cast, make_control, make_follow_up, make_risk
from tests.trail import tampering

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

WIDTHS = [1440, 375, 320]


@pytest.fixture
def town(transactional_db: None) -> Cast:
    cast = make_cast()
    risk = make_risk(cast.plan, description="Löner betalas ut med fel belopp. " * 12)
    make_follow_up(make_control(risk, performer=cast.karin), cast.interim)
    risk.likelihood, risk.risk_score = 4, 8
    risk.description = risk.description.replace("fel belopp", "felaktiga belopp", 1)
    sign(risk, by=Author(cast.eva), reason="Ny bedömning i nämnden")
    risk.save()
    seal(timezone.now())
    return cast


def fits(page: Page, name: str) -> None:
    """Accessible, in light and dark, and never scrolled sideways."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.reload()
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{name} scrolls sideways at {width} px"
            assert_accessible(page)
            if os.environ.get("SHOTS"):
                page.screenshot(path=Path(os.environ["SHOTS"]) / f"trail-{name}-{scheme}-{width}.png", full_page=True)
    page.emulate_media(color_scheme="light")


def test_a_reader_looks_back_at_a_risk(town: Cast, sign_in: Callable[[Any], None], page: Page) -> None:
    sign_in(town.johan)
    page.goto(reverse("risk_timeline", args=[Risk.objects.get().pk]))
    expect(page.get_by_text("Ny bedömning i nämnden")).to_be_visible()
    expect(page.locator("del")).to_contain_text("fel")
    fits(page, "life")
    page.locator(".kinds a").nth(1).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".kinds a").nth(1)).to_have_attribute("aria-current", "true")
    page.locator(".verbs .btn").click()
    expect(page).to_have_url(re.compile("/historik/riskreg/risk/"))
    fits(page, "history")


def test_an_auditor_verifies_and_sees_what_was_altered(town: Cast, sign_in: Callable[[Any], None], page: Page) -> None:
    sign_in(town.ake)
    page.goto(reverse("trail"))
    page.locator("#verification button[type=submit]").click()
    expect(page.locator("#verification .tag.low")).to_be_visible()
    fits(page, "intact")
    row = Risk.history.filter(history_type="~").get().history_id
    tampering.change(row, "risk_score", 2)
    page.locator("#verification button[type=submit]").click()
    expect(page.locator(".findings")).to_contain_text(str(row))
    fits(page, "altered")
    with page.expect_download() as download:
        page.locator(f"a[href='{reverse('trail_export')}']").click()
    assert download.value.suggested_filename.endswith(".jsonl")


def test_the_page_follows_the_worker_and_shows_the_outcome(town: Cast, sign_in: Callable[[Any], None], page: Page) -> None:
    waiting = Verification.objects.create(asked_at=timezone.now(), seen_at=timezone.now(), total=100, state="running", checked=40)
    sign_in(town.ake)
    page.goto(reverse("trail"))
    expect(page.locator("[data-verification] progress")).to_have_attribute("value", "40")
    fits(page, "waiting")
    Verification.objects.filter(pk=waiting.pk).update(checked=80, seen_at=timezone.now())
    expect(page.locator("[data-verification] progress")).to_have_js_property("value", 80)
    Verification.objects.filter(pk=waiting.pk).update(state="waiting")
    assert runs.run(waiting.pk)
    expect(page.locator("#verification .tag.low")).to_be_visible()


def test_an_auditor_sees_where_the_head_is_kept_and_verifies_since_the_last(
    town: Cast, sign_in: Callable[[Any], None], page: Page, settings: Any, tmp_path: Path
) -> None:
    settings.TRAIL_ANCHOR = [("file", str(tmp_path / "anchors.log")), ("tsa", "https://tsa.lillkoping.example/tsr")]
    settings.TRAIL_ANCHOR_KEY = str(tmp_path / "key")
    making.ask(timezone.now())
    Anchor.objects.filter(kind="tsa").update(
        problem="the service answered 503", next_attempt_at=timezone.now() + timedelta(hours=1)
    )
    assert making.make_waiting(timezone.now()).made == 1
    sign_in(town.ake)
    page.goto(reverse("trail"))
    page.get_by_role("button", name="Kontrollera nu").click()
    page.get_by_label("Det som tillkommit sedan").check()
    fits(page, "anchors")
    page.get_by_label("Det som tillkommit sedan").check()
    page.get_by_role("button", name="Kontrollera nu").click()
    expect(page.get_by_text("kontrollerades inte på nytt")).to_be_visible()
    expect(page.get_by_text("the service answered 503")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Förankringsfil").click()
    assert download.value.path().read_bytes() == (tmp_path / "anchors.log").read_bytes()
