"""What commands say by their exit code: --help, docs/operate/commands.md and what they do are held together."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command, load_command_class
from django.test import override_settings
from django.utils import translation

from riskreg.management.explained_command import ExplainedCommand
from riskreg.models import Risk
from riskreg.trail.seals import seal
from tests.cast import Cast
from tests.sampling.scene import drawn

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = {
    "register_snapshot": "controls",
    "verify_sample": "controls",
    "verify_trail": "riskreg",
    "anchor_trail": "riskreg",
    "import_plan": "controls",
    "backup": "config",
    "restore": "config",
}


def command(name: str) -> ExplainedCommand:
    loaded = load_command_class(COMMANDS[name], name)
    assert isinstance(loaded, ExplainedCommand)
    return loaded


@pytest.mark.parametrize("name", COMMANDS)
def test_help_lists_every_exit_code_and_an_example_that_can_be_parsed(name: str) -> None:
    for language in ("sv", "en"):
        with translation.override(language):
            parser = command(name).create_parser("manage.py", name)
            told = parser.format_help()
            assert sorted(command(name).exit_codes) == [0, 1, 2]
            for code, meaning in command(name).exit_codes.items():
                assert f"  {code}  {meaning}\n" in told
            assert f"  manage.py {command(name).example}\n" in told
            typed, *arguments = command(name).example.split()
            assert typed == name
            parser.parse_args(arguments)


def test_the_page_of_commands_says_what_help_says() -> None:
    page = ROOT / "docs" / "operate" / "commands.md"
    text = page.read_text(encoding="utf-8").split("## Exit codes")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in re.findall(r"^\| `.+$", text, flags=re.MULTILINE)]
    with translation.override("en"):
        told = [[f"`{command(name).example}`", *(str(command(name).exit_codes[code]) for code in (0, 1, 2))] for name in COMMANDS]
    assert rows == told


def code_of(name: str, *arguments: str) -> int:
    """As a shell sees it: run_from_argv exits with what the error carries."""
    try:
        call_command(name, *arguments, stdout=StringIO(), stderr=StringIO())
    except CommandError as error:
        return error.returncode
    return 0


@pytest.mark.django_db
@pytest.mark.usefixtures("today")
def test_a_sample_is_sound_contradicted_or_not_there(cast: Cast) -> None:
    sample = drawn(cast, size=3)
    assert code_of("verify_sample", str(sample.pk)) == 0
    assert code_of("verify_sample", "987654") == 2
    type(sample).objects.filter(pk=sample.pk).update(seed=sample.seed[::-1])
    assert code_of("verify_sample", str(sample.pk)) == 1


@pytest.mark.django_db
def test_the_trail_is_intact_different_or_not_to_be_compared(cast: Cast, today: object, tmp_path: Path) -> None:
    from riskreg import clock

    seal(clock.now())
    assert code_of("verify_trail") == 0
    assert code_of("verify_trail", "--export", str(tmp_path / "none.jsonl")) == 2
    (tmp_path / "text.jsonl").write_text("text\n", encoding="utf-8")
    assert code_of("verify_trail", "--export", str(tmp_path / "text.jsonl")) == 2
    assert code_of("verify_trail", "--head", f"1:{'0' * 64}") == 1


@pytest.mark.django_db
@override_settings(LANGUAGE_CODE="sv")
def test_a_plan_is_imported_wrong_or_not_looked_at(cast: Cast, today: object, tmp_path: Path) -> None:
    good, bad, nothing = (tmp_path / name for name in ("good.csv", "bad.csv", "nothing.csv"))
    good.write_text("Identifierad risk;Riskvärde\nEnergibrist;8\n", encoding="utf-8")
    bad.write_text("Identifierad risk;Riskvärde\nEnergibrist;åtta\n", encoding="utf-8")
    nothing.write_bytes(b"")
    target = ["--unit", "Kommunstyrelsen", "--year", "2025"]
    by = ["--by", cast.eva.email]
    assert code_of("import_plan", str(good), *target, "--dry-run") == 0
    assert code_of("import_plan", str(bad), *target, *by) == 1
    assert code_of("import_plan", str(nothing), *target, *by) == 2
    assert code_of("import_plan", str(tmp_path / "none.csv"), *target, *by) == 2
    assert code_of("import_plan", str(good), "--unit", "Ingenstans", "--year", "2025", *by) == 2
    assert code_of("import_plan", str(good), *target) == 2
    assert code_of("import_plan", str(good), *target, "--by", cast.karin.email) == 2
    assert not Risk.objects.exists()
    assert code_of("import_plan", str(good), *target, *by) == 0
    assert Risk.objects.exists()
