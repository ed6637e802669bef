from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from typing import Any

import pytest
from django.core.serializers.json import DjangoJSONEncoder

from controls.models import Control
from controls.reporting.progress import reports_of_year
from controls.reporting.reading import build_report
from controls.reporting.rows import Missing, Report
from riskreg.models import ControlPlan, Unit
from tests.cast import Cast, make_closing, make_control, make_follow_up, make_many_risks, make_risk
from tests.reporting.conftest import TODAY, act, approved, report_of, submitted


def titles(report: Report) -> list[str]:
    return [row.title for row in report.rows]


def missing_of(cast: Cast) -> list[tuple[Missing, ...]]:
    return [row.missing for row in report_of(cast).rows]


def test_the_highest_score_stands_first_then_the_lowest_number_and_unscored_risks_last(cast: Cast) -> None:
    for title, score in [("six, first", 6), ("none", None), ("twelve", 12), ("six, second", 6)]:
        make_control(make_risk(cast.plan, title, risk_score=score))
    assert titles(report_of(cast)) == ["twelve", "six, first", "six, second", "none"]


def test_controls_under_one_risk_keep_their_order_and_the_risk_spans_them(cast: Cast) -> None:
    risk = make_risk(cast.plan)
    make_control(risk, "third", position=3)
    make_control(risk, "first", position=1)
    make_control(risk, "second", position=2)
    rows = report_of(cast).rows
    assert [row.control for row in rows] == ["first", "second", "third"]
    assert [row.risk_span for row in rows] == [3, 0, 0]
    assert [row.control_span for row in rows] == [1, 1, 1]


def test_several_units_follow_ups_of_one_control_are_rows_under_it_by_the_units_names(cast: Cast) -> None:
    control = make_control(make_risk(cast.plan))
    for unit in (cast.payroll, cast.central_office, cast.school_board):
        make_follow_up(control, cast.interim, unit=unit)
    rows = report_of(cast).rows
    assert [row.unit for row in rows] == ["Barn- och utbildningsnämnden", "Kommunledningskontoret", "Löneenheten"]
    assert [(row.risk_span, row.control_span) for row in rows] == [(3, 3), (0, 0), (0, 0)]


def test_the_risks_own_unit_is_not_named_in_its_row(cast: Cast) -> None:
    make_follow_up(make_control(make_risk(cast.plan)), cast.interim)
    assert report_of(cast).rows[0].unit == ""


def test_a_row_holds_what_the_risk_the_control_and_the_follow_up_say(half_year: Cast) -> None:
    welfare, power, *_rest = report_of(half_year).rows
    assert (welfare.reference, welfare.title, welfare.score) == ("2025-01", "Välfärdsbrottslighet", 12)
    assert welfare.description == "Risk att skattemedel går fel."
    assert welfare.band is not None
    assert welfare.band[1:] == ("■", "Hög", "critical")
    assert (welfare.control, welfare.method) == ("Stickprov av leverantörer", "Sampling")
    assert (welfare.result, welfare.performer, welfare.state) == ("Granskat 25 leverantörer.", "Karin Lindqvist", "Approved")
    assert welfare.conclusion is not None
    assert welfare.conclusion[1:] == ("✓", "No deviations", "low")
    assert welfare.missing == ()
    assert power.performed_otherwise == "Alla förvaltningar."
    assert power.action == "Inga ytterligare åtgärder erfordras."


def test_a_follow_up_with_two_actions_is_one_row_with_both_in_order(cast: Cast) -> None:
    follow_up = submitted(cast, make_control(make_risk(cast.plan)))
    act(follow_up, "Utbilda cheferna.", responsible=cast.johan)
    act(follow_up, "Ändra rutinen.")
    (row,) = report_of(cast).rows
    assert row.action == "Utbilda cheferna.\n\nÄndra rutinen."
    assert row.actions[0].responsible == "Johan Berg"


def test_a_decision_without_words_of_its_own_is_said_by_its_kind(cast: Cast) -> None:
    act(submitted(cast, make_control(make_risk(cast.plan))), kind="none_needed")
    (row,) = report_of(cast).rows
    assert row.action == "No further action needed"
    assert row.actions[0].decision == ""


def test_a_decision_with_words_of_its_own_is_named_too(cast: Cast) -> None:
    act(submitted(cast, make_control(make_risk(cast.plan))), "Risken är omhändertagen.", kind="none_needed")
    (row,) = report_of(cast).rows
    assert row.actions[0].decision == "No further action needed"


def test_a_performer_outside_the_system_is_named_as_the_source_says(cast: Cast) -> None:
    make_control(make_risk(cast.plan), performer_text="Kommunens säkerhetschef")
    assert report_of(cast).rows[0].performer == "Kommunens säkerhetschef"


def test_dropped_risks_and_dropped_controls_are_not_reported(cast: Cast) -> None:
    make_control(make_risk(cast.plan, "dropped", is_dropped=True))
    kept = make_risk(cast.plan, "kept")
    make_control(kept, "kept")
    make_follow_up(make_control(kept, "dropped", is_dropped=True), cast.interim)
    assert [(row.title, row.control) for row in report_of(cast).rows] == [("kept", "kept")]


