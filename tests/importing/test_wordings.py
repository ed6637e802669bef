"""Free text in method, frequency and conclusion is kept word for word beside the code it is read as."""

from __future__ import annotations

import io

import pytest

from controls.follow_ups import verbs
from controls.follow_ups.draft import Draft
from controls.importing.comparing import compare
from controls.importing.plan import ImportOutcome, import_rows
from controls.importing.reading import read
from controls.importing.target import Target, find_target
from controls.models import Control, FollowUp
from riskreg.importing.account import Fate
from riskreg.importing.fields import Field
from riskreg.importing.wording import says_more
from riskreg.models import ControlPlan
from tests.cast import Cast

from .test_plan_import import rows_of

PLAN = """Risk;Riskvärde;Kontrollmoment;Metod;Frekvens;Resultat;Bedömning
Felaktiga löner;6;Attest;Stickprov av 20 löner mot avtal;2 ggr/år, mars och oktober;Två fel.;Mindre avvikelser, två löner fel
Energibrist;8;Planer;Stickprov;Årligen;Inga fel.;Inga avvikelser
Klotter;2;Rundor;På känsla;Vid behov;Inga.;Svårt att säga
"""


@pytest.fixture
def closing(cast: Cast, target: Target) -> Target:
    return find_target(cast.board, 2025, None, cast.interim)


def go(target: Target, cast: Cast, text: str = PLAN) -> ImportOutcome:
    return import_rows(rows_of(text, target), target, by=cast.eva, source="plan.csv")


@pytest.mark.parametrize(
    ("text", "code", "more"),
    [
        ("Stickprov", "sampling", False),
        ("stickprov.", "sampling", False),
        ("Sampling", "sampling", False),
        ("Stickprov av löner", "sampling", True),
        ("Grön", "no_deviations", True),
        ("Inga avvikelser", "no_deviations", False),
    ],
)
def test_a_text_says_more_than_its_code_unless_it_is_the_codes_name(text: str, code: str, more: bool) -> None:
    assert says_more(text, code) is more


def test_the_wording_is_kept_beside_the_code(cast: Cast, closing: Target) -> None:
    go(closing, cast)
    salaries = Control.objects.get(risk__title="Felaktiga löner")
    assert (salaries.method, salaries.method_wording) == ("sampling", "Stickprov av 20 löner mot avtal")
    assert (salaries.frequency, salaries.frequency_wording) == ("half_yearly", "2 ggr/år, mars och oktober")
    follow_up = salaries.follow_ups.get()
    assert (follow_up.conclusion, follow_up.conclusion_wording) == ("minor_deviations", "Mindre avvikelser, två löner fel")


def test_what_is_only_the_codes_name_is_not_kept_twice(cast: Cast, closing: Target) -> None:
    go(closing, cast)
    energy = Control.objects.get(risk__title="Energibrist")
    assert (energy.method_wording, energy.follow_ups.get().conclusion_wording) == ("", "")


def test_what_is_read_as_no_code_is_kept_too(cast: Cast, closing: Target) -> None:
    go(closing, cast)
    rounds = Control.objects.get(risk__title="Klotter")
    assert (rounds.method, rounds.method_wording, rounds.frequency_wording) == ("other", "På känsla", "Vid behov")
    assert (rounds.follow_ups.get().conclusion, rounds.follow_ups.get().conclusion_wording) == ("", "Svårt att säga")


def test_the_account_calls_it_kept_as_text(cast: Cast, closing: Target) -> None:
    rows = rows_of(PLAN, closing)
    findings = compare(rows, closing, by=cast.eva).findings
    fields = (Field.METHOD, Field.FREQUENCY, Field.CONCLUSION)
    assert [[findings.settled(row, name).fate for name in fields] for row in rows] == [
        [Fate.KEPT, Fate.KEPT, Fate.KEPT],
        [Fate.TAKEN, Fate.KEPT, Fate.TAKEN],
        [Fate.KEPT, Fate.KEPT, Fate.KEPT],
    ]


def test_the_same_file_again_changes_nothing(cast: Cast, closing: Target) -> None:
    go(closing, cast)
    assert go(closing, cast).changed_nothing


def test_the_wordings_of_an_adopted_plan_stand_and_the_account_says_so(cast: Cast, target: Target, closing: Target) -> None:
    plan = go(target, cast).plan
    Control.objects.update(method_wording="", frequency_wording="")
    ControlPlan.objects.filter(pk=plan.pk).update(state="adopted", adopted_on="2025-01-15", adopted_paragraph="§ 4")
    rows = rows_of(PLAN, closing)
    changes = compare(rows, closing, by=cast.eva)
    assert changes.errors == []
    assert changes.findings.settled(rows[0], Field.METHOD).reason == "plan_stands"
    go(closing, cast)
    assert Control.objects.get(risk__title="Felaktiga löner").method_wording == ""


def test_the_wording_goes_when_a_person_draws_another_conclusion(cast: Cast, closing: Target) -> None:
    go(closing, cast)
    follow_up = FollowUp.objects.get(control__risk__title="Felaktiga löner")
    verbs.save_draft(follow_up, draft=Draft("Två fel.", "minor_deviations"), by=cast.johan)
    follow_up.refresh_from_db()
    assert follow_up.conclusion_wording == "Mindre avvikelser, två löner fel"
    verbs.save_draft(follow_up, draft=Draft("Två fel.", "significant_deviations"), by=cast.johan)
    follow_up.refresh_from_db()
    assert follow_up.conclusion_wording == ""


def test_of_two_methods_in_one_cell_it_is_asked_which_one_counts(cast: Cast, target: Target) -> None:
    text = "Risk;Riskvärde;Kontrollmoment;Metod\nFelaktiga löner;6;Attest;Intervju + stickprov\n"
    asked = read(io.BytesIO(text.encode()), "plan.csv", target).asked.questions
    assert [(one.guess, one.value, one.is_open) for one in asked] == [("interview", "Intervju + stickprov", True)]
    for answer, method in (("sampling", "sampling"), ("leave_out", None)):
        (row,) = read(io.BytesIO(text.encode()), "plan.csv", target, answers={asked[0].key: answer}).rows
        assert (row.method, row.method_text) == (method, "Intervju + stickprov")
        changes = compare([row], target, by=cast.eva)
        assert changes.risks[0].controls[0].values["method_wording"] == "Intervju + stickprov"
        assert changes.findings.settled(row, Field.METHOD).fate is Fate.KEPT
