"""What a comparison finds on its way: problems, and what became of each value of each row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from controls.importing.problems import AnyProblem, PlanProblem, Severity
from riskreg.importing.account import Fate, Settlement
from riskreg.importing.columns import ImportRow
from riskreg.importing.fields import Field

_NOTHING = Settlement(Fate.LEFT_OUT, "not_taken")


class Findings:
    """The problems, and the settlement of each (row, field).

    A value that no part of the comparison has settled is left out, and the account says so.
    """

    def __init__(self, rows: Sequence[ImportRow] = ()) -> None:
        self.problems: list[AnyProblem] = []
        self._settled: dict[int, dict[Field, Settlement]] = {id(row): {} for row in rows}

    def report(self, severity: Severity, row: ImportRow | None, field: Field | None, value: str, message: str) -> None:
        number, place = (row.first_row, row.place) if row else (None, None)
        self.problems.append(PlanProblem(message, severity, number, place, field, value))

    def take(self, row: ImportRow, fields: Iterable[Field], into: str) -> None:
        """Say that the fields go into the risk, control or follow-up (a code of account_words)."""
        self._settle(row, fields, Settlement(Fate.TAKEN, into))

    def leave_out(self, row: ImportRow, fields: Iterable[Field], reason: str, **details: str) -> None:
        """Say that the fields are left out, and why (a code of account_words)."""
        self._settle(row, fields, Settlement(Fate.LEFT_OUT, reason, details))

    def settled(self, row: ImportRow, field: Field) -> Settlement:
        """Return what became of the row's field."""
        return self._settled.get(id(row), {}).get(field, _NOTHING)

    def _settle(self, row: ImportRow, fields: Iterable[Field], settlement: Settlement) -> None:
        of_row = self._settled.setdefault(id(row), {})
        for name in fields:
            of_row[name] = settlement
