"""Each import contract in pyproject.toml, tried on a copy of the tree with one fault planted at a time."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
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
    "rooms-of-controls": [
        ("controls/views/operation.py", "import controls.admin"),
        ("controls/tasks.py", "import controls.views"),
        ("controls/reporting/rows.py", "import controls.tasks"),
        ("controls/reporting/rows.py", "import controls.year.run"),
        ("controls/checks/verbs.py", "import controls.reporting.rows"),
        ("controls/follow_ups/verbs.py", "import controls.checks.verbs"),
        ("controls/reporting/rows.py", "import controls.sampling.runs"),
        ("controls/follow_ups/verbs.py", "import controls.importing.plan"),
        ("controls/evidence/files.py", "import controls.follow_ups.verbs"),
        ("controls/data_files/engine.py", "import controls.sampling.runs"),
        ("controls/monitoring/recognising.py", "import controls.sampling.runs"),
        ("controls/models/__init__.py", "import controls.evidence.files"),
    ],
    "methods-register": [
        ("controls/follow_ups/completeness.py", "from controls.sampling.samples import behind_follow_up"),
        ("controls/reporting/kinds/auditors_file.py", "import controls.sampling.samples.in_auditors_file"),
        ("controls/views/follow_ups/page.py", "from controls.sampling.samples.behind_follow_up import Sampling"),
        ("controls/views/follow_ups/inbox.py", "def planted() -> None:\n    import controls.sampling.work"),
        ("controls/views/reports/report.py", "import controls.views.sampling.items"),
        ("controls/importing/comparing.py", "import controls.sampling.settled"),
        ("controls/follow_ups/completeness.py", "import controls.monitoring.recognising"),
    ],
    "rooms-of-riskreg": [
        ("riskreg/views/scope.py", "import riskreg.admin"),
        ("riskreg/tasks.py", "import riskreg.views"),
        ("riskreg/plans/life.py", "import riskreg.tasks"),
        ("riskreg/plans/life.py", "import riskreg.heatmap.cells"),
        ("riskreg/verbs/errors.py", "import riskreg.plans.life"),
        ("riskreg/models/__init__.py", "import riskreg.verbs.concurrency"),
        ("riskreg/clock.py", "import riskreg.models"),
    ],
    "pure-rooms": [
        ("riskreg/scoring.py", "from django.utils import timezone"),
        ("riskreg/scoring.py", "import celery"),
        ("riskreg/scoring.py", "import riskreg.clock"),
        ("controls/sampling/statistics/size.py", "import django"),
        ("controls/monitoring/identities.py", "import riskreg.clock"),
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
        [sys.executable, "-c", LINT, "--cache-dir", str(tree / ".cache"), "--no-logo", *chosen],
        cwd=tree,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def copy_of_the_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the tree, with the times of its files: the linter reads again only what was changed since its last look."""
    tree = tmp_path_factory.mktemp("tree")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tree / package, ignore=shutil.ignore_patterns("__pycache__", "locale"))
    shutil.copy(ROOT / "pyproject.toml", tree)
    return tree


@contextmanager
def planted(file: Path, line: str) -> Iterator[None]:
    """Add the line to the file, and take it away again."""
    before, times = file.read_text(encoding="utf-8"), file.stat()
    file.write_text(f"{before}\n{line}\n", encoding="utf-8")
    try:
        yield
    finally:
        file.write_text(before, encoding="utf-8")
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))


def test_the_tree_as_it_stands_keeps_every_contract(copy_of_the_tree: Path) -> None:
    answer = checked(copy_of_the_tree)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_every_contract_has_a_planted_fault() -> None:
    assert contract_ids() == set(FAULTS)


def test_a_room_without_a_place_breaks_its_contract(copy_of_the_tree: Path) -> None:
    room = copy_of_the_tree / "controls" / "planted"
    room.mkdir()
    (room / "__init__.py").touch()
    try:
        answer = checked(copy_of_the_tree, "rooms-of-controls")
    finally:
        shutil.rmtree(room)

    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert "controls.planted" in answer.stdout


@pytest.mark.parametrize(
    ("contract", "where", "line"), [(contract, where, line) for contract, faults in FAULTS.items() for where, line in faults]
)
def test_a_planted_fault_breaks_its_contract(copy_of_the_tree: Path, contract: str, where: str, line: str) -> None:
    with planted(copy_of_the_tree / where, line):
        answer = checked(copy_of_the_tree, contract)

    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert "BROKEN" in answer.stdout
