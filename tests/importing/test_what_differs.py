"""What the plan holds and the file does not, what stands twice, and what an adopted plan says otherwise."""

from __future__ import annotations

from django.utils import translation

from controls.importing.comparing import compare
from controls.importing.target import Target
from riskreg.models import ControlPlan
from tests.cast import Cast
from tests.importing.test_plan_import import PLAN, go, rows_of


def test_risks_that_the_file_lacks_are_shown_and_left_alone(cast: Cast, target: Target) -> None:
    go(PLAN, target, cast)
    changes = compare(rows_of("Identifierad risk;Riskvärde\nEnergibrist;8\n", target), target, by=cast.eva)
    assert [risk.title for risk in changes.not_in_file] == ["Felaktig lön"]


def test_controls_that_the_file_lacks_are_named_of_the_risks_it_holds(cast: Cast, target: Target) -> None:
    go(PLAN, target, cast)
    part = "Identifierad risk;Riskvärde;Kontrollmoment\nFelaktig lön;6;Stickprov av attest.\n"
    changes = compare(rows_of(part, target), target, by=cast.eva)
    assert [(c.risk.title, c.description) for c in changes.controls_not_in_file] == [("Felaktig lön", "Avstämning mot schema.")]
    assert [risk.title for risk in changes.not_in_file] == ["Energibrist"]
    without = compare(rows_of("Identifierad risk;Riskvärde\nFelaktig lön;6\n", target), target, by=cast.eva)
    assert without.controls_not_in_file == [], "a file that holds no controls lacks none in particular"
    assert compare(rows_of(PLAN, target), target, by=cast.eva).controls_not_in_file == []


TWICE = "Nr;Identifierad risk;Riskvärde;Enhet\n1;Energibrist;8;{}\n2;Energi brist;4;\n3;Energibrist;{};{}\n"


def repeated(text: str, target: Target, cast: Cast) -> list[tuple[int | None, str]]:
    with translation.override("en"):
        found = compare(rows_of(text, target), target, by=cast.eva).problems
    return [(problem.row, problem.message) for problem in found if "same risk" in problem.message]


def test_a_title_that_stands_twice_with_two_scores_is_named_with_both(cast: Cast, target: Target) -> None:
    said = "The same risk stands on row 2 with the risk score 8, here with 6."
    ((row, message),) = repeated(TWICE.format("", 6, ""), target, cast)
    assert (row, message.startswith(said)) == (4, True)
    ((row, message),) = repeated(TWICE.format("", 8, ""), target, cast)
    assert (row, message.startswith("The same risk stands on row 2. They")) == (4, True)


def test_a_risk_that_each_unit_has_of_its_own_is_not_a_repetition(cast: Cast, target: Target) -> None:
    assert repeated(TWICE.format("Löneenheten", 6, "Kommunledningskontoret"), target, cast) == []


def test_what_the_plan_holds_twice_already_is_no_news(cast: Cast, target: Target) -> None:
    go(TWICE.format("", 6, ""), target, cast)
    assert repeated(TWICE.format("", 6, ""), target, cast) == []


def test_what_a_file_says_otherwise_of_an_adopted_plan_is_quoted(cast: Cast, target: Target) -> None:
    go(PLAN, target, cast)
    ControlPlan.objects.update(state="adopted", adopted_on="2025-01-01", adopted_paragraph="§ 1")
    other = PLAN.replace("El kan saknas.", "Elavbrott.") + "3;Brand;Det brinner.;8;;Larm provas.;\n"
    with translation.override("en"):
        found = [problem.message for problem in compare(rows_of(other, target), target, by=cast.eva).errors]
    assert "In the file: risk description “El kan saknas.” → “Elavbrott.”. Correct the file" in found[0]
    assert "In the file: a risk that is not in the plan. Correct" in found[1]
