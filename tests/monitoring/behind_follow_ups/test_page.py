"""The page of a control's watched rules: who sees what, who chooses, and what the verb refuses."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from controls.follow_ups import verbs
from controls.follow_ups.draft import Draft
from controls.models import Control, ControlWatch, FollowUp, Watch
from controls.monitoring.behind_follow_ups.choosing import choose_watches, watches_to_choose
from riskreg.access.verbs import NotPermitted
from riskreg.models import ControlPlan
from riskreg.plans import life
from riskreg.verbs.concurrency import Stale, version_of
from riskreg.verbs.errors import ReasonNeeded, Refused
from tests.cast import Cast
from tests.follow_ups.follow_ups import in_state
from tests.monitoring.behind_follow_ups.scene import chosen, explained, followed_up, watched_operations
from tests.monitoring.registers.scene import AUGUST, a_register
from tests.monitoring.watching.scene import HOME_CARE, SCHOOL, came, let_the_worker_run, operations, watched
from tests.plans.test_planning import in_state as in_state_of_plan

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today"), pytest.mark.one_engine]


@pytest.fixture
def watch(cast: Cast) -> Watch:
    return watched_operations(cast)[1]


@pytest.fixture
def follow_up(cast: Cast, watch: Watch) -> FollowUp:
    return followed_up(cast, watch)


@pytest.fixture
def hidden(cast: Cast) -> Watch:
    """A watched rule of a register of the whole municipality."""
    register = a_register(cast.municipality, cast.eva, kind="operations", name="Kommunens lista")
    came(register, cast.eva, HOME_CARE, as_of=AUGUST)
    found = watched(register, cast.eva)
    let_the_worker_run()
    return found


def address(control: Control) -> str:
    return reverse("control_watches", args=[control.pk])


def text_of(client: Client, user: Any, control: Control) -> str:
    client.force_login(user)
    response = client.get(address(control))
    assert response.status_code == 200
    return str(response.content.decode())


def test_the_page_shows_the_rules_what_they_told_and_the_alerts(client: Client, cast: Cast, follow_up: FollowUp) -> None:
    page = text_of(client, cast.karin, follow_up.control)
    for words in ("Kontinuitetsplan saknas", "Delårsbokslut 2025", "2 larm: 2 öppna", "Hemtjänst", "Vatten"):
        assert words in page
    assert 'name="reason"' not in page


def test_who_may_not_read_the_register_sees_the_numbers_and_no_alert(client: Client, cast: Cast, follow_up: FollowUp) -> None:
    page = text_of(client, cast.siv, follow_up.control)
    assert ("2 larm: 2 öppna" in page, "Hemtjänst" in page) == (True, False)


def test_a_rule_of_a_register_that_the_user_does_not_see_is_counted_not_named(
    client: Client, cast: Cast, follow_up: FollowUp, hidden: Watch
) -> None:
    chosen(follow_up, Watch.objects.exclude(pk=hidden.pk).get(), hidden, by=cast.eva)
    page = text_of(client, cast.karin, follow_up.control)
    assert ("1 regel i ett register som du inte ser." in page, "Kommunens lista" in page) == (True, False)


def test_a_controller_chooses_and_the_history_says_why(client: Client, cast: Cast, watch: Watch) -> None:
    control = in_state(cast, "in_progress").control
    client.force_login(cast.eva)
    sent = {"watches": [watch.pk], "reason": "Bevakas sedan i juni", "version": version_of(control)}
    assert client.post(address(control), sent).status_code == 302
    row = ControlWatch.objects.get(control=control)
    assert (row.watch, row.history.get().history_change_reason) == (watch, "Bevakas sedan i juni")
    assert control.history.latest().history_change_reason == "Bevakas sedan i juni"
    life_of_the_risk = client.get(reverse("risk_timeline", args=[control.risk_id])).content.decode()
    assert "Bevakas sedan i juni" in life_of_the_risk


def test_the_same_choice_again_writes_nothing(cast: Cast, follow_up: FollowUp, watch: Watch) -> None:
    before = follow_up.control.history.count()
    chosen(follow_up, watch, by=cast.eva)
    assert follow_up.control.history.count() == before


def test_a_choice_without_a_reason_or_on_an_older_page_is_refused(cast: Cast, follow_up: FollowUp, watch: Watch) -> None:
    with pytest.raises(ReasonNeeded):
        choose_watches(follow_up.control, [], by=cast.eva, reason=" ")
    opened = version_of(Control.objects.get(pk=follow_up.control_id))
    choose_watches(follow_up.control, [], by=cast.johan, reason="Ersatt")
    with pytest.raises(Stale):
        choose_watches(follow_up.control, [watch], by=cast.eva, reason="Ny", version=opened)


def test_nobody_chooses_a_rule_whose_alerts_they_may_not_read_and_takes_none_of_them_away(
    cast: Cast, follow_up: FollowUp, watch: Watch, hidden: Watch
) -> None:
    with pytest.raises(ValidationError):
        choose_watches(follow_up.control, [hidden], by=cast.johan, reason="Ny")
    chosen(follow_up, watch, hidden, by=cast.eva)
    choose_watches(follow_up.control, [], by=cast.johan, reason="Ersatt")
    assert [one.watch for one in ControlWatch.objects.all()] == [hidden]


def test_a_performer_does_not_choose(client: Client, cast: Cast, follow_up: FollowUp) -> None:
    with pytest.raises(NotPermitted):
        choose_watches(follow_up.control, [], by=cast.karin, reason="Ny")
    client.force_login(cast.karin)
    assert client.post(address(follow_up.control), {"reason": "Ny"}).status_code == 403


def test_a_dropped_control_gets_none(cast: Cast, follow_up: FollowUp, watch: Watch) -> None:
    Control.objects.filter(pk=follow_up.control_id).update(is_dropped=True)
    with pytest.raises(Refused):
        chosen(follow_up, by=cast.eva)


def test_the_choice_goes_along_to_the_next_year(cast: Cast, follow_up: FollowUp, watch: Watch) -> None:
    in_state_of_plan(cast.plan, "adopted")
    made = life.carry_over(ControlPlan.objects.get(pk=cast.plan.pk), by=cast.eva, year=2026)
    copied = ControlWatch.objects.get(control__risk__plan=made)
    assert (copied.watch, copied.control.carried_from) == (watch, follow_up.control)
    assert copied.history.count() == 1


def test_rules_of_another_municipality_or_switched_off_are_not_offered(cast: Cast, follow_up: FollowUp, watch: Watch) -> None:
    other = operations(cast, "Andra verksamheter")
    came(other, cast.karin, SCHOOL, as_of=AUGUST)
    off = watched(other, cast.johan)
    Watch.objects.filter(pk=off.pk).update(state=Watch.State.OFF)
    assert list(watches_to_choose(follow_up.control, cast.eva)) == [watch]


@pytest.mark.parametrize("more", [0, 6])
def test_the_page_asks_as_often_however_many_follow_ups_and_alerts_there_are(
    client: Client, cast: Cast, follow_up: FollowUp, more: int
) -> None:
    explained("Hemtjänst", "Vatten", by=cast.karin)
    verbs.submit(follow_up, by=cast.karin, draft=Draft("Granskat.", "no_deviations"))
    register = Watch.objects.get().register
    rows = [(f"Verksamhet {number}", "Vård", "nej", "", "Bo Ek") for number in range(more)]
    came(
        register,
        cast.karin,
        HOME_CARE,
        SCHOOL,
        ("Vatten", "Teknik", "nej", "", "Bo Ek"),
        *rows,
        as_of=AUGUST.replace(month=9, day=7),
    )
    let_the_worker_run()
    client.force_login(cast.eva)
    client.get(address(follow_up.control))
    with CaptureQueriesContext(
        connection,
    ) as counted:
        assert client.get(address(follow_up.control)).status_code == 200
    assert len(counted) == 22