def test_only_the_follow_ups_of_the_closing_are_reported(cast: Cast) -> None:
    control = make_control(make_risk(cast.plan))
    approved(cast, control, closing=cast.annual, result="Årets.")
    (interim,) = report_of(cast).rows
    (annual,) = report_of(cast, closing=cast.annual).rows
    assert (interim.result, interim.missing) == ("", (Missing.FOLLOW_UP,))
    assert (annual.result, annual.missing) == ("Årets.", ())


def test_other_plans_risks_are_not_reported(cast: Cast) -> None:
    make_control(make_risk(cast.school_plan, "skolan"))
    assert titles(report_of(cast)) == []


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, (Missing.RESULT, Missing.CONCLUSION, Missing.SUBMISSION)),
        ({"state": "in_progress", "result": "Halvvägs."}, (Missing.CONCLUSION, Missing.SUBMISSION)),
        ({"state": "in_progress", "result": "Klart.", "conclusion": "no_deviations"}, (Missing.SUBMISSION,)),
        ({"state": "in_progress", "conclusion": "minor_deviations"}, (Missing.RESULT, Missing.ACTION, Missing.SUBMISSION)),
    ],
)
def test_an_open_follow_up_lacks_what_is_not_yet_written(
    cast: Cast, fields: dict[str, Any], expected: tuple[Missing, ...]
) -> None:
    make_follow_up(make_control(make_risk(cast.plan)), cast.interim, **fields)
    assert missing_of(cast) == [expected]


@pytest.mark.parametrize("conclusion", ["minor_deviations", "significant_deviations"])
def test_a_deviation_without_an_action_lacks_one(cast: Cast, conclusion: str) -> None:
    submitted(cast, make_control(make_risk(cast.plan)), conclusion=conclusion)
    assert missing_of(cast) == [(Missing.ACTION, Missing.APPROVAL)]


@pytest.mark.parametrize("conclusion", ["no_deviations", "ongoing", "could_not_be_performed"])
def test_other_conclusions_demand_no_action(cast: Cast, conclusion: str) -> None:
    submitted(cast, make_control(make_risk(cast.plan)), conclusion=conclusion)
    assert missing_of(cast) == [(Missing.APPROVAL,)]


def test_the_decision_that_nothing_is_needed_is_an_action(cast: Cast) -> None:
    act(approved(cast, make_control(make_risk(cast.plan)), conclusion="minor_deviations"), kind="none_needed")
    assert missing_of(cast) == [()]


def test_a_risk_without_a_score_lacks_it_once_however_many_controls_it_has(cast: Cast) -> None:
    risk = make_risk(cast.plan, risk_score=None)
    approved(cast, make_control(risk, "a"))
    approved(cast, make_control(risk, "b"))
    assert missing_of(cast) == [(Missing.SCORE,), ()]


def test_a_risk_whose_band_demands_a_control_lacks_one(cast: Cast) -> None:
    make_risk(cast.plan, likelihood=3, impact=2)
    report = report_of(cast)
    assert [row.missing for row in report.rows] == [(Missing.CONTROL,)]
    assert report.not_listed == 0


def test_a_risk_whose_band_demands_no_control_and_has_none_is_counted_and_not_listed(cast: Cast) -> None:
    make_risk(cast.plan, likelihood=1, impact=2)
    report = report_of(cast)
    assert (report.rows, report.not_listed) == ((), 1)


def test_a_low_risk_that_has_a_control_all_the_same_is_reported(cast: Cast) -> None:
    make_control(make_risk(cast.plan, "låg", likelihood=1, impact=1))
    assert titles(report_of(cast)) == ["låg"]


def test_the_report_counts_conclusions_states_and_what_is_missing(half_year: Cast) -> None:
    report = report_of(half_year)
    assert {sign.code: count for sign, count in report.conclusions} == {
        "no_deviations": 2,
        "minor_deviations": 1,
        "significant_deviations": 0,
        "ongoing": 1,
        "could_not_be_performed": 0,
    }
    assert dict(report.missing) == {Missing.FOLLOW_UP: 1, Missing.ACTION: 1, Missing.APPROVAL: 2}
    assert (report.total, report.done, report.approved) == (5, 4, 2)
    assert not report.is_complete


def test_the_heading_says_whose_plan_and_when_it_was_adopted(cast: Cast) -> None:
    cast.plan.registry_number, cast.plan.adopted_on, cast.plan.adopted_paragraph = "KS 2024/512", TODAY, "114"
    report = report_of(cast)
    assert report.organisation == "Lillköpings kommun"
    assert report.subtitle == "Kommunstyrelsen, half-year closing 2025"
    assert "§ 114" in report.adopted
    assert report.registry_number == "KS 2024/512"


def test_a_plan_that_is_not_adopted_says_so(cast: Cast) -> None:
    assert report_of(cast).adopted == "The plan is not adopted."


