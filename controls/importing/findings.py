"""What a comparison finds on its way: problems, and what became of each value of each row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from controls.importing.problems import AnyProblem, PlanProblem, Severity
from riskreg.importing.account import Fate, Settlement
from riskreg.importing.account_details import Detail
from riskreg.importing.columns import ImportRow
from riskreg.importing.fields import Field
from riskreg.importing.questions import Asked
from riskreg.models import RiskCategory

_NOTHING = Settlement(Fate.LEFT_OUT, "not_taken")


class Findings:
    """The problems, and the settlement of each (row, field).

    A value that no part of the comparison has settled is left out, and the account says so.
    """

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self._problems: list[AnyProblem] = []
        self._settled: dict[int, dict[Field, Settlement]] = {}
        self._stand_ins: dict[int, tuple[ImportRow, ImportRow]] = {}

    @property
    def problems(self) -> list[AnyProblem]:
        return [*self._problems, *self.asked.problems()]

    def report(self, severity: Severity, row: ImportRow | None, field: Field | None, value: str, message: str) -> None:
        number, place = (row.first_row, row.place) if row else (None, None)
        self._problems.append(PlanProblem(message, severity, number, place, field, value))

    def report_problem(self, problem: AnyProblem) -> None:
        self._problems.append(problem)

    def take(self, row: ImportRow, fields: Iterable[Field], into: str) -> None:
        """Say that the fields go into the risk, control or follow-up (a code of account_words)."""
        self._settle(row, fields, Settlement(Fate.TAKEN, into))

    def keep(self, row: ImportRow, fields: Iterable[Field], reason: str, **details: Detail) -> None:
        """Say that the fields' wording is kept as text, and beside what (a code of account_words)."""
        self._settle(row, fields, Settlement(Fate.KEPT, reason, details))

    def leave_out(self, row: ImportRow, fields: Iterable[Field], reason: str, **details: Detail) -> None:
        """Say that the fields are left out, and why (a code of account_words)."""
        self._settle(row, fields, Settlement(Fate.LEFT_OUT, reason, details))

    def stand_in(self, merged: ImportRow, row: ImportRow) -> None:
        """Let what is said of `merged` be said of the file's `row`."""
        self._stand_ins[id(merged)] = merged, self._row(row)

    def _row(self, row: ImportRow) -> ImportRow:
        return self._stand_ins[id(row)][1] if id(row) in self._stand_ins else row

    def settled(self, row: ImportRow, field: Field) -> Settlement:
        """Return what became of the row's field."""
        return self._settled.get(id(row), {}).get(field, _NOTHING)

    @property
    def all_settled(self) -> Mapping[int, Mapping[Field, Settlement]]:
        """What became of every row's fields, by the row's identity (`id`)."""
        return self._settled

    def _settle(self, row: ImportRow, fields: Iterable[Field], settlement: Settlement) -> None:
        of_row = self._settled.setdefault(id(self._row(row)), {})
        for name in fields:
            of_row[name] = settlement


def fitting(
    model: type[Any], values: dict[str, Any], row: ImportRow, columns: dict[str, Field], findings: Findings
) -> dict[str, Any]:
    """Return the values after reporting each text that is longer than its field holds, with its row."""
    for name, value in values.items():
        field = model._meta.get_field(name)
        holds = RiskCategory._meta.get_field("name").max_length if name == "category" else field.max_length
        if isinstance(value, str) and holds is not None and len(value) > holds:
            message = _("The text has %(length)d characters; %(field)s holds %(holds)d at most.") % {
                "length": len(value),
                "field": field.verbose_name,
                "holds": holds,
            }
            findings.report("error", row, columns.get(name), f"{value[:60]}…", message)
    return values
