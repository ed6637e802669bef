"""What comes along to the next year's plan: controls copied, last year's conclusions and open actions shown where they are."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from controls.models import Action, Closing, FollowUp
from controls.riskreg_hooks.carrying_over import came_along
from riskreg.models import ControlPlan, User
from riskreg.plans import life
from tests.cast import Cast, make_closing, make_control, make_follow_up, make_many_risks, make_risk
from tests.plans.test_planning import adopted

pytestmark = pytest.mark.django_db


def concluded(follow_up: FollowUp, conclusion: str = "minor_deviations") -> FollowUp:
    follow_up.result, follow_up.conclusion, follow_up.state = "Två fel av sextio.", conclusion, "in_progress"
    follow_up.save()
    return follow_up


def measure(follow_up: FollowUp, description: str, **fields: Any) -> Action:
    fields.setdefault("due_on", date(2026, 3, 1))
    return Action.objects.create(follow_up=follow_up, description=description, responsible=follow_up.performer, **fields)


def test_controls_come_along_with_a_link_but_not_those_that_were_dropped(cast: Cast) -> None:
    risk = make_risk(cast.plan)
    kept = make_control(risk, "Stickprov", performer=cast.karin, frequency="monthly", target="Högst 2 procent")
    make_control(risk, "Borttagen", is_dropped=True)
    following = life.carry_over(adopted(cast), by=cast.eva)
    copy = following.risks.get().controls.get()
    assert (copy.description, copy.performer, copy.frequency, copy.target) == (
        "Stickprov",
        cast.karin,
        "monthly",
        "Högst 2 procent",
    )
    assert copy.carried_from == kept
    assert copy.history.get().history_user_name == "Eva Åström"


def test_a_control_of_somebody_who_has_left_keeps_the_name_only(cast: Cast) -> None:
    make_control(make_risk(cast.plan), performer=cast.karin)
    plan = adopted(cast)
    User.objects.filter(pk=cast.karin.pk).update(is_active=False)
    copy = life.carry_over(plan, by=cast.eva).risks.get().controls.get()
    assert (copy.performer, copy.performer_text) == (None, "Karin Lindqvist")


def test_last_years_latest_conclusion_and_open_actions_are_beside_the_risk(cast: Cast) -> None:
    control = make_control(make_risk(cast.plan), performer=cast.karin)
    concluded(make_follow_up(control, cast.interim), "ongoing")
    following = life.carry_over(adopted(cast), by=cast.eva)
    # The year-end's result comes after next year's plan was carried over, and is there all the same.
    annual = concluded(make_follow_up(control, cast.annual))
    still_open = measure(annual, "Ny rutin för attest")
    measure(annual, "Redan klar", done_on=date(2026, 1, 5))
    left = came_along(following, cast.eva)[following.risks.get().pk]
    assert left.follow_ups == [annual]
    assert left.deviations == [annual]
    assert left.actions == [still_open]


def test_an_action_that_is_open_since_two_years_is_still_there(cast: Cast) -> None:
    control = make_control(make_risk(cast.plan), performer=cast.karin)
    old = measure(concluded(make_follow_up(control, cast.annual)), "Sedan 2025")
    second = life.carry_over(adopted(cast), by=cast.eva)
    closing = make_closing(cast.municipality, Closing.Kind.ANNUAL, 2026)
    newer = measure(concluded(make_follow_up(second.risks.get().controls.get(), closing)), "Sedan 2026")
    third = life.carry_over(adopted(cast, second), by=cast.eva)
    left = came_along(third, cast.eva)[third.risks.get().pk]
    assert left.actions == [old, newer]
    assert [one.closing for one in left.follow_ups] == [closing]


def test_what_a_person_may_not_see_does_not_come_along_for_them(cast: Cast) -> None:
    risk = make_risk(cast.plan, is_confidential=True, confidentiality_section="OSL 18:8")
    measure(concluded(make_follow_up(make_control(risk, performer=cast.karin), cast.annual)), "Hemlig åtgärd")
    following = life.carry_over(adopted(cast), by=cast.eva)
    assert came_along(following, cast.eva)
    assert not came_along(following, cast.ake)


def test_a_plan_that_was_not_carried_over_has_nothing_with_it(cast: Cast) -> None:
    make_risk(cast.plan)
    assert came_along(cast.plan, cast.eva) == {}


# Going through last year's risks


def review(cast: Cast, how_many: int = 3) -> ControlPlan:
    for number in range(how_many):
        control = make_control(make_risk(cast.plan, f"Risk {number}"), performer=cast.karin)
        measure(concluded(make_follow_up(control, cast.annual)), f"Åtgärd {number}")
    return life.carry_over(adopted(cast), by=cast.eva)


def press(client: Client, plan: ControlPlan, **data: Any) -> Any:
    return client.post(reverse("plan_review", args=[plan.pk]), data)


def test_the_page_shows_last_years_conclusion_and_open_actions_beside_each_risk(cast: Cast, client: Client) -> None:
    plan = review(cast)
    client.force_login(cast.eva)
    text = client.get(reverse("plan_review", args=[plan.pk])).content.decode()
    for number in range(3):
        assert f"Risk {number}" in text
        assert f"Åtgärd {number}" in text


def test_one_press_keeps_a_risk_and_leads_to_the_next_undecided(cast: Cast, client: Client) -> None:
    plan = review(cast)
    first, second, _third = plan.risks.order_by("number")
    client.force_login(cast.eva)
    response = press(client, plan, act="keep", risk=first.pk)
    assert response["Location"].endswith(f"#risk-{second.pk}")
    first.refresh_from_db()
    assert (first.decision, first.decided_by) == ("kept", cast.eva)


def test_dropping_asks_why_and_the_reason_is_shown(cast: Cast, client: Client) -> None:
    plan = review(cast, 1)
    risk = plan.risks.get()
    client.force_login(cast.eva)
    press(client, plan, act="drop", risk=risk.pk, reason=" ")
    risk.refresh_from_db()
    assert not risk.is_dropped
    press(client, plan, act="drop", risk=risk.pk, reason="Köps som tjänst")
    assert "Köps som tjänst" in client.get(reverse("plan_review", args=[plan.pk])).content.decode()
    press(client, plan, act="restore", risk=risk.pk)
    risk.refresh_from_db()
    assert risk.origin == "undecided"


def test_all_that_are_left_are_kept_in_one_press(cast: Cast, client: Client) -> None:
    plan = review(cast)
    life.drop_risk(plan.risks.order_by("number")[0], by=cast.eva, reason="Inte aktuell")
    client.force_login(cast.eva)
    press(client, plan, act="keep_all")
    assert sorted(plan.risks.values_list("decision", flat=True)) == ["dropped", "kept", "kept"]


def test_an_auditor_reads_the_page_and_decides_nothing(cast: Cast, client: Client) -> None:
    plan = review(cast, 1)
    client.force_login(cast.ake)
    assert client.get(reverse("plan_review", args=[plan.pk])).status_code == 200
    press(client, plan, act="keep", risk=plan.risks.get().pk)
    press(client, plan, act="keep_all")
    assert plan.risks.get().decision == ""


def test_the_page_of_another_units_plan_is_not_there(cast: Cast, client: Client) -> None:
    plan = review(cast, 1)
    client.force_login(cast.ulla)
    assert client.get(reverse("plan_review", args=[plan.pk])).status_code == 404
    assert press(client, plan, act="keep", risk=plan.risks.get().pk).status_code == 404


def test_the_page_costs_the_same_at_20_and_at_200_risks(cast: Cast, client: Client) -> None:
    client.force_login(cast.eva)
    counted = []
    for plan, how_many in ((cast.plan, 20), (cast.school_plan, 200)):
        make_many_risks(plan, how_many, closing=cast.annual, performer=cast.karin)
        following = life.carry_over(adopted(cast, plan), by=cast.eva)
        address = reverse("plan_review", args=[following.pk])
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        counted.append(len(queries))
    assert counted[0] == counted[1]
    assert counted[0] <= 16


def test_large_keys_are_written_without_spaces(cast: Cast, client: Client) -> None:
    source = make_risk(cast.plan)
    plan = ControlPlan.objects.create(pk=7_654_321, unit=cast.board, year=2026, matrix=cast.matrix, carried_from=cast.plan)
    risk = make_risk(plan, pk=1_234_567, carried_from=source)
    client.force_login(cast.eva)
    text = client.get(reverse("plan_review", args=[plan.pk])).content.decode()
    assert 'name="risk" value="1234567"' in text
    assert 'id="risk-1234567"' in text
    assert "?plan=7654321" in client.get(reverse("admin:riskreg_controlplan_change", args=[plan.pk])).content.decode()
    assert "?plan=7654321" in client.get(reverse("admin:riskreg_risk_add")).content.decode()
    press(client, plan, act="keep", risk=risk.pk)
    risk.refresh_from_db()
    assert risk.decision == "kept"


def test_the_plans_page_shows_what_is_still_open_and_where_it_came_from(cast: Cast, client: Client) -> None:
    plan = review(cast, 1)
    client.force_login(cast.ake)
    text = client.get(plan.get_absolute_url()).content.decode()
    action = Action.objects.get()
    assert action.description in text
    assert action.follow_up.get_absolute_url() in text
    assert reverse("plan_version", args=[cast.plan.pk, 1]) in client.get(cast.plan.get_absolute_url()).content.decode()
