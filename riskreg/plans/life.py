"""The life of a plan: made, proposed, adopted by the committee, revised, closed, carried over to the next year.

Each verb goes through the gate (riskreg.verbs.gate), follows riskreg.plans.transitions, leaves a history row
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
from django.utils import formats
from django.utils.translation import gettext as _

from riskreg import clock
from riskreg.access.grants import require
from riskreg.access.verbs import Verb
from riskreg.models import ControlPlan, PlanVersion, RiskMatrix, Unit, User
from riskreg.models.history import save_with_history
from riskreg.plans.carrying_over import carry_over, plan_carried_over
from riskreg.plans.content import content_of, sha256_of
from riskreg.plans.decision_document import check_document
from riskreg.plans.gate import PLANS
from riskreg.plans.risks import add_risk, change_risk, drop_risk, keep_risk, restore_risk
from riskreg.verbs.gate import making

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
    "run_on",
    "stop_running_on",
    "withdraw",
]


def make_plan(*, by: User, unit: Unit, year: int, matrix: RiskMatrix, **values: Any) -> ControlPlan:
    """Save a new draft.

    `values`: registry_number, source. Raises NotPermitted, ValidationError (also for a second one a year).
    """
    with making(Verb.CHANGE_PLAN, unit, by=by) as author:
        plan = ControlPlan(unit=unit, year=year, matrix=matrix, created_by=by, **values)
        _check(plan)
        return save_with_history(plan, by=author, reason=_("Plan made"))


def change_plan(plan: ControlPlan, *, by: User, reason: str = "", version: int | None = None, **values: Any) -> ControlPlan:
    """Save the plan's own fields while it is open. Unit, year and matrix stand once it holds risks."""
    with PLANS.open(plan, "change", by=by, reason=reason, version=version) as turn:
        row = turn.row
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
        return turn.save()


def _check(plan: ControlPlan) -> None:
    if not plan.unit.is_within(plan.matrix.unit):
        named = {"matrix": plan.matrix, "unit": plan.unit}
        raise ValidationError({"matrix": _("%(matrix)s does not belong to %(unit)s.") % named})
    plan.full_clean(exclude=["created_by", "carried_from"])


def propose(plan: ControlPlan, *, by: User) -> ControlPlan:
    """Hand the draft to the committee."""
    with PLANS.open(plan, "propose", by=by) as turn:
        return turn.save()


def withdraw(plan: ControlPlan, *, by: User, reason: str) -> ControlPlan:
    """Take the proposal back for more work."""
    with PLANS.open(plan, "withdraw", by=by, reason=reason) as turn:
        return turn.save()


def adopt(plan: ControlPlan, *, by: User, on: date, paragraph: str, document: File[Any] | None = None) -> ControlPlan:
    """Enter the committee's decision: its date, its § and, where given, the minutes.

    The plan as it stands is stored as a version that nothing changes any more.
    """
    with PLANS.open(plan, "adopt", by=by) as turn:
        row = turn.row
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
            found = check_document(document)
            version.document_name, version.document_sha256 = found.name, found.sha256
        reason = _("Adopted %(date)s, § %(paragraph)s") % {
            "date": formats.date_format(on, "DATE_FORMAT"),
            "paragraph": version.paragraph.removeprefix("§").strip(),
        }
        row.adopted_on, row.adopted_paragraph = on, version.paragraph
        turn.save(reason=reason)
        try:
            if document is not None:
                version.document.save(version.document_name, document, save=False)
            turn.save_also(version, reason=reason)
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
    """Reopen an adopted plan as a draft; the adopted version applies, and can be read, meanwhile."""
    with PLANS.open(plan, "revise", by=by, reason=reason) as turn:
        return turn.save()


def run_on(plan: ControlPlan, *, by: User) -> ControlPlan:
    """Let the plan's checks go on into the next year, from today or its first day, until that year's plan is adopted."""
    with PLANS.open(plan, "run_on", by=by) as turn:
        row = turn.row
        # Stopped and told again on the same day, they have run on all the time.
        if row.runs_on_until != clock.today():
            row.runs_on_from = clock.today()
        row.runs_on_until = None
        return turn.save(reason=_("The controls run on until the next plan is adopted"))


def stop_running_on(plan: ControlPlan, *, by: User) -> ControlPlan:
    """Open no more checks in the next year; those that were opened stay."""
    with PLANS.open(plan, "stop_running_on", by=by) as turn:
        turn.row.runs_on_until = clock.today()
        return turn.save(reason=_("The controls run on no longer"))


def close(plan: ControlPlan, *, by: User) -> ControlPlan:
    """Close the plan when the year is over: nothing in it changes any more, and its checks run on no longer."""
    with PLANS.open(plan, "close", by=by) as turn:
        if turn.row.is_told_to_run_on:
            turn.row.runs_on_until = clock.today()
        return turn.save()
