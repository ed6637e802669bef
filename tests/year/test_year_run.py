"""The year runs itself: what ought to be there is there, once, however often and by however many it is run."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from controls.checks import opening
from controls.models import Check, Conclusion, FollowUp, ScheduleException
from controls.year import run
from riskreg import clock
from riskreg.models import ControlPlan, PlanVersion
from riskreg.models.author import SYSTEM
from tests.cast import Cast, make_control, make_follow_up, make_risk
from tests.checks.checks import adopt, due_days, make_check, monthly, rows
from tests.follow_ups.test_two_at_once import in_parallel
from tests.trail.tampering import drop_triggers

NEW_YEAR = date(2025, 1, 1)


def run_through(first: date, last: date, *, every: int = 1) -> None:
    day = first
    while day <= last:
        with clock.at(day):
            run.run(day)
        day += timedelta(days=every)


def test_a_check_is_opened_three_weeks_before_it_is_due(cast: Cast) -> None:
    control = monthly(cast)
    assert opening.open_due_checks(date(2025, 1, 9)) == 0
    assert opening.open_due_checks(date(2025, 1, 10)) == 1
    check = control.checks.get()
    assert (check.due_on, check.last_day, check.unit, check.performer) == (
        date(2025, 1, 31),
        date(2025, 2, 14),
        cast.board,
        cast.karin,
    )


def test_a_weekly_one_a_week_before(cast: Cast) -> None:
    control = monthly(cast, frequency="weekly")
    opening.open_due_checks(date(2025, 1, 5))
    assert due_days(control) == [date(2025, 1, 3), date(2025, 1, 10)]


def test_run_again_it_opens_nothing_twice(cast: Cast) -> None:
    monthly(cast)
    run.run(date(2025, 6, 1))
    before = rows()
    assert set(run.run(date(2025, 6, 1)).values()) == {0}
    assert rows() == before


def test_what_the_product_does_by_itself_has_its_name_in_the_history(cast: Cast) -> None:
    control = monthly(cast)
    with clock.at(date(2025, 3, 1)):
        run.run(date(2025, 3, 1))
    entries = control.checks.get(nominal_on=date(2025, 1, 31)).history.order_by("history_id")
    assert [(one.history_user_id, one.history_user_name, one.state) for one in entries] == [
        (None, SYSTEM, "planned"),
        (None, SYSTEM, "missed"),
    ]
    assert all(one.history_change_reason for one in entries)


def test_a_missed_check_stays_visible_and_the_next_one_comes(cast: Cast) -> None:
    control = monthly(cast)
    run_through(NEW_YEAR, date(2025, 2, 15))
    assert list(control.checks.order_by("due_on").values_list("due_on", "state")) == [
        (date(2025, 1, 31), "missed"),
        (date(2025, 2, 28), "planned"),
    ]
    missed = Check.objects.visible_to(cast.karin).get(state="missed")
    assert timezone.localdate(missed.missed_at) == date(2025, 2, 15)


def test_on_its_last_day_a_check_is_not_missed_yet(cast: Cast) -> None:
    monthly(cast)
    run_through(NEW_YEAR, date(2025, 2, 14))
    assert not Check.objects.filter(state="missed").exists()


FREQUENCIES = ["weekly", "monthly", "quarterly", "tertial", "half_yearly", "yearly", "at_closing"]


def test_a_run_after_any_outage_leaves_what_daily_runs_would_have_left(cast: Cast) -> None:
    for number, frequency in enumerate(FREQUENCIES * 2):
        monthly(cast, school=number >= len(FREQUENCIES), frequency=frequency)
    end = date(2026, 3, 1)
    run_through(NEW_YEAR, end)
    daily, follow_ups = rows(), FollowUp.objects.count()
    assert len(daily) == 2 * (52 + 12 + 4 + 3 + 2 + 1)
    drop_triggers("controls_check")
    for pause in (7, 45, 400):
        Check.objects.all().delete()
        FollowUp.objects.all().delete()
        run_through(NEW_YEAR, date(2025, 2, 20), every=3)
        run_through(date(2025, 2, 20) + timedelta(days=pause), end, every=pause)
        run_through(end, end)
        assert rows() == daily
        assert FollowUp.objects.count() == (follow_ups if pause < 60 else follow_ups // 2)


def test_a_week_without_a_worker_gives_each_right_result_once(cast: Cast) -> None:
    control = monthly(cast, frequency="weekly")
    run_through(NEW_YEAR, date(2025, 3, 2))
    run_through(date(2025, 3, 10), date(2025, 3, 10))
    run.run(date(2025, 3, 10))
    assert due_days(control) == [date(2025, 1, 3) + timedelta(days=7 * week) for week in range(11)]
    states = dict(control.checks.values_list("due_on", "state"))
    assert (states[date(2025, 2, 28)], states[date(2025, 3, 7)], states[date(2025, 3, 14)]) == ("missed", "planned", "planned")


def test_a_clock_that_is_set_back_undoes_nothing_and_makes_nothing_twice(cast: Cast) -> None:
    monthly(cast, frequency="weekly")
    run_through(NEW_YEAR, date(2025, 5, 1))
    before = rows()
    run_through(date(2025, 3, 1), date(2025, 5, 1), every=3)
    assert rows() == before


@pytest.mark.parametrize("state", ["draft", "proposed", "closed"])
def test_only_an_adopted_plan_opens_checks(cast: Cast, state: str) -> None:
    control = monthly(cast)
    ControlPlan.objects.filter(pk=cast.plan.pk).update(state=state)
    assert opening.open_due_checks(date(2025, 12, 1)) == 0
    assert not control.checks.exists()


def test_a_dropped_control_opens_nothing(cast: Cast) -> None:
    control = monthly(cast)
    control.is_dropped = True
    control.save()
    assert opening.open_due_checks(date(2025, 12, 1)) == 0


def test_a_control_at_each_closing_has_its_follow_up_and_no_check_beside_it(cast: Cast) -> None:
    control = monthly(cast, frequency="at_closing")
    run_through(NEW_YEAR, date(2026, 1, 20), every=5)
    assert not control.checks.exists()
    assert [one.closing for one in control.follow_ups.order_by("due_on")] == [cast.interim, cast.annual]


def test_a_plan_entered_in_the_autumn_does_not_begin_with_a_spring_of_missed_checks(cast: Cast) -> None:
    control = monthly(cast)
    PlanVersion.objects.create(
        plan=cast.plan,
        number=1,
        adopted_on=date(2024, 12, 16),
        paragraph="§ 12",
        made_by=cast.eva,
        content={},
        content_sha256="0" * 64,
        made_at=datetime(2025, 9, 30, 22, 30, tzinfo=UTC),
    )
    run.run(date(2025, 10, 31))
    # 22:30 in UTC is the first of October in Sweden: the last of September was before.
    assert due_days(control) == [date(2025, 10, 31)]


def test_a_closed_account_gets_no_check(cast: Cast) -> None:
    control = monthly(cast)
    cast.karin.is_active = False
    cast.karin.save()
    run.run(date(2025, 1, 20))
    assert control.checks.get().performer is None


def test_a_municipality_wide_control_is_performed_by_every_unit(cast: Cast) -> None:
    control = monthly(cast)
    control.risk.is_municipality_wide = True
    control.risk.save()
    run.run(date(2025, 1, 20))
    assert {(check.unit, check.performer) for check in control.checks.all()} == {
        (cast.board, cast.karin),
        (cast.school_board, None),
    }
    assert Check.objects.visible_to(cast.bo).get().unit == cast.school_board


def test_an_exception_leaves_out_a_day_or_moves_it(cast: Cast) -> None:
    control = monthly(cast)
    made = {"control": control, "reason": "Semestertid"}
    ScheduleException.objects.create(nominal_on=date(2025, 7, 31), kind="skip", **made)
    ScheduleException.objects.create(nominal_on=date(2025, 8, 31), kind="move", due_on=date(2025, 9, 10), **made)
    run.run(date(2025, 9, 20))
    days = due_days(control)
    assert date(2025, 7, 31) not in days
    assert [day for day in days if day > date(2025, 6, 30)] == [date(2025, 9, 10), date(2025, 9, 30)]


def test_follow_ups_are_prepared_two_weeks_before_the_cut_off_and_once(cast: Cast) -> None:
    control = monthly(cast, frequency="at_closing")
    assert run.prepare_closings(date(2025, 8, 16)) == 0
    assert run.prepare_closings(date(2025, 8, 17)) == 1
    assert run.prepare_closings(date(2025, 8, 18)) == 0
    follow_up = control.follow_ups.get()
    assert (follow_up.closing, follow_up.due_on, follow_up.performer) == (cast.interim, date(2025, 9, 12), cast.karin)
    assert follow_up.history.get().history_user_name == SYSTEM


def test_an_outage_over_the_cut_off_is_made_up_for_until_the_report_is_due(cast: Cast) -> None:
    monthly(cast)
    assert run.prepare_closings(date(2025, 10, 31)) == 1
    FollowUp.objects.all().delete()
    assert run.prepare_closings(date(2025, 11, 1)) == 0


def test_what_was_ongoing_at_the_half_year_comes_back_by_itself_at_the_year_end(cast: Cast) -> None:
    control = monthly(cast, frequency="yearly")
    other = make_control(control.risk, "Granskad en gång", frequency="yearly", performer=cast.karin)
    said = {"state": "submitted", "result": "Pågår", "submitted_by": cast.johan, "submitted_at": clock.now()}
    make_follow_up(control, cast.interim, conclusion=Conclusion.ONGOING, performer=cast.johan, **said)
    make_follow_up(other, cast.interim, conclusion=Conclusion.NO_DEVIATIONS, **said)
    run.run(date(2025, 12, 20))
    back = FollowUp.objects.get(closing=cast.annual)
    assert (back.control, back.performer, back.due_on) == (control, cast.johan, cast.annual.follow_up_due)


@pytest.mark.parametrize("cut_off", [date(2025, 8, 31), date(2028, 12, 31)])
def test_a_closing_on_a_sunday_is_prepared_like_any_other(cast: Cast, cut_off: date) -> None:
    assert cut_off.weekday() == 6
    plan = adopt(ControlPlan.objects.create(unit=cast.payroll, year=cut_off.year, matrix=cast.matrix))
    make_control(make_risk(plan), frequency="at_closing")
    closing = cast.interim
    closing.year, closing.cut_off = cut_off.year, cut_off
    closing.follow_up_due = closing.approval_due = closing.report_due = cut_off + timedelta(days=9)
    closing.save()
    assert [run.prepare_closings(cut_off + timedelta(days=days)) for days in (-15, -14, 0, 9)] == [0, 1, 0, 0]


@pytest.mark.parametrize(
    ("moment", "swedish_day"),
    [
        (datetime(2025, 3, 29, 23, 30, tzinfo=UTC), date(2025, 3, 30)),  # 00:30, before the hour that is skipped
        (datetime(2025, 3, 30, 1, 0, tzinfo=UTC), date(2025, 3, 30)),  # 03:00, where 02:00 would have been
        (datetime(2025, 3, 30, 21, 59, tzinfo=UTC), date(2025, 3, 30)),  # 23:59 of a day of 23 hours
        (datetime(2025, 3, 30, 22, 0, tzinfo=UTC), date(2025, 3, 31)),
        (datetime(2025, 10, 25, 22, 0, tzinfo=UTC), date(2025, 10, 26)),
        (datetime(2025, 10, 26, 0, 30, tzinfo=UTC), date(2025, 10, 26)),  # 02:30 the first time
        (datetime(2025, 10, 26, 1, 30, tzinfo=UTC), date(2025, 10, 26)),  # and the second
        (datetime(2025, 10, 26, 22, 59, tzinfo=UTC), date(2025, 10, 26)),  # 23:59 of a day of 25 hours
        (datetime(2025, 12, 31, 23, 0, tzinfo=UTC), date(2026, 1, 1)),  # New Year comes an hour before UTC's
        (datetime(2024, 2, 28, 23, 0, tzinfo=UTC), date(2024, 2, 29)),
    ],
)
def test_the_day_is_sweden_s_whatever_the_clock_change(time_machine: Any, moment: datetime, swedish_day: date) -> None:
    time_machine.move_to(moment, tick=False)
    assert clock.today() == swedish_day


def test_somebody_in_another_time_zone_has_the_municipality_s_day(cast: Cast, time_machine: Any) -> None:
    """The last day ends at midnight in Sweden, for who works from Tokyo or New York as well."""
    monthly(cast)
    opening.open_due_checks(date(2025, 1, 31))
    time_machine.move_to(datetime(2025, 2, 14, 22, 30, tzinfo=UTC), tick=False)
    for zone in ("Asia/Tokyo", "America/New_York"):
        with timezone.override(zone):
            assert run.run(clock.today())["missed"] == 0
    time_machine.move_to(datetime(2025, 2, 14, 23, 30, tzinfo=UTC), tick=False)
    with timezone.override("America/New_York"):
        assert run.run(clock.today())["missed"] == 1


def test_both_nights_of_the_clock_change_run_every_quarter_of_an_hour_do_everything_once(cast: Cast, time_machine: Any) -> None:
    control = monthly(cast, frequency="weekly", anchor_on=date(2025, 3, 30), day_rule="not_moved")
    for start in (datetime(2025, 3, 29, 22, 0, tzinfo=UTC), datetime(2025, 10, 25, 22, 0, tzinfo=UTC)):
        for quarter in range(28):
            time_machine.move_to(start + timedelta(minutes=15 * quarter), tick=False)
            run.run(clock.today())
    days = due_days(control)
    assert days == sorted(set(days))
    assert days[0] == date(2025, 3, 30)
    assert {date(2025, 10, 26), date(2025, 11, 2)} <= set(days)


# Many at once


@pytest.fixture
def busy(transactional_db: None) -> Cast:
    from tests.cast import make_cast

    cast = make_cast()
    for number in range(12):
        monthly(cast, school=number % 2 == 1, frequency=("weekly", "monthly", "quarterly", "at_closing")[number % 4])
    return cast


@pytest.mark.parametrize("day", [date(2025, 9, 1), date(2026, 1, 20)])
def test_ten_workers_at_once_leave_what_one_leaves(busy: Cast, day: date) -> None:
    outcomes = in_parallel(*[lambda: run.run(day)] * 10)
    assert not [one for one in outcomes if isinstance(one, Exception)], outcomes
    found, follow_ups = rows(), sorted(FollowUp.objects.values_list("control_id", "closing_id", "unit_id"))
    assert len({row[:3] for row in found}) == len(found)
    assert sum(one["opened"] for one in outcomes) == len(found)
    assert sum(one["missed"] for one in outcomes) == Check.objects.filter(state="missed").count() > 0
    assert sum(one["prepared"] for one in outcomes) == len(follow_ups) == len(set(follow_ups))
    histories = Check.history.values_list("id", "history_type", "state")
    assert len(set(histories)) == len(histories)
    run.run(day)
    assert rows() == found
    drop_triggers("controls_check")
    Check.objects.all().delete()
    run.run(day)
    assert rows() == found


def test_two_schedulers_whose_days_disagree_end_up_with_the_later_one_s_rows(busy: Cast) -> None:
    days = [date(2025, 5, 1), date(2025, 5, 2), date(2025, 4, 20)] * 3
    random.Random(5).shuffle(days)
    outcomes = in_parallel(*[partial(run.run, day) for day in days])
    assert not [one for one in outcomes if isinstance(one, Exception)], outcomes
    assert set(run.run(date(2025, 5, 2)).values()) == {0}
    assert len({row[:3] for row in rows()}) == len(rows())


def test_the_worker_s_task_does_it(settings: Any, cast: Cast) -> None:
    from controls.tasks import run_the_year

    settings.RISKREG_TODAY = date(2025, 1, 20)
    monthly(cast)
    assert run_the_year() == {"opened": 1, "missed": 0, "prepared": 0, "drawn": 0}


def test_beat_asks_for_it_every_quarter_of_an_hour(settings: Any) -> None:
    entry = settings.CELERY_BEAT_SCHEDULE["run_the_year"]
    assert (entry["task"], entry["schedule"]) == ("controls.tasks.run_the_year", 900.0)


def test_the_number_of_queries_grows_with_plans_and_not_with_controls(cast: Cast, django_assert_max_num_queries: Any) -> None:
    for _number in range(3):
        monthly(cast)
    with django_assert_max_num_queries(24):
        run.run(date(2025, 2, 1))
    for _number in range(60):
        monthly(cast)
    make_check(monthly(cast), date(2025, 1, 3), last_day=date(2025, 1, 9))
    with django_assert_max_num_queries(24):
        run.run(date(2025, 2, 2))
    assert Check.objects.filter(state="planned").count() == 64
