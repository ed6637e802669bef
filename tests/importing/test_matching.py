"""Rows find their risk, and names their unit, as people write them."""

from __future__ import annotations

import pytest

from controls.importing.changes import Effect
from controls.importing.comparing import compare
from controls.importing.target import Target, find_target
from controls.importing.unit_names import UnitNames, initials
from riskreg.models import Risk, Unit
from tests.cast import Cast

from .test_plan_import import go, rows_of

TWO = """Nr;Identifierad risk;Kategori;Riskvärde
1;Felaktig utbetalning;Ekonomi;6
2;Felaktig utbetalning;Personal;8
"""


def test_two_risks_of_one_title_are_matched_by_number_and_not_by_order(cast: Cast, target: Target) -> None:
    go(TWO, target, cast)
    turned = "Nr;Identifierad risk;Riskvärde\n2;Felaktig utbetalning;8\n1;Felaktig utbetalning;6\n"
    changes = compare(rows_of(turned, target), target, by=cast.eva)
    assert [(change.existing and change.existing.number, change.overall) for change in changes.risks] == [
        (2, Effect.SAME),
        (1, Effect.SAME),
    ]


def test_two_risks_of_one_title_are_matched_by_category(cast: Cast, target: Target) -> None:
    go(TWO, target, cast)
    turned = "Identifierad risk;Kategori;Riskvärde\nFelaktig utbetalning;Personal;8\nFelaktig utbetalning;Ekonomi;6\n"
    assert go(turned, target, cast).changed_nothing


def two_of_one_title(cast: Cast, target: Target) -> tuple[Risk, Risk]:
    text = "Risk;Beskrivning;Riskvärde;Kontrollmoment\nBemanning;Inom skolan;4;Schema\nBemanning;Inom vården;6;Vikarier\n"
    go(text, target, cast)
    school, care = Risk.objects.order_by("number")
    return school, care


@pytest.mark.parametrize(
    "text",
    [
        "Nr;Risk;Kontrollmoment\n8;Bemanning;Vikarier\n9;Bemanning;Schema\n",
        "Risk;Beskrivning;Riskvärde\nBemanning;Inom vården;6\nBemanning;Inom skolan;4\n",
        "Risk;Riskvärde;Kategori\nBemanning;6;\nBemanning;4;\n",
    ],
    ids=["control", "description", "score"],
)
def test_two_risks_of_one_title_are_matched_by_what_the_rows_say(cast: Cast, target: Target, text: str) -> None:
    school, care = two_of_one_title(cast, target)
    changes = compare(rows_of(text, target), target, by=cast.eva)
    assert [change.existing for change in changes.risks] == [care, school]
    assert changes.changes_nothing
    assert changes.findings.asked.questions == []


def test_of_two_risks_of_one_title_it_is_asked_which_one_a_result_is_about(cast: Cast, target: Target) -> None:
    school, care = two_of_one_title(cast, target)
    rows = rows_of("Risk;Resultat;Bedömning\nBemanning;Allt bra.;Inga avvikelser\n", target)
    changes = compare(rows, target, by=cast.eva)
    (question,) = changes.findings.asked.questions
    assert changes.errors
    assert [choice.code for choice in question.choices] == [f"risk-{school.number}", f"risk-{care.number}", "new"]
    assert "Inom vården" in question.choices[1].label
    changes = compare(rows, target, by=cast.eva, answers={question.key: f"risk-{care.number}"})
    assert [change.existing for change in changes.risks] == [care]
    assert changes.errors == []


def test_two_risks_that_say_the_same_are_no_question(cast: Cast, target: Target) -> None:
    text = "Risk;Riskvärde;Kontrollmoment\nBemanning;4;Schema\n;;\nBemanning;4;Schema\n"
    go(text, target, cast)
    assert Risk.objects.count() == 2
    changes = compare(rows_of(text, target), target, by=cast.eva)
    assert changes.findings.asked.questions == []
    assert changes.changes_nothing


