"""Rows that name no control but say how a risk is followed up, or with what result: they find it, make it or ask."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import translation

from controls.importing.changes import PlanChanges
from controls.importing.comparing import compare
from controls.importing.plan import ImportOutcome, ImportRefused, import_rows
from controls.importing.target import Target, find_target
from controls.models import Action, Control, FollowUp
from riskreg.importing.account import Fate
from riskreg.importing.fields import Field
from riskreg.importing.questions import Question
from riskreg.models import ControlPlan, Risk
from tests.cast import Cast

from .test_import_pages import act, preview, upload
from .test_plan_import import rows_of

PLAN = "Risk;Riskvärde;Kontrollmoment\nFelaktiga löner;6;Stickprov av attester\nRamavtal följs inte;8;Stickprov av inköp\n"
RESULTS = """Risk;Resultat;Bedömning;Åtgärd
Felaktiga löner;Tolv av 40 löner var fel.;Väsentliga avvikelser;Rutinen ses över av HR
Ramavtal följs inte;Inga fel hittades.;Inga avvikelser;Inga åtgärder
"""
METHODS = """Risk;Sannolikhet;Konsekvens;Kontrollmetod;Frekvens;Kontrollansvarig
Felaktiga löner;3;2;Stickprov av 20 löner mot anställningsavtal;2 ggr/år, mars och oktober;Lönechef
Ramavtal följs inte;2;4;Genomgång av alla inköp över 100 tkr;Årligen i oktober;Upphandlingschef
"""
TWO = PLAN + ";;Avstämning mot schema\n"


@pytest.fixture
def closing(cast: Cast, target: Target) -> Target:
    return find_target(cast.board, 2025, None, cast.interim)


def go(text: str, target: Target, cast: Cast, **answers: str) -> ImportOutcome:
    given = {key.replace("_", "-"): value for key, value in answers.items()}
    return import_rows(rows_of(text, target), target, by=cast.eva, source="plan.csv", answers=given)


def changes_of(text: str, target: Target, cast: Cast) -> PlanChanges:
    return compare(rows_of(text, target), target, by=cast.eva)


def questions_of(text: str, target: Target, cast: Cast) -> list[Question]:
    return changes_of(text, target, cast).findings.asked.questions


def test_results_alone_go_to_the_risks_only_control(cast: Cast, target: Target, closing: Target) -> None:
    go(PLAN, target, cast)
    outcome = go(RESULTS, closing, cast)
    assert (outcome.changed_nothing, outcome.counts["follow_ups_new"]) == (False, 2)
    salaries, purchases = FollowUp.objects.order_by("control__risk__number")
    assert (salaries.result, salaries.conclusion) == ("Tolv av 40 löner var fel.", "significant_deviations")
    assert (purchases.result, purchases.conclusion) == ("Inga fel hittades.", "no_deviations")
    assert list(Action.objects.order_by("pk").values_list("description", flat=True)) == [
        "Rutinen ses över av HR",
        "Inga åtgärder",
    ]
    assert list(Control.objects.values_list("description", flat=True)) == ["Stickprov av attester", "Stickprov av inköp"]
    assert go(RESULTS, closing, cast).changed_nothing


def test_results_alone_go_into_an_adopted_plan(cast: Cast, target: Target, closing: Target) -> None:
    plan = go(PLAN, target, cast).plan
    ControlPlan.objects.filter(pk=plan.pk).update(state="adopted", adopted_on="2025-01-15", adopted_paragraph="§ 4")
    go(RESULTS, closing, cast)
    assert FollowUp.objects.count() == 2


def test_every_cell_of_results_alone_is_taken(cast: Cast, target: Target, closing: Target) -> None:
    go(PLAN, target, cast)
    rows = rows_of(RESULTS, closing)
    changes = compare(rows, closing, by=cast.eva)
    fates = {changes.findings.settled(row, name).fate for row in rows for name in row.sources}
    assert fates == {Fate.TAKEN}


def test_a_control_is_made_of_the_methods_words(cast: Cast, target: Target) -> None:
    go(METHODS, target, cast)
    salaries, purchases = Control.objects.order_by("risk__number")
    assert (salaries.description, salaries.method) == ("Stickprov av 20 löner mot anställningsavtal", "sampling")
    assert (salaries.frequency, salaries.frequency_wording) == ("half_yearly", "2 ggr/år, mars och oktober")
    assert (salaries.performer_text, salaries.method_wording) == ("Lönechef", "")
    assert (purchases.description, purchases.method) == ("Genomgång av alla inköp över 100 tkr", "review")
    assert (purchases.frequency, purchases.frequency_wording) == ("yearly", "Årligen i oktober")
    assert go(METHODS, target, cast).changed_nothing


def test_two_methods_of_one_risk_are_two_controls(cast: Cast, target: Target) -> None:
    go("Risk;Riskvärde;Metod\nBrand;8;Stickprov av larm\nBrand;8;Enkät till chefer\n", target, cast)
    assert Risk.objects.count() == 1
    assert list(Control.objects.values_list("description", flat=True)) == ["Stickprov av larm", "Enkät till chefer"]


def test_a_method_beside_results_does_not_rename_the_only_control(cast: Cast, target: Target, closing: Target) -> None:
    go(PLAN, target, cast)
    go("Risk;Metod;Resultat\nFelaktiga löner;Stickprov av 40 löner;Tolv fel.\n", closing, cast)
    control = Control.objects.get(risk__title="Felaktiga löner")
    assert (control.description, control.method_wording) == ("Stickprov av attester", "Stickprov av 40 löner")
    assert FollowUp.objects.get().control == control


def test_with_several_controls_a_person_says_which(cast: Cast, target: Target, closing: Target) -> None:
    go(TWO, target, cast)
    text = "Risk;Resultat\nRamavtal följs inte;Inga fel hittades.\n"
    (question,) = questions_of(text, closing, cast)
    assert [choice.label for choice in question.choices][:2] == ["Stickprov av inköp", "Avstämning mot schema"]
    with pytest.raises(ImportRefused, match=question.key):
        go(text, closing, cast)
    assert not FollowUp.objects.exists()
    go(text, closing, cast, **{question.key: question.choices[1].code})
    assert FollowUp.objects.get().control.description == "Avstämning mot schema"


def test_the_answer_holds_when_the_row_has_moved(cast: Cast, target: Target, closing: Target) -> None:
    go(TWO, target, cast)
    row = "Ramavtal följs inte;Inga fel hittades.\n"
    (question,) = questions_of(f"Risk;Resultat\n{row}", closing, cast)
    (moved,) = questions_of(f"Risk;Resultat\nFelaktiga löner;Tolv fel.\n{row}", closing, cast)
    assert (moved.key, moved.row) == (question.key, 3)


def test_a_row_that_a_person_leaves_out_is_left_out(cast: Cast, target: Target, closing: Target) -> None:
    go(TWO, target, cast)
    text = "Risk;Resultat\nRamavtal följs inte;Inga fel hittades.\n"
    (question,) = questions_of(text, closing, cast)
    rows = rows_of(text, closing)
    changes = compare(rows, closing, by=cast.eva, answers={question.key: "leave_out"})
    assert changes.errors == []
    assert changes.findings.settled(rows[0], Field.RESULT).reason == "no_control"


def test_without_any_control_it_is_asked_once_for_the_file(cast: Cast, closing: Target) -> None:
    text = "Risk;Riskvärde;Resultat\nBrand;8;Inga fel.\nStöld;6;Två fel.\n"
    (question,) = questions_of(text, closing, cast)
    assert (question.key, question.guess) == ("no-control", "make")
    go(text, closing, cast, no_control="make")
    assert {follow_up.result for follow_up in FollowUp.objects.all()} == {"Inga fel.", "Två fel."}


# On the page and the command line


def test_the_question_is_answered_on_the_page(cast: Cast, client: Client, target: Target) -> None:
    client.force_login(cast.eva)
    plan_import = upload(client, cast, "Risk;Riskvärde;Resultat\nBrand;8;Inga fel.\n", closing=cast.interim.pk)
    page = preview(client, plan_import)
    assert 'name="answer-no-control" value="make"' in page
    assert 'name="_confirm"' not in page
    act(client, plan_import, "_confirm")
    assert not Risk.objects.exists()
    act(client, plan_import, "_answers", **{"answer-no-control": "make", "answer-nonsense": "x"})
    plan_import.refresh_from_db()
    assert plan_import.answers == {"no-control": "make"}
    act(client, plan_import, "_answers", **{"answer-no-control": "no choice"})
    plan_import.refresh_from_db()
    assert plan_import.answers == {"no-control": "make"}
    assert 'value="make" checked' in preview(client, plan_import)
    act(client, plan_import, "_confirm")
    assert FollowUp.objects.get().result == "Inga fel."


def command(tmp_path: Path, cast: Cast, *more: str, text: str = "Risk;Riskvärde;Resultat\nBrand;8;Inga fel.\n") -> str:
    file = tmp_path / "plan.csv"
    file.write_text(text, encoding="utf-8")
    out = StringIO()
    arguments: Any = ("--unit", "Kommunstyrelsen", "--year", "2025", "--closing", "annual", "--by", cast.eva.email, *more)
    with translation.override("sv"):
        call_command("import_plan", str(file), *arguments, stdout=out, stderr=out)
    return out.getvalue()


@pytest.mark.parametrize("accepting", [["--yes-to", "no-control"], ["--answer", "no-control=make"]])
def test_the_command_line_answers_by_a_flag_that_names_the_question(
    tmp_path: Path, cast: Cast, target: Target, accepting: list[str]
) -> None:
    with pytest.raises(CommandError):
        command(tmp_path, cast)
    assert not Risk.objects.exists()
    command(tmp_path, cast, *accepting)
    assert FollowUp.objects.get().result == "Inga fel."


@pytest.mark.parametrize("wrong", [["--yes-to", "another"], ["--answer", "no-control"]])
def test_a_flag_that_names_no_question_or_no_choice_is_refused(
    tmp_path: Path, cast: Cast, target: Target, wrong: list[str]
) -> None:
    with pytest.raises(CommandError):
        command(tmp_path, cast, *wrong)
    assert not Risk.objects.exists()
