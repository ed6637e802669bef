"""The reports available to a reader, and the subject behind an address."""

from __future__ import annotations

from django.http import Http404

from controls.models import Closing
from controls.reporting.kinds import KINDS, PLAN, ReportKind, Subject
from riskreg.access.grants import may
from riskreg.access.sight import units_where
from riskreg.models import ControlPlan, Unit, User


def subject_of(user: User, kind: ReportKind, key: int, occasion: str) -> Subject:
    """Return the subject behind an address.

    At most two queries. Raises Http404 for what the reader may not read, and for an occasion that does not exist.
    """
    if kind.has_closing == (occasion == PLAN):
        raise Http404
    if kind.of_municipality:
        unit = Unit.objects.filter(units_where(user, kind.verb), pk=key, parent__isnull=True).first()
        kind_of_closing, _dash, year = occasion.rpartition("-")
        if unit is None or not year:
            raise Http404
        closing = Closing.objects.filter(unit=unit, kind=kind_of_closing, year=year).select_related("unit").first()
        if closing is None:
            raise Http404
        return Subject(unit, closing.year, None, closing)
    plan = (
        ControlPlan.objects.visible_to(user)
        .filter(units_where(user, kind.verb, "unit"), pk=key)
        .select_related("unit", "matrix")
        .first()
    )
    if plan is None:
        raise Http404
    if not kind.has_closing:
        return Subject(plan.unit, plan.year, plan)
    closing = Closing.objects.of_unit(plan.unit).filter(year=plan.year, kind=occasion).select_related("unit").first()
    if closing is None:
        raise Http404
    return Subject(plan.unit, plan.year, plan, closing)


def kinds_for(user: User, unit: Unit, *, of_municipality: bool = False) -> list[ReportKind]:
    """Return the kinds that the reader may draw up for the unit."""
    return [one for one in KINDS.values() if one.of_municipality == of_municipality and may(user, one.verb, unit)]
