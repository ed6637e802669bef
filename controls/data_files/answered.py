"""The stored rows as the answers of a person make them: what is left out, and what a point in an amount means.

Until the population is locked the answers are applied when it is read, so that another answer is possible; the lock
writes the rows anew by them, and from then on the stored file needs no answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from controls.data_files.engine import Engine, literal
from controls.data_files.spreadsheet import HIDDEN, STRUCK
from controls.data_files.text import PARQUET

Answers = Mapping[str, Mapping[str, Any]]
"""The answer to each question by its code: `choice`, and what it is about (`column`, `rows`)."""

THOUSANDS = "[-\u2212]?[1-9][0-9]{0,2}(([.][0-9]{3})+(,[0-9]+)?|(,[0-9]{3})+([.][0-9]+)?)"
"""An amount whose thousands are apart by points or by commas."""


def source_of(path: Path, columns: Sequence[str], answers: Answers) -> str:
    """Return the stored rows as an SQL source: the file itself where no answer changes anything."""
    source = f"read_parquet({literal(str(path))})"
    cells, kept = _rewritten(columns, answers), _kept(answers)
    if not cells and not kept:
        return source
    replaced = ", ".join(f"{sql} as {cell}" for cell, sql in cells.items())
    chosen = f"* replace ({replaced})" if replaced else "*"
    return f"(select {chosen} from {source}{' where ' + ' and '.join(kept) if kept else ''})"


def changes_rows(columns: Sequence[str], answers: Answers) -> bool:
    """Return whether the answers make other rows of the stored ones."""
    return bool(_rewritten(columns, answers) or _kept(answers))


def write_answered(engine: Engine, path: Path, columns: Sequence[str], answers: Answers, target: Path) -> None:
    """Write the rows as the answers make them, in the file's order."""
    cells = ", ".join(f"c{i}" for i in range(len(columns)))
    engine.rows(f"copy (select {cells}, row from {source_of(path, columns, answers)}) to {literal(str(target))} ({PARQUET})")


def _rewritten(columns: Sequence[str], answers: Answers) -> dict[str, str]:
    answer = answers.get("thousands", {})
    if answer.get("choice") != "thousands" or answer.get("column") not in columns:
        return {}
    cell = f"c{columns.index(answer['column'])}"
    # 1.234,50 and 1.234 lose their points, 1,234.50 and 1,234 their commas.
    by_points = f"regexp_matches({cell}, '[.].*,') or not contains({cell}, ',')"
    joined = f"replace({cell}, case when {by_points} then '.' else ',' end, '')"
    return {cell: f"case when regexp_full_match({cell}, '{THOUSANDS}') then {joined} else {cell} end"}


def _kept(answers: Answers) -> list[str]:
    kept = []
    for code, bit in (("hidden_rows", HIDDEN), ("struck_rows", STRUCK)):
        if answers.get(code, {}).get("choice") == "left_out":
            kept.append(f"(mark & {bit}) = 0")
    for code in ("total_row", "subtotal_rows"):
        answer = answers.get(code, {})
        if answer.get("choice") == "total":
            kept.append(f"row not in ({', '.join(str(int(row)) for row in answer['rows'])})")
    return kept
