"""Which plans are missing, and which months no plan covered."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from riskreg import clock
from riskreg.models import ControlPlan
from riskreg.plans import life
from riskreg.plans.coverage import Coverage, missing_for, missing_plans, months_in_words, years_asked_for
from riskreg.plans.gate import NothingRunsOn
from tests.cast import Cast, make_risk
from tests.checks.checks import adopt

pytestmark = pytest.mark.django_db


def plan_of(cast: Cast, year: int, state: str = "draft", on: date | None = None) -> ControlPlan:
    plan = ControlPlan.objects.create(unit=cast.board, year=year, matrix=cast.plan.matrix, state=state)
    return adopt(plan, on) if on is not None else plan


def missing_of_the_board(cast: Cast, today: date) -> list[tuple[int, bool, bool]]:
    """Of the board: year, whether its plan is begun, whether its year has begun."""
    found = missing_plans(today, Q(unit=cast.board))
    return [(one.year, one.begun is not None, one.is_late) for one in found]


@pytest.mark.parametrize(
    ("today", "years"),
    [
        (date(2025, 9, 30), [2025]),
        (date(2025, 10, 1), [2025, 2026]),
        (date(2025, 12, 31), [2025, 2026]),
        (date(2026, 1, 1), [2026]),
    ],
)
def test_the_next_years_plan_is_asked_for_from_the_first_of_october(today: date, years: list[int]) -> None:
    assert years_asked_for(today) == years


def test_a_committee_is_told_from_october_and_loudly_from_new_year_until_its_plan_is_adopted(cast: Cast) -> None:
    adopt(cast.plan)
    assert missing_of_the_board(cast, date(2025, 9, 30)) == []
    assert missing_of_the_board(cast, date(2025, 10, 1)) == [(2026, False, False)]
    plan = plan_of(cast, 2026)
    assert missing_of_the_board(cast, date(2025, 12, 31)) == [(2026, True, False)]
    assert missing_of_the_board(cast, date(2026, 1, 1)) == [(2026, True, True)]
    adopt(plan, date(2026, 2, 10))
    assert missing_of_the_board(cast, date(2026, 2, 10)) == []


def test_a_plan_under_revision_applies_and_is_not_missing(cast: Cast) -> None:
    adopt(cast.plan)
    cast.plan.state = ControlPlan.State.DRAFT
    cast.plan.save()
    assert missing_of_the_board(cast, date(2025, 9, 1)) == []


def test_who_had_no_plan_for_two_years_or_is_no_unit_any_more_ought_to_have_none(cast: Cast) -> None:
    adopt(cast.plan)
    assert missing_of_the_board(cast, date(2027, 6, 1)) == [(2027, False, True)]
    assert missing_of_the_board(cast, date(2028, 6, 1)) == []
    cast.board.is_active = False
    cast.board.save()
    assert missing_of_the_board(cast, date(2027, 6, 1)) == []


def test_it_is_told_to_those_who_may_adopt_plans_and_asks_nothing_for_others(cast: Cast) -> None:
    adopt(cast.plan)
    adopt(cast.school_plan)
    october = date(2025, 10, 1)
    assert {one.unit for one in missing_for(cast.johan, october)} == {cast.board.pk}
    assert {one.unit for one in missing_for(cast.eva, october)} >= {cast.board.pk, cast.school_board.pk}
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert missing_for(cast.karin, october) == []
    assert not [one for one in asked.captured_queries if "riskreg_controlplan" in one["sql"]]


def test_one_query_whatever_the_number_of_committees(cast: Cast, django_assert_num_queries: object) -> None:
    adopt(cast.plan)
    with CaptureQueriesContext(connection) as one:
        missing_plans(date(2025, 10, 1))
    adopt(cast.school_plan)
    with CaptureQueriesContext(connection) as two:
        missing_plans(date(2025, 10, 1))
    assert len(one) == len(two) == 1


def uncovered(cast: Cast, year: int, today: date) -> list[int]:
    return Coverage(today, [year], Q(unit=cast.board)).uncovered(year)[cast.board.pk]


def test_months_before_the_adoption_are_not_covered_and_those_to_come_are_not_judged(cast: Cast) -> None:
    adopt(cast.plan)
    assert uncovered(cast, 2025, date(2025, 12, 31)) == []
    assert uncovered(cast, 2026, date(2025, 12, 31)) == []
    assert uncovered(cast, 2026, date(2026, 3, 1)) == [1, 2, 3]
    plan_of(cast, 2026, on=date(2026, 2, 10))
    assert uncovered(cast, 2026, date(2026, 3, 1)) == [1]


def test_a_plan_that_runs_on_covers_from_the_day_it_was_told_to_the_day_it_was_stopped(cast: Cast) -> None:
    plan = adopt(cast.plan)
    make_risk(plan)
    with clock.at(date(2026, 2, 15)):
        life.run_on(plan, by=cast.eva)
    assert uncovered(cast, 2026, date(2026, 6, 30)) == [1]
    with clock.at(date(2026, 4, 2)):
        life.stop_running_on(plan, by=cast.eva)
    assert uncovered(cast, 2026, date(2026, 6, 30)) == [1, 5, 6]
    assert uncovered(cast, 2025, date(2026, 6, 30)) == []


def test_a_first_adoption_counts_though_the_plan_was_adopted_anew(cast: Cast) -> None:
    make_risk(cast.plan)
    for day, paragraph in ((date(2024, 12, 10), "§ 1"), (date(2025, 5, 6), "§ 2")):
        with clock.at(day):
            life.adopt(life.propose(cast.plan, by=cast.eva), by=cast.eva, on=day, paragraph=paragraph)
            if day.year == 2024:
                cast.plan.refresh_from_db()
        cast.plan.refresh_from_db()
        if day.year == 2024:
            with clock.at(date(2025, 4, 1)):
                life.revise(cast.plan, by=cast.eva, reason="Ny lag")
            cast.plan.refresh_from_db()
    assert uncovered(cast, 2025, date(2025, 6, 1)) == []


@pytest.mark.parametrize(
    ("months", "words"),
    [([1], "januari"), ([1, 2, 3], "januari–mars"), ([1, 2, 5], "januari–februari, maj"), ([], "")],
)
def test_months_in_words(months: list[int], words: str) -> None:
    with translation.override("sv"):
        assert months_in_words(2026, months) == words


def test_running_on_is_for_the_turn_of_the_year_and_while_the_next_plan_is_awaited(cast: Cast) -> None:
    plan = adopt(cast.plan)
    make_risk(plan)
    for day in (date(2025, 9, 30), date(2027, 1, 1)):
        with clock.at(day), pytest.raises(NothingRunsOn, match="2025"):
            life.run_on(plan, by=cast.eva)
    plan_of(cast, 2026, on=date(2025, 12, 10))
    with clock.at(date(2025, 12, 20)), pytest.raises(NothingRunsOn, match="2026"):
        life.run_on(plan, by=cast.eva)


def test_running_on_stands_in_the_history_and_is_undone_there(cast: Cast) -> None:
    plan = adopt(cast.plan)
    with clock.at(date(2025, 12, 20)):
        plan = life.run_on(plan, by=cast.johan)
        assert plan.is_told_to_run_on
        with pytest.raises(NothingRunsOn):
            life.run_on(plan, by=cast.johan)
    with clock.at(date(2026, 1, 7)):
        plan = life.stop_running_on(plan, by=cast.eva)
        with pytest.raises(NothingRunsOn):
            life.stop_running_on(plan, by=cast.eva)
        again = life.run_on(plan, by=cast.eva)
    assert (again.runs_on_from, again.runs_on_until) == (date(2025, 12, 20), None)
    said = list(plan.history.order_by("-history_id").values_list("history_user", "runs_on_from", "runs_on_until")[:3])
    assert said == [
        (cast.eva.pk, date(2025, 12, 20), None),
        (cast.eva.pk, date(2025, 12, 20), date(2026, 1, 7)),
        (cast.johan.pk, date(2025, 12, 20), None),
    ]


def test_closing_a_plan_ends_its_running_on(cast: Cast) -> None:
    plan = adopt(cast.plan)
    with clock.at(date(2026, 1, 7)):
        life.run_on(plan, by=cast.eva)
        closed = life.close(plan, by=cast.eva)
    assert closed.runs_on_until == date(2026, 1, 7)
    assert uncovered(cast, 2026, date(2026, 3, 1)) == [2, 3]
