"""What a plan still lacks (people, controls, places in the matrix), and naming one person for many rows at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import ngettext

from controls.models import Control
from controls.plan_controls.verbs import change_control
from riskreg.models import ControlPlan, Risk, User
from riskreg.plans.risks import change_risk

R = TypeVar("R", Risk, Control)


@dataclass(frozen=True, slots=True)
class LeftToDo:
    """What a plan lacks, as far as the reader sees its risks; each list in the plan's order."""

    without_performer: list[Control] = field(default_factory=list)
    without_owner: list[Risk] = field(default_factory=list)
    without_control: list[Risk] = field(default_factory=list)
    not_placed: list[Risk] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.without_performer or self.without_owner or self.without_control or self.not_placed)


def what_is_left(plan: ControlPlan, user: User) -> list[str]:
    """Return a line for each kind of what the plan lacks, as far as the user sees it: "7 controls without performer"."""
    of_risks = _risks(plan, user).aggregate(
        owner=Count("pk", filter=Q(owner__isnull=True)),
        control=Count("pk", filter=~_HAS_CONTROL),
        place=Count("pk", filter=Q(likelihood__isnull=True)),
    )
    counted = (
        (_controls(plan, user).filter(performer__isnull=True).count(), _without_performer),
        (of_risks["owner"], _without_owner),
        (of_risks["control"], _without_control),
        (of_risks["place"], _not_placed),
    )
    return [words(count) % {"count": count} for count, words in counted if count]


def _without_performer(count: int) -> str:
    return ngettext("%(count)d control without performer", "%(count)d controls without performer", count)


def _without_owner(count: int) -> str:
    return ngettext("%(count)d risk without owner", "%(count)d risks without owner", count)


def _without_control(count: int) -> str:
    return ngettext("%(count)d risk without control", "%(count)d risks without control", count)


def _not_placed(count: int) -> str:
    return ngettext("%(count)d risk that is not placed in the matrix", "%(count)d risks that are not placed in the matrix", count)


_HAS_CONTROL = Exists(Control.objects.filter(risk=OuterRef("pk"), is_dropped=False))


def _controls(plan: ControlPlan, user: User) -> QuerySet[Control]:
    return Control.objects.current().visible_to(user).filter(risk__plan=plan)


def _risks(plan: ControlPlan, user: User) -> QuerySet[Risk]:
    return Risk.objects.current().visible_to(user).filter(plan=plan)


def left_to_do(plan: ControlPlan, user: User) -> LeftToDo:
    """Return what the plan lacks in what the user sees of it."""
    controls = _controls(plan, user).select_related("risk__unit").order_by("risk__number", "position")
    risks = _risks(plan, user).select_related("unit").order_by("number")
    left = LeftToDo(
        list(controls.filter(performer__isnull=True)),
        list(risks.filter(owner__isnull=True)),
        list(risks.filter(~_HAS_CONTROL)),
        list(risks.filter(likelihood__isnull=True)),
    )
    # The plan is at hand; each risk's reference asks for it.
    of_controls = (control.risk for control in left.without_performer)
    for risk in (*of_controls, *left.without_owner, *left.without_control, *left.not_placed):
        risk.plan = plan
    return left


def name_performer(controls: Sequence[Control], performer: User, *, by: User) -> int:
    """Save who performs the controls, all or none; return how many. Raises what change_control raises."""
    return _each(controls, lambda control: change_control(control, by=by, performer=performer))


def name_owner(risks: Sequence[Risk], owner: User, *, by: User) -> int:
    """Save who owns the risks, all or none; return how many. Raises what change_risk raises."""
    return _each(risks, lambda risk: change_risk(risk, by=by, owner=owner))


def _each(records: Sequence[R], change: Callable[[R], object]) -> int:
    with transaction.atomic():
        for record in records:
            change(record)
    return len(records)
