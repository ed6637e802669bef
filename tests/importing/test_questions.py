"""What can be read in more than one way is asked: a doubtful number, two conclusions, a colour, struck text, several plans."""

from __future__ import annotations

import io
from collections.abc import Mapping
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from openpyxl.styles import Font, PatternFill

from controls.importing.comparing import compare
from controls.importing.plan import import_rows
from controls.importing.reading import Reading, read
from controls.importing.target import Target, find_target
from controls.models import FollowUp
from riskreg.importing.account import Fate
from riskreg.importing.columns import Field
from riskreg.importing.questions import Asked, Choice, key_of
from riskreg.importing.recognition import conclusion_from_fill, conclusion_signals
from riskreg.importing.risk_values import doubtful_number
from riskreg.models import Risk
from tests.cast import Cast

from .documents import GREEN, RED, blank_workbook, xlsx_bytes

HEAD = "Risk;Riskvärde;Kontrollmoment;Bedömning\n"


@pytest.fixture
def closing(cast: Cast, target: Target) -> Target:
    return find_target(cast.board, 2025, None, cast.interim)


def reading_of(text: str | bytes, target: Target, answers: Mapping[str, str] | None = None, plan: str = "") -> Reading:
    name, body = ("plan.csv", text.encode()) if isinstance(text, str) else ("plan.xlsx", text)
    return read(io.BytesIO(body), name, target, None, answers, plan)


def left_out(reading: Reading, target: Target, cast: Cast) -> list[tuple[str, str]]:
    findings = compare(reading.rows, target, by=cast.eva).findings
    return [(entry.text, entry.settlement.reason) for entry in reading.account(findings.settled).of(Fate.LEFT_OUT)]


# The mechanism


def test_a_question_is_asked_once_and_known_by_what_it_is_about() -> None:
    asked = Asked({key_of("number", "score", "<6"): "6"})
    for row in (3, 9):
        assert asked.ask("number", ("score", "<6"), "Vilket?", [Choice("6", "6")], row=row) == "6"
    assert [(question.row, question.is_open) for question in asked.questions] == [(3, False)]
    assert asked.problems() == []


def test_an_answer_that_is_no_choice_is_no_answer() -> None:
    asked = Asked({key_of("number", "score", "<6"): "7"})
    assert asked.ask("number", ("score", "<6"), "Vilket?", [Choice("6", "6")]) == ""
    assert [problem.severity for problem in asked.problems()] == ["error"]


# Numbers


@pytest.mark.parametrize(
    ("text", "number"),
    [("<6", "6"), ("≥ 9", "9"), ("8?", "8"), ("6¹", "6"), ("6*", "6"), ("ca 6", "6"), ("6", None), ("Hög (12)", None),
     ("?", None), ("3 x 4 = 12", None), ("", None)],
)  # fmt: skip
def test_a_number_with_a_doubt_beside_it_is_told_apart(text: str, number: str | None) -> None:
    assert doubtful_number(text) == number


@pytest.mark.parametrize("text", ["<6", "≥ 6", "6?", "6¹"])
def test_a_doubtful_score_is_asked_and_taken_only_when_a_person_says_so(cast: Cast, target: Target, text: str) -> None:
    file = f"{HEAD}Brand;{text};Larm;\n"
    reading = reading_of(file, target)
    (question,) = reading.asked.questions
    assert (reading.rows[0].score, question.guess, question.row) == (None, "6", 2)
    assert [problem.message for problem in reading.errors] == [f"{question.text} Svara först på frågan {question.key}."]
    answered = reading_of(file, target, {question.key: "6"})
    assert (answered.rows[0].score, answered.errors) == (6, [])
    without = reading_of(file, target, {question.key: "leave_out"})
    assert (without.rows[0].score, without.errors) == (None, [])
    assert (text, "chosen_out") in left_out(without, target, cast)


# Conclusions


