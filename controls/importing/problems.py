"""What stands in the way of an import beyond the file itself. Shown beside the file's own problems, in the same columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

from riskreg.importing.cells import Place
from riskreg.importing.fields import Field

Severity = Literal["error", "warning"]


class AnyProblem(Protocol):
    """Both kinds: riskreg.importing's of the file, and PlanProblem."""

    @property
    def severity(self) -> Severity: ...
    @property
    def row(self) -> int | None: ...
    @property
    def place(self) -> Place | None: ...
    @property
    def field(self) -> Field | None: ...
    @property
    def value(self) -> str: ...
    @property
    def message(self) -> str: ...


@dataclass(frozen=True, slots=True)
class PlanProblem:
    """`row` is the file's row number; None where it is about the whole file."""

    message: str
    severity: Severity = "error"
    row: int | None = None
    place: Place | None = None
    field: Field | None = None
    value: str = ""


def errors_among(problems: Iterable[AnyProblem]) -> list[AnyProblem]:
    return [problem for problem in problems if problem.severity == "error"]
