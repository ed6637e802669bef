"""`make quick`: run the SQLite tests of what has changed since the main branch, for a hundred seconds at most.

    python -m tests.changed             run them
    python -m tests.changed --list      print which ones, and run nothing

What changed is asked of git: commits since the branch left main, and what is not committed. A changed test file is run
itself. A changed module is tested by the folder of its capability (`controls/follow_ups/` by `tests/follow_ups/`), and by
each test file that imports it or imports from it. Journeys, faults and benchmarks are left to `make test`.

Exit codes: 0 nothing failed (the last line says when the time ended before the tests did), 1 something failed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
SECONDS = float(os.environ.get("QUICK_SECONDS", "100"))
LEFT_OUT = ("tests/journeys/", "tests/faults/", "tests/benchmarks/")
# Folders of code whose tests have another name.
TESTED_IN = {
    "config": ["tests/running"],
    "controls/views/reports": ["tests/reporting"],
    "controls/views/risks": ["tests/pages"],
    "controls/migrations": ["tests/upgrading"],
    "riskreg/migrations": ["tests/upgrading"],
    "docs": ["tests/architecture/test_documents.py"],
    "locale": ["tests/architecture/test_messages.py"],
    "static": ["tests/presentation"],
}
MAIN = ("origin/main", "main", "origin/master")


def git(*arguments: str) -> str:
    """Return what git prints, or an empty text where it refuses."""
    answer = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return answer.stdout if answer.returncode == 0 else ""


def changed_files() -> list[str]:
    """Return the paths that differ from where the branch left main, new and uncommitted ones too."""
    start = next((base for name in MAIN if (base := git("merge-base", "HEAD", name).strip())), "HEAD")
    paths = set(git("diff", "--name-only", start).splitlines()) | set(
        git("ls-files", "--others", "--exclude-standard").splitlines()
    )
    return sorted(path for path in paths if (ROOT / path).exists())


def covering(path: str, sources: dict[str, str]) -> set[str]:
    """Return the test files and folders for one changed file.

    `sources` holds the text of every test file by its path.
    """
    if path.startswith("tests/"):
        return {path} if Path(path).name.startswith("test_") else {name for name in sources if module(path) in sources[name]}
    folder = Path(path).parent
    found = {place for start, places in TESTED_IN.items() if f"{path}/".startswith(f"{start}/") for place in places}
    if path.endswith(".md"):
        found.add("tests/architecture/test_documents.py")
    parts = [part for part in folder.parts[1:] if part not in {"views", "admin"}]
    found |= {f"tests/{part}" for part in parts[:1] if (ROOT / "tests" / part).is_dir()}
    if path.endswith(".py"):
        found |= {name for name, text in sources.items() if imports(text, module(str(folder)), Path(path).stem)}
    if path.startswith("templates/"):
        found |= {f"tests/{part}" for part in Path(path).parts[2:3] if (ROOT / "tests" / part).is_dir()} or {"tests/pages"}
    return found


def imports(text: str, package: str, name: str) -> bool:
    """Whether the source imports the module of the package, or something from it."""
    if f"{package}.{name}" not in text and f"from {package} import" not in text:
        return False
    return bool(re.search(rf"\b{re.escape(package)}\.{name}\b|from {re.escape(package)} import [^\n]*\b{name}\b", text))


def module(path: str) -> str:
    """Return the dotted name of a Python file or folder."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def chosen(paths: list[str]) -> list[str]:
    """Return the tests of all the changed files, without what lies in a folder that is chosen anyway."""
    sources = {
        str(file.relative_to(ROOT)): file.read_text(encoding="utf-8") for file in sorted((ROOT / "tests").rglob("test_*.py"))
    }
    found = {name for path in paths for name in covering(path, sources) if not f"{name}/".startswith(LEFT_OUT)}
    return sorted(name for name in found if not any(name.startswith(f"{other}/") for other in found - {name}))


class TimeLimit:
    """A pytest plugin that ends the run, without failing it, when the time is over."""

    def __init__(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds
        self.is_over = False
        self.failed = 0

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.failed += report.failed

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        if time.monotonic() > self.end and not self.is_over:
            self.is_over = True
            for runner in (self.session, self.session.config.pluginmanager.getplugin("dsession")):
                if runner is not None:
                    runner.shouldstop = "the time is over: the rest is left to make test"

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        self.session = session


def main(arguments: list[str]) -> int:
    """Run the tests of what changed and return the exit code."""
    tests = chosen(changed_files())
    if "--list" in arguments or not tests:
        sys.stdout.write("\n".join(tests or ["Nothing that has tests was changed."]) + "\n")
        return 0
    jobs = os.environ.get("JOBS", "2")
    marks = "not bench and not journey and not faults"
    return run(["-q", "-n", jobs, "--dist", "worksteal", "-m", marks, "--maxfail", "10", *tests], SECONDS)


def run(arguments: list[str], seconds: float) -> int:
    """Run pytest for so many seconds at most and return the exit code."""
    limit = TimeLimit(seconds)
    code = pytest.main(arguments, plugins=[limit])
    if limit.is_over and not limit.failed:
        sys.stdout.write(f"The time ended before the tests did; none failed within {seconds:g} seconds.\n")
        return 0
    return 0 if code in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED} else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