def test_rows_hold_words_and_values_that_can_be_kept(half_year: Cast) -> None:
    rows = report_of(half_year).rows
    kept = json.loads(json.dumps([asdict(row) for row in rows], cls=DjangoJSONEncoder))
    assert [row["title"] for row in kept] == [row.title for row in rows]
    assert kept[-1]["missing"] == ["action", "approval"]


class TestConfidentialRisks:
    @pytest.fixture(autouse=True)
    def _risks(self, cast: Cast) -> None:
        make_control(make_risk(cast.plan, "öppen"))
        for title, section in [("hemlig 1", "OSL 18:8"), ("hemlig 2", "OSL 18:8"), ("hemlig 3", "OSL 15:2")]:
            secret = make_risk(cast.plan, title, is_confidential=True, confidentiality_section=section)
            submitted(cast, make_control(secret, "hemlig kontroll"), result="hemligt resultat", performer=None)

    def test_who_has_the_right_sees_them_marked(self, cast: Cast) -> None:
        report = report_of(cast, cast.johan)
        assert [row.confidentiality for row in report.rows] == ["", "OSL 18:8", "OSL 18:8", "OSL 15:2"]
        assert report.sections_shown == ["OSL 18:8", "OSL 15:2"]
        assert report.left_out == ()

    def test_others_see_how_many_are_left_out_and_by_which_section(self, cast: Cast) -> None:
        report = report_of(cast, cast.karin)
        assert titles(report) == ["öppen"]
        assert [tuple(part) for part in report.left_out] == [("OSL 15:2", 1), ("OSL 18:8", 2)]
        assert report.left_out_count == 3
        assert "hemlig" not in repr(report)

    def test_their_owner_sees_her_own(self, cast: Cast) -> None:
        cast.plan.risks.filter(title="hemlig 2").update(owner=cast.karin)
        report = report_of(cast, cast.karin)
        assert titles(report) == ["öppen", "hemlig 2"]
        assert report.left_out_count == 2

    def test_they_are_left_out_of_the_list_of_reports_too(self, cast: Cast) -> None:
        assert [each.total for each in reports_of_year(cast.karin, TODAY).reports] == [1, 1]
        assert reports_of_year(cast.johan, TODAY).reports[0].total == 4


def test_the_list_of_reports_counts_what_the_reports_count(half_year: Cast) -> None:
    make_risk(half_year.plan, "utan kontroll")
    make_risk(half_year.plan, "låg utan kontroll", likelihood=1, impact=1)
    make_follow_up(make_control(make_risk(half_year.plan, "utan riskvärde", risk_score=None)), half_year.interim)
    shared = make_control(make_risk(half_year.plan, "delad"))
    for unit in (half_year.payroll, half_year.board):
        submitted(half_year, shared, unit=unit, conclusion="significant_deviations")
    Control.objects.create(risk=shared.risk, description="struken", position=9, is_dropped=True)
    listed = {(each.plan.pk, each.closing.kind): each for each in reports_of_year(half_year.eva, TODAY).reports}
    assert len(listed) == 4
    for plan in (half_year.plan, half_year.school_plan):
        for closing in (half_year.interim, half_year.annual):
            report = build_report(half_year.eva, plan, closing, today=TODAY)
            found = listed[plan.pk, closing.kind]
            assert (found.total, found.done, found.approved) == (report.total, report.done, report.approved)
            assert found.missing == report.missing


def test_the_list_of_reports_holds_what_the_reader_may_read(cast: Cast) -> None:
    def units(user: Any) -> set[Unit]:
        return {each.plan.unit for each in reports_of_year(user, TODAY).reports}

    assert units(cast.eva) == units(cast.ake) == {cast.board, cast.school_board}
    assert units(cast.karin) == {cast.board}
    assert units(cast.bo) == {cast.school_board}
    assert units(cast.nils) == set()


@pytest.mark.parametrize(
    ("today", "shown"), [(date(2025, 3, 1), 2025), (date(2026, 1, 12), 2025), (date(2026, 4, 16), 2026), (date(2027, 9, 1), 2026)]
)
def test_the_list_begins_with_the_year_whose_report_is_due_next(cast: Cast, today: date, shown: int) -> None:
    ControlPlan.objects.create(unit=cast.board, year=2026, matrix=cast.plan.matrix)
    assert reports_of_year(cast.eva, date(2026, 4, 16)).year == 2025  # the new year has no closings yet
    make_closing(cast.municipality, "interim", 2026)
    assert reports_of_year(cast.eva, today).year == shown


@pytest.mark.parametrize("how_many", [20, 2000])
def test_rows_are_read_by_one_query_and_the_rest_by_one(cast: Cast, django_assert_num_queries: Any, how_many: int) -> None:
    make_many_risks(cast.plan, how_many, closing=cast.interim, performer=cast.karin)
    cast.eva.forget_grants()
    with django_assert_num_queries(4):  # the grants, what is not shown, the rows, the last seal
        assert report_of(cast).total == how_many
