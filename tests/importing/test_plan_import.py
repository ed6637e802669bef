"""Rows into a plan: all or nothing, nothing twice, and a changed file says what would change."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.utils import translation

from controls.importing.changes import Effect
from controls.importing.comparing import compare
from controls.importing.plan import ImportOutcome, ImportRefused, import_rows
from controls.importing.reading import read
from controls.importing.target import Target, find_target
from controls.models import Action, Control, FollowUp
from riskreg.access.verbs import NotPermitted
from riskreg.models import ControlPlan, Risk, Role, Unit
from tests.cast import Cast, make_risk, make_user

PLAN = """Nr;Identifierad risk;Riskbeskrivning;Riskvärde;Kategori;Kontrollmoment;Ansvarig
1;Energibrist;El kan saknas.;8;Säkerhet;Stickprov av kontinuitetsplaner.;Karin Lindqvist
2;Felaktig lön;Fel lön betalas ut.;6 (Sannolikhet: 3, Konsekvens: 2);Personal;Stickprov av attest.;Någon Okänd
;;;;;Avstämning mot schema.;
"""
RESULTS = """Identifierad risk;Riskvärde;Kontrollmoment;Resultat;Bedömning;Åtgärd
Energibrist;8;Stickprov av kontinuitetsplaner.;Alla har planer.;Inga avvikelser;Inga ytterligare åtgärder erfordras.
Felaktig lön;6;Stickprov av attest.;Påbörjad.;Pågår;Fortsätter till årsbokslutet.
;;Avstämning mot schema.;Två fel.;Mindre avvikelser;
"""


def rows_of(text: str, target: Target) -> Any:
    reading = read(io.BytesIO(text.encode()), "plan.csv", target)
    assert reading.errors == []
    return reading.rows


def go(text: str, target: Target, cast: Cast) -> ImportOutcome:
    return import_rows(rows_of(text, target), target, by=cast.eva, source="plan.csv")


def test_a_file_becomes_a_plan_with_risks_and_controls(cast: Cast, target: Target) -> None:
    outcome = go(PLAN, target, cast)
    plan = ControlPlan.objects.get(unit=cast.board, year=2025)
    assert outcome.plan == plan
    energy, pay = plan.risks.order_by("number")
    assert (energy.title, energy.risk_score, energy.likelihood) == ("Energibrist", 8, None)
    assert (pay.likelihood, pay.impact, pay.risk_score) == (3, 2, 6)
    assert energy.owner == cast.karin
    assert (pay.owner, pay.owner_text) == (None, "Någon Okänd")
    (told,) = [problem for problem in compare(rows_of(PLAN, target), target, by=cast.eva).problems if "Okänd" in problem.message]
    assert (told.severity, cast.karin.name in told.message) == ("warning", False)
    assert str(energy.category) == "Säkerhet"
    assert [(c.position, c.method) for c in pay.controls.order_by("position")] == [(1, "sampling"), (2, "reconciliation")]


def test_the_history_says_who_imported_what_file(cast: Cast, target: Target) -> None:
    go(PLAN, target, cast)
    for row in [*Risk.history.all(), *Control.history.all()]:
        assert row.history_user == cast.eva
        assert row.history_user_name == "Eva Åström"
        assert "plan.csv" in row.history_change_reason


def test_the_same_file_again_changes_nothing_and_says_so(cast: Cast, target: Target) -> None:
    go(PLAN, target, cast)
    before = Risk.history.count() + Control.history.count()
    again = go(PLAN, target, cast)
    assert again.changed_nothing
    assert again.counts == {"risks_same": 2, "controls_same": 3}
    assert Risk.history.count() + Control.history.count() == before


def test_a_changed_file_shows_each_field_that_would_change(cast: Cast, target: Target) -> None:
    go(PLAN, target, cast)
    changed = PLAN.replace("El kan saknas.", "El kan saknas länge.").replace(";8;", ";12;")
    changes = compare(rows_of(changed, target), target, by=cast.eva)
    assert [(f.name, f.old, f.new) for f in changes.risks[0].fields] == [
        ("description", "El kan saknas.", "El kan saknas länge."),
        ("risk_score", "8", "12"),
    ]
    assert changes.risks[1].overall is Effect.SAME
    assert go(changed, target, cast).counts["risks_changed"] == 1
    assert Risk.objects.get(title="Energibrist").risk_score == 12


def test_a_bare_score_that_agrees_keeps_the_factors_somebody_has_placed(cast: Cast, target: Target) -> None:
    go(PLAN, target, cast)
    energy = Risk.objects.get(title="Energibrist")
    energy.likelihood, energy.impact = 2, 4
    energy.save()
    assert go(PLAN, target, cast).changed_nothing
    energy.refresh_from_db()
    assert (energy.likelihood, energy.impact) == (2, 4)


def test_a_bare_score_that_differs_takes_the_factors_away(cast: Cast, target: Target) -> None:
    go(PLAN, target, cast)
    go(PLAN.replace("6 (Sannolikhet: 3, Konsekvens: 2)", "12"), target, cast)
    pay = Risk.objects.get(title="Felaktig lön")
    assert (pay.risk_score, pay.likelihood, pay.impact) == (12, None, None)


def test_a_silent_file_takes_nothing_away(cast: Cast, target: Target) -> None:
    go(PLAN, target, cast)
    go("Identifierad risk;Riskvärde\nEnergibrist;8\n", target, cast)
    energy = Risk.objects.get(title="Energibrist")
    assert energy.description == "El kan saknas."
    assert energy.controls.count() == 1


REMAINING = """Nr;Identifierad risk;Riskvärde;Riskvärde efter åtgärd;Kontrollmoment
1;Energibrist;3 x 4 = 12;{energy};Stickprov.
2;Felaktig lön;6;{pay};Avstämning.
"""


def test_what_remains_after_controls_is_read_with_its_factors_or_as_a_score(cast: Cast, target: Target) -> None:
    text = REMAINING.format(energy="2 x 3 = 6", pay="4")
    plan = go(text, target, cast).plan
    energy, pay = plan.risks.order_by("number")
    assert (energy.risk_score, energy.residual_likelihood, energy.residual_impact, energy.residual_score) == (12, 2, 3, 6)
    assert (pay.risk_score, pay.residual_likelihood, pay.residual_score) == (6, None, 4)
    again = find_target(cast.board, 2025)
    assert compare(rows_of(text, again), again, by=cast.eva).changes_nothing
    changed = find_target(cast.board, 2025)
    go(REMAINING.format(energy="8", pay="-"), changed, cast)
    energy, pay = plan.risks.order_by("number")
    assert (energy.residual_likelihood, energy.residual_score, pay.residual_score) == (None, 8, 4)


FACTORS_REMAIN = """Nr;Identifierad risk;Sannolikhet;Konsekvens;Riskvärde;{headings}
1;Energibrist;3;4;12;{cells}
"""


@pytest.mark.parametrize(
    ("headings", "cells", "expected"),
    [
        ("Sannolikhet efter åtgärd;Konsekvens efter åtgärd;Restrisk", "2;3;6", (2, 3, 6)),
        ("Sannolikhet (efter åtgärd);Konsekvens (efter åtgärd)", "2;3", (2, 3, 6)),
        ("Kvarvarande sannolikhet;Kvarvarande konsekvens;Kvarvarande risk", "2;3;", (2, 3, 6)),
        ("S efter kontroll;K efter kontroll;RV efter kontroll", "2;;6", (2, 3, 6)),
        ("Residual likelihood;Residual impact;Residual risk", "-;-;6", (None, None, 6)),
        ("Likelihood after mitigation;Consequence after mitigation;Net risk", "2;3;2 x 3 = 6", (2, 3, 6)),
        ("Sannolikhet efter kontroller;Konsekvens efter kontroller", ";", (None, None, None)),
    ],
)
def test_what_remains_is_read_from_columns_of_its_own(
    cast: Cast, target: Target, headings: str, cells: str, expected: tuple[int | None, ...]
) -> None:
    energy = go(FACTORS_REMAIN.format(headings=headings, cells=cells), target, cast).plan.risks.get()
    assert (energy.likelihood, energy.impact, energy.risk_score) == (3, 4, 12)
    assert (energy.residual_likelihood, energy.residual_impact, energy.residual_score) == expected


@pytest.mark.parametrize(
    ("before", "after"), [("Före åtgärd", "Efter åtgärd"), ("Riskbedömning", "Kvarvarande risk"), ("Before", "After mitigation")]
)
def test_what_remains_is_read_under_a_wide_heading(cast: Cast, target: Target, before: str, after: str) -> None:
    text = f"""Nr;Identifierad risk;{before};;;Kontrollmoment;{after};;
