"""One company: all that the registers a user may read say of it, now and over time, and what it was paid by year and unit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby

from controls.data_files.engine import Engine, literal
from controls.models import Register, RegisterSnapshot
from controls.monitoring.kinds import KINDS
from controls.monitoring.registers.cells import cell_text
from controls.monitoring.registers.parts import newest_first, rows_of
from controls.monitoring.registers.rows import Shown, columns_of
from controls.monitoring.registers.stored_file import path_of
from riskreg.models import User

LEDGER = "ledger"
MOST_ROWS = 20
"""Rows of one register that a company's page shows: a supplier is in a register once, or some times by mistake."""
MOST_SNAPSHOTS = 24
"""Snapshots that are looked back at, of each register."""
_NAMED_BY = ("companies", "suppliers", "watched", "agreements")
"""The kinds whose name for a company goes before those of others: a ledger says it in many ways."""


@dataclass(frozen=True, slots=True)
class Said:
    """A value that the register said from a day on, until a later one says another."""

    since: RegisterSnapshot
    value: str


@dataclass(frozen=True, slots=True)
class InRegister:
    """What one register says of the company: its latest rows, and the values that changed over time."""

    register: Register
    latest: RegisterSnapshot
    columns: Sequence[Shown]
    rows: Sequence[Sequence[str]]
    row_numbers: Sequence[int]
    changes: Sequence[tuple[str, Sequence[Said]]] = ()

    @property
    def is_gone(self) -> bool:
        """True if an earlier snapshot had it and the latest has not."""
        return not self.rows


@dataclass(frozen=True, slots=True)
class Paid:
    """What a ledger says was paid in a year by a unit: the sum, and the number of lines."""

    year: int
    unit: str
    amount: Decimal
    lines: int


@dataclass(slots=True)
class Company:
    """A company as the registers have it."""

    identity: str
    name: str = ""
    registers: list[InRegister] = field(default_factory=list)
    paid: list[Paid] = field(default_factory=list)

    @property
    def is_known(self) -> bool:
        return bool(self.registers or self.paid)


def find_company(engine: Engine, user: User, identity: str) -> Company:
    """Return what every register that the user may read says of the identity (in its one form, see identities)."""
    company = Company(identity)
    names: dict[str, str] = {}
    for register, snapshots in _snapshots_by_register(user):
        if register.kind == LEDGER:
            company.paid += _paid(engine, snapshots, identity)
        elif (found := _in_register(engine, register, snapshots, identity)) is not None:
            company.registers.append(found)
        if not names.get(register.kind):
            names[register.kind] = _name(engine, snapshots, identity, _name_field(register))
    company.name = next((names[kind] for kind in (*_NAMED_BY, *names) if names.get(kind)), "")
    return company


def _snapshots_by_register(user: User) -> Iterator[tuple[Register, list[RegisterSnapshot]]]:
    """Yield the registers with identities that the user may read, each with its snapshots, the latest first."""
    kinds = [kind.code for kind in KINDS.values() if kind.has_identity]
    read = Register.objects.read_by(user).filter(kind__in=kinds)
    ordered = RegisterSnapshot.objects.taken().filter(register__in=read).select_related("register__unit")
    by_register = ordered.order_by("register__kind", "register__unit__path", "register__name", "register", "-as_of", "-pk")
    for _pk, found in groupby(by_register, key=lambda snapshot: snapshot.register_id):
        snapshots = newest_first(found)
        yield snapshots[0].register, snapshots[:MOST_SNAPSHOTS]


def _name_field(register: Register) -> str:
    codes = [each.code for each in KINDS[register.kind].fields]
    return next((code for code in ("name", "supplier_name") if code in codes), "")


def _name(engine: Engine, snapshots: Iterable[RegisterSnapshot], identity: str, code: str) -> str:
    """Return the name in the latest snapshot that has one."""
    for snapshot in snapshots if code else ():
        found = engine.rows(f"select {code} from {_rows_of(snapshot, identity)} where {code} is not null limit 1")
        if found:
            return str(found[0][0])
    return ""