@pytest.mark.parametrize(
    ("text", "signals"),
    [
        ("Stora avvikelser, åtgärder pågår", ["ongoing", "significant_deviations"]),
        ("Inga mindre avvikelser men väsentliga", ["no_deviations", "significant_deviations"]),
        ("Inga avvikelser, men enstaka brister", ["minor_deviations", "no_deviations"]),
        ("Inga större avvikelser men vissa brister", ["minor_deviations"]),
        ("Mindre väsentliga avvikelser", ["minor_deviations"]),
        ("Mindre avvikelser, två löner fel", ["minor_deviations"]),
        ("Inga väsentliga avvikelser", ["no_deviations"]),
        ("Utan att några avvikelser noterats", ["no_deviations"]),
        ("Svårt att säga", []),
        ("Inte några större avvikelser", ["significant_deviations", "no_deviations"]),
        ("Väsentliga avvikelser förekommer inte", ["significant_deviations", "no_deviations"]),
        ("Större avvikelser har ej påträffats.", ["significant_deviations", "no_deviations"]),
        ("Varken större eller mindre avvikelser", ["minor_deviations", "no_deviations"]),
        ("Significant deviations were not found", ["significant_deviations", "no_deviations"]),
        ("Pågår ej", ["ongoing", "no_deviations"]),
        ("Mindre avvikelser, rutinen följs inte", ["minor_deviations"]),
        ("Kontrollen kunde inte genomföras, pågår", ["could_not_be_performed", "ongoing"]),
    ],
)
def test_every_sign_of_a_conclusion_is_found(text: str, signals: list[str]) -> None:
    assert conclusion_signals(text) == signals


def test_a_conclusion_with_two_signs_is_asked_and_its_words_are_kept(cast: Cast, closing: Target) -> None:
    file = f"{HEAD}Brand;8;Larm;Stora avvikelser, åtgärder pågår\n"
    reading = reading_of(file, closing)
    (question,) = reading.asked.questions
    assert reading.rows[0].conclusion is None
    assert reading.errors
    # None of them is proposed: nobody confirms by a habit what the other sign contradicts.
    assert question.guess == ""
    answered = reading_of(file, closing, {question.key: "significant_deviations"})
    import_rows(answered.rows, closing, by=cast.eva, source="plan.csv")
    follow_up = FollowUp.objects.get()
    assert (follow_up.conclusion, follow_up.conclusion_wording) == ("significant_deviations", "Stora avvikelser, åtgärder pågår")


@pytest.mark.parametrize("fill", ["BFBFBF", "D9D9D9", "DDEBF7", "BDD7EE"])
def test_grey_and_light_blue_say_nothing_by_themselves(fill: str) -> None:
    assert conclusion_from_fill(fill) is None


def coloured(*fills: str | None, heading: str | None = None) -> bytes:
    workbook, sheet = blank_workbook()
    sheet.append(["Risk", "Riskvärde", "Kontrollmoment", "Bedömning"])
    for number, _fill in enumerate(fills, start=1):
        sheet.append([f"Brand i hus {number}", 8, f"Larm {number} provas", None])
    for row, fill in enumerate([heading, *fills], start=1):
        if fill:
            sheet.cell(row, 4).fill = PatternFill("solid", fgColor=f"FF{fill}")
    return xlsx_bytes(workbook)


def test_what_a_colour_says_is_asked_once_a_colour(cast: Cast, closing: Target) -> None:
    file = coloured(GREEN, RED, GREEN)
    reading = reading_of(file, closing)
    green, red = reading.asked.questions
    assert [row.conclusion for row in reading.rows] == [None, None, None]
    assert (green.guess, red.guess) == ("no_deviations", "significant_deviations")
    answered = reading_of(file, closing, {green.key: "no_deviations", red.key: "minor_deviations"})
    assert [row.conclusion for row in answered.rows] == ["no_deviations", "minor_deviations", "no_deviations"]


@pytest.mark.parametrize("fill", [GREEN, "DDEBF7"])
def test_a_column_shaded_from_its_heading_down_is_layout(cast: Cast, closing: Target, fill: str) -> None:
    reading = reading_of(coloured(fill, fill, heading=fill), closing)
    assert [row.conclusion for row in reading.rows] == [None, None]
    assert reading.asked.questions == []


# Struck text


