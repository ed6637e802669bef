"""A changed schedule changes what lies ahead only, and shows it before it is saved."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from controls.checks import opening
from controls.models import Check, Control, ControlSchedule
from controls.plan_controls.rescheduling import Wanted, add_exception, preview, remove_exception, reschedule
from controls.plan_controls.verbs import change_control
from controls.year import run
from riskreg import clock
from riskreg.access.verbs import NotPermitted
from riskreg.models import ControlPlan
from riskreg.verbs.errors import NotInThisState, ReasonNeeded
from tests.cast import Cast
from tests.checks.checks import due_days, monthly

TODAY = date(2025, 9, 8)


@pytest.fixture
def control(cast: Cast, today: date) -> Control:
    """Monthly, with the year's checks to the end of September: eight missed or late, one to come."""
    control = monthly(cast)
    for month in range(1, 10):
        with clock.at(date(2025, month, 10)):
            run.run(date(2025, month, 10) if month < 9 else TODAY)
    with clock.at(date(2025, 9, 9)):
        opening.open_due_checks(date(2025, 9, 9))
    return Control.objects.get(pk=control.pk)


def in_revision(control: Control) -> None:
    ControlPlan.objects.filter(pk=control.risk.plan_id).update(state="draft")


def again(control: Control) -> Control:
    return Control.objects.select_related("risk__plan").get(pk=control.pk)


def test_another_frequency_withdraws_what_lies_ahead_and_nothing_else(cast: Cast, control: Control) -> None:
    in_revision(control)
    before = due_days(control)
    assert before[-1] == date(2025, 9, 30)
    shown = preview(again(control), Wanted("half_yearly"), TODAY)
    # The half-year's day is also a month's: the one check to come that stays.
    assert [one.due for one in shown.kept] == [date(2025, 12, 30)]
    assert shown.withdrawn == [date(2025, 9, 30), date(2025, 10, 31), date(2025, 11, 28)]
    assert (shown.new, shown.moved, len(shown.stands)) == ([], [], 8)
    assert due_days(control) == before
    reschedule(control, Wanted("half_yearly"), by=cast.eva, reason="Färre räcker")
    assert due_days(control) == before[:-1]
    ControlPlan.objects.filter(pk=control.risk.plan_id).update(state="adopted")
    with clock.at(date(2025, 12, 20)):
        run.run(date(2025, 12, 20))
    assert due_days(control) == [*before[:-1], date(2025, 12, 30)]


def test_what_is_begun_stands(cast: Cast, control: Control) -> None:
    in_revision(control)
    ahead = control.checks.get(due_on=date(2025, 9, 30))
    ahead.state = "in_progress"
    ahead.save()
    reschedule(control, Wanted("yearly"), by=cast.eva, reason="Färre räcker")
    assert due_days(control)[-1] == date(2025, 9, 30)


def test_another_first_day_asks_for_nothing_that_lies_behind(cast: Cast, control: Control) -> None:
    before = due_days(control)
    reschedule(control, Wanted("monthly", anchor_on=date(2025, 1, 15)), by=cast.eva, reason="Efter lönekörningen")
    run.run(date(2025, 9, 9))
    assert due_days(control) == [*before[:-1], date(2025, 9, 15)]


def test_another_rule_for_days_off_moves_what_is_opened(cast: Cast, control: Control) -> None:
    Check.objects.filter(state="planned").delete()
    reschedule(control, Wanted("monthly", anchor_on=date(2025, 9, 14)), by=cast.eva, reason="Mitt i månaden")
    run.run(TODAY)
    assert due_days(control)[-1] == date(2025, 9, 12)
    wanted = Wanted("monthly", anchor_on=date(2025, 9, 14), day_rule="after")
    assert preview(again(control), wanted, TODAY).moved[0] == (date(2025, 9, 12), date(2025, 9, 15))
    reschedule(control, wanted, by=cast.eva, reason="Efter helgen")
    assert due_days(control)[-1] == date(2025, 9, 15)


def test_given_dates_are_kept_in_order(cast: Cast, control: Control) -> None:
    in_revision(control)
    days = (date(2025, 11, 20), date(2025, 10, 6), date(2025, 11, 20))
    reschedule(control, Wanted("given_dates", given_dates=days), by=cast.eva, reason="Efter sammanträdena")
    assert ControlSchedule.objects.get().given_dates == ["2025-10-06", "2025-11-20"]
    ControlPlan.objects.filter(pk=control.risk.plan_id).update(state="adopted")
    run.run(date(2025, 11, 10))
    assert due_days(control)[-2:] == [date(2025, 10, 6), date(2025, 11, 20)]


def test_how_often_is_part_of_what_was_adopted(cast: Cast, control: Control) -> None:
    with pytest.raises(NotInThisState):
        reschedule(control, Wanted("yearly"), by=cast.eva, reason="Färre räcker")
    assert not ControlSchedule.objects.exists()


