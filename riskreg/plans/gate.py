"""The one way a plan or a risk in it changes: locked, read again, right and state asked, saved with who and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from django.db import models, transaction
from django.utils.translation import gettext as _

from riskreg.access.grants import require
from riskreg.access.verbs import NotPermitted, Verb
from riskreg.models import ControlPlan, Risk, User
from riskreg.plans.transitions import PLAN, RISK
from riskreg.verbs.concurrency import refuse_if_changed
from riskreg.verbs.errors import NotInThisState, ReasonNeeded, Refused
from riskreg.verbs.workflow import NotPossible, Transition, Workflow

R = TypeVar("R", bound=models.Model)

VERB_LABELS: dict[str, Callable[[], str]] = {
    "propose": lambda: _("Propose"),
    "withdraw": lambda: _("Withdraw the proposal"),
    "adopt": lambda: _("Adopt"),
    "revise": lambda: _("Revise"),
    "close": lambda: _("Close"),
    "change": lambda: _("Change"),
    "add_risk": lambda: _("Add a risk"),
    "carry_over": lambda: _("Carry over to next year"),
    "reassess": lambda: _("Reassess"),
    "place": lambda: _("Place in the matrix"),
    "hand_over": lambda: _("Change owner or confidentiality"),
    "keep": lambda: _("Keep"),
    "drop": lambda: _("Drop"),
    "restore": lambda: _("Restore"),
}


class EmptyPlan(Refused):
    """The plan holds no risk."""


@contextmanager
def moving_plan(
    plan: ControlPlan, verb: str, *, by: User, reason: str = "", version: int | None = None
) -> Iterator[tuple[ControlPlan, Transition]]:
    """A transaction around one verb: gives the plan's locked row as it is now, and the transition.

    Raises, in this order: NotPermitted (missing role, or not visible to them), Stale, NotInThisState, ReasonNeeded,
    EmptyPlan. Whatever is raised inside rolls everything back.
    """
    with transaction.atomic():
        row = (
            ControlPlan.objects.visible_to(by)
            .select_for_update(of=("self",))
            .select_related("unit", "matrix")
            .filter(pk=plan.pk)
            .first()
        )
        if row is None:
            raise NotPermitted(right_of(PLAN, verb))
        require(by, right_of(PLAN, verb), row.unit)
        refuse_if_changed(row, version)
        transition = transition_for(PLAN, row, verb)
        _ask_reason(transition, reason)
        if "has_risks" in transition.guards and not row.risks.current().exists():
            raise EmptyPlan(_("%(plan)s holds no risks yet: add or import them first.") % {"plan": row})
        yield row, transition


@contextmanager
def moving_risk(risk: Risk, *, by: User, version: int | None = None) -> Iterator[Risk]:
    """A transaction around a change of one risk: gives its locked row as it is now, its plan locked with it.

    Raises NotPermitted and Stale. What the change is decides the verb: ask `ask_state` before saving.
    """
    with transaction.atomic():
        # The plan first, as everywhere: its state decides what may be done, so it must not move meanwhile.
        ControlPlan.objects.select_for_update().only("pk").filter(pk=risk.plan_id).first()
        row = (
            Risk.objects.visible_to(by)
            .select_for_update(of=("self",))
            .select_related("plan__unit", "plan__matrix", "unit", "owner")
            .filter(pk=risk.pk)
            .first()
        )
        if row is None:
            raise NotPermitted(Verb.CHANGE_PLAN)
        require(by, Verb.CHANGE_PLAN, row.unit)
        refuse_if_changed(row, version)
        yield row


def ask_state(risk: Risk, verb: str, reason: str = "") -> None:
    """Raises NotInThisState unless the verb is possible in the state of the risk's plan, and ReasonNeeded."""
    _ask_reason(transition_for(RISK, risk.plan, verb), reason)


def right_of(workflow: Workflow, verb: str) -> Verb:
    return Verb(next(one.right for one in workflow.transitions if one.verb == verb))


def transition_for(
    workflow: Workflow, plan: ControlPlan, verb: str, labels: Mapping[str, Callable[[], str]] = VERB_LABELS
) -> Transition:
    """What the verb means in the plan's state. Raises NotInThisState, with what is possible there instead."""
    answer = workflow.answer(plan.state, verb)
    if isinstance(answer, NotPossible):
        raise NotInThisState(labels[verb](), plan.get_state_display(), [labels[one]() for one in answer.possible])
    return answer


def _ask_reason(transition: Transition, reason: str) -> None:
    if transition.demands_reason and not reason.strip():
        raise ReasonNeeded(VERB_LABELS[transition.verb]())
