"""Carrying over a plan to the next year: every risk with its score and a link to its origin.

Records of another app under the risks come along by the signal, in the same transaction: its receivers get `source`,
`plan` (the new one), `risks` (the new risk by the old one's id), `by` and `reason`.
"""

from __future__ import annotations

from dataclasses import replace

from django.dispatch import Signal
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history

from riskreg import clock
from riskreg.database.table_statistics import analyze_table
from riskreg.models import ControlPlan, Risk, Unit, User
from riskreg.models.author import Author
from riskreg.models.history import bulk_signature
from riskreg.plans.gate import PLANS
from riskreg.verbs.errors import Refused
from riskreg.verbs.gate import lock_row
from riskreg.verbs.naming import open_accounts

plan_carried_over = Signal()
CARRIED = replace(PLANS, lock_first=lambda plan: lock_row(Unit.objects.all(), plan.unit_id))
"""The unit's row is the lock, as when a plan is imported: two at once must not both make the year's plan."""

COPIED = (
    "unit_id", "number", "title", "description", "category_id", "process", "likelihood", "impact", "risk_score",
    "residual_likelihood", "residual_impact", "residual_score", "placement_note",
    "is_municipality_wide", "is_confidential", "confidentiality_section",
)  # fmt: skip


class AnotherPlanIsThere(Refused):
    """The unit already has a plan for that year that did not come from this one."""


def carry_over(plan: ControlPlan, *, by: User, year: int | None = None) -> ControlPlan:
    """Create the unit's plan for `year` (the plan's next, unless given) from all risks that are not dropped.

    Scores, matrix and numbers are those of the source; every risk is undecided until somebody keeps, changes or drops
    it. Run again, it changes nothing and answers the same plan; an empty draft that is there already is filled. What
    belonged to somebody who has left keeps their name as text only.
    Raises NotPermitted, NotInThisState (the source is not adopted), AnotherPlanIsThere.
    """
    with CARRIED.open(plan, "carry_over", by=by) as turn:
        source = turn.row
        year = source.year + 1 if year is None else year
        target = _target(source, year, by)
        if target.pk and target.carried_from_id == source.pk:
            return target
        reason = _("Carried over from %(plan)s") % {"plan": source}
        target.carried_from, target.matrix = source, source.matrix
        target.full_clean(exclude=["unit", "matrix", "created_by", "carried_from"])
        turn.save_also(target, reason=reason)
        risks = _copy_risks(source, target, turn.author, reason)
        plan_carried_over.send(sender=ControlPlan, source=source, plan=target, risks=risks, by=turn.author, reason=reason)
        return target


def _target(source: ControlPlan, year: int, by: User) -> ControlPlan:
    if year <= source.year:
        raise Refused(_("A plan is carried over to a later year than %(year)d.") % {"year": source.year})
    there = ControlPlan.objects.select_related("unit").filter(unit=source.unit, year=year).first()
    if there is None:
        return ControlPlan(unit=source.unit, year=year, created_by=by)
    is_empty_draft = there.state == ControlPlan.State.DRAFT and there.carried_from_id is None and not there.risks.exists()
    if there.carried_from_id != source.pk and not is_empty_draft:
        raise AnotherPlanIsThere(
            _("%(plan)s is there already and did not come from the plan for %(year)d. Nothing was carried over.")
            % {"plan": there, "year": source.year}
        )
    return there


def _copy_risks(source: ControlPlan, target: ControlPlan, by: Author, reason: str) -> dict[int, Risk]:
    originals = list(source.risks.current().select_related("owner").order_by("number"))
    there = open_accounts(original.owner for original in originals)
    copies = []
    for original in originals:
        copy = Risk(plan=target, carried_from=original, **{name: getattr(original, name) for name in COPIED})
        copy.owner_id, copy.owner_text = original.owner_id, original.owner_text
        if original.owner is not None and original.owner.pk not in there:
            copy.owner_id, copy.owner_text = None, original.owner.name
        copies.append(copy)
    made = bulk_create_with_history(
        copies,
        Risk,
        batch_size=500,
        default_change_reason=reason,
        default_date=clock.now(),
        **bulk_signature(by),
    )
    analyze_table(Risk, len(made))
    return {original.pk: copy for original, copy in zip(originals, made, strict=True)}
