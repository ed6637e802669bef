"""`make quick` finds the tests of what changed, and its time ends the run without failing it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.changed import ROOT, TESTED_IN, chosen, covering

BARE = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
SOURCES = {
    "tests/year/test_year_page.py": "from controls.follow_ups.verbs import submit\n",
    "tests/pages/test_risk_pages.py": "from controls.follow_ups import verbs\n",
    "tests/plans/test_planning.py": "from tests.follow_ups.follow_ups import in_state\n",
    "tests/plans/test_numbering.py": "from riskreg.plans.numbering import next_risk_number\n",
}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("controls/follow_ups/verbs.py", {"tests/follow_ups", "tests/year/test_year_page.py", "tests/pages/test_risk_pages.py"}),
        ("controls/views/follow_ups/page.py", {"tests/follow_ups"}),
        ("controls/views/reports/report.py", {"tests/reporting"}),
        ("riskreg/plans/numbering.py", {"tests/plans", "tests/plans/test_numbering.py"}),
        ("tests/follow_ups/follow_ups.py", {"tests/plans/test_planning.py"}),
        ("tests/plans/test_planning.py", {"tests/plans/test_planning.py"}),
        ("docs/import.md", {"tests/architecture/test_documents.py"}),
        ("config/supervisor.py", {"tests/running"}),
        ("locale/sv/LC_MESSAGES/django.po", {"tests/architecture/test_messages.py"}),
    ],
)
def test_a_changed_file_is_tested_by_its_capability_and_by_who_imports_it(path: str, expected: set[str]) -> None:
    assert covering(path, SOURCES) == expected


def test_every_place_that_is_named_exists() -> None:
    assert [place for places in TESTED_IN.values() for place in places if not (ROOT / place).exists()] == []
    assert [start for start in TESTED_IN if not (ROOT / start).exists()] == []


def test_journeys_are_left_out_and_nothing_is_named_twice() -> None:
    tests = chosen(["riskreg/plans/numbering.py", "tests/journeys/test_planning.py"])
    assert "tests/plans" in tests
    assert not [name for name in tests if name.startswith(("tests/journeys", "tests/plans/"))]


@pytest.mark.parametrize(("seconds", "code", "told"), [("0", 0, "The time ended"), ("100", 1, "1 failed")])
def test_the_time_ends_the_run_without_failing_it(tmp_path: Path, seconds: str, code: int, told: str) -> None:
    """The last of three tests fails: with no time left it is not reached, with enough it fails the run."""
    file = tmp_path / "test_three.py"
    file.write_text("def test_one(): pass\n\ndef test_two(): pass\n\ndef test_three(): assert False\n", encoding="utf-8")
    alone = ["-q", "-c", os.devnull, "--noconftest", "-p", "no:cacheprovider", str(file)]
    script = f"import sys; from tests.changed import run; sys.exit(run({alone!r}, {seconds}))"
    answer = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=BARE, capture_output=True, text=True, check=False)
    assert answer.returncode == code, answer.stdout + answer.stderr
    assert told in answer.stdout