def test_a_line_break_for_a_blank_is_no_change(cast: Cast, target: Target) -> None:
    go("Identifierad risk;Riskbeskrivning;Riskvärde\nBrand;Det brinner och ingen ser det.;8\n", target, cast)
    Risk.objects.update(description="Det brinner\noch ingen  ser det.")
    file = "Identifierad risk;Riskbeskrivning;Riskvärde\nBrand;Det brinner och ingen ser det.;8\n"
    assert go(file, target, cast).changed_nothing


@pytest.mark.parametrize(
    ("name", "short"),
    [("Omsorgsnämnden", "on"), ("Barn- och utbildningsnämnden", "bun"), ("Kommunstyrelsen", "ks"), ("Löneenheten", "le")],
)
def test_initials_are_those_people_use(name: str, short: str) -> None:
    assert initials(name) == short


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Omsorgsnämnden", "Omsorgsnämnden"),
        ("omsorgsnämnd", "Omsorgsnämnden"),
        ("ON", "Omsorgsnämnden"),
        ("KN", None),
        ("Rymdnämnden", None),
    ],
)
def test_a_unit_is_known_as_people_write_it_where_only_one_is_meant(text: str, named: str | None) -> None:
    units = UnitNames([Unit(name=name) for name in ("Omsorgsnämnden", "Kulturnämnden", "Krisnämnden")])
    found = units.named(text)
    assert (found.name if found else None) == named


def test_the_number_that_our_own_report_writes_below_the_title_is_no_word_of_it(cast: Cast, target: Target) -> None:
    go("Nr;Identifierad risk;Riskvärde\n1;Elevers frånvaro följs inte upp;6\n2;Skolskjuts på fel grund;8\n", target, cast)
    report = 'Identifierad risk;Riskvärde\nSkolskjuts på fel grund 2025-02;8\n"Elevers frånvaro följs inte upp\n2025-01";6\n'
    assert go(report, target, cast).changed_nothing
    assert [row.number for row in rows_of(report, target)] == ["2025-02", "2025-01"]


def test_a_title_that_ends_in_a_year_keeps_it(cast: Cast, target: Target) -> None:
    (row,) = rows_of("Identifierad risk;Riskvärde\nFel i budget 2025;6\n", target)
    assert (row.title, row.number) == ("Fel i budget 2025", "")


SEVERAL = "Risk;Riskvärde;Kontrollmoment\nFel lön;6;Stickprov av attest\n;;Avstämning mot schema\nJäv;8;Enkät\n"


def test_results_control_by_control_in_any_order_are_about_one_risk(cast: Cast, target: Target) -> None:
    go(SEVERAL, target, cast)
    results = (
        "Risk;Kontrollmoment;Resultat\nFel lön;Avstämning mot schema;Två fel\nJäv;Enkät;Bra\n"
        "Fel  lön;Stickprov av attest;Inga fel\n"
    )
    changes = compare(rows_of(results, target), find_target(cast.board, 2025, None, cast.interim), by=cast.eva)
    assert [(change.row.title, change.effect, len(change.controls)) for change in changes.risks] == [
        ("Fel lön", Effect.SAME, 2),
        ("Jäv", Effect.SAME, 1),
    ]
    assert (changes.counts()["follow_ups_new"], changes.controls_not_in_file) == (3, [])


def test_a_title_that_is_repeated_with_results_alone_is_asked_about_each_time(cast: Cast, target: Target) -> None:
    go(SEVERAL, target, cast)
    results = "Risk;Resultat\nFel lön;Två fel\nFel lön;Inga fel\n"
    changes = compare(rows_of(results, target), find_target(cast.board, 2025, None, cast.interim), by=cast.eva)
    assert [change.effect for change in changes.risks] == [Effect.SAME]
    assert [question.row for question in changes.findings.asked.questions] == [2, 3]


@pytest.mark.parametrize("line", ["Fel lön;9;Stickprov av något", "Fel lön;;Stickprov av attest"])
def test_a_title_with_another_score_or_the_same_control_is_not_taken_for_the_risk_before(
    cast: Cast, target: Target, line: str
) -> None:
    go(SEVERAL, target, cast)
    changes = compare(rows_of(f"{SEVERAL}{line}\n", target), target, by=cast.eva)
    assert [change.effect for change in changes.risks] == [Effect.SAME, Effect.SAME, Effect.NEW]
