"""The turn of the year: last year's checks run on until the new plan is adopted, and nothing is done twice."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from controls.models import Check, Control
from controls.reporting.reading import build_report
from controls.reporting.wording import notes_of
from controls.year import run
from controls.year.overview import year_of
from riskreg import clock
from riskreg.models import ControlPlan
from riskreg.plans import life
from tests.cast import Cast
from tests.checks.checks import adopt, due_days, monthly
from tests.year.test_year_run import run_through

pytestmark = pytest.mark.django_db


def days_of(control: Control, year: int) -> list[date]:
    return [check.nominal_on for check in control.checks.filter(nominal_on__year=year).order_by("nominal_on")]


def told_to_run_on(cast: Cast, on: date) -> None:
    with clock.at(on):
        life.run_on(cast.plan, by=cast.eva)


def carried_over_and_adopted(cast: Cast, on: date) -> ControlPlan:
    """The next plan with the same controls, decided on the day and entered on it."""
    with clock.at(on):
        plan = life.carry_over(cast.plan, by=cast.eva)
        for risk in plan.risks.all():
            life.keep_risk(risk, by=cast.eva)
        return life.adopt(life.propose(plan, by=cast.eva), by=cast.eva, on=on, paragraph="§ 9")


def test_without_a_word_nothing_is_opened_in_the_new_year(cast: Cast) -> None:
    control = monthly(cast)
    run_through(date(2025, 12, 1), date(2026, 3, 1), every=7)
    assert days_of(control, 2026) == []


def test_told_to_run_on_the_checks_go_on_from_new_year(cast: Cast) -> None:
    control = monthly(cast)
    told_to_run_on(cast, date(2025, 12, 15))
    run_through(date(2025, 12, 31), date(2026, 2, 28), every=1)
    assert days_of(control, 2025)[-1] == date(2025, 12, 31)
    assert days_of(control, 2026) == [date(2026, 1, 31), date(2026, 2, 28)]
    assert control.checks.get(nominal_on=date(2026, 1, 31)).state == Check.State.MISSED


def test_told_late_what_was_due_before_is_not_made_up_for(cast: Cast) -> None:
    control = monthly(cast)
    told_to_run_on(cast, date(2026, 2, 5))
    run.run(date(2026, 2, 10))
    assert days_of(control, 2026) == [date(2026, 2, 28)]


def test_stopped_no_more_are_opened_and_those_that_were_stay(cast: Cast) -> None:
    control = monthly(cast)
    told_to_run_on(cast, date(2025, 12, 15))
    run.run(date(2026, 1, 20))
    with clock.at(date(2026, 1, 21)):
        life.stop_running_on(cast.plan, by=cast.eva)
    run.run(date(2026, 3, 30))
    assert days_of(control, 2026) == [date(2026, 1, 31)]


def test_with_the_new_plan_they_stop_and_no_period_is_checked_twice(cast: Cast) -> None:
    """Adopted on 10 February: the old plan's check of February is open, the new plan begins with March."""
    control = monthly(cast)
    told_to_run_on(cast, date(2025, 12, 15))
    run_through(date(2025, 12, 31), date(2026, 2, 10), every=1)
    plan = carried_over_and_adopted(cast, date(2026, 2, 10))
    newer = Control.objects.get(risk__plan=plan, carried_from=control)

    run_through(date(2026, 2, 10), date(2026, 4, 1), every=1)

    assert days_of(control, 2026) == [date(2026, 1, 31), date(2026, 2, 28)]
    assert days_of(newer, 2026) == [date(2026, 3, 31)]
    assert control.checks.get(nominal_on=date(2026, 2, 28)).control.risk.plan == cast.plan


def test_where_nothing_ran_on_the_new_plan_begins_with_its_adoption(cast: Cast) -> None:
    control = monthly(cast)
    run_through(date(2025, 12, 31), date(2026, 2, 10), every=5)
    plan = carried_over_and_adopted(cast, date(2026, 2, 10))
    newer = Control.objects.get(risk__plan=plan, carried_from=control)

    run_through(date(2026, 2, 10), date(2026, 4, 1), every=5)

    assert days_of(newer, 2026) == [date(2026, 2, 28), date(2026, 3, 31)]


