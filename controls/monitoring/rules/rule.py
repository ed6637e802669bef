"""What a ready rule is: data, with one SQL query over the views of snapshots that it needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

BEFORE = "_before"
Value = Decimal | int | float | str | tuple[str, ...]


class ParameterType(StrEnum):
    """How a parameter is asked for and shown."""

    AMOUNT = "amount"
    COUNT = "count"
    DAYS = "days"
    MONTHS = "months"
    SHARE = "share"
    """Between 0 and 1."""
    RATING = "rating"
    PREFIXES = "prefixes"
    """Beginnings of codes, of accounts or industries."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that a municipality may set. It is bound to the query as `$code`, never written into it."""

    code: str
    label: str | StrPromise
    type: ParameterType
    default: Value


@dataclass(frozen=True, slots=True)
class Relation:
    """A table (or a view) that several rules share, made once of the snapshots at hand before the first rule that reads it.

    `needs` are the views it cannot do without. `helped_by` names a view that may be missing: then `sql_without` makes the
    table. `after` are relations it reads itself. `sql` is the query whose answer becomes the table.
    """

    code: str
    needs: tuple[str, ...]
    sql: str
    after: tuple[Relation, ...] = ()
    is_view: bool = False
    helped_by: str = ""
    sql_without: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that is run on snapshots.

    `needs` are the views that the query reads: kinds of registers, with `_before` the snapshot before. The first is the one
    whose rows the hits name. `sql` yields a row a hit: subject, subject_name, facts (a struct), rows (a list of row numbers)
    and amount (or NULL). `sentence` says what one hit tells. `weight` (1 to 5) is its part of a subject's score.
    """

    code: str
    label: str | StrPromise
    sentence: str | StrPromise
    needs: tuple[str, ...]
    sql: str
    parameters: tuple[Parameter, ...] = ()
    relations: tuple[Relation, ...] = ()
    weight: int = 1
    names_documents: bool = False
    """The query's rows are ids of documents (netting.DOCUMENTS), whose lines are looked up for the hits that are listed."""
    is_of_invoice: bool = False
    """A hit is about one invoice: hits of several rules on the same rows are one signal with several reasons."""

    def every_relation(self) -> Iterator[Relation]:
        """Yield the relations that the query reads, and those that they read."""
        waiting = list(self.relations)
        while waiting:
            relation = waiting.pop()
            yield relation
            waiting += relation.after

    def values(self, given: Mapping[str, Value]) -> dict[str, Value]:
        """Return the value of every parameter, its default where none is given. Raises KeyError for an unknown code."""
        values = {parameter.code: parameter.default for parameter in self.parameters}
        for code, value in given.items():
            if code not in values:
                raise KeyError(code)
            values[code] = value
        return values


@dataclass(frozen=True, slots=True)
class Pack:
    """Rules that a municipality switches on together."""

    code: str
    label: str | StrPromise
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """What a rule tells of one subject."""

    rule: str
    subject: str
    """The normalised identity; a supplier number, a name or a key where there is none."""
    subject_name: str
    facts: dict[str, Any]
    rows: tuple[int, ...]
    """The rows of the file of the rule's first need, at most `trying.MOST_ROWS`."""
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """What a rule gives on the snapshots: how many hits, and the first of them."""

    count: int
    hits: tuple[Hit, ...]


class MissingSnapshots(Exception):
    """The rule cannot be tried: there is no snapshot for these of its needs."""

    def __init__(self, rule: str, aliases: tuple[str, ...]) -> None:
        super().__init__(f"{rule}: {', '.join(aliases)}")
        self.rule, self.aliases = rule, aliases


def kind_of(alias: str) -> str:
    """Return the kind of register that a view is of."""
    return alias.removesuffix(BEFORE)


def is_before(alias: str) -> bool:
    """Return whether the view is of the snapshot before the latest."""
    return alias.endswith(BEFORE)
