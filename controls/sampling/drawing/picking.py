"""Draws from a stored population: the rules of the neighbour `tickets` as questions to DuckDB.

One scan, and only the sample is held in memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from controls.data_files.engine import Engine
from controls.data_files.table import Table
from controls.sampling.drawing.tickets import reserves_for, thresholds, units


@dataclass(frozen=True, slots=True)
class Picked:
    """One item: `kind` is drawn, reserve or whole (as SampleItem.Kind has them)."""

    kind: str
    row: int
    key: str
    ticket: str
    amount: Decimal | None
    stratum: str
    cells: tuple[str, ...]


class NotDrawable(ValueError):
    """`code`: too_many (n > N), no_amounts, no_such_stratum, nothing_left."""

    def __init__(self, code: str, **values: object) -> None:
        self.code, self.values = code, values
        super().__init__(code)


def pick_smallest(
    engine: Engine,
    table: Table,
    seed: str,
    n: int,
    *,
    stratum: str | None = None,
    whole_from: Decimal | None = None,
    beside: int | None = None,
) -> list[Picked]:
    """Pick the n smallest tickets and the reserves after them (`beside`, else as many as fit n).

    Before them come all items at or above `whole_from`. Raises NotDrawable when there are fewer than n.
    """
    where, params = _narrowed(table, stratum)
    whole: list[tuple[str, int, str, str]] = []
    if whole_from is not None:
        limit = {**params, "whole": units(whole_from)}
        at_or_above = f"{where} and {table.units} >= $whole"
        whole = [("whole", *found) for found in engine.rows(_tickets(table, at_or_above), {**limit, "seed": seed})]
        where, params = f"{where} and {table.units} < $whole", limit
    wanted = n + (reserves_for(n) if beside is None else beside)
    found = engine.rows(f"{_tickets(table, where)} limit {wanted}", {**params, "seed": seed}) if wanted else []
    if len(found) < n:
        raise NotDrawable("too_many", size=n, rows=len(found), stratum=stratum or "")
    kinds = ["drawn"] * n + ["reserve"] * (len(found) - n)
    return _with_cells(engine, table, whole + [(kind, *each) for kind, each in zip(kinds, found, strict=True)])


def pick_by_stratum(
    engine: Engine, table: Table, seed: str, sizes: Mapping[str, int], *, whole_from: Decimal | None = None
) -> list[Picked]:
    """Pick the smallest tickets of each stratum, in the order of the strata's names."""
    picked = [pick_smallest(engine, table, seed, n, stratum=name, whole_from=whole_from) for name, n in sorted(sizes.items())]
    kinds = {"whole": 0, "drawn": 1, "reserve": 2}
    return sorted((item for group in picked for item in group), key=lambda item: kinds[item.kind])


def pick_all(engine: Engine, table: Table, seed: str) -> list[Picked]:
    """Pick every item, in the order of the tickets."""
    return _with_cells(engine, table, [("drawn", *found) for found in engine.rows(_tickets(table, "true"), {"seed": seed})])


def pick_by_amount(engine: Engine, table: Table, seed: str, n: int, interval: Fraction | None = None) -> list[Picked]:
    """Pick by amount as controls.sampling.drawing.tickets.by_amount does.

    Whole items first, then the hit ones in the order of their tickets.
    """
    amount = table.units
    book = engine.one(f"select coalesce(sum({amount}) filter ({amount} > 0), 0) from {table.source}")[0]
    if not book:
        raise NotDrawable("no_amounts")
    step = Fraction(int(book), n) if interval is None else interval
    # An amount is a whole number of units, so it reaches the interval when it reaches the next whole number.
    bound = -((-step.numerator) // step.denominator)
    whole = engine.rows(_tickets(table, f"{amount} >= $bound"), {"seed": seed, "bound": bound})
    engine.rows(
        "create or replace temp table laid as "
        "select row, key, ticket, cast(sum(units) over (order by ticket, key) as hugeint) as reached "
        f"from (select row, {table.key} as key, {_ticket(table)} as ticket, {amount} as units from {table.source} "
        f"where {amount} > 0 and {amount} < $bound)",
        {"seed": seed, "bound": bound},
    )
    rest = int(engine.one("select coalesce(max(reached), 0) from laid")[0])
    points = thresholds(seed, step, rest)
    hit = engine.rows(
        "select distinct laid.row, laid.key, laid.ticket from (select unnest($points::hugeint[]) as point) as points "
        "asof join laid on laid.reached >= points.point order by laid.ticket, laid.key",
        {"points": points},
    )
    return _with_cells(engine, table, [("whole", *each) for each in whole] + [("drawn", *each) for each in hit])


def pick_next(engine: Engine, table: Table, seed: str, drawn: Sequence[str], n: int, **narrowed: object) -> list[Picked]:
    """Pick the n next tickets after those drawn already (their keys), for a replacement or an extension."""
    stratum, whole_from = narrowed.get("stratum"), narrowed.get("whole_from")
    where, params = _narrowed(table, stratum if isinstance(stratum, str) else None)
    if isinstance(whole_from, Decimal):
        where, params = f"{where} and {table.units} < $whole", {**params, "whole": units(whole_from)}
    already = {**params, "seed": seed, "drawn": list(drawn)}
    found = engine.rows(f"{_tickets(table, f'{where} and not list_contains($drawn::varchar[], {table.key})')} limit {n}", already)
    if len(found) < n:
        raise NotDrawable("nothing_left", size=n, rows=len(found))
    return _with_cells(engine, table, [("reserve", *each) for each in found])


def _ticket(table: Table) -> str:
    return f"sha256($seed || chr(10) || {table.key})"


def _narrowed(table: Table, stratum: str | None) -> tuple[str, dict[str, object]]:
    return ("true", {}) if stratum is None else (f"{table.stratum} = $stratum", {"stratum": stratum})


def _tickets(table: Table, where: str) -> str:
    return f"select row, {table.key} as key, {_ticket(table)} as ticket from {table.source} where {where} order by ticket, key"


def _with_cells(engine: Engine, table: Table, found: Sequence[tuple[str, int, str, str]]) -> list[Picked]:
    rows = [row for _, row, _, _ in found]
    asked = f"select row, {table.amount}, {table.stratum}, [{', '.join(table.cells)}] from {table.source}"
    answered = engine.rows(f"{asked} where row in (select unnest($rows::bigint[]))", {"rows": rows})
    there = {row: (amount, stratum, tuple(cells)) for row, amount, stratum, cells in answered}
    return [Picked(kind, row, key, ticket, *there[row]) for kind, row, key, ticket in found]