def test_a_change_needs_the_right_a_reason_and_dates(cast: Cast, control: Control) -> None:
    with pytest.raises(NotPermitted):
        reschedule(control, Wanted("monthly", day_rule="after"), by=cast.karin, reason="Hellre så")
    with pytest.raises(ReasonNeeded):
        reschedule(control, Wanted("monthly", day_rule="after"), by=cast.eva, reason=" ")
    in_revision(control)
    with pytest.raises(ValidationError, match="given_dates"):
        reschedule(control, Wanted("given_dates"), by=cast.eva, reason="Efter sammanträdena")


def test_the_plain_form_leads_to_the_page_that_shows_what_happens(cast: Cast, control: Control) -> None:
    in_revision(control)
    with pytest.raises(ValidationError, match="frequency"):
        change_control(control, by=cast.eva, frequency="yearly")


def test_a_day_is_left_out_and_taken_back(cast: Cast, control: Control) -> None:
    made = add_exception(control, by=cast.eva, nominal_on=date(2025, 9, 30), reason="Systembyte")
    run.run(date(2025, 9, 20))
    assert date(2025, 9, 30) not in due_days(control)
    remove_exception(made, by=cast.eva)
    run.run(date(2025, 9, 20))
    assert due_days(control)[-1] == date(2025, 9, 30)


def test_a_day_is_put_elsewhere_and_the_check_goes_along(cast: Cast, control: Control) -> None:
    add_exception(control, by=cast.eva, nominal_on=date(2025, 9, 30), due_on=date(2025, 10, 7), reason="Systembyte")
    check = control.checks.get(nominal_on=date(2025, 9, 30))
    assert (check.due_on, check.last_day) == (date(2025, 10, 7), date(2025, 10, 21))


@pytest.mark.parametrize("day", [date(2025, 8, 31), date(2025, 9, 29), date(2026, 1, 31)])
def test_an_exception_is_from_a_day_to_come_of_the_schedule(cast: Cast, control: Control, day: date) -> None:
    with pytest.raises(ValidationError, match="nominal_on"):
        add_exception(control, by=cast.eva, nominal_on=day, reason="Systembyte")


def test_the_page_looks_first_and_saves_then(cast: Cast, control: Control, client: Client) -> None:
    client.force_login(cast.eva)
    address = reverse("control_schedule", args=[control.pk])
    form: dict[str, Any] = {"frequency": "monthly", "anchor_on": "2025-10-15", "day_rule": "after", "reason": "Efter lönen"}
    looked = client.post(address, form | {"look": "1"})
    assert looked.context["shown"].withdrawn
    assert not ControlSchedule.objects.exists()
    assert client.post(address, form | {"save": "1"}).status_code == 302
    assert ControlSchedule.objects.get().anchor_on == date(2025, 10, 15)


def test_a_line_that_is_no_date_is_named(cast: Cast, control: Control, client: Client) -> None:
    client.force_login(cast.eva)
    form = {"frequency": "monthly", "day_rule": "after", "reason": "x", "given_dates": "2025-10-01\n2025-02-30", "look": "1"}
    answer = client.post(reverse("control_schedule", args=[control.pk]), form)
    assert "2025-02-30" in str(answer.context["form"].errors["given_dates"])


def test_the_page_makes_and_takes_back_an_exception(cast: Cast, control: Control, client: Client) -> None:
    client.force_login(cast.eva)
    address = reverse("control_schedule", args=[control.pk])
    made = {"exception-nominal_on": "2025-10-31", "exception-due_on": "", "exception-reason": "Höstlov", "except": "1"}
    client.post(address, made)
    kept = control.schedule_exceptions.get()
    assert (kept.nominal_on, kept.kind, kept.reason) == (date(2025, 10, 31), "skip", "Höstlov")
    client.post(address, {"restore": kept.pk})
    assert not control.schedule_exceptions.exists()


def test_next_year_s_control_keeps_its_schedule(cast: Cast, control: Control) -> None:
    from riskreg.plans.life import carry_over

    days = {"anchor_on": date(2025, 2, 28), "day_rule": "after", "given_dates": ["2025-03-31", "2024-02-29"]}
    ControlSchedule.objects.create(control=control, in_force_from=date(2025, 6, 1), **days)
    plan = carry_over(ControlPlan.objects.get(pk=cast.plan.pk), by=cast.eva, year=2026)
    copy = ControlSchedule.objects.get(control__risk__plan=plan)
    assert (copy.anchor_on, copy.day_rule, copy.in_force_from) == (date(2025, 2, 28), "after", None)
    assert copy.given_dates == ["2025-02-28", "2026-03-31"]
