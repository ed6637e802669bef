"""No test waits for a while and hopes: it waits for a condition, in tests/waiting.py."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# The one that waits, and the browser's, whose events come only while Playwright waits.
ALLOWED = {"tests/waiting.py", "tests/browser.py"}
WAITS = {"sleep", "wait_for_timeout"}
VERBS = {"alerts"}
"""Modules of the product with a verb of such a name: an alert sleeps."""


def waits_in(source: str) -> list[int]:
    """The lines on which the source calls, or takes, a function that waits for a while."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if (isinstance(node, ast.Attribute) and node.attr in WAITS and getattr(node.value, "id", "") not in VERBS)
        or (isinstance(node, ast.ImportFrom) and WAITS & {each.name for each in node.names})
    ]


def test_only_the_helper_sleeps() -> None:
    sources = {str(path.relative_to(ROOT)): path for path in (ROOT / "tests").rglob("*.py")}
    found = {name: lines for name, path in sources.items() if (lines := waits_in(path.read_text(encoding="utf-8")))}
    assert {name: lines for name, lines in found.items() if name not in ALLOWED} == {}
    assert set(found) == ALLOWED


@pytest.mark.parametrize(
    "source", ["import time\ntime.sleep(1)", "from time import sleep", "page.wait_for_timeout(300)", "await asyncio.sleep(1)"]
)
def test_a_wait_of_any_kind_is_seen(source: str) -> None:
    source = f"async def test():\n    {source}" if source.startswith("await") else source
    assert waits_in(source) != []