def _rows_of(snapshot: RegisterSnapshot, identity: str) -> str:
    return f"(select * from read_parquet({literal(str(path_of(snapshot)))}) where identity = {literal(identity)})"


def _in_register(engine: Engine, register: Register, snapshots: Sequence[RegisterSnapshot], identity: str) -> InRegister | None:
    """Return what the register says; None when none of its snapshots has the identity."""
    said = {snapshot.pk: _known_values(engine, snapshot, identity) for snapshot in snapshots}
    if not any(said.values()):
        return None
    latest = snapshots[0]
    columns = columns_of(latest)
    cells = ", ".join(each.sql for each in columns)
    found = engine.rows(f"select row, {cells} from {_rows_of(latest, identity)} order by row limit {MOST_ROWS}")
    texts = [[cell_text(cell, each.type, on=latest.as_of) for cell, each in zip(row[1:], columns, strict=True)] for row in found]
    changes = _over_time(register, list(reversed(snapshots)), said)
    return InRegister(register, latest, columns, texts, [int(row[0]) for row in found], changes)


def _known_values(engine: Engine, snapshot: RegisterSnapshot, identity: str) -> dict[str, str]:
    """Return the known values of the identity's first row, by field; nothing when the snapshot has no such row."""
    fields = KINDS[snapshot.register.kind].fields
    cells = ", ".join(each.code for each in fields)
    found = engine.rows(f"select {cells} from {_rows_of(snapshot, identity)} order by row limit 1")
    if not found:
        return {}
    texts = zip(fields, found[0], strict=True)
    return {each.code: cell_text(cell, each.type, on=snapshot.as_of) for each, cell in texts}


def _over_time(
    register: Register, snapshots: Sequence[RegisterSnapshot], said: dict[int, dict[str, str]]
) -> list[tuple[str, list[Said]]]:
    """Return the fields whose values changed, with each value and the snapshot that first said it; the oldest first."""
    changes = []
    for each in KINDS[register.kind].fields:
        values: list[Said] = []
        for snapshot in snapshots:
            value = said[snapshot.pk].get(each.code)
            if value is not None and (not values or values[-1].value != value):
                values.append(Said(snapshot, value))
        if len(values) > 1:
            changes.append((str(each.label), values))
    return changes


def _paid(engine: Engine, snapshots: Sequence[RegisterSnapshot], identity: str) -> list[Paid]:
    """Return what was paid by year and unit. Lines that several snapshots tell of are counted in the latest of them.

    A snapshot tells of the time between its first day and its last one. Parts are read together.
    """
    told: list[Paid] = []
    covered: list[str] = []
    for snapshot in snapshots[:1] if snapshots[0].register.is_in_parts else snapshots:
        rows = rows_of(snapshot)
        first, last = engine.one(f"select min(day), max(day) from {rows}")
        if first is None:
            continue
        earlier = "".join(f" and not ({span})" for span in covered)
        found = engine.rows(
            f"select year(day), coalesce(unit_name, ''), sum(amount), count(*) from {rows} "
            f"where identity = {literal(identity)} and day is not null{earlier} group by 1, 2"
        )
        told += [Paid(int(year), str(unit), Decimal(amount or 0), int(lines)) for year, unit, amount, lines in found]
        covered.append(f"day between {literal(first.isoformat())} and {literal(last.isoformat())}")
    sums: dict[tuple[int, str], Paid] = {}
    for each in told:
        before = sums.get((each.year, each.unit), Paid(each.year, each.unit, Decimal(0), 0))
        sums[each.year, each.unit] = Paid(each.year, each.unit, before.amount + each.amount, before.lines + each.lines)
    return sorted(sums.values(), key=lambda each: (-each.year, -each.amount))
