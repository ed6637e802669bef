"""Where the benchmarks write what they measured: docs/figures.md, each to a block of its own.

A block begins with `<!-- bench: NAME -->` and ends with `<!-- end -->`. What stands around it is written by people.
"""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "figures.md"


def record(name: str, text: str, *, page: Path = PAGE) -> None:
    """Print what was measured and put it, with today's date, into the page's block of that name.

    Raises LookupError when the page has no such block: a new benchmark needs one, with a heading that says what it measures.
    """
    sys.stdout.write(f"\n{text.strip()}\n")
    before = page.read_text(encoding="utf-8")
    block = re.compile(rf"(<!-- bench: {re.escape(name)} -->\n).*?(<!-- end -->)", re.DOTALL)
    if not block.search(before):
        raise LookupError(f"{page} has no block {name}: add <!-- bench: {name} --> and <!-- end --> under a heading.")
    day = datetime.now(tz=UTC).date().isoformat()
    written = f"Measured {day}.\n\n```text\n{text.strip()}\n```\n"
    page.write_text(block.sub(lambda found: found[1] + written + found[2], before), encoding="utf-8")
