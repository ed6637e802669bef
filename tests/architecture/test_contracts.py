"""Each import contract in pyproject.toml, tried on a copy of the tree with one fault planted."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINT = "from importlinter.cli import lint_imports_command as lint; lint()"
PACKAGES = ["config", "controls", "riskreg"]

# contract id → faults: where a line is added, and the line
FAULTS: dict[str, list[tuple[str, str]]] = {
    "directions": [
        ("riskreg/scoring.py", "import controls.models"),
        ("riskreg/models/__init__.py", "import controls"),
        ("controls/models/__init__.py", "import config.settings"),
        ("riskreg/access/sight.py", "def planted() -> None:\n    from controls import models"),
    ],
    "pure-rooms": [
        ("riskreg/scoring.py", "from django.utils import timezone"),
        ("riskreg/scoring.py", "import celery"),
        ("riskreg/scoring.py", "import riskreg.clock"),
    ],
    "models-below": [
        ("riskreg/models/__init__.py", "import riskreg.views"),
        ("controls/models/__init__.py", "import controls.admin"),
        ("controls/models/__init__.py", "import controls.tasks"),
    ],
    "tasks-outermost": [
        ("controls/context_processors.py", "from controls import tasks"),
        ("config/urls.py", "import controls.tasks"),
    ],
}


def contract_ids() -> set[str]:
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {contract["id"] for contract in configuration["tool"]["importlinter"]["contracts"]}


def checked(tree: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    chosen = [option for contract in contracts for option in ("--contract", contract)]
    return subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache", "--no-logo", *chosen],
        cwd=tree,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy_of_the_tree(tmp_path: Path) -> Path:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "locale"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_tree_as_it_stands_keeps_every_contract(copy_of_the_tree: Path) -> None:
    answer = checked(copy_of_the_tree)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_every_contract_has_a_planted_fault() -> None:
    assert contract_ids() == set(FAULTS)


@pytest.mark.parametrize(
    ("contract", "where", "line"), [(contract, where, line) for contract, faults in FAULTS.items() for where, line in faults]
)
def test_a_planted_fault_breaks_its_contract(copy_of_the_tree: Path, contract: str, where: str, line: str) -> None:
    with (copy_of_the_tree / where).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")

    answer = checked(copy_of_the_tree, contract)

    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert "BROKEN" in answer.stdout
