"""manage.py import_plan: the same import from the command line."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from controls.models import FollowUp
from riskreg.models import Risk
from tests.cast import Cast

PLAN = "Identifierad risk;Riskvärde;Kontrollmoment;Resultat;Bedömning\nEnergibrist;8;Stickprov;Klart.;Inga avvikelser\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "plan.csv"
    path.write_text(PLAN, encoding="utf-8")
    return path


def run(file: Path, *arguments: str) -> str:
    out = StringIO()
    call_command("import_plan", str(file), *arguments, stdout=out, stderr=out)
    return out.getvalue()


def test_it_imports_a_plan_with_results(cast: Cast, file: Path) -> None:
    run(file, "--unit", "kommunstyrelsen", "--year", "2025", "--closing", "delårsbokslut", "--by", cast.eva.email)
    assert Risk.objects.get().plan == cast.plan
    assert FollowUp.objects.get().closing == cast.interim


@pytest.mark.parametrize("name", ["Kommunstyrelse", "KS"])
def test_a_unit_is_named_as_people_write_it(cast: Cast, file: Path, name: str) -> None:
    run(file, "--unit", name, "--year", "2025", "--by", cast.eva.email)
    assert Risk.objects.get().plan == cast.plan


@pytest.mark.parametrize("arguments", [["--map", "Effekt=result"], ["--ignore", "Effekt"]])
def test_a_column_that_the_file_has_not_is_neither_mapped_nor_left_out(cast: Cast, file: Path, arguments: list[str]) -> None:
    with pytest.raises(CommandError, match=r"Effekt.*Identifierad risk, Riskvärde"):
        run(file, "--unit", "Kommunstyrelsen", "--year", "2025", "--by", cast.eva.email, *arguments)
    assert not Risk.objects.exists()
    run(file, "--unit", "Kommunstyrelsen", "--year", "2025", "--by", cast.eva.email, "--ignore", " bedömning ")


def test_a_dry_run_writes_nothing(cast: Cast, file: Path) -> None:
    out = run(file, "--unit", "Kommunstyrelsen", "--year", "2025", "--dry-run")
    assert "1" in out
    assert Risk.objects.count() == 0


def test_a_dry_run_prints_the_account_and_every_piece_that_is_left_out(cast: Cast, file: Path) -> None:
    file.write_text("Identifierad risk;Riskvärde;Märkligt\nEnergibrist;8;Sparas inte här\n", encoding="utf-8")
    with translation.override("sv"):
        out = run(file, "--unit", "Kommunstyrelsen", "--year", "2025", "--dry-run")
    assert "Taget: 4 celler eller rader, 5 ord" in out
    assert "Utelämnat: 2 celler eller rader, 4 ord" in out
    assert "Rad 2, Märkligt: Sparas inte här – Kolumnens rubrik känns inte igen." in out


@pytest.mark.parametrize("dry", [True, False])
def test_it_says_which_follow_ups_stay_in_progress_and_what_they_lack(cast: Cast, file: Path, dry: bool) -> None:
    heading, row = PLAN.splitlines()
    deviation = "Fel lön;6;Attest;Två fel.;Mindre avvikelser;Ny attestrutin."
    file.write_text(f"{heading};Åtgärd\n{row};\n{deviation}\n", encoding="utf-8")
    arguments = ["--unit", "Kommunstyrelsen", "--year", "2025", "--closing", "delårsbokslut", "--by", cast.eva.email]
    with translation.override("sv"):
        out = run(file, *arguments, *(["--dry-run"] if dry else []))
    assert "Rad 3, Åtgärd: Uppföljningen ligger kvar som pågående. Ange vem som ansvarar och till när: Ny attestrutin." in out
    assert "1 uppföljning lämnas in för godkännande." in out
    assert "1 uppföljning ligger kvar som pågående, eftersom något saknas i den." in out
    assert sorted(FollowUp.objects.values_list("state", flat=True)) == ([] if dry else ["in_progress", "submitted"])


def test_the_second_time_it_says_that_nothing_changed(cast: Cast, file: Path) -> None:
    arguments = ["--unit", "Kommunstyrelsen", "--year", "2025", "--by", cast.eva.email]
    run(file, *arguments)
    out = run(file, *arguments)
    assert "redan" in out or "already" in out
    assert Risk.history.count() == 1


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--unit", "Rymdnämnden", "--year", "2025"], "Kommunstyrelsen"),
        (["--unit", "Kommunstyrelsen", "--year", "1850"], "2000"),
        (["--unit", "Kommunstyrelsen", "--year", "2025", "--matrix", "Egen"], "Kommunens riskmatris"),
        (["--unit", "Kommunstyrelsen", "--year", "2025", "--closing", "tertial 2"], "2025"),
        (["--unit", "Kommunstyrelsen", "--year", "2027", "--closing", "annual"], "2027"),
    ],
)
def test_what_does_not_exist_is_named_with_what_does(cast: Cast, file: Path, arguments: list[str], named: str) -> None:
    with pytest.raises(CommandError, match=named):
        run(file, *arguments, "--by", cast.eva.email)
    assert Risk.objects.count() == 0


def test_somebody_without_the_right_is_refused(cast: Cast, file: Path) -> None:
    with pytest.raises(CommandError):
        run(file, "--unit", "Kommunstyrelsen", "--year", "2025", "--by", cast.karin.email)
    assert Risk.objects.count() == 0


def test_a_row_with_an_error_is_named_and_nothing_is_written(cast: Cast, file: Path) -> None:
    file.write_text(PLAN + "Felaktig lön;7;Stickprov;;\n", encoding="utf-8")
    out = StringIO()
    with pytest.raises(CommandError):
        call_command(
            "import_plan",
            str(file),
            "--unit",
            "Kommunstyrelsen",
            "--year",
            "2025",
            "--by",
            cast.eva.email,
            stdout=out,
            stderr=out,
        )
    assert "3" in out.getvalue()
    assert "7" in out.getvalue()
    assert Risk.objects.count() == 0


def test_a_missing_file_is_said(cast: Cast, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"saknas\.csv"):
        run(tmp_path / "saknas.csv", "--unit", "Kommunstyrelsen", "--year", "2025")


def test_a_dry_run_names_what_the_preview_names(cast: Cast, tmp_path: Path) -> None:
    whole, part = tmp_path / "plan.csv", tmp_path / "del.csv"
    whole.write_text(
        "Identifierad risk;Riskvärde;Kontrollmoment\nEnergibrist;8;Stickprov\n;;Övning\nFelaktig lön;6;Attest\n", encoding="utf-8"
    )
    part.write_text(
        "Identifierad risk;Riskvärde;Kontrollmoment;Märkligt\nEnergibrist;12;Stickprov;x\nBrand;6;Larm;x\nBrand;8;Larm;x\n",
        encoding="utf-8",
    )
    target = ["--unit", "Kommunstyrelsen", "--year", "2025", "--by", cast.eva.email]
    with translation.override("en"):
        run(whole, *target)
        out = run(part, *target, "--dry-run")
    assert "Columns that are left out: Märkligt." in out
    assert "Row 4, Risk, Brand: The same risk stands on row 3 with the risk score 6, here with 8." in out
    assert "In the plan but not in the file; left as they are:\n  2. Felaktig lön\n  Energibrist: Övning\n" in out
    assert "Energibrist is changed:\n  risk score: 8 → 12\n" in out
    assert Risk.objects.count() == 2


def test_factors_that_contradict_the_score_are_both_named(cast: Cast, tmp_path: Path) -> None:
    odd = tmp_path / "plan.csv"
    odd.write_text("Identifierad risk;Sannolikhet;Konsekvens;Riskvärde\nEnergibrist;2;3;8\n", encoding="utf-8")
    out = StringIO()
    with translation.override("en"), pytest.raises(CommandError):
        call_command("import_plan", str(odd), "--unit", "Kommunstyrelsen", "--year", "2025", "--dry-run", stdout=out, stderr=out)
    assert "The risk score 8 contradicts likelihood 2 × impact 3 = 6." in out.getvalue()
