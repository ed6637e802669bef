"""The latest snapshots that a rule about a register reads: the register's own, and the nearest one of each other kind."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby, islice

from controls.models import Register, RegisterSnapshot
from controls.monitoring.registers.parts import newest_first
from controls.monitoring.rules.rule import BEFORE
from riskreg.models import Unit, User

Latest = dict[str, RegisterSnapshot]
"""By the view that rules know it as: `suppliers`, and `suppliers_before` for the one before."""


def latest_snapshots(user: User, register: Register) -> Latest:
    """Return the two latest snapshots of the register, and of one register of each other kind that the user may read.

    Of several registers of a kind, the one whose unit lies nearest: the same, one above or below it, or another one of
    the municipality; the name decides between equals.
    """
    near = Register.objects.read_by(user).filter(state=Register.State.IN_USE, unit__path__startswith=register.unit.root_path)
    others = sorted(near.exclude(kind=register.kind).select_related("unit"), key=lambda other: _distance(register.unit, other))
    chosen = {register.pk: register.kind}
    for other in others:
        if other.kind not in chosen.values():
            chosen[other.pk] = other.kind
    taken = RegisterSnapshot.objects.taken().filter(register__in=chosen).select_related("register__unit")
    found: Latest = {}
    ordered = taken.order_by("register", "-as_of", "-pk").defer("facts", "register__mapping")
    for pk, snapshots in groupby(ordered, key=lambda snapshot: snapshot.register_id):
        found |= _views(chosen[pk], newest_first(snapshots))
    return found


def _views(kind: str, snapshots: Iterable[RegisterSnapshot]) -> Latest:
    return {kind + suffix: snapshot for suffix, snapshot in zip(("", BEFORE), islice(snapshots, 2), strict=False)}


def _distance(unit: Unit, other: Register) -> tuple[int, str, int]:
    """Return how many steps lie between the units in the tree, then what decides between equals."""
    here, there = unit.path.strip("/").split("/"), other.unit.path.strip("/").split("/")
    shared = sum(1 for _ in _shared(here, there))
    return len(here) + len(there) - 2 * shared, other.name, other.pk


def _shared(here: list[str], there: list[str]) -> Iterable[str]:
    for one, other in zip(here, there, strict=False):
        if one != other:
            return
        yield one
