"""The target of an import: unit, year, matrix and, for results, the closing. Errors of a name list what there is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils import formats
from django.utils.translation import gettext as _

from controls.importing.unit_names import UnitNames
from controls.models import Closing
from riskreg.models import ControlPlan, RiskMatrix, Unit
from riskreg.models.plan import FIRST_YEAR, LAST_YEAR


class UnknownTarget(ValueError):
    """The unit, year, matrix or closing does not exist; the message says which and what there is instead."""


class NoMatrixInForce(UnknownTarget):
    """No matrix of the unit is in force that year: one has to be named."""


@dataclass(frozen=True, slots=True)
class Target:
    unit: Unit
    year: int
    matrix: RiskMatrix
    closing: Closing | None = None


def find_target(unit: Unit, year: int, matrix: RiskMatrix | None = None, closing: Closing | None = None) -> Target:
    """Return the target, with the plan's own matrix (or the newest in force that year) when none is named.

    Raises NoMatrixInForce where none is named and none was in force; UnknownTarget for a year out of range, a matrix of
    another organisation or other than the one the existing plan is scored by, and a closing of another year or municipality.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise UnknownTarget(
            _("The year %(year)d is not possible. Allowed: %(first)d to %(last)d.")
            % {"year": year, "first": FIRST_YEAR, "last": LAST_YEAR}
        )
    plan = ControlPlan.objects.filter(unit=unit, year=year).select_related("matrix").first()
    if matrix is None:
        matrix = plan.matrix if plan else _newest_matrix(unit, year)
    if not unit.is_within(matrix.unit):
        raise UnknownTarget(_("%(matrix)s does not belong to %(unit)s.") % {"matrix": matrix, "unit": unit})
    if plan is not None and plan.matrix_id != matrix.pk and plan.risks.exists():
        raise UnknownTarget(
            _("%(plan)s is scored by %(matrix)s; it cannot be imported by %(other)s.")
            % {"plan": plan, "matrix": plan.matrix, "other": matrix}
        )
    if closing is not None and (closing.year != year or closing.unit.path != unit.root_path):
        raise UnknownTarget(
            _("%(closing)s is not a closing of %(year)d for %(unit)s. There are: %(known)s.")
            % {"closing": closing, "year": year, "unit": unit, "known": _listed(_closings(unit, year))}
        )
    return Target(unit, year, RiskMatrix.objects.with_scales().get(pk=matrix.pk), closing)


def unit_named(name: str, units: Iterable[Unit]) -> Unit:
    """Return the unit of this name as people write it: `Omsorgsnämnd`, `ON`.

    Raises UnknownTarget when there is none or more than one.
    """
    known = list(units)
    wanted = name.strip().casefold()
    found = [unit for unit in known if unit.name.casefold() == wanted]
    if len(found) == 1:
        return found[0]
    if found:
        raise UnknownTarget(_("There are %(count)d units named %(name)s.") % {"count": len(found), "name": name})
    if (meant := UnitNames(known).named(name)) is not None:
        return meant
    raise UnknownTarget(_("There is no unit named “%(name)s”. There are: %(known)s.") % {"name": name, "known": _listed(known)})


def matrix_named(name: str, unit: Unit) -> RiskMatrix:
    """Return the newest version of the matrix of this name, or exactly “name, version 2” / “name 2”.

    Raises UnknownTarget.
    """
    matrices = [m for m in RiskMatrix.objects.select_related("unit").order_by("-version") if unit.is_within(m.unit)]
    wanted = name.strip().casefold()
    for matrix in matrices:
        if wanted in {matrix.name.casefold(), f"{matrix.name} {matrix.version}".casefold(), str(matrix).casefold()}:
            return matrix
    raise UnknownTarget(
        _("There is no risk matrix named “%(name)s” for %(unit)s. There are: %(known)s.")
        % {"name": name, "unit": unit, "known": _listed(matrices)}
    )


def closing_named(name: str, unit: Unit, year: int) -> Closing:
    """Return the closing by its kind or name, with or without the year.

    The kind is interim, annual or first_tertial; the name Swedish or English. Raises UnknownTarget.
    """
    closings = list(_closings(unit, year))
    wanted = name.strip().casefold()
    swedish = {"delår": "interim", "delårsbokslut": "interim", "årsbokslut": "annual", "tertial 1": "first_tertial"}
    wanted = swedish.get(wanted.removesuffix(str(year)).strip(), wanted)
    for closing in closings:
        if wanted in {closing.kind, str(closing).casefold(), str(closing.get_kind_display()).casefold()}:
            return closing
    raise UnknownTarget(
        _("There is no closing “%(name)s” %(year)d. There are: %(known)s.")
        % {"name": name, "year": year, "known": _listed(closings)}
    )


def _newest_matrix(unit: Unit, year: int) -> RiskMatrix:
    matrices = [
        one for one in RiskMatrix.objects.select_related("unit").order_by("valid_from", "-version") if unit.is_within(one.unit)
    ]
    in_force = [one for one in matrices if one.valid_from <= date(year, 12, 31)]
    if in_force:
        return max(in_force, key=lambda one: (one.valid_from, one.version))
    if not matrices:
        message = _("%(unit)s has no risk matrix. Make one under Administration, Risk matrices.")
        raise NoMatrixInForce(message % {"unit": unit})
    message = _("No risk matrix is in force %(year)d for %(unit)s. Choose the one that the plan is scored by: %(known)s.")
    listed = ", ".join(with_its_first_day(one) for one in matrices)
    raise NoMatrixInForce(message % {"year": year, "unit": unit, "known": listed})


def with_its_first_day(matrix: RiskMatrix) -> str:
    """Return the matrix in words, with the day from which it is in force."""
    day = formats.date_format(matrix.valid_from, "DATE_FORMAT")
    return _("%(matrix)s (in force from %(day)s)") % {"matrix": matrix, "day": day}


def _closings(unit: Unit, year: int) -> Iterable[Closing]:
    return Closing.objects.of_unit(unit).filter(year=year).select_related("unit").order_by("cut_off")


def _listed(things: Iterable[object]) -> str:
    return ", ".join(str(thing) for thing in things) or _("none")
