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


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "test_guarded.py").write_text(SUITE, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = journey: drives a real browser\n", encoding="utf-8")
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "tests.browser",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:django",
            "-v",
            "--strict-markers",
            str(folder),
        ],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "BROWSER_SECONDS": "4", "DJANGO_SETTINGS_MODULE": "tests.settings", "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return run.stdout + run.stderr, folder


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
