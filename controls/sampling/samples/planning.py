"""Design of a sample: begun on a locked population, its planning stored with it until there is a seed.

What they raise: NotPermitted, Stale, NotInThisState, sampling.impossible.NotPossible.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from controls.models import Check, FollowUp, Population, Sample
from controls.sampling.gate import POPULATIONS, SAMPLES
from controls.sampling.statistics.design import Asked, Design, Frame, plan_sample
from riskreg.models import User


def frame_of(population: Population) -> Frame:
    """Return the facts that the population's lock counted: items, positive amounts, groups."""
    found: dict[str, Any] = population.profile.get("checked") or population.profile
    book = found.get("positive_total") if population.amount_column else None
    strata = {name: count for name, count, *_ in found.get("strata", [])} if population.stratum_column else {}
    return Frame(
        population=population.row_count or 0,
        book_value=Decimal(book) if book is not None and Decimal(book) > 0 else None,
        strata=strata,
    )


def begin(population: Population, *, by: User, occasion: Check | None = None, follow_up: FollowUp | None = None) -> Sample:
    """Save the sample of a population for a check or a follow-up, and return it; an existing one is returned.

    Without either it is for the control's next open follow-up at the population's unit.
    """
    with POPULATIONS.open(population, "begin_sample", by=by) as turn:
        row = turn.row
        occasion = occasion or row.occasion
        if occasion is None and follow_up is None:
            follow_up = (
                FollowUp.objects.visible_to(by)
                .filter(control=row.control_id, unit=row.unit_id, state__in=FollowUp.OPEN_STATES)
                .order_by("due_on")
                .first()
            )
        there = Sample.objects.filter(population=row, occasion=occasion)
        there = there if occasion is not None else there.filter(follow_up=follow_up)
        found = there.first()
        if found is not None:
            return found
        sample = Sample(population=row, occasion=occasion, follow_up=follow_up)
        return turn.save_also(sample, reason=_("Sample begun"))


def keep_design(sample: Sample, *, by: User, asked: Asked, version: int | None = None) -> tuple[Sample, Design]:
    """Save every input and the result.

    Only before the seed: afterwards the plan stands as it was drawn by.
    """
    with SAMPLES.open(sample, "design", by=by, version=version) as turn:
        row = turn.row
        design = plan_sample(asked, frame_of(row.population))
        kept = design.as_json()
        if row.design == kept and row.size == design.size and row.method == design.method.value:
            return row, design
        row.design, row.size, row.method = kept, design.size, Sample.Method(design.method.value)
        return turn.save(reason=_("Design: %(size)d items") % {"size": design.size}), design
