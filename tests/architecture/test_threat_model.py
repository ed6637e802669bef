"""docs/threat-model.md claims nothing without a test: each row names one that exists, and SECURITY.md names what exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.one_engine

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
SECURITY = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
PATH = re.compile(r"`((?:tests|riskreg|controls|config)/[^`\s]+)`")


def rows(text: str, heading: str) -> list[list[str]]:
    """The cells of each row of the tables whose heading row is this one."""
    found = []
    for table in text.split(f"{heading}\n")[1:]:
        for line in table.splitlines()[1:]:
            if not line.startswith("|"):
                break
            found.append([cell.strip() for cell in line.strip("|").split("|")])
    return found


def unproven(text: str) -> list[str]:
    """What each row wants that names no test, or one that does not exist, or holds no test."""
    found = []
    for wanted, _against, shown in rows(text, "| wants to | what stands against it | shown by |"):
        tests = PATH.findall(shown)
        if not tests or not all(holds_a_test(ROOT / each) for each in tests):
            found.append(wanted)
    return found


def holds_a_test(path: Path) -> bool:
    return path.name.startswith("test_") and path.exists() and "def test_" in path.read_text(encoding="utf-8")


def test_every_claim_names_a_test_that_exists() -> None:
    assert len(rows(PAGE, "| wants to | what stands against it | shown by |")) >= 18
    assert unproven(PAGE) == []


def test_a_claim_without_a_test_would_be_found() -> None:
    table = "| wants to | what stands against it | shown by |\n| --- | --- | --- |\n"
    for shown in ("`tests/none/test_none.py`", "the code", "`tests/cast.py`"):
        assert unproven(f"{table}| reads | a lock | {shown} |\n") == ["reads"]
    assert unproven(f"{table}| reads | a lock | `tests/trail/test_seals.py` |\n") == []


def test_every_attacker_is_told_what_is_not_defended() -> None:
    """The two who may do nothing are told by their tables alone."""
    attackers = PAGE.partition("## Who, how")[2].partition("## What is outside")[0].split("\n### ")[1:]
    silent = [part.splitlines()[0] for part in attackers if "\nNot defended: " not in part]
    assert silent == ["Somebody who is not signed in", "A signed-in person, who has no right there"]


def test_every_path_that_security_names_exists() -> None:
    assert [path for path in PATH.findall(SECURITY + PAGE) if not (ROOT / path).exists()] == []


def test_it_is_two_pages() -> None:
    assert len(PAGE.split()) <= 1_300