;;S;K;RV;;S;K;RV
1;Energibrist;3;4;12;Stickprov.;2;3;6
"""
    energy = go(text, target, cast).plan.risks.get()
    assert (energy.likelihood, energy.impact, energy.risk_score) == (3, 4, 12)
    assert (energy.residual_likelihood, energy.residual_impact, energy.residual_score) == (2, 3, 6)


@pytest.mark.parametrize(
    ("cells", "field", "code"),
    [
        ("2;3;8", "residual", "score_contradiction"),
        ("5;3;", "residual_likelihood", "level_not_on_scale"),
        ("hög;3;6", "residual_likelihood", "level_unknown_label"),
        ("2;3;2 x 4 = 8", "residual_impact", "statement_contradiction"),
        ("2;;7", "residual", "score_impossible"),
        ("3;;8", "residual_likelihood", "factor_contradiction"),
    ],
)
def test_what_remains_is_refused_when_its_columns_contradict_each_other(
    target: Target, cells: str, field: str, code: str
) -> None:
    headings = "Sannolikhet efter åtgärd;Konsekvens efter åtgärd;Riskvärde efter åtgärd"
    reading = read(io.BytesIO(FACTORS_REMAIN.format(headings=headings, cells=cells).encode()), "plan.csv", target)
    assert [(problem.row, problem.field, getattr(problem, "code", "")) for problem in reading.errors] == [(2, field, code)]


@pytest.mark.parametrize("stated", ["7", "2 x 3 = 8", "5 x 5 = 25", "6 eller 8"])
def test_what_remains_is_refused_by_row_and_column_when_it_cannot_be(cast: Cast, target: Target, stated: str) -> None:
    reading = read(io.BytesIO(REMAINING.format(energy=stated, pay="4").encode()), "plan.csv", target)
    (problem,) = reading.errors
    assert (problem.row, problem.field) == (2, "residual")
    assert "Riskvärde efter åtgärd" in str(problem) or "residual" in repr(problem)


def test_results_go_to_the_chosen_closing(cast: Cast, target: Target) -> None:
    go(PLAN, target, cast)
    at_closing = find_target(cast.board, 2025, closing=cast.interim)
    go(RESULTS, at_closing, cast)
    states = {f.control.description: f for f in FollowUp.objects.select_related("control")}
    assert states["Stickprov av kontinuitetsplaner."].state == "submitted"
    assert states["Stickprov av kontinuitetsplaner."].submitted_by == cast.eva
    assert states["Stickprov av attest."].conclusion == "ongoing"
    assert states["Stickprov av attest."].actions.get().kind == Action.Kind.CONTINUES
    assert states["Stickprov av kontinuitetsplaner."].actions.get().kind == Action.Kind.NONE_NEEDED


def test_a_deviation_without_action_is_not_handed_in(cast: Cast, target: Target) -> None:
    go(PLAN, target, cast)
    go(RESULTS, find_target(cast.board, 2025, closing=cast.interim), cast)
    assert FollowUp.objects.get(control__description="Avstämning mot schema.").state == "in_progress"


def test_results_without_a_closing_are_left_out_with_a_warning(cast: Cast, target: Target) -> None:
    changes = compare(rows_of(RESULTS, target), target, by=cast.eva)
    assert [(problem.severity, problem.field) for problem in changes.problems] == [("warning", "result")]
    go(RESULTS, target, cast)
    assert FollowUp.objects.count() == 0


def test_results_again_change_nothing(cast: Cast, target: Target) -> None:
    at_closing = find_target(cast.board, 2025, closing=cast.interim)
    go(RESULTS, at_closing, cast)
    assert go(RESULTS, at_closing, cast).changed_nothing
    assert Action.objects.count() == 2


def test_a_submitted_follow_up_is_not_overwritten(cast: Cast, target: Target) -> None:
    at_closing = find_target(cast.board, 2025, closing=cast.interim)
    go(RESULTS, at_closing, cast)
    with pytest.raises(ImportRefused) as refused:
        go(RESULTS.replace("Alla har planer.", "Nästan alla har planer."), at_closing, cast)
    problem = refused.value.problems[0]
    assert problem.row == 2
    assert problem.field == "result"
    assert FollowUp.objects.get(control__risk__title="Energibrist").result == "Alla har planer."


def test_an_adopted_plans_risks_stand_but_results_go_in(cast: Cast, target: Target) -> None:
    plan = go(PLAN, target, cast).plan
    plan.state, plan.adopted_on, plan.adopted_paragraph = "adopted", "2024-12-16", "§ 191"
    plan.save()
    with pytest.raises(ImportRefused) as refused:
        go(PLAN.replace(";8;", ";12;"), target, cast)
    assert refused.value.problems[0].row == 2
    assert "”8” → ”12”" in str(refused.value.problems[0].message)
    go(RESULTS, find_target(cast.board, 2025, closing=cast.interim), cast)
    assert FollowUp.objects.count() == 3


def test_nothing_is_written_when_one_row_is_wrong(cast: Cast, target: Target) -> None:
    too_long = PLAN.replace("Felaktig lön;", "x" * 301 + ";")
    with pytest.raises(ImportRefused) as refused:
        go(too_long, target, cast)
    (problem,) = refused.value.problems
    assert (problem.row, problem.field) == (3, "title")
    assert "301" in str(problem.message)
    assert "300" in str(problem.message)
    assert not ControlPlan.objects.filter(unit=cast.board, year=2025).exists()


def test_a_row_names_its_unit_below_the_plans(cast: Cast, target: Target) -> None:
    go("Identifierad risk;Riskvärde;Enhet\nFel lön;6;Löneenheten\n", target, cast)
    assert Risk.objects.get(title="Fel lön").unit == cast.payroll


def test_an_unknown_unit_is_an_error_that_lists_the_known(cast: Cast, target: Target) -> None:
    changes = compare(rows_of("Identifierad risk;Riskvärde;Enhet\nFel lön;6;Rymdbolaget\n", target), target, by=cast.eva)
    (error,) = changes.errors
    assert (error.row, error.value) == (2, "Rymdbolaget")
    assert "Kommunledningskontoret, Kommunstyrelsen, Löneenheten" in str(error.message)


def test_the_files_numbers_are_kept(cast: Cast, target: Target) -> None:
    go("Nr;Identifierad risk;Riskvärde\n7;Sju;6\n;Utan nummer;6\n2;Två;6\n", target, cast)
    assert dict(Risk.objects.values_list("title", "number")) == {"Sju": 7, "Två": 2, "Utan nummer": 8}


@pytest.mark.parametrize("who", ["karin", "ake", "siv", "ulla", "bo"])
def test_only_those_who_build_the_units_plan_may_import(cast: Cast, target: Target, who: str) -> None:
    with pytest.raises(NotPermitted):
        import_rows(rows_of(PLAN, target), target, by=getattr(cast, who), source="plan.csv")


def test_a_corrected_title_is_the_same_risk_by_its_number(cast: Cast, target: Target) -> None:
    go(PLAN, target, cast)
    assert go(PLAN.replace("Felaktig lön;", "Felaktiga löner;"), target, cast).counts["risks_changed"] == 1
    assert set(Risk.objects.values_list("title", flat=True)) == {"Energibrist", "Felaktiga löner"}


def test_another_risk_of_the_same_number_is_a_new_one(cast: Cast, target: Target) -> None:
    go(PLAN, target, cast)
    go(PLAN.replace("Energibrist", "Bristande service i upphandlingsfrågor"), target, cast)
    assert set(Risk.objects.values_list("title", flat=True)) == {
        "Energibrist",
        "Felaktig lön",
        "Bristande service i upphandlingsfrågor",
    }


def test_a_risk_is_never_renamed_to_one_that_stands_further_down(cast: Cast, target: Target) -> None:
    go("Nr;Identifierad risk;Riskvärde\n1;Felaktig lön;6\n", target, cast)
    go("Nr;Identifierad risk;Riskvärde\n1;Felaktig läkemedelslista;8\n2;Felaktig lön;6\n", target, cast)
    assert dict(Risk.objects.values_list("title", "number")) == {"Felaktig lön": 1, "Felaktig läkemedelslista": 2}


SECRET = "Nr;Identifierad risk;Riskvärde;Kontrollmoment\n1;Förhandling om Zebran;4;Zebrans avtal\n"


def test_a_confidential_risk_takes_no_part_in_the_import_of_who_does_not_see_it(cast: Cast, target: Target) -> None:
    cast.plan = ControlPlan.objects.create(unit=cast.board, year=2025, matrix=target.matrix)
    hidden = make_risk(
        cast.plan, "Förhandling om Zebran", description="Hemlig text", is_confidential=True, confidentiality_section="OSL 19:3"
    )
    blind = make_user("Berit Blind", cast.board, Role.CONTROLLER)
    rows = rows_of(SECRET, target)
    changes = compare(rows, target, by=blind)
    assert (changes.risks, changes.not_in_file) == ([], [])
    assert [risk.existing for risk in compare(rows, target, by=cast.eva).risks] == [hidden]
    with pytest.raises(ImportRefused):
        import_rows(rows, target, by=blind, source="plan.csv")
    hidden.refresh_from_db()
    assert (hidden.risk_score, hidden.controls.count()) == (6, 0)
    assert not Risk.objects.visible_to(blind).exists()


def test_the_people_of_another_municipality_are_not_found_by_name(cast: Cast, target: Target) -> None:
    elsewhere = Unit.objects.create(name="Storköpings kommun", kind=Unit.Kind.MUNICIPALITY)
    make_user("Signe Stor", elsewhere, Role.MANAGER)
    go("Identifierad risk;Riskvärde;Riskägare\nEnergibrist;8;Signe Stor\n", target, cast)
    risk = Risk.objects.get()
    assert (risk.owner, risk.owner_text) == (None, "Signe Stor")


def test_of_two_plans_in_one_file_none_is_imported_and_both_are_named(cast: Cast, target: Target) -> None:
    heading = "Identifierad risk;Riskvärde;Kontrollmoment\n"
    text = (
        f"Internkontrollplan Kulturnämnden;;\n{heading}Brand;8;Larm provas.\n;;\n"
        f"Internkontrollplan Tekniska nämnden;;\n{heading}Stöld;6;Lås ses över.\n"
    )
    (problem,) = read(io.BytesIO(text.encode()), "plan.csv", target).errors
    assert "Kulturnämnden" in str(problem.message)
    assert "Tekniska nämnden" in str(problem.message)


def test_a_file_with_a_heading_row_only_is_an_error(cast: Cast, target: Target) -> None:
    reading = read(io.BytesIO(b"Identifierad risk;Riskbeskrivning;Kontrollmoment\n"), "plan.csv", target)
    assert (reading.rows, len(reading.errors)) == ([], 1)


def test_factors_that_contradict_the_score_stop_the_import_by_row(cast: Cast, target: Target) -> None:
    text = "Identifierad risk;Sannolikhet;Konsekvens;Riskvärde\nEnergibrist;2;4;8\nFelaktig lön;3;3;6\n"
    (problem,) = read(io.BytesIO(text.encode()), "plan.csv", target).errors
    assert problem.row == 3
    with translation.override("en"):
        assert "The risk score 6 contradicts likelihood 3 × impact 3 = 9" in str(problem.message)