def struck() -> bytes:
    workbook, sheet = blank_workbook()
    for row in (["Risk", "Riskvärde", "Kontrollmoment"], ["Brand", 8, "Larm"], ["Stöld", 6, "Lås"]):
        sheet.append(row)
    for column in (1, 2, 3):
        sheet.cell(3, column).font = Font(strike=True)
    return xlsx_bytes(workbook)


def test_struck_text_is_asked_once_a_row(cast: Cast, target: Target) -> None:
    reading = reading_of(struck(), target)
    (question,) = reading.asked.questions
    assert [row.title for row in reading.rows] == ["Brand"]
    assert [row.title for row in reading_of(struck(), target, {question.key: "take"}).rows] == ["Brand", "Stöld"]
    without = reading_of(struck(), target, {question.key: "leave_out"})
    assert left_out(without, target, cast) == [("Stöld", "struck"), ("6", "struck"), ("Lås", "struck")]
    assert without.errors == []


# Several plans


def two_sheets() -> bytes:
    workbook, sheet = blank_workbook()
    sheet.title = "Kultur"
    other = workbook.create_sheet("Bygg")
    for one, title in ((sheet, "Brand"), (other, "Stöld")):
        one.append(["Risk", "Riskvärde", "Kontrollmoment"])
        one.append([title, 8, "Kontroll"])
    return xlsx_bytes(workbook)


def test_of_several_plans_a_person_chooses_one(cast: Cast, target: Target) -> None:
    reading = reading_of(two_sheets(), target)
    (question,) = reading.asked.questions
    assert [choice.label for choice in question.choices] == ["1. Kultur", "2. Bygg"]
    assert (reading.rows, len(reading.errors)) == ([], 1)
    chosen = reading_of(two_sheets(), target, {question.key: "plan-2"})
    assert ([row.title for row in chosen.rows], chosen.errors) == (["Stöld"], [])
    assert ("Brand", "another_plan") in left_out(chosen, target, cast)


# The command line


def run(path: Path, *more: str) -> str:
    out = StringIO()
    arguments = ("--unit", "Kommunstyrelsen", "--year", "2025", "--by", "eva.astrom@lillkoping.example", *more)
    call_command("import_plan", str(path), *arguments, stdout=out, stderr=out)
    return out.getvalue()


@pytest.fixture
def mail(cast: Cast) -> str:
    return str(cast.eva.email)


def test_the_command_line_chooses_a_sheet(cast: Cast, target: Target, tmp_path: Path, mail: str) -> None:
    path = tmp_path / "plan.xlsx"
    path.write_bytes(two_sheets())
    with pytest.raises(CommandError):
        run(path, "--by", mail)
    with pytest.raises(CommandError):
        run(path, "--by", mail, "--sheet", "Teknik")
    run(path, "--by", mail, "--sheet", "bygg")
    assert Risk.objects.get().title == "Stöld"


def test_the_command_line_maps_and_ignores_columns(cast: Cast, target: Target, tmp_path: Path, mail: str) -> None:
    path = tmp_path / "plan.csv"
    path.write_text("Risk;Riskvärde;Vad vi gör;Kategori\nBrand;8;Larm provas;Säkerhet\n", encoding="utf-8")
    with pytest.raises(CommandError):
        run(path, "--by", mail, "--map", "Vad vi gör=trams")
    run(path, "--by", mail, "--map", "Vad vi gör=control", "--ignore", "Kategori")
    risk = Risk.objects.get()
    assert (risk.controls.get().description, risk.category) == ("Larm provas", None)


def test_a_mapping_on_the_command_line_is_not_remembered(cast: Cast, target: Target, tmp_path: Path, mail: str) -> None:
    path = tmp_path / "plan.csv"
    path.write_text("Risk;Riskvärde;Vad vi gör\nBrand;8;Larm provas\n", encoding="utf-8")
    run(path, "--by", mail, "--map", "Vad vi gör=control", "--dry-run")
    (column,) = [column for column in reading_of(path.read_text(encoding="utf-8"), target).columns if column.index == 2]
    assert column.field is not Field.CONTROL
