"""The choices on the pages about risks: years, plans, units, categories, owners, and the scales.

All in one query, so that a page with ten filters costs one. The rows are few (units, plans, people, levels), never risks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable
from copy import copy
from dataclasses import dataclass, field
from functools import cache, cached_property, reduce
from itertools import chain
from operator import or_
from typing import Any, NamedTuple, TypeVar, cast

from django.db import connection
from django.db.models import CharField, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Concat

from riskreg.access.grants import paths_with, standing_of
from riskreg.access.sight import parts_of_sight, risks_seen_by, units_seen_by
from riskreg.access.verbs import Verb
from riskreg.database.compiled import rows_once_compiled
from riskreg.models import (
    ControlPlan,
    ImpactLevel,
    LikelihoodLevel,
    Risk,
    RiskBand,
    RiskCategory,
    RiskMatrix,
    Unit,
    User,
)
from riskreg.models.unit import ROOT_PATH_LENGTH, ancestors

S = TypeVar("S", bound=Hashable)


class Row(NamedTuple):
    """One thing to choose; what `a`, `b` and `more` hold depends on its kind."""

    kind: str
    pk: int
    a: int
    b: int
    text: str
    more: str

    @property
    def path(self) -> str:
        """The path, for the kinds whose `more` is a path and a place in the order."""
        return self.more.partition(" ")[0]

    @property
    def order(self) -> str:
        return self.more.partition(" ")[2]


@dataclass(frozen=True, slots=True)
class PlanChoice:
    pk: int
    year: int
    matrix_id: int
    unit_name: str
    path: str
    is_visible: bool
    """False for the plan of a unit above the person's own: its risks may be theirs, the plan's page is not."""

    @property
    def label(self) -> str:
        return f"{self.year} {self.unit_name}"


@dataclass(frozen=True, slots=True)
class UnitChoice:
    pk: int
    name: str
    path: str
    depth: int
    """Steps below the topmost unit the person sees."""


@dataclass
class Choices:
    """Plans newest first, units as a tree in Swedish order, people and categories in Swedish order.

    Made once for as long as a person's standing and the rows are the same (`choices_for`): nothing in it is ever changed.
    """

    user: User
    rows: dict[str, list[Row]] = field(default_factory=dict)
    offered: dict[Hashable, dict[str, list[tuple[str, str]]]] = field(default_factory=dict)
    """What the filters have made of it: their options in a language."""

    def offer(self, made_for: Hashable, options: dict[str, list[tuple[str, str]]]) -> None:
        """Keep the options that a filter has made."""
        self.offered[made_for] = {name: [_shared(option) for option in those] for name, those in options.items()}

    def named(self, kind: str) -> list[tuple[str, str]]:
        """Return (value, label) for a kind whose `more` is its place in the order."""
        ordered = sorted(self.rows.get(kind, []), key=lambda row: row.more)
        return [(str(row.pk), row.text) for row in ordered]

    @cached_property
    def plans(self) -> list[PlanChoice]:
        seen = paths_with(self.user, Verb.VIEW)
        ordered = sorted(self.rows.get("plan", []), key=lambda row: (-row.a, row.order))
        return [
            _shared(PlanChoice(row.pk, row.a, row.b, row.text, row.path, any(row.path.startswith(path) for path in seen)))
            for row in ordered
        ]

    @cached_property
    def years(self) -> list[int]:
        """The years of the plans, the newest first."""
        return sorted({plan.year for plan in self.plans}, reverse=True)

    @cached_property
    def units(self) -> list[UnitChoice]:
        rows = {row.path: row for row in self.rows.get("unit", [])}

        def place(path: str) -> list[str]:
            return [rows[above].order + above for above in ancestors(path) if above in rows]

        placed = sorted((place(path), row) for path, row in rows.items())
        return [_shared(UnitChoice(row.pk, row.text, row.path, len(steps) - 1)) for steps, row in placed]

    @cached_property
    def matrices(self) -> dict[int, RiskMatrix]:
        """The matrices the plans use, with their scales in memory: asking them for a band costs no query."""
        used = {row.b for row in self.rows.get("plan", [])}
        matrices = {
            row.pk: RiskMatrix(pk=row.pk, version=row.a, unit_id=row.b, name=row.text)
            for row in self.rows.get("matrix", [])
            if row.pk in used
        }
        for matrix in matrices.values():
            matrix.likelihoods, matrix.impacts, matrix.ordered_bands = [], [], []
        for row in self._of_used("likelihood", used):
            matrices[row.b].likelihoods.append(LikelihoodLevel(pk=row.pk, value=row.a, label=row.text, description=row.more))
        for row in self._of_used("impact", used):
            matrices[row.b].impacts.append(ImpactLevel(pk=row.pk, value=row.a, label=row.text, description=row.more))
        for row in self._of_used("band", used):
            tone, demand = row.more.split()
            matrices[row.b].ordered_bands.append(RiskBand(pk=row.pk, from_score=row.a, name=row.text, tone=tone, demand=demand))
        for matrix in matrices.values():
            matrix.likelihoods.sort(key=lambda level: level.value)
            matrix.impacts.sort(key=lambda level: level.value)
            matrix.ordered_bands.sort(key=lambda band: band.from_score)
        return matrices

    def _of_used(self, kind: str, used: set[int]) -> list[Row]:
        return [row for row in self.rows.get(kind, []) if row.b in used]

    def unit(self, pk: int) -> UnitChoice | None:
        return next((unit for unit in self.units if unit.pk == pk), None)

    def plan(self, pk: int) -> PlanChoice | None:
        return next((plan for plan in self.plans if plan.pk == pk), None)

    def matrix_of(self, risk: Risk) -> RiskMatrix:
        """Return the matrix the risk is scored by, from memory where possible."""
        return self.matrices.get(risk.plan.matrix_id) or risk.plan.matrix


More = Callable[[User], list[QuerySet[Any, Any]]]
MOST_MADE = 300
"""Of so many standings the choices are kept: some ten kilobytes each in a large municipality, for they share their rows."""
MOST_SHARED = 50_000
_made: dict[Hashable, tuple[list[Row], Choices]] = {}
_all_shared: dict[Hashable, Any] = {}


def choices_for(user: User, more: More | None = None) -> Choices:
    """Read the user's choices in one query; `more` returns querysets of choice_rows() of other kinds.

    The query is compiled once for each standing, so `more` asks of the user only what that holds. Where its rows are those
    of the last time, what was made of them is taken again.
    """
    key = standing_of(user), more
    found = rows_once_compiled(("choices", *key), lambda: _all_kinds(user, more))
    earlier = _made.get(key)
    if earlier is None or earlier[0] != found:
        rows = [_shared(Row(*values)) for values in found]
        earlier = rows, _choices_of(user, rows)
        while len(_made) >= MOST_MADE:
            _made.pop(next(iter(_made)), None)
        _made[key] = earlier
    choices = copy(earlier[1])
    choices.user = user
    return choices


def _shared(one: S) -> S:
    """Return the equal thing that choices have already, or this one: most of the rows are the same for everybody."""
    if len(_all_shared) >= MOST_SHARED:
        _all_shared.clear()
    return cast(S, _all_shared.setdefault(one, one))


def _choices_of(user: User, found: list[Row]) -> Choices:
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in found:
        rows[row.kind].append(row)
    choices = Choices(user, dict(rows))
    _ = choices.plans, choices.years, choices.units, choices.matrices  # for all who take it again
    return choices


def _all_kinds(user: User, more: More | None) -> QuerySet[Any, Any]:
    plans = ControlPlan.objects.filter(_plans_with_risks_of(user))
    owners = people_with(user, Risk.objects.current(), "owner", index=("owner_id", "is_dropped", "unit_id"))
    kinds = [
        *(rows.all() for rows in _common_to_all()),
        choice_rows(plans, "plan", a="year", b="matrix_id", text="unit__name", more=_path_and_order("unit__")),
        choice_rows(Unit.objects.visible_to(user), "unit", text="name", more=_path_and_order()),
        choice_rows(owners, "owner", text="name", more="name_sort"),
        *(more(user) if more else ()),
    ]
    return kinds[0].union(*kinds[1:], all=True)


def people_with(user: User, records: QuerySet[Any], person: str, *, risk: str = "", index: tuple[str, ...]) -> QuerySet[User]:
    """Return the people whom at least one of the records names as `person`, of those whose `risk` the user sees.

    For who sees a part of the municipality, the records are read from there, but for those that lie behind a risk on PostgreSQL,
    which would read all of them. For who sees all of it, each person is looked up: `index` names the columns of the index
    that finds a person's records. Asked as "the first in the index's order", both databases look each person up in it; asked
    as EXISTS, or as any one, they may read all records of everybody for those who have none.
    """
    parts = parts_of_sight(user, risk)
    if parts and not (risk and connection.vendor == "postgresql"):
        named = (Q(pk__in=records.filter(part).order_by().values(person)) for part in parts)
        return User.objects.filter(reduce(or_, named))
    theirs = records.filter(risks_seen_by(user, risk), **{person: OuterRef("pk")})
    return User.objects.alias(one=Subquery(theirs.order_by(*index).values("pk")[:1])).filter(one__isnull=False)


@cache
def _common_to_all() -> tuple[QuerySet[Any, Any], ...]:
    """Build the querysets that are the same for everyone, once.

    They read the scales of every matrix: those are few, and finding out which ones the plans use costs more than
    reading all.
    """
    tone_and_demand = Concat("tone", Value(" "), "demand", output_field=CharField())
    return (
        choice_rows(RiskMatrix.objects.all(), "matrix", a="version", b="unit_id", text="name"),
        choice_rows(LikelihoodLevel.objects.all(), "likelihood", a="value", b="matrix_id", text="label", more="description"),
        choice_rows(ImpactLevel.objects.all(), "impact", a="value", b="matrix_id", text="label", more="description"),
        choice_rows(RiskBand.objects.all(), "band", a="from_score", b="matrix_id", text="name", more=tone_and_demand),
        choice_rows(RiskCategory.objects.all(), "category", text="name", more="name_sort"),
    )


def choice_rows(
    queryset: QuerySet[Any], kind: str, *, a: str | None = None, b: str | None = None, text: str, more: Any = None
) -> QuerySet[Any, Any]:
    """Return the queryset's rows in the columns of Row, ready for the union.

    `a` and `b` name numbers, `text` and `more` words.
    """
    columns: dict[str, Any] = {
        "row_kind": Value(kind, CharField()),
        "row_a": Value(0) if a is None else F(a),
        "row_b": Value(0) if b is None else F(b),
        "row_text": F(text),
        "row_more": Value("", CharField()) if more is None else F(more) if isinstance(more, str) else more,
    }
    return queryset.order_by().annotate(**columns).values_list("row_kind", "pk", "row_a", "row_b", "row_text", "row_more")


def _path_and_order(prefix: str = "") -> Concat:
    return Concat(f"{prefix}path", Value(" "), f"{prefix}name_sort", output_field=CharField())


def _plans_with_risks_of(user: User) -> Q:
    """Return the condition for the plans that may hold risks the user sees.

    They are the plans the user sees, those of the units above (a plan's risks may lie in the units below its own),
    and those with a municipality-wide risk.
    """
    paths = paths_with(user, Verb.VIEW)
    if "/" in paths:
        return Q()
    seen = units_seen_by(user, "unit")
    if all(len(path) <= ROOT_PATH_LENGTH for path in paths):
        return seen
    above = set(chain.from_iterable(ancestors(path) for path in paths))
    wide = Risk.objects.current().filter(is_municipality_wide=True)
    parts = parts_of_sight(user) or [risks_seen_by(user)]
    return reduce(or_, (Q(pk__in=wide.filter(part).values("plan")) for part in parts), seen | Q(unit__path__in=above))
