"""Obstacles to an import beyond the file itself, shown beside the file's own problems, in the same columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

from riskreg.importing.cells import Place
from riskreg.importing.fields import Field

Severity = Literal["error", "warning"]


class AnyProblem(Protocol):
    """The common shape of a problem of the file (riskreg.importing) and a PlanProblem."""

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
    """Return the problems that are errors."""
    return [problem for problem in problems if problem.severity == "error"]


def in_order(problems: Iterable[AnyProblem]) -> list[AnyProblem]:
    """Sort by place and row, the errors of a row first.

    Problems of the whole file come last, except errors, which come before everything.
    """
    found = list(problems)
    places = list(dict.fromkeys(problem.place for problem in found if problem.place))

    def order(problem: AnyProblem) -> tuple[bool, int, int, bool]:
        about_all, is_error = problem.row is None, problem.severity == "error"
        place = places.index(problem.place) if problem.place else -1
        return (about_all and not is_error, -1 if about_all else place, problem.row or 0, not is_error)

    return sorted(found, key=order)