def test_of_another_frequency_the_new_control_has_its_own_periods(cast: Cast) -> None:
    control = monthly(cast)
    told_to_run_on(cast, date(2025, 12, 15))
    run_through(date(2025, 12, 31), date(2026, 2, 10), every=5)
    with clock.at(date(2026, 2, 10)):
        plan = life.carry_over(cast.plan, by=cast.eva)
    newer = Control.objects.get(risk__plan=plan, carried_from=control)
    newer.frequency = "quarterly"
    newer.save()
    carried_over_and_adopted(cast, date(2026, 2, 10))

    run_through(date(2026, 2, 10), date(2026, 4, 1), every=5)

    assert due_days(newer) == [date(2026, 3, 31)]


def test_run_again_it_opens_nothing_twice(cast: Cast) -> None:
    monthly(cast)
    told_to_run_on(cast, date(2025, 12, 15))
    with clock.at(date(2026, 2, 10)):
        run.run(date(2026, 2, 10))
        assert set(run.run(date(2026, 2, 10)).values()) == {0}


def test_the_year_shows_running_checks_in_their_month_and_says_what_no_plan_covered(cast: Cast) -> None:
    monthly(cast)
    march = date(2026, 3, 2)
    assert [row.uncovered for row in year_of(cast.eva, 2026, march).rows if row.unit == cast.board] == [[1, 2, 3]]

    told_to_run_on(cast, date(2026, 2, 5))
    run.run(date(2026, 2, 10))

    found = year_of(cast.eva, 2026, march)
    (row,) = [row for row in found.rows if row.unit == cast.board]
    shown = {day.month: (sum(part.count for part in parts), is_uncovered) for day, parts, is_uncovered in row.cells}
    assert (shown[1], shown[2], shown[3]) == ((0, True), (1, False), (1, False))
    assert row.uncovered_in_words
    assert [one.year for one in found.missing if one.unit == cast.board.pk] == [2026]
    assert found.missing[0].runs_on
    assert found.totals["coming"] == 10, "those that will run on, from March"


def test_what_is_to_come_is_the_new_plan_s_alone_once_it_is_adopted(cast: Cast) -> None:
    monthly(cast)
    told_to_run_on(cast, date(2026, 2, 5))
    march = date(2026, 3, 2)
    assert year_of(cast.eva, 2025, march).totals["coming"] == 0
    carried_over_and_adopted(cast, march)
    assert year_of(cast.eva, 2026, march).totals["coming"] == 10


def test_the_pages_say_it_from_october_on_and_the_year_in_its_months(cast: Cast, client: Client, settings: Any) -> None:
    monthly(cast)
    client.force_login(cast.johan)
    settings.RISKREG_TODAY = date(2025, 9, 30)
    assert "missing-plans" not in client.get("/uppfoljningar/").content.decode()
    settings.RISKREG_TODAY = date(2025, 10, 1)
    said = client.get("/uppfoljningar/").content.decode()
    assert "missing-plans" in said
    assert 'role="alert"' not in said
    settings.RISKREG_TODAY = date(2026, 1, 1)
    said = client.get("/uppfoljningar/").content.decode()
    assert 'class="note critical missing-plans"' in said
    page = client.get("/arshjul/?year=2026").content.decode()
    assert "missing-plans" in page
    assert "Inte täckt av någon plan" in page

    client.force_login(cast.karin)
    assert "missing-plans" not in client.get("/uppfoljningar/").content.decode()


def test_the_heatmap_names_the_committee_that_has_no_plan_of_the_year(cast: Cast, client: Client, settings: Any) -> None:
    monthly(cast)
    adopt(cast.school_plan)
    ControlPlan.objects.create(unit=cast.school_board, year=2026, matrix=cast.plan.matrix)
    settings.RISKREG_TODAY = date(2026, 2, 5)
    client.force_login(cast.eva)

    said = client.get("/heatmap/?year=2026").content.decode()

    assert f"Inte täckt av någon plan: {cast.board.name} (januari–februari)." in said
    assert "Inte täckt" not in client.get("/heatmap/?year=2025").content.decode()


def test_the_report_of_a_plan_adopted_in_march_says_what_was_not_covered(cast: Cast) -> None:
    monthly(cast)
    adopt(cast.plan, date(2025, 3, 10))

    report = build_report(cast.eva, cast.plan, cast.interim, today=date(2025, 9, 8))

    assert report.uncovered == "januari–februari"
    assert any("januari–februari" in note for note in notes_of(report))
