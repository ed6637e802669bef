"""A plan's life: made, proposed, adopted by the committee, revised, closed, carried over to the next year.

Each verb is one transaction on the locked row (riskreg.plans.gate), follows riskreg.plans.transitions, leaves a history row
with who and why, and returns the plan as saved. What they raise: NotPermitted, Stale, NotInThisState, ReasonNeeded,
EmptyPlan, ValidationError for a value that is not possible. What is done to a single risk is in riskreg.plans.risks, and
is offered here too.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.utils import formats
from django.utils.translation import gettext as _

from riskreg import clock
from riskreg.access.grants import require
from riskreg.access.verbs import Verb
from riskreg.models import ControlPlan, PlanVersion, RiskMatrix, Unit, User
from riskreg.models.history import stored
from riskreg.plans.carrying_over import carry_over, plan_carried_over
from riskreg.plans.content import content_of, sha256_of
from riskreg.plans.decision_document import checked
from riskreg.plans.gate import VERB_LABELS, moving_plan
from riskreg.plans.risks import add_risk, change_risk, drop_risk, keep_risk, restore_risk

__all__ = [
    "add_risk",
    "adopt",
    "carry_over",
    "change_plan",
    "change_risk",
    "close",
    "drop_risk",
    "keep_risk",
    "make_plan",
    "plan_carried_over",
    "propose",
    "restore_risk",
    "revise",
    "withdraw",
]


@transaction.atomic
def make_plan(*, by: User, unit: Unit, year: int, matrix: RiskMatrix, **values: Any) -> ControlPlan:
    """A new draft. `values`: registry_number, source. Raises NotPermitted, ValidationError (also for a second one a year)."""
    require(by, Verb.CHANGE_PLAN, unit)
    plan = ControlPlan(unit=unit, year=year, matrix=matrix, created_by=by, **values)
    _check(plan)
    return stored(plan, by=by, reason=_("Plan made"))


def change_plan(plan: ControlPlan, *, by: User, reason: str = "", version: int | None = None, **values: Any) -> ControlPlan:
    """Changes the plan's own fields while it is open. Unit, year and matrix stand once it holds risks."""
    with moving_plan(plan, "change", by=by, version=version) as (row, _transition):
        changed = {name: value for name, value in values.items() if getattr(row, name) != value}
        if not changed:
            return row
        fixed = [name for name in ("unit", "year", "matrix") if name in changed]
        if fixed and row.risks.exists():
            raise ValidationError(
                dict.fromkeys(fixed, _("The plan holds risks, so its unit, year and matrix stand. Make another plan instead."))
            )
        for name, value in changed.items():
            setattr(row, name, value)
        require(by, Verb.CHANGE_PLAN, row.unit)
        _check(row)
        return stored(row, by=by, reason=reason.strip() or VERB_LABELS["change"]())


def _check(plan: ControlPlan) -> None:
    if not plan.unit.is_within(plan.matrix.unit):
        named = {"matrix": plan.matrix, "unit": plan.unit}
        raise ValidationError({"matrix": _("%(matrix)s does not belong to %(unit)s.") % named})
    plan.full_clean(exclude=["created_by", "carried_from"])


def propose(plan: ControlPlan, *, by: User) -> ControlPlan:
    """Hands the draft to the committee."""
    with moving_plan(plan, "propose", by=by) as (row, transition):
        row.state = transition.to_state
        return stored(row, by=by, reason=VERB_LABELS["propose"]())


def withdraw(plan: ControlPlan, *, by: User, reason: str) -> ControlPlan:
    """Takes the proposal back to be worked on."""
    with moving_plan(plan, "withdraw", by=by, reason=reason) as (row, transition):
        row.state = transition.to_state
        return stored(row, by=by, reason=reason.strip())


def adopt(plan: ControlPlan, *, by: User, on: date, paragraph: str, document: File[Any] | None = None) -> ControlPlan:
    """Enters the committee's decision: its date, its § and, where given, the minutes. The plan as it stands is kept as
    a version that nothing changes any more."""
    with moving_plan(plan, "adopt", by=by) as (row, transition):
        _check_decision(row, on, paragraph)
        version = PlanVersion(
            plan=row,
            number=row.versions.count() + 1,
            adopted_on=on,
            paragraph=paragraph.strip(),
            content=content_of(row),
            made_at=clock.now(),
            made_by=by,
        )
        version.content_sha256 = sha256_of(version.content)
        if document is not None:
            version.document_name, version.document_sha256 = checked(document)
        reason = _("Adopted %(date)s, § %(paragraph)s") % {
            "date": formats.date_format(on, "DATE_FORMAT"),
            "paragraph": version.paragraph.removeprefix("§").strip(),
        }
        row.state, row.adopted_on, row.adopted_paragraph = transition.to_state, on, version.paragraph
        stored(row, by=by, reason=reason)
        try:
            if document is not None:
                version.document.save(version.document_name, document, save=False)
            stored(version, by=by, reason=reason)
        except BaseException:
            # The row is rolled back; the file must not stay behind without one.
            if version.document.name:
                with suppress(OSError):
                    version.document.storage.delete(version.document.name)
            raise
        return row


def _check_decision(plan: ControlPlan, on: date, paragraph: str) -> None:
    errors: dict[str, str] = {}
    if on > clock.today():
        errors["on"] = _("%(date)s has not come yet. Enter the decision once it is made.") % {
            "date": formats.date_format(on, "DATE_FORMAT")
        }
    if plan.adopted_on is not None and on < plan.adopted_on:
        errors["on"] = _("The version before was adopted %(date)s; this one cannot be older.") % {
            "date": formats.date_format(plan.adopted_on, "DATE_FORMAT")
        }
    longest = PlanVersion._meta.get_field("paragraph").max_length or 0
    if not paragraph.strip():
        errors["paragraph"] = _("State the decision's § in the minutes, for instance § 145.")
    elif len(paragraph.strip()) > longest:
        errors["paragraph"] = _("A § has at most %(longest)d characters.") % {"longest": longest}
    if errors:
        raise ValidationError(errors)


def revise(plan: ControlPlan, *, by: User, reason: str) -> ControlPlan:
    """Takes an adopted plan up again as a draft; the version that was adopted applies, and can be read, meanwhile."""
    with moving_plan(plan, "revise", by=by, reason=reason) as (row, transition):
        row.state = transition.to_state
        return stored(row, by=by, reason=reason.strip())


def close(plan: ControlPlan, *, by: User) -> ControlPlan:
    """The year is over: nothing in the plan changes any more."""
    with moving_plan(plan, "close", by=by) as (row, transition):
        row.state = transition.to_state
        return stored(row, by=by, reason=VERB_LABELS["close"]())
