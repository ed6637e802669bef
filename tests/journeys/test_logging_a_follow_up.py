"""A control owner logs a follow-up, a manager returns and approves it: in a real browser, at a desk and on a phone."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from controls.models import FollowUp
from riskreg.models import Risk
from tests.browser import assert_accessible
from tests.cast import Cast
from tests.follow_ups.follow_ups import in_state, planned

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("today")]
SHOTS = os.environ.get("RISKREG_SHOTS", "")


def shot(page: Page, name: str) -> None:
    """A picture at both widths, when a directory for them is given."""
    if SHOTS:
        for width in (375, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=str(Path(SHOTS) / f"{name}-{width}.png"), full_page=True)
        page.set_viewport_size({"width": 1280, "height": 900})


@pytest.fixture
def year(cast: Cast) -> FollowUp:
    """A year with something in every pile; answers the follow-up to log."""
    wage = planned(cast, "Felaktiga löneutbetalningar", due_on=date(2025, 8, 29))
    Risk.objects.filter(pk=wage.control.risk_id).update(description="Risk att lön betalas ut på fel underlag.")
    in_state(
        cast,
        "in_progress",
        title="Ramavtal följs inte",
        returned_by=cast.johan,
        returned_at="2025-09-05T09:00:00+02:00",
        return_reason="Ange hur stor del av inköpsvolymen urvalet täcker.",
    )
    planned(cast, "Bristande service i upphandlingsfrågor", due_on=date(2025, 9, 30))
    planned(cast, "Felaktig utbetalning till förtroendevalda", closing=cast.annual)
    in_state(cast, "submitted", title="Energibrist")
    return wage


@pytest.mark.parametrize("width", [375, 1440])
def test_a_control_owner_goes_from_inbox_to_submitted(
    width: int, page: Page, sign_in: Callable[[Any], None], cast: Cast, year: FollowUp, tmp_path: Path
) -> None:
    sign_in(cast.karin)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/uppfoljningar/")
    expect(page.locator("h1")).to_be_visible()
    assert_accessible(page)
    shot(page, "inbox-karin")
    page.set_viewport_size({"width": width, "height": 900})

    page.locator(".rows .btn.primary").click()
    expect(page.locator("h1")).to_have_text("Felaktiga löneutbetalningar")
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    shot(page, "page-planned")
    page.set_viewport_size({"width": width, "height": 900})

    page.locator("#id_result").fill("60 attesttillfällen granskades; två attesterades efter utbetalningsdagen.")
    page.locator("input[name=conclusion][value=minor_deviations]").check()
    page.locator("header button[name=_submit]").click()
    expect(page.locator(".error-summary")).to_be_visible()
    assert_accessible(page)
    shot(page, "page-missing")
    page.set_viewport_size({"width": width, "height": 900})

    page.locator("input[name=decision][value=measure]").check()
    page.locator("#id_measures-0-description").fill("Påminnelse till attestanter två dagar före utbetalning")
    page.locator("#id_measures-0-responsible").select_option(label="Karin Lindqvist")
    page.locator("#id_measures-0-due_on").fill("2025-11-01")
    page.locator("[data-add-row]").click()
    page.locator("#id_measures-1-description").fill("Genomgång med nya chefer")
    page.locator("#id_measures-1-responsible").select_option(label="Eva Åström")
    page.locator("#id_measures-1-due_on").fill("2025-12-01")
    file = tmp_path / "urval.csv"
    file.write_text("nr;utfall\n1;ok\n", encoding="utf-8")
    page.locator("#id_evidence").set_input_files(file)
    assert_accessible(page)
    shot(page, "page-filled")
    page.set_viewport_size({"width": width, "height": 900})
    page.locator("header button[name=_submit]").click()

    expect(page).to_have_url(re.compile("/uppfoljningar/$"))
    kept = FollowUp.objects.get(pk=year.pk)
    assert (kept.state, kept.actions.count(), kept.evidence.count()) == ("submitted", 2, 1)


def test_a_manager_returns_with_a_reason_in_a_dialog_and_approves_another(
    page: Page, sign_in: Callable[[Any], None], cast: Cast, year: FollowUp
) -> None:
    sign_in(cast.johan)
    page.goto("/uppfoljningar/")
    assert_accessible(page)
    shot(page, "inbox-johan")
    page.locator("a", has_text="Energibrist").first.click()
    assert_accessible(page)
    shot(page, "page-submitted-manager")
    page.locator("[data-dialog=ask-return]").click()
    page.locator("#why-return").fill("Vilka verksamheter saknar plan?")
    assert_accessible(page)
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / "dialog.png"))
    page.locator("dialog[open] .btn.primary").click()
    expect(page.locator(".messages .success")).to_be_visible()
    assert FollowUp.objects.get(control__risk__title="Energibrist").return_reason == "Vilka verksamheter saknar plan?"

    follow_up = in_state(cast, "submitted", title="Välfärdsbrottslighet")
    page.goto(follow_up.get_absolute_url())
    page.locator(".page-head .btn.primary").click()
    expect(page.locator(".messages .success")).to_be_visible()
    assert FollowUp.objects.get(pk=follow_up.pk).state == "approved"
    page.goto(follow_up.get_absolute_url())
    shot(page, "page-approved")


def test_two_people_at_once_see_both_texts_side_by_side(
    page: Page, sign_in: Callable[[Any], None], cast: Cast, year: FollowUp
) -> None:
    from controls.follow_ups.draft import Draft
    from controls.follow_ups.verbs import save_draft

    sign_in(cast.karin)
    page.goto(year.get_absolute_url())
    save_draft(year, by=cast.eva, draft=Draft(result="Evas resultat", conclusion="ongoing"))
    page.locator("#id_result").fill("Karins resultat")
    page.locator("header button[name=_save]").click()
    expect(page.locator("table.conflict")).to_contain_text("Evas resultat")
    expect(page.locator("#id_result")).to_have_value("Karins resultat")
    assert_accessible(page)
    shot(page, "page-conflict")


def test_the_list_shows_filters_and_batch_verbs(page: Page, sign_in: Callable[[Any], None], cast: Cast, year: FollowUp) -> None:
    sign_in(cast.johan)
    page.goto("/admin/controls/followup/")
    assert_accessible(page)
    shot(page, "list-johan")
    page.locator("tr", has_text="Energibrist").locator("input.action-select").check()
    page.locator("select[name=action]").select_option("approve")
    page.locator("#changelist-form button[name=index]").click()
    expect(page.locator(".messages .success")).to_be_visible()
    shot(page, "list-approved")
    page.goto(year.get_absolute_url().replace("/change/", "/history/"))
    assert_accessible(page)
    shot(page, "history")
