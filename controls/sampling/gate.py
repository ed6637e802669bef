"""The one way a population or a sample changes: locked, read again, right and state asked, saved with who and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import transaction
from django.utils.translation import gettext as _

from controls.models import Population, Sample
from controls.sampling.settled import lock_what_stands_on, require_unsettled
from controls.transitions import POPULATION, SAMPLE
from riskreg.access.grants import require
from riskreg.access.verbs import NotPermitted, Verb
from riskreg.models import User
from riskreg.verbs.errors import NotInThisState, ReasonNeeded
from riskreg.verbs.workflow import NotPossible, Transition, Workflow

VERB_LABELS: dict[str, Callable[[], str]] = {
    "choose_columns": lambda: _("Choose columns"),
    "lock": lambda: _("Lock the population"),
    "discard": lambda: _("Discard"),
    "hold": lambda: _("Put on legal hold"),
    "release": lambda: _("Release the legal hold"),
    "retain": lambda: _("Keep longer"),
    "seed": lambda: _("Set the seed"),
    "draw": lambda: _("Draw"),
    "replace": lambda: _("Replace"),
    "extend": lambda: _("Extend"),
    "close": lambda: _("Close the sample"),
    "reopen": lambda: _("Reopen"),
}


@contextmanager
def moving_population(population: Population, verb: str, *, by: User, reason: str = "") -> Iterator[Population]:
    """A transaction around one verb, with the locked row. Raises NotPermitted, NotInThisState, ReasonNeeded."""
    with transaction.atomic():
        seen = Population.objects.visible_to(by).select_for_update(of=("self",)).select_related("unit", "control__risk")
        row = seen.filter(pk=population.pk).first()
        if row is None:
            raise NotPermitted(Verb.VIEW)
        require(by, right_of(POPULATION, verb), row.unit)
        transition = _transition(POPULATION, verb, row.state, str(row.get_state_display()))
        if transition.demands_reason and not reason.strip():
            raise ReasonNeeded(VERB_LABELS[verb]())
        try:
            yield row
        finally:
            by.acting_for = ""


BY_ITSELF = {"seed", "draw"}
"""What the product does with a sample when nobody asks: the plan is a person's, the seed is chance."""
UNSETTLED = frozenset({"seed", "draw", "replace", "extend"})
"""What changes what a sample shows: not once the follow-up or the check that stands on it is handed in or recorded."""


@contextmanager
def moving_sample(sample: Sample, verb: str, *, by: User | None, reason: str = "") -> Iterator[tuple[Sample, Transition]]:
    """The same for a sample; what stands on it and its population's row are locked first, so that nothing happens to them
    meanwhile. What would change what was handed in or recorded is refused (UNSETTLED).

    by=None is the product itself, which seeds and draws and does nothing else.
    """
    with transaction.atomic():
        lock_what_stands_on(sample)
        Population.objects.select_for_update(of=("self",)).filter(pk=sample.population_id).first()
        seen = Sample.objects.all() if by is None else Sample.objects.visible_to(by)
        rows = seen.select_for_update(of=("self",)).select_related("population__unit", "population__control__risk")
        row = rows.filter(pk=sample.pk).first()
        if row is None or (by is None and verb not in BY_ITSELF):
            raise NotPermitted(Verb.VIEW)
        if by is not None:
            require(by, right_of(SAMPLE, verb), row.population.unit)
        transition = _transition(SAMPLE, verb, row.state, str(row.get_state_display()))
        if verb in UNSETTLED:
            require_unsettled(row, VERB_LABELS[verb]())
        if transition.demands_reason and not reason.strip():
            raise ReasonNeeded(VERB_LABELS[verb]())
        try:
            yield row, transition
        finally:
            if by is not None:
                by.acting_for = ""


def right_of(workflow: Workflow, verb: str) -> Verb:
    return Verb(next(one.right for one in workflow.transitions if one.verb == verb))


def _transition(workflow: Workflow, verb: str, state: str, state_label: str) -> Transition:
    answer = workflow.answer(state, verb)
    if isinstance(answer, NotPossible):
        raise NotInThisState(VERB_LABELS[verb](), state_label, [VERB_LABELS[one]() for one in answer.possible])
    return answer
