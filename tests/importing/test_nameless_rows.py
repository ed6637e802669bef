"""Results whose rows name their risk by its number, or by a control's text, alone: they find the plan's, ask, or are refused."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import translation

from controls.importing.comparing import compare
from controls.importing.plan import ImportRefused, import_rows
from controls.importing.target import Target, find_target
from controls.models import Control, FollowUp
from riskreg.importing.account import Fate
from riskreg.importing.fields import Field
from riskreg.models import ControlPlan, Risk
from tests.cast import Cast, make_control, make_risk

from .documents import docx_of, xlsx_of
from .numbered_plan import (
    BY_RISKS_NUMBER,
    CONTROLS,
    NUMBERS,
    Plan,
    adopted_plan,
    answered,
    compared,
    errors,
    go,
    questions_of,
    reading_of,
    results,
)
from .pdf_layouts import pdf_of, table
from .test_import_pages import act, preview, upload


@pytest.fixture
def plan(cast: Cast) -> Plan:
    return adopted_plan(cast)


@pytest.fixture
def closing(cast: Cast) -> Target:
    return find_target(cast.board, 2025, None, cast.interim)


def test_a_number_alone_finds_the_plans_risk_when_a_person_confirms_it(cast: Cast, plan: Plan, closing: Target) -> None:
    Control.objects.filter(pk=plan.agreements.pk).delete()
    asked = compared(NUMBERS, closing, cast.eva)
    (question,) = questions_of(asked)
    assert (question.guess, question.is_open) == ("yes", True)
    assert "1 = Felaktiga löner; 2 = Ramavtal följs inte" in question.text
    with pytest.raises(ImportRefused):
        go(NUMBERS, closing, cast.eva)
    assert not FollowUp.objects.exists()
    answers = answered(asked, lambda question: question.guess)
    outcome = go(NUMBERS, closing, cast.eva, answers)
    assert [(change.title, change.found_by) for change in outcome.changes.risks] == [
        ("Felaktiga löner", Field.NUMBER),
        ("Ramavtal följs inte", Field.NUMBER),
    ]
    assert results() == {
        "Stickprov av attest": ("Tolv av 40 löner var fel.", "significant_deviations"),
        "Stickprov av inköp": ("Inga fel.", "no_deviations"),
    }
    assert (Risk.objects.count(), Control.objects.count()) == (2, 2)
    assert go(NUMBERS, closing, cast.eva, answers).changed_nothing


def test_numbers_that_a_person_says_are_not_the_risks_are_refused(cast: Cast, plan: Plan, closing: Target) -> None:
    answers = answered(compared(NUMBERS, closing, cast.eva), lambda _question: "no")
    changes = compared(NUMBERS, closing, cast.eva, answers)
    assert (changes.risks, len(changes.errors)) == ([], 1)
    with pytest.raises(ImportRefused):
        go(NUMBERS, closing, cast.eva, answers)


@pytest.mark.parametrize(
    "text",
    [
        "Nr;Resultat\nRisk 1;Två fel.\n",
        "Risk-ID;Resultat\n1;Två fel.\n",
        "Nr;Resultat\nR1.;Två fel.\n",
        "Risk;Resultat\n1;Två fel.\n",
    ],
)
def test_a_number_that_is_said_to_be_a_risks_needs_no_confirmation(cast: Cast, plan: Plan, closing: Target, text: str) -> None:
    changes = compared(text, closing, cast.eva)
    assert (questions_of(changes), changes.errors) == ([], [])
    assert [change.existing for change in changes.risks] == [plan.salaries]


def test_of_several_controls_it_is_asked_row_by_row_which_one_is_meant(cast: Cast, plan: Plan, closing: Target) -> None:
    text = "Risknr;Resultat;Bedömning\n2;Inga fel.;Inga avvikelser\n2;Inga fel.;Inga avvikelser\n"
    asked = compared(text, closing, cast.eva)
    first, second = questions_of(asked)
    assert all("Ramavtal följs inte" in question.text for question in (first, second))
    labels = [choice.label for choice in first.choices]
    assert labels[:2] == ["Stickprov av inköp", "Genomgång av avtal"]
    codes = [choice.code for choice in first.choices]
    go(text, closing, cast.eva, {first.key: codes[1], second.key: codes[0]})
    assert set(results()) == {"Stickprov av inköp", "Genomgång av avtal"}


def test_a_second_row_about_an_only_control_is_not_said_to_have_none(cast: Cast, plan: Plan, closing: Target) -> None:
    text = "Risknr;Resultat;Bedömning\n1;Två fel.;Avvikelser\n1;Inga fel.;Inga avvikelser\n"
    first, _second = questions_of(compared(text, closing, cast.eva))
    only = first.choices[0].code
    asked = [one for one in questions_of(compared(text, closing, cast.eva, {first.key: only})) if one.key != first.key]
    assert [question.key.startswith("control-") for question in asked if "fel." in question.value] == [True]
    assert not [question.key for question in asked if "no-control" in question.key]


def test_an_unknown_number_is_named_with_its_row_and_what_is_allowed(cast: Cast, plan: Plan, closing: Target) -> None:
    make_risk(cast.plan, "Energibrist", number=9)
    text = "Risknr;Resultat\n1;Ett fel.\n5;Två fel.\n2024-01;Tre fel.\n"
    changes = compared(text, closing, cast.eva)
    with translation.override("sv"):
        assert errors(compared(text, closing, cast.eva)) == [
            (3, "”5” är inget nummer på en risk i planen. Tillåtet: 1–2, 9."),
            (4, "”2024-01” är inget nummer på en risk i planen. Tillåtet: 1–2, 9."),
        ]
    assert changes.errors
    with pytest.raises(ImportRefused):
        go(text, closing, cast.eva)
    assert not FollowUp.objects.exists()


def test_a_controls_text_alone_finds_it_in_the_plan(cast: Cast, plan: Plan, closing: Target) -> None:
    outcome = go(CONTROLS, closing, cast.eva)
    assert results() == {
        "Stickprov av attest": ("Två fel.", "minor_deviations"),
        "Stickprov av inköp": ("Inga fel.", "no_deviations"),
    }
    assert [change.found_by for change in outcome.changes.risks] == [Field.CONTROL, Field.CONTROL]
    assert Control.objects.count() == 3
    assert go(CONTROLS, closing, cast.eva).changed_nothing


def test_a_text_that_no_control_has_is_named_with_what_is_allowed(cast: Cast, plan: Plan, closing: Target) -> None:
    text = CONTROLS.replace("inköp", "allt")
    ((row, message),) = errors(compared(text, closing, cast.eva))
    assert row == 2
    assert all(part in message for part in ("Stickprov av allt", "Stickprov av attest", "Stickprov av inköp"))
    with pytest.raises(ImportRefused):
        go(text, closing, cast.eva)
    assert not FollowUp.objects.exists()


def test_a_text_of_several_risks_controls_is_asked(cast: Cast, plan: Plan, closing: Target) -> None:
    make_control(plan.salaries, "Stickprov av inköp")
    asked = compared(CONTROLS, closing, cast.eva)
    (question,) = questions_of(asked)
    assert ([choice.label for choice in question.choices], question.row) == (["1. Felaktiga löner", "2. Ramavtal följs inte"], 2)
    go(CONTROLS, closing, cast.eva, {question.key: "risk-2"})
    assert FollowUp.objects.get(result="Inga fel.").control == plan.samples


def test_a_text_that_one_risk_has_twice_is_refused(cast: Cast, plan: Plan, closing: Target) -> None:
    make_control(plan.purchases, "Stickprov av inköp")
    ((row, message),) = errors(compared(CONTROLS, closing, cast.eva))
    assert (row, "2. Ramavtal följs inte" in message) == (2, True)


@pytest.mark.parametrize("state", ["adopted", "draft"])
def test_two_rows_about_one_control_are_refused_and_make_no_second_one(
    cast: Cast, plan: Plan, closing: Target, state: str
) -> None:
    if state == "draft":
        ControlPlan.objects.filter(pk=cast.plan.pk).update(state="draft", adopted_on=None, adopted_paragraph="")
    text = CONTROLS + "Stickprov av attest;Ett fel till.;Mindre avvikelser\n"
    ((row, _message),) = errors(compared(text, closing, cast.eva))
    assert row == 4


def test_number_and_control_of_one_risk_confirm_each_other(cast: Cast, plan: Plan, closing: Target) -> None:
    text = "Nr;Kontrollmoment;Resultat\n2;Genomgång av avtal;Ett fel.\n;Stickprov av inköp;Två fel.\n"
    text += "1;Stickprov av attest;Tre fel.\n"
    changes = compared(text, closing, cast.eva)
    assert (questions_of(changes), changes.errors) == ([], [])
    go(text, closing, cast.eva)
    assert {name: result for name, (result, _conclusion) in results().items()} == {
        "Genomgång av avtal": "Ett fel.",
        "Stickprov av inköp": "Två fel.",
        "Stickprov av attest": "Tre fel.",
    }


def test_a_further_action_of_a_control_has_no_number_to_confirm(cast: Cast, plan: Plan, closing: Target) -> None:
    text = (
        "Nr;Kontrollmoment;Resultat;Bedömning;Åtgärd;Ansvarig för åtgärd;Klart senast\n"
        "1;Stickprov av attest;Ett.;Mindre avvikelser;Gör det ena;Karin Lindqvist;2025-12-01\n"
        ";;;;Gör det andra;Johan Berg;2025-12-31\n"
    )
    changes = compared(text, closing, cast.eva)
    assert (questions_of(changes), changes.errors) == ([], [])
    go(text, closing, cast.eva)
    assert FollowUp.objects.get().actions.count() == 2


def test_numbers_that_are_the_controls_own_are_asked_about(cast: Cast, plan: Plan, closing: Target) -> None:
    text = "Nr;Kontrollmoment;Resultat\n1;Stickprov av attest;Ett.\n2;Stickprov av inköp;Två.\n3;Genomgång av avtal;Tre.\n"
    (question,) = questions_of(compared(text, closing, cast.eva))
    assert "Ramavtal följs inte" in question.text
    reading = reading_of(text, closing)
    answers = {question.key: "control"}
    changes = compare(reading.rows, closing, by=cast.eva, answers=answers)
    account = reading.account(changes.findings.settled)
    assert [entry.text for entry in account.of(Fate.LEFT_OUT)] == ["1", "2", "3"]
    go(text, closing, cast.eva, answers)
    assert set(results()) == {"Stickprov av attest", "Stickprov av inköp", "Genomgång av avtal"}
    assert errors(compared(text, closing, cast.eva, {question.key: "number"}))[0][0] == 4


def test_a_file_without_any_of_them_is_refused_as_before(cast: Cast, plan: Plan, closing: Target) -> None:
    (problem,) = reading_of("Resultat;Bedömning\nInga fel.;Inga avvikelser\n", closing).errors
    assert problem.code == "no_risk_column"  # type: ignore[attr-defined]
    assert reading_of("Nr;Riskvärde;Ansvarig\n1;6;Karin\n", closing).errors


def test_a_row_without_either_is_named(cast: Cast, plan: Plan, closing: Target) -> None:
    reading = reading_of("Kontrollmoment;Resultat;Slutsats\n;Inga fel.;Inga avvikelser\n" + CONTROLS.split("\n", 1)[1], closing)
    assert [(problem.row, problem.code) for problem in reading.errors] == [(2, "risk_unnamed")]  # type: ignore[attr-defined]


def test_a_plan_that_does_not_exist_yet_is_not_made_of_numbers(cast: Cast, target: Target) -> None:
    changes = compared(BY_RISKS_NUMBER, find_target(cast.board, 2025, None, cast.interim), cast.eva)
    assert (changes.risks, len(changes.errors)) == ([], 1)


ROWS = [line.split(";") for line in BY_RISKS_NUMBER.splitlines()]
FILES = {
    "r.csv": BY_RISKS_NUMBER.encode(),
    "r.xlsx": xlsx_of([["Uppföljning vid delårsbokslut"], [], *ROWS]),
    "r.docx": docx_of(ROWS[:2], [ROWS[0], *ROWS[2:]]),
    "r.pdf": pdf_of(table(ROWS, "all")),
}


@pytest.mark.parametrize("name", FILES)
def test_in_every_format_the_rows_find_their_risk_and_the_account_balances(
    cast: Cast, plan: Plan, closing: Target, name: str
) -> None:
    Control.objects.filter(pk=plan.agreements.pk).delete()
    reading = reading_of(FILES[name], closing, name=name)
    changes = compare(reading.rows, closing, by=cast.eva)
    assert (reading.errors, changes.errors) == ([], [])
    account = reading.account(changes.findings.settled)
    assert account.balances(reading.content)
    numbers = [entry for entry in account.entries if entry.field is Field.NUMBER and entry.import_row]
    assert [(entry.fate, entry.settlement.reason) for entry in numbers] == [(Fate.TAKEN, "names_risk")] * 2
    import_rows(reading.rows, closing, by=cast.eva, source=name)
    assert results()["Stickprov av attest"] == ("Tolv av 40 löner var fel.", "significant_deviations")


def test_the_command_takes_the_guess_by_its_key(cast: Cast, plan: Plan, tmp_path: Path) -> None:
    Control.objects.filter(pk=plan.agreements.pk).delete()
    file = tmp_path / "resultat.csv"
    file.write_text(NUMBERS, encoding="utf-8")
    common = (str(file), "--unit", "Kommunstyrelsen", "--year", "2025", "--closing", "interim")
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("import_plan", *common, "--dry-run", stdout=out, stderr=out)
    key = next(word.split("=")[0] for word in out.getvalue().split() if word.startswith("numbers-") and "=" in word)
    out = StringIO()
    call_command("import_plan", *common, "--dry-run", "--yes-to", key, stdout=out, stderr=out)
    assert "Felaktiga löner" in out.getvalue()
    assert not FollowUp.objects.exists()
    call_command("import_plan", *common, "--yes-to", key, "--by", cast.eva.email, stdout=out, stderr=out)
    assert len(results()) == 2


def test_the_page_says_by_what_each_risk_was_found(cast: Cast, plan: Plan, client: Client) -> None:
    client.force_login(cast.eva)
    page = preview(client, upload(client, cast, BY_RISKS_NUMBER, closing=cast.interim.pk))
    assert "hittad på numret" in page
    assert "Felaktiga löner" in page
    own = upload(client, cast, CONTROLS, closing=cast.interim.pk)
    assert "hittad på kontrollmomentet" in preview(client, own)
    act(client, own, "_confirm")
    assert len(results()) == 2
    shown = client.get(f"/admin/controls/planimport/{own.pk}/change/", {"fate": "taken"}).content.decode()
    assert "Stickprov av inköp" in shown
