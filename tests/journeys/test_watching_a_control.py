"""A controller lets watched rules follow up a control, its owner weighs alerts and hands in, a manager approves: in a browser."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from controls.models import ControlWatch, FollowUp
from tests.browser import assert_accessible
from tests.cast import Cast
from tests.follow_ups.follow_ups import fresh, in_state
from tests.monitoring.behind_follow_ups.scene import explained, watched_operations

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("today")]
SHOTS = os.environ.get("RISKREG_SHOTS", "")


def shot(page: Page, name: str) -> None:
    if SHOTS:
        for width in (375, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=str(Path(SHOTS) / f"{name}-{width}.png"), full_page=True)


@pytest.mark.parametrize("width", [375, 1440])
def test_from_the_choice_of_rules_to_the_approval(width: int, page: Page, sign_in: Callable[[Any], None], cast: Cast) -> None:
    _register, watch = watched_operations(cast)
    follow_up = in_state(cast, "in_progress", title="Energibrist")
    FollowUp.objects.update(result="", conclusion="")
    page.set_viewport_size({"width": width, "height": 900})

    # The controller chooses.
    sign_in(cast.eva)
    page.goto(f"/kontrollmoment/{follow_up.control_id}/bevakning/")
    page.get_by_label("Kontinuitetsplan saknas").check()
    page.locator("#id_reason").fill("Bevakas från och med i juni")
    assert_accessible(page)
    page.get_by_role("button", name="Spara valet").click()
    expect(page.locator("main")).to_contain_text("Valet av bevakade regler är sparat.")
    assert ControlWatch.objects.get().watch == watch
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    shot(page, "control-watches")
    page.set_viewport_size({"width": width, "height": 900})

    # The owner weighs what came in.
    explained("Vatten", by=cast.karin)
    sign_in(cast.karin)
    page.goto(fresh(follow_up).get_absolute_url())
    expect(page.locator("main")).to_contain_text("2 larm: 1 förklarat, 1 öppet")
    assert_accessible(page)
    shot(page, "follow-up-open-alert")
    page.set_viewport_size({"width": width, "height": 900})
    page.get_by_role("link", name="Avgör larmen").click()
    page.get_by_role("link", name="Hemtjänst").click()
    page.get_by_role("link", name="Förklarat").click()
    page.locator("#id_reason").fill("Planen är antagen i maj; listan var gammal.")
    page.locator("main form button[type=submit]").click()

    # And hands in, with the draft.
    page.goto(fresh(follow_up).get_absolute_url())
    draft = "4 verksamheter bevakades i 2 lägesbilder, med 1 regel; 2 larm: 2 förklarade."
    expect(page.locator("#id_result")).to_have_value(draft)
    page.locator("input[name=conclusion][value=no_deviations]").check()
    page.locator("header button[name=_submit]").click()
    expect(page.locator("main")).to_contain_text("Inlämnad")
    assert (fresh(follow_up).state, fresh(follow_up).result) == ("submitted", draft)

    # The manager approves what stands.
    sign_in(cast.johan)
    page.goto(fresh(follow_up).get_absolute_url())
    expect(page.locator("main")).to_contain_text("Som det var när uppföljningen lämnades in")
    assert_accessible(page)
    shot(page, "follow-up-kept")
    page.set_viewport_size({"width": width, "height": 900})
    page.locator("header").get_by_role("button", name="Godkänn").first.click()
    expect(page.locator("main")).to_be_visible()
    assert fresh(follow_up).state == "approved"
