"""The journeys' browser: one that hangs is ended, its journey walked again, and the next gets a browser that works."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SUITE = """
from pathlib import Path
from types import SimpleNamespace

import pytest

HERE = Path(__file__).parent
NEVER = "() => new Promise(() => {})"


@pytest.fixture
def live_server():
    return SimpleNamespace(url="http://127.0.0.1:9")


def times(name):
    with (HERE / name).open("a") as file:
        file.write(".")
    return len((HERE / name).read_text())


def test_a_script_that_never_answers_the_first_time(page):
    if times("script") == 1:
        page.evaluate(NEVER)
    assert page.evaluate("() => 1 + 1") == 2


@pytest.fixture
def closes_never(page):
    yield page
    if times("closing") == 1:
        page.evaluate(NEVER)


def test_a_page_that_never_closes_the_first_time(closes_never):
    assert closes_never.evaluate("() => 2 + 2") == 4


def test_one_that_is_wrong_three_times(page):
    times("wrong")
    assert page.evaluate("() => 2 + 2") == 5


def test_the_next_has_a_browser_that_works(page):
    page.set_content("<h1>Hej</h1>")
    assert page.inner_text("h1") == "Hej"
"""


# A journey is what asks for the browser: these need no Chromium.
JOURNEYS = """
from pathlib import Path

import pytest


@pytest.fixture
def browser():
    return None


def test_one(browser):
    pass


def test_another(browser):
    pass


def test_no_journey():
    pass
"""
UNSTEADY = """

def test_one_that_is_wrong_the_first_time(browser):
    with (Path(__file__).parent / "times").open("a") as file:
        file.write(".")
    assert (Path(__file__).parent / "times").read_text() == ".."
"""


def run_of(folder: Path, *options: str) -> str:
    """What a run of pytest says that knows of this project the plugin alone."""
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = journey: drives a real browser\n", encoding="utf-8")
    alone = ["-p", "tests.browser", "-p", "no:cacheprovider", "-p", "no:django", "--strict-markers"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *alone, *options, str(folder)],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "BROWSER_SECONDS": "4", "DJANGO_SETTINGS_MODULE": "tests.settings", "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return run.stdout + run.stderr


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "test_guarded.py").write_text(SUITE, encoding="utf-8")
    return run_of(folder, "-v"), folder


def test_a_journey_that_hangs_is_ended_and_walked_again(said: tuple[str, Path]) -> None:
    output, folder = said
    assert len((folder / "script").read_text()) == 2, output
    assert "test_a_script_that_never_answers_the_first_time PASSED" in output, output


def test_a_hang_after_the_test_is_ended_too(said: tuple[str, Path]) -> None:
    output, folder = said
    assert (folder / "closing").exists(), output
    assert "test_a_page_that_never_closes_the_first_time PASSED" in output, output


def test_a_journey_that_stays_wrong_fails(said: tuple[str, Path]) -> None:
    output, folder = said
    assert len((folder / "wrong").read_text()) == 3, output
    assert "test_one_that_is_wrong_three_times FAILED" in output, output


def test_the_next_journey_gets_a_browser_that_works(said: tuple[str, Path]) -> None:
    assert "test_the_next_has_a_browser_that_works PASSED" in said[0], said[0]


def test_what_a_repeated_journey_said_first_is_printed(said: tuple[str, Path]) -> None:
    summary = said[0].split("walked again")[-1]
    assert "test_a_script_that_never_answers_the_first_time" in summary, said[0]
    assert "2 + 2" in summary, said[0]


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "with workers"])
@pytest.mark.parametrize(("more", "count"), [("", "0 in 2"), (UNSTEADY, "1 in 3")], ids=["none", "one"])
def test_the_runs_last_lines_count_the_journeys_that_were_walked_again(
    workers: list[str], more: str, count: str, tmp_path: Path
) -> None:
    (tmp_path / "test_walked.py").write_text(JOURNEYS + more, encoding="utf-8")
    output = run_of(tmp_path, *workers)
    summary = output.split("walked again: ")[-1]
    assert summary.startswith(f"{count} journeys"), output
    assert ("test_one_that_is_wrong_the_first_time" in summary) == bool(more), output
