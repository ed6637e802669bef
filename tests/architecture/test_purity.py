"""The pure rooms call no clock and touch no file or network; only riskreg/clock.py reads the clock."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CLOCK = ROOT / "riskreg" / "clock.py"


def pure_files() -> list[Path]:
    """Return the files of the pure rooms: each module of the contract, and for a package all that lies in it."""
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = {contract["id"]: contract for contract in configuration["tool"]["importlinter"]["contracts"]}
    found: list[Path] = []
    for room in contracts["pure-rooms"]["source_modules"]:
        place = ROOT.joinpath(*room.split("."))
        found += sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
    return found


# Calls by their last two parts: datetime.now(...), timezone.now(...), date.today(...), time.time(...)
CLOCK_CALLS = {
    ("datetime", "now"),
    ("datetime", "today"),
    ("datetime", "utcnow"),
    ("date", "today"),
    ("timezone", "now"),
    ("timezone", "localdate"),
    ("timezone", "localtime"),
    ("time", "time"),
    ("time", "localtime"),
    ("time", "gmtime"),
}
CLOCK_NAMES = {("django.utils.timezone", name) for name in ("now", "localdate", "localtime")} | {("time", "time")}
OUTSIDE_MODULES = {
    "os", "io", "pathlib", "shutil", "tempfile", "socket", "ssl", "http", "urllib", "subprocess", "logging",
    "random", "secrets", "time", "threading", "asyncio", "sqlite3", "smtplib",
}  # fmt: skip
OUTSIDE_CALLS = {"open", "print", "input", "exec", "eval", "__import__"}


def code_files() -> list[Path]:
    return sorted(path for package in ("config", "controls", "riskreg") for path in (ROOT / package).rglob("*.py"))


def clock_readings(source: str) -> list[str]:
    """Every place in the source that reads the clock, or imports or passes on a function that does."""
    found = []
    tree = ast.parse(source)
    # localtime(value) and localdate(value) convert a given moment; without a value they read the clock.
    conversions = {
        id(node.func)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"localtime", "localdate"}
        and (node.args or any(keyword.arg == "value" for keyword in node.keywords))
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and id(node) not in conversions:
            owner = node.value
            name = owner.attr if isinstance(owner, ast.Attribute) else owner.id if isinstance(owner, ast.Name) else ""
            if (name, node.attr) in CLOCK_CALLS:
                found.append(f"line {node.lineno}: {name}.{node.attr}")
        if isinstance(node, ast.ImportFrom):
            found += [
                f"line {node.lineno}: from {node.module} import {alias.name}"
                for alias in node.names
                if (node.module, alias.name) in CLOCK_NAMES
            ]
    return found


def outside_contacts(source: str) -> list[str]:
    """Every import or call by which the source could meet a file, the network, chance or another process."""
    found = []
    for node in ast.walk(ast.parse(source)):
        modules: list[str] = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [node.module or ""]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in OUTSIDE_CALLS:
            found.append(f"line {node.lineno}: {node.func.id}()")
        found += [f"import of {module}" for module in modules if module.partition(".")[0] in OUTSIDE_MODULES]
    return found


@pytest.mark.parametrize("path", pure_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_pure_room_meets_neither_clock_nor_outside_world(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert clock_readings(source) + outside_contacts(source) == []


@pytest.mark.parametrize("room", ["controls/sampling/statistics", "riskreg/scoring.py", "riskreg/verbs/workflow.py"])
def test_what_only_computes_is_a_pure_room(room: str) -> None:
    assert [path for path in pure_files() if path.is_relative_to(ROOT / room)]


def test_only_the_clock_reads_the_clock() -> None:
    readings = {
        str(path.relative_to(ROOT)): found
        for path in code_files()
        if path != CLOCK and "migrations" not in path.parts and (found := clock_readings(path.read_text(encoding="utf-8")))
    }
    assert readings == {}


def test_the_clock_itself_is_seen_to_read_the_clock() -> None:
    assert clock_readings(CLOCK.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import date\ntoday = date.today()",
        "import datetime\nnow = datetime.datetime.now()",
        "from django.utils import timezone\nnow = timezone.now()",
        "from django.utils.timezone import localdate",
        "import time\nnow = time.time()",
        "from django.utils import timezone\nnow = timezone.localtime()",
        "from django.utils import timezone\nnow = timezone.localtime(timezone=zone)",
        "from django.utils import timezone\nfield = DateTimeField(default=timezone.now)",
    ],
)
def test_a_planted_reading_of_the_clock_is_found(source: str) -> None:
    assert clock_readings(source)


def test_converting_a_given_moment_is_not_reading_the_clock() -> None:
    assert clock_readings("from django.utils import timezone\nshown = timezone.localtime(moment)") == []


@pytest.mark.parametrize("source", ["import os", "from pathlib import Path", "import urllib.request", "open('x')"])
def test_a_planted_contact_with_the_outside_is_found(source: str) -> None:
    assert outside_contacts(source)
